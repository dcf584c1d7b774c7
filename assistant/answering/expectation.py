"""What a sentence must hold to settle a question that asks for a figure, a date or a name."""

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
    (r"\b(?:tele)?phone numbers?\b|\bnumber (?:to|I can) (?:call|ring)\b", r"\b\d[\d ]{5,}\d\b"),
    (r"\be-?mail(?: address(?:es)?)?\b", r"\b[\w.+-]+@[\w-]+\.\w+"),
    (_COSTS, r"[£$€]\s?\d|\b\d[\d,.]* ?(?:pounds|million|billion)\b|\bper ?cent\b|%"),
)
_NAMED_THINGS = (
    r"acts?|law|statute|councils?|boroughs?|count(?:y|ies)|cit(?:y|ies)|towns?|firms?|company|charity"
    r"|consultancy|university|college|minister|mp|person|author|writer|academic|scientist"
    r"|department|body|organisation|association|network|country|place|software|report|book"
)
# Who does a thing may be a role, which has no name; who did one or holds an office has.
_ASKS_FOR_A_NAME = re.compile(
    rf"\b(?:which (?:[\w'-]+ ){{0,2}}|what )(?:{_NAMED_THINGS})\b"
    r"|\bwhat (?:is|was|are|were) the names? of\b|\bwhat (?:is|was) \w+ called\b"
    r"|\bwho (?:wrote|led|chaired|chairs|founded|invented|developed|devised|designed|carried out"
    r"|published|discovered|created|introduced|came up with|said|coined|ran|owned|paid|funded)\b"
    r"|\bwho (?:is|was) (?:the|its|their) (?:leader|chair\w*|author|head|director|minister|mayor"
    r"|founder|chief)\b|\bwhose (?:idea|model|work|phrase|book|study|research)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w'\u2019-]*|\b[A-Z]{2,}\b")
_POSSESSIVE = re.compile("['\u2019]s$")
_HOW_MANY = re.compile(r"\bhow many ((?:[\w'-]+ ?){1,4})", re.IGNORECASE)
_WORDS_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure, date or name that an answering sentence must hold.

    What is `known` from the question does not count: a name in it is not the one asked for.
    """

    pattern: re.Pattern[str]
    known: frozenset[str] = frozenset()

    def met_by(self, sentence: str) -> bool:
        """Whether a sentence holds what is expected."""
        found = (_POSSESSIVE.sub("", m.group().lower()) for m in self.pattern.finditer(sentence))
        return any(name not in self.known for name in found)


def expectation_of(question: str) -> Expectation | None:
    """Return what a sentence must hold to settle the question, or None when any may."""
    for asked, expected in _ASKED_AND_EXPECTED:
        if re.search(asked, question, re.IGNORECASE):
            return Expectation(re.compile(expected, re.IGNORECASE))
    if _ASKS_FOR_A_NAME.search(question):
        known = (_POSSESSIVE.sub("", word) for word in words_of(question))
        return Expectation(_NAME, frozenset(known))
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
