"""What a sentence must hold to settle a question that asks for a figure or a date."""

import re
from dataclasses import dataclass

from assistant.retrieval.words import STOP_WORDS, stem, words_of

_NUMBER = (
    r"(?:£?\d+(?:[.,]\d+)*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?"
    r"|hundreds?|thousands?|millions?|billions?|no)"
)
_MONTHS = r"January|February|March|April|May|June|July|August|September|October|November|December"
_YEAR = r"\b(?:1[5-9]|20)\d\d\b"
_LASTS = (
    r"\bhow long (?:did|was|were|does|do|is|are|has|have|must|can|may)\b"
    r"|\bhow many (?:days|weeks|months|years|hours)\b"
)
_COSTS = (
    r"\bhow much (?:money|did|does|do|is|was|has|have|were|are|will|would)\b"
    r"|\bwhat (?:is|was|does|did)\b.*\b(?:cost|budget|price|fee|salary|spend)\b"
)
_WHEN = r"^when (?:was|were|did|is|are|has|have|will)\b|\b(?:what|which) (?:date|month|day)\b"
_ASKED_AND_EXPECTED = (
    (r"\bwhat (?:percentage|proportion|share)\b", r"%|\bper ?cent\b"),
    (r"\b(?:what|which) year\b", _YEAR),
    (_WHEN, rf"{_YEAR}|\bcentur|\b(?:{_MONTHS})\b"),
    (_LASTS, _NUMBER + r"[ -](?:day|week|month|year|hour|minute)"),
    (_COSTS, r"[£$€]\s?\d|\b\d[\d,.]* ?(?:pounds|million|billion)\b|\bper ?cent\b|%"),
)
_HOW_MANY = re.compile(r"\bhow many ((?:[\w'-]+ ?){1,4})", re.IGNORECASE)
_WORDS_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure or date that an answering sentence must hold."""

    pattern: re.Pattern[str]

    def met_by(self, sentence: str) -> bool:
        """Whether a sentence holds what is expected."""
        return self.pattern.search(sentence) is not None


def expectation_of(question: str) -> Expectation | None:
    """Return what a sentence must hold to settle the question, or None when any may."""
    for asked, expected in _ASKED_AND_EXPECTED:
        if re.search(asked, question, re.IGNORECASE):
            return Expectation(re.compile(expected, re.IGNORECASE))
    match = _HOW_MANY.search(question)
    return _count_of(match.group(1)) if match else None


def _count_of(phrase: str) -> Expectation | None:
    """Expect a number shortly before one of the things that are counted."""
    stems = []
    for word in words_of(phrase):
        if word in STOP_WORDS:
            break
        stems.append(re.escape(stem(word)))
    if not stems:
        return None
    counted = "|".join(stems)
    between = rf"(?:[\w'-]+ ){{0,{_WORDS_BETWEEN}}}"
    return Expectation(re.compile(rf"\b{_NUMBER}[ -]{between}(?:{counted})", re.IGNORECASE))
