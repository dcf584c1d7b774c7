"""The telling phrases of a text: those that others lack, found by plain rules of word order.

A phrase is a run of words between two function words, less a verb at either end. What a rule
gets wrong makes a phrase that reads badly, never one that is not there: each is cut out of the text
as it stands, and holds a word whose stem is in none of the others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.retrieval.words import STOP_WORDS, normal, stem, stems_of

MOST_PHRASES = 3
LONGEST_PHRASE = 4
SHORTEST_WORD = 3
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
# Words that a definition is written with; that another one lacks them tells a reader nothing.
_PALE_WORDS = """
able almost aim although anybody anything approach based become becoming best better early beside
body call called certain clear commonly define defined defining definition different distinct
every everybody everyone everything exact example fact first general generally going help include
included including instance involve involved involving kind know known large least less main
making matter meant mere myriad next number old often order part particular people perhaps
possible possibly practice quite refer referred rest right see seen set several simple somebody
someone something sort specific still take taken taking term thing together towards type unless
use used using usual usually various way well while whoever whole word
"""
_PALE = frozenset(stem(word) for word in _PALE_WORDS.split())
_VERB_WORDS = """
answers asks become becomes begins brings builds comes counts create creates deliver delivers
develop doubts encourage enable ensure finds follow forbid forbids gives governs goes grant
happens helps improve keeps leads lets looks made makes means meets pays provide provides puts
reward rewards rests says seeks serves shape shows takes thinks wants works
"""
_NOUN_FOLLOWS = """
a about across against all an any as at between both by each every for from her his in into its
more most no of on other our over per some than that's the their these this those through under
upon via when where whose with within without your
"""
_VERBS = frozenset(_VERB_WORDS.split())
_BEFORE_A_NOUN = frozenset(_NOUN_FOLLOWS.split())
_ARTICLES = frozenset({"a", "an", "the", "its", "their", "our", "your", "each", "every"})
_NOUN_ENDING = re.compile(
    r".+(?:tion|sion|ment|ity|ness|ship|ance|ence|ency|acy|ism|ist|ure|age|hood|dom|er|or|s)$"
)
_VERB_ENDING = re.compile(r".{2,}(?:ed|ing)$")
_AND = frozenset({"and", "or", ","})


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of a text that follow each other, and the word or comma before them."""

    words: tuple[re.Match[str], ...]
    before: str


def phrases_alone_in(text: str, others: Sequence[str], *, aside: str = "") -> list[str]:
    """Return the first few phrases of `text` that hold a word which none of `others` has.

    Words that say little, and those of `aside`, do not make a phrase telling.
    """
    known = set(stems_of(aside)).union(*(_keys(other) for other in others))
    phrases: list[str] = []
    for run in _runs(text):
        words = _noun_phrase(run)
        if words and any(_is_new(word[0], known) for word in words):
            phrases.append(text[words[0].start() : words[-1].end()])
            known |= _keys(phrases[-1])
    return phrases[:MOST_PHRASES]


def _runs(text: str) -> Iterator[_Run]:
    words: list[re.Match[str]] = []
    before = last = ""
    end = 0
    for token in _TOKEN.finditer(text):
        gap = text[end : token.start()]
        end = token.end()
        if words and gap != " ":
            yield _Run(tuple(words), before)
            words = []
        last = "," if "," in gap else last if gap.strip() == "" else ""
        plain = normal(token[0])
        if _says_little(plain):
            if words:
                yield _Run(tuple(words), before)
            words = []
        elif words:
            words.append(token)
        else:
            words, before = [token], last
        last = plain
    if words:
        yield _Run(tuple(words), before)


def _noun_phrase(run: _Run) -> tuple[re.Match[str], ...]:
    """Return the run without what is a verb at its ends, or nothing when it names nothing."""
    words = run.words
    while words and normal(words[-1][0]) in _VERBS:
        words = words[:-1]
    verb = max((n for n, word in enumerate(words) if normal(word[0]) in _VERBS), default=None)
    is_noun = verb is not None or run.before in _BEFORE_A_NOUN
    if verb is not None:
        words = words[verb + 1 :]
    elif words and _begins_with_a_verb(words, run.before):
        words, is_noun = words[1:], True
    if not words or len(words) > LONGEST_PHRASE:
        return ()
    head = normal(words[-1][0])
    fits = is_noun or _NOUN_ENDING.fullmatch(head) is not None
    return words if fits and not _is_verb(head) else ()


def _begins_with_a_verb(words: Sequence[re.Match[str]], before: str) -> bool:
    """Whether the first word is one by what stands before it: "to deliver", "by paying people"."""
    first = normal(words[0][0])
    if before in _ARTICLES:
        return False
    if before in _BEFORE_A_NOUN:
        return first.endswith("ing") and len(words) > 1
    return before not in _AND or _is_verb(first)


def _is_verb(word: str) -> bool:
    return word in _VERBS or _VERB_ENDING.fullmatch(word) is not None


def _says_little(word: str) -> bool:
    return word in STOP_WORDS or word.endswith("ly") or set(stems_of(word)) <= _PALE


def _is_new(word: str, known: set[str]) -> bool:
    parts = set(stems_of(word))
    return len(word) >= SHORTEST_WORD and not _keys(word) & known and not parts <= known


def _keys(text: str) -> set[str]:
    """Return the stems of all words, of those with a hyphen also as one: co-design, codesign."""
    whole = {stem(normal(token.replace("-", ""))) for token in _TOKEN.findall(text)}
    return whole | set(stems_of(text))
