"""The answer path, on one screen: a question in, an answer with citations out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answering.confidence import confidence
from assistant.answering.conversation import stand_alone
from assistant.answering.draft import Composer, Draft, numbered_citations
from assistant.answering.question import understand
from assistant.answering.small_talk import SmallTalk, small_talk
from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.retrieval.search import Evidence, Searcher
from assistant.telemetry import Stopwatch

NEAREST = 3
OUT_OF_SCOPE = 0.45
REPLIES = {
    SmallTalk.GREETING: "Hello. Ask me a question about commissioning, for instance: {examples}",
    SmallTalk.THANKS: "You're welcome. Ask again whenever you need to.",
    SmallTalk.FAREWELL: "Goodbye. Ask again whenever you need to.",
    SmallTalk.CAPABILITY: (
        "I answer questions about commissioning from your organisation's guidance and definitions. "
        "Every sentence names the passage that it comes from, and I say so when the guidance does "
        "not answer. For instance: {examples}"
    ),
}
EXAMPLES = (
    "What are the four worlds of public services? "
    "What is the difference between an output and an outcome? "
    "What did Portsmouth do for families?"
)
NOT_ANSWERED = (
    "The guidance that I can read does not answer this question, so I will not guess. "
    "The sections nearest to it are listed below."
)
OUTSIDE = (
    "This seems to be about something other than the guidance that I can read, so I will not "
    "guess. I answer questions about commissioning."
)
NOTHING_READABLE = "There is no guidance yet that I may answer you from."
LONGEST_QUESTION = 2000
TOO_LONG = (
    f"A question may have up to {LONGEST_QUESTION:,} characters; please ask it more shortly, or in "
    "several questions."
)
EMPTY = "Ask me a question about commissioning, for instance: {examples}"


class Answerer:
    """Answers questions from the live snapshot."""

    def __init__(
        self,
        searcher: Callable[[], Searcher],
        *,
        minimum_confidence: float,
        composer: Composer,
    ) -> None:
        self._searcher = searcher
        self._minimum = minimum_confidence
        self._composer = composer

    def __call__(
        self, question: str, history: Sequence[Turn] = (), audiences: Sequence[str] = ()
    ) -> Answer:
        """Answer `question`, asked after `history`, from what `audiences` may read."""
        watch = Stopwatch()
        if len(question) > LONGEST_QUESTION:
            return Answer(question, AnswerStatus.REFUSED_LIMIT, TOO_LONG)
        talk = small_talk(question)
        if talk is not None or not question.strip():
            return _replied(question, talk, watch)
        evidence = self._searcher().search(stand_alone(question, history), audiences, watch)
        with watch.step("judge"):
            understood = understand(evidence.question, evidence.mentions)
            certainty = confidence(understood, evidence)
        if not evidence.found or certainty < self._minimum:
            return _abstained(question, evidence, certainty, watch)
        with watch.step("compose"):
            draft = self._composer.compose(understood, evidence)
        return _answered(question, evidence, draft, certainty, watch)


def _replied(question: str, talk: SmallTalk | None, watch: Stopwatch) -> Answer:
    text = (REPLIES[talk] if talk else EMPTY).format(examples=EXAMPLES)
    return Answer(question, AnswerStatus.CLARIFICATION, text, timings_ms=watch.timings_ms())


def _abstained(question: str, evidence: Evidence, certainty: float, watch: Stopwatch) -> Answer:
    if not evidence.found:
        status, text = AnswerStatus.UNANSWERABLE_NO_PASSAGE, NOTHING_READABLE
    elif max(f.interaction for f in evidence.found) < OUT_OF_SCOPE and not evidence.mentions:
        status, text = AnswerStatus.UNANSWERABLE_OUT_OF_SCOPE, OUTSIDE
    else:
        status, text = AnswerStatus.UNANSWERABLE_LOW_SCORE, NOT_ANSWERED
    return Answer(
        question,
        status,
        text,
        nearest=numbered_citations(hit.passage for hit in evidence.hits[:NEAREST]),
        confidence=round(certainty, 4),
        timings_ms=watch.timings_ms(),
        snapshot=evidence.snapshot,
    )


def _answered(
    question: str, evidence: Evidence, draft: Draft, certainty: float, watch: Stopwatch
) -> Answer:
    answer = Answer(
        question,
        AnswerStatus.ANSWERED,
        draft.text,
        draft.statements,
        draft.citations,
        confidence=round(certainty, 4),
        note=draft.note,
        snapshot=evidence.snapshot,
    )
    return replace(answer, timings_ms=watch.timings_ms())
