"""What kind of question is asked: a definition, a comparison, or something to find."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.expectation import Expectation, expectation_of
from assistant.domain.documents import Passage
from assistant.retrieval.glossary import Mention
from assistant.retrieval.words import content_words, words_of

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
_ASKS_WHICH = re.compile(r"\b(?:what|which|whom?|whose|how|when|where|why)\b", re.IGNORECASE)
_YES_OR_NO = re.compile(
    r"(?:^|[.!?;:,]\s+|\b(?:so|and|but)\s+)(?:is|are|was|were|do|does|did|can|could|should|shall|must|may"
    r"|might|will|would|has|have|had)(?:n't)?\s[^.!?]*\??\s*$",
    re.IGNORECASE,
)
FEWEST = 2
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve"
_NUMBERS = tuple(_NUMBER_WORDS.split())


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its kind, and the terms of the glossary that it is about.

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


def understand(text: str, mentions: Sequence[Mention]) -> Question:
    """Return the kind of a question, given the terms that it names."""
    merged = _merged(mentions)
    comparing = bool(_COMPARISON.search(text)) and len(merged) > 1
    defining = not comparing and bool(merged) and _is_only_about(text, merged)
    about = tuple(merged) if comparing or defining else ()
    several = not defining and (bool(_SEVERAL.search(text)) or not _ASKS.search(text))
    return Question(
        text,
        defining,
        comparing,
        about,
        expectation_of(text),
        several,
        _count_in(text),
        _is_yes_or_no(text),
    )


def _is_yes_or_no(text: str) -> bool:
    match = _YES_OR_NO.search(text)
    return match is not None and not _ASKS_WHICH.search(match.group())


def _count_in(text: str) -> int | None:
    """Return the number of things that a question names, such as 5 in "the five obstacles"."""
    for word in words_of(text):
        if word in _NUMBERS:
            return _NUMBERS.index(word) + FEWEST
        if word.isdecimal() and FEWEST <= int(word) < FEWEST + len(_NUMBERS):
            return int(word)
    return None


def _merged(mentions: Sequence[Mention]) -> list[Mention]:
    """Join the mentions of one term, which several audiences' glossaries may define."""
    by_term: dict[str, Mention] = {}
    for mention in mentions:
        key = mention.term.lower()
        known = by_term.get(key)
        passages: dict[str, Passage] = {
            p.id: p for p in (*(known.passages if known else ()), *mention.passages)
        }
        by_term[key] = Mention(tuple(passages.values()), mention.start, mention.stop)
    return list(by_term.values())


def _is_only_about(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the question's content words are those of one term and of asking what it means."""
    if len({m.term.lower() for m in mentions}) > 1:
        return False
    words = words_of(text)
    mention = mentions[0]
    rest = " ".join((*words[: mention.start], *words[mention.stop :]))
    named = set(words_of(" ".join(mention.definitions[0].names)))
    return not [w for w in content_words(rest) if w not in _DEFINITION_WORDS | named]
