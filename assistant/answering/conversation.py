"""A follow-up made to stand alone, from what the thread makes certain and without a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.domain.answers import Turn
from assistant.retrieval.evidence import Reading
from assistant.retrieval.words import content_words, words_of

FEW_WORDS = 2
CARRIED_WORDS = 10
ALONE_WEIGHT = 0.5
MARKER = re.compile(r"\[[\d,; -]+\]")
ANSWER_WEIGHT = 0.25
_LEANS_BACK = re.compile(
    r"^\s*(?:and|but|so|or|also|then|what about|how about|what else|anything else|who else|why)\b"
    r"|\b(?:it|its|they|them|their|theirs|he|she|his|her|this|that|these|those|there|one|ones"
    r"|former|latter|same|such)\b",
    re.IGNORECASE,
)


_NEXT_QUESTION = re.compile(
    r"\?\s+(?=\w)|[,;]?\s+and\s+(?=(?:(?:in|at|by|on|for|to|from|with|of)\s+)?"
    r"(?:what|which|whom?|whose|how|when|where|why|is|are|does|do|did|can|should|must)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|which|whom?|whose|how|when|where|why|is|are|does|do|did|can|should|must|define"
    r"|list|name|explain)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"^\s*(?:(?:ok(?:ay)?|thanks?(?: you)?|right)[,.!]?\s+)?(?:and|but|what about|how about)\s+"
    r"(?P<preposition>in|for|at|with|by|from|on|of|to|about)\s+"
    r"(?P<what>[\w'\u2019-]+(?: [\w'\u2019-]+){0,3}?)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
FEWEST_WORDS = 3
MOST_PARTS = 3


def parts_of(question: str) -> tuple[str, ...]:
    """Return the questions that a question is made of: itself, or two or three asked together."""
    parts = [part.strip() for part in _NEXT_QUESTION.split(question) if part.strip()]
    whole = all(len(words_of(p)) >= FEWEST_WORDS and _ASKS.search(p) for p in parts)
    return tuple(parts) if whole and 1 < len(parts) <= MOST_PARTS else (question,)


@dataclass(frozen=True, slots=True)
class StandAlone:
    """A follow-up as it stands alone, and the version of the prompt if a model wrote it."""

    text: str
    prompt: str | None = None


class Rewriter(Protocol):
    """Makes a follow-up stand alone, with a chat model."""

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone | None:
        """Return the question in words of its own and of the thread, None to leave it as it is."""


def put_in_place(question: str, history: Sequence[Turn]) -> StandAlone | None:
    """Put "And in education?" where the last question had "in health", when that is what it asks.

    Returns None for every other question, and where the last one has no such words.
    """
    asked = _INSTEAD.match(question)
    if asked is None or not history:
        return None
    before = rf"\b{asked['preposition']}\s+(?:the\s+)?[\w'\u2019-]+"
    places = list(re.finditer(before, history[-1].question, re.IGNORECASE))
    if not places:
        return None
    last, place = history[-1].question, places[-1]
    put = f"{asked['preposition']} {asked['what']}"
    return StandAlone(f"{last[: place.start()]}{put}{last[place.end() :]}")


def readings_of(
    question: str, history: Sequence[Turn], rewritten: StandAlone | None = None
) -> tuple[str, tuple[Reading, ...]]:
    """Return what a question is understood as, and its readings beside that, from the thread.

    A question that leans on what went before is understood with the topic of the thread. Any
    question in a thread is also ranked alone, with the topic, and with what was answered last:
    a question that changes the subject is found by its own words (docs/adr/0017); one that has no
    words of its own is not ranked alone. What a chat model rewrote, or `put_in_place` did, takes
    the place of the topic, whether it leans or not.
    """
    leans = rewritten is not None or _leans_back(question)
    answered = MARKER.sub(" ", history[-1].answer) if history else ""
    if not history or not (leans or answered):
        return question, ()
    topic = _with(question, (*content_words(history[-1].question), *_topic(history)))
    answer = _with(question, content_words(answered))
    beside = (Reading(answer, ANSWER_WEIGHT),) if answered else ()
    if rewritten is not None:
        topic = rewritten.text
    if leans and not content_words(question):
        return topic, beside
    if leans:
        return topic, (Reading(question, ALONE_WEIGHT), *beside)
    return question, (Reading(topic, 1 - ALONE_WEIGHT - ANSWER_WEIGHT), *beside)


def _with(question: str, words: Sequence[str]) -> str:
    known = set(content_words(question))
    new = [word for word in dict.fromkeys(words) if word not in known][:CARRIED_WORDS]
    return f"{question} ({' '.join(new)})" if new else question


def _topic(history: Sequence[Turn]) -> list[str]:
    """Return the words of the last question that stood on its own."""
    for turn in reversed(history):
        words = content_words(turn.question)
        if words and not _leans_back(turn.question):
            return words
    return content_words(" ".join(turn.question for turn in history))


def _leans_back(question: str) -> bool:
    few = len(content_words(question)) <= FEW_WORDS and len(words_of(question)) > 0
    return few or _LEANS_BACK.search(question) is not None
