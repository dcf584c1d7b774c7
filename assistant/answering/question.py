"""What kind of question is asked: a definition, a comparison, or something to find."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.expectation import Expectation, expectation_of
from assistant.retrieval.glossary import Mention
from assistant.retrieval.words import content_words, stems_of, words_of

_ASKING_FOR_MEANING = """
define defined defines definition definitions term terms word words stand stands called phrase
glossary meant commissioning commissioners context public
"""
_DEFINITION_WORDS = frozenset(_ASKING_FOR_MEANING.split())
_COMPARISON = re.compile(
    r"\b(?:differ\w*|versus|vs|compar\w+|distinguish\w*|distinction|contrast\w*|same as|same thing"
    r"|or just|any different|confus\w+)\b",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:list|lists|checklist|all|name|which|steps|stages|ways|examples|types|kinds|parts)\b"
    r"|\bwhat (?:are|were|should|do|does|did|can|could|would)\b|\bhow many\b"
    r"|\bwhat (?:\w+ ){0,3}\w+s\b|\bhow (?:can|could|should|do|does|did)\b",
    re.IGNORECASE,
)


_ASKS = re.compile(
    r"\b(?:what|which|whom?|whose|how|when|where|why|is|are|was|were|does|do|did|can|should|must)\b",
    re.IGNORECASE,
)
_ASKS_WHAT = re.compile(r"\b(?:what|define\w*|definitions?|means?|meaning)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\b(?:what|which|whom?|whose|how|when|where|why)\b", re.IGNORECASE)
_YES_OR_NO = re.compile(
    r"(?:^|[.!?;:,]\s+|\b(?:so|and|but)\s+)(?:is|are|was|were|do|does|did|can|could|should|shall|must|may"
    r"|might|will|would|has|have|had)(?:n't)?\s[^.!?]*\??\s*$",
    re.IGNORECASE,
)
FEWEST = 2
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve"
NUMBERS = tuple(_NUMBER_WORDS.split())


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its kind, and the terms of the glossary that it is about.

    `text` is how it is read, with the topic of the thread where it leans on it; `asked` is the
    same without, and the kind is told from that. `is_sure` marks a question that the glossary
    settles: it asks for the meaning of terms, or the difference between them, and nothing else.
    `about` holds one mention a term that is asked to be defined or compared, and is empty when the
    question asks something else. `count` is a number of things that the question names. A search
    without a question word `asks_for_several` too: it names a subject, and wants what there is.
    """

    text: str
    is_definition: bool
    is_comparison: bool
    about: tuple[Mention, ...]
    expectation: Expectation | None
    asks_for_several: bool
    count: int | None = None
    is_yes_or_no: bool = False
    asked: str = ""
    is_sure: bool = False


def understand(text: str, mentions: Sequence[Mention], *, asked: str | None = None) -> Question:
    """Return the kind of a question, given the terms that it names.

    `asked` is the beginning of `text` that was asked, where the rest is carried from the thread.
    """
    own = text if asked is None else asked
    merged = _merged(mentions)
    comparing = bool(_COMPARISON.search(own)) and len(merged) > 1
    defining = not comparing and bool(merged) and _is_only_about(own, merged)
    about = tuple(merged) if comparing or defining else ()
    several = not defining and (bool(_SEVERAL.search(own)) or not _ASKS.search(own))
    return Question(
        text,
        defining,
        comparing,
        about,
        expectation_of(own),
        several,
        _count_in(own),
        _is_yes_or_no(own),
        own,
        defining or (comparing and not _left_over(own, merged)),
    )


def _is_yes_or_no(text: str) -> bool:
    match = _YES_OR_NO.search(text)
    return match is not None and not _ASKS_WHICH.search(match.group())


def _count_in(text: str) -> int | None:
    """Return the number of things that a question names, such as 5 in "the five obstacles"."""
    for word in words_of(text):
        if word in NUMBERS:
            return NUMBERS.index(word) + FEWEST
        if word.isdecimal() and FEWEST <= int(word) < FEWEST + len(NUMBERS):
            return int(word)
    return None


def _merged(mentions: Sequence[Mention]) -> list[Mention]:
    """Join the mentions of one term, which several audiences' glossaries may define.

    One may write it `outcome`, another `outcomes`.
    """
    merged: list[Mention] = []
    for mention in mentions:
        known = next((m for m in merged if _is_of_one_term(m, mention)), None)
        if known is None:
            merged.append(mention)
            continue
        passages = {p.id: p for p in (*known.passages, *mention.passages)}
        joined = Mention(tuple(passages.values()), mention.start, mention.stop)
        merged[merged.index(known)] = joined
    return merged


def _is_of_one_term(one: Mention, other: Mention) -> bool:
    same_place = (one.start, one.stop) == (other.start, other.stop)
    return same_place or stems_of(one.term) == stems_of(other.term)


def _is_only_about(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the question asks what one term means, and nothing else."""
    if len(mentions) > 1 or _left_over(text, mentions):
        return False
    carried = mentions[0].start >= len(words_of(text))
    return not carried or _ASKS_WHAT.search(text) is not None


def _left_over(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Return the content words that neither name a term nor ask what it means or differs in."""
    places = {n for mention in mentions for n in range(mention.start, mention.stop)}
    named = {w for m in mentions for d in m.definitions for w in words_of(" ".join(d.names))}
    rest = " ".join(word for n, word in enumerate(words_of(text)) if n not in places)
    rest = _COMPARISON.sub(" ", rest)
    return [w for w in content_words(rest) if w not in _DEFINITION_WORDS | named]
