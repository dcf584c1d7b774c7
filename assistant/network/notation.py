"""How a question is written, where that makes another question: capitals, labels, signs, figures.

Whatever is glued to a figure counts, and so does every sign that is not known to add nothing.
"""

import re
from collections.abc import Sequence
from functools import cache

from assistant.answering.rules_file import rules_in
from assistant.retrieval.words import STOP_WORDS

RULES = "same-question.txt"
ROOM = "assistant.network"
FIGURE = "#"
LABEL_A, LABEL_I = "alabel", "ilabel"
BREAKS = frozenset(",.;:?!()")
HAVING = frozenset(["has", "have", "having"])
JOINS = frozenset({"and", "or", "versus", "vs"})
# A word, a figure with whatever is glued to it, a pause, or a sign that counts as a word.
TOKEN = re.compile(
    r"@\w+"
    r"|[^\W_]*\d[^\W_]*(?:[.,/'-][^\W_]*\d[^\W_]*|:[^\W_]+)*"
    r"|[^\W_]+(?:'[^\W_]+)?"
    r"|[,.;:?!()]"
    r"|[£$€](?!\s?\d)"
    r"|[^\w\s@£$€'\"\u2018-\u201f\[\]{}*`\u2026\u2013\u2014\u2022\u2600-\u27bf\U0001f000-\U0001faff-]"
)
_MAY = re.compile(
    r"\bMay\b(?=\s+(?:\d|this|next|last))|(?<=\bin )May\b|(?<=\bby )May\b|(?<=\d )May\b"
)
_CAPITALS = re.compile(r"(?<![\w'&/-])[A-Z]{2,}(?![\w'&-])")
_LETTER_A = re.compile(r"(?<=[\w,;)] )A(?![\w'&-])")
_PLAIN_FIGURE = re.compile(
    r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*|0)"
    r"(?:(?:\.\d+)?(?:k|m|bn|tn)|st|nd|rd|th)?"
)


def in_small_letters(text: str) -> str:
    """Return a text in small letters in which what only capitals told is told by a word.

    May is a month, A a label, and IT a name. A text that is all in capitals tells nothing by them.
    """
    if text.isupper():
        return text.lower()
    marked = _LETTER_A.sub(LABEL_A, _MAY.sub("maymonth", text))
    return _CAPITALS.sub(_named, marked).lower()


def as_written(word: str, before: str, following: str) -> Sequence[str] | None:
    """Return what a word counts as by how it is written and where it stands, None if by neither.

    A figure of several words counts once; labels and words that say how figures belong together
    count, and so does a preposition that nothing follows: what we pay for.
    """
    ends = not following or following in BREAKS
    if word == "a" and (ends or following in _after_labels() or following.startswith("@")):
        return (LABEL_A,)
    if word == "i" and before and not before.startswith("@") and before not in _before_i():
        return (LABEL_I,)
    if _continues_figure(word, before):
        return ()
    if _is_figure(word, following):
        form = _figure_form(word)
        return () if form == FIGURE and _is_figure(before) else (form,)
    is_between = word == "to" and (_is_figure(before) or before == "%") and _is_figure(following)
    is_stranded = (ends or following in listed("markers")) and word in listed("markers")
    return (word,) if is_between or is_stranded else None


def _is_figure(word: str, following: str = "") -> bool:
    if word == "one":
        return following in listed("after figures")
    return any(map(str.isdecimal, word)) or word in listed("figures")


def _continues_figure(word: str, before: str) -> bool:
    is_figure = _is_figure(before, word) or before in listed("after figures")
    return word in listed("after figures") and is_figure


@cache
def _after_labels() -> frozenset[str]:
    return listed("being") | listed("doing") | HAVING | JOINS | (listed("markers") - {"like"})


@cache
def _before_i() -> frozenset[str]:
    return listed("before i") | BREAKS


def _figure_form(word: str) -> str:
    """Return `FIGURE` for a number and nothing more, which is compared by its worth, else itself.

    Itself are 2a, 3.10 and 24/7.
    """
    is_written_out = not any(map(str.isdecimal, word))
    return FIGURE if is_written_out or _PLAIN_FIGURE.fullmatch(word) else word


def _named(match: re.Match[str]) -> str:
    word = match[0]
    return f"{word}name" if word.lower() in _small_words() else word


@cache
def _small_words() -> frozenset[str]:
    """Return the words that would add nothing, or only ask, were they no names."""
    headings = ("empty", "being", "helping", "doing", "asking", "markers", "figures", "done")
    return STOP_WORDS.union(*map(listed, headings))


@cache
def listed(heading: str) -> frozenset[str]:
    """Return the words below a heading of the rules."""
    return frozenset(" ".join(rules_in(RULES, ROOM)[heading]).split())
