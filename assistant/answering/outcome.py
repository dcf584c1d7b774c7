"""What an answer says in the end, made of what was found for each part of the question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.answering.conversation import StandAlone
from assistant.answering.draft import Draft, how_read, merged, numbered_citations, shared, unmarked
from assistant.answering.experience import Told
from assistant.answering.premise import Doubt
from assistant.answering.question import Question
from assistant.answering.small_talk import SmallTalk
from assistant.answering.standing import lapsed_note, marked, scope_notes
from assistant.domain.answers import Answer, AnswerStatus, Citation
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence
from assistant.telemetry import Stopwatch

NEAREST = 3
OUT_OF_SCOPE = 0.45
DOUBTED = 0.5
REPLIES = {
    SmallTalk.GREETING: phrase(
        "Hello. Ask me a question about commissioning, for instance: {examples}"
    ),
    SmallTalk.THANKS: phrase("You're welcome. Ask again whenever you need to."),
    SmallTalk.FAREWELL: phrase("Goodbye. Ask again whenever you need to."),
    SmallTalk.CAPABILITY: phrase(
        "I answer questions about commissioning from your organisation's guidance and definitions. "
        "Every sentence names the passage that it comes from, and I say so when the guidance does "
        "not answer. For instance: {examples}"
    ),
}
# Questions to the guidance are in its language, so they are not put into the reader's.
EXAMPLES = (
    "What are the four worlds of public services? "
    "What is the difference between an output and an outcome? "
    "What did Portsmouth do for families?"
)
NOT_ANSWERED = phrase(
    "The guidance that I can read does not answer this question, so I will not guess. "
    "The sections nearest to it are listed below."
)
OUTSIDE = phrase(
    "This seems to be about something other than the guidance that I can read, so I will not guess."
)
LAPSED = phrase("The guidance on this does not hold today, so I do not answer from it.")
NOT_AS_ASKED = phrase(
    "{says}. So I will not answer as if it did. The sections nearest to it are listed below."
)
_JOINED_ON = re.compile(r"^(?:and|but|also|so)\b,?\s*", re.IGNORECASE)
MISSING = phrase("I found nothing in the guidance on this part of your question: {part}.")
NOTHING_READABLE = phrase("There is no guidance yet that I may answer you from.")
EMPTY = phrase("Ask me a question about commissioning, for instance: {examples}")


@dataclass(frozen=True, slots=True)
class FoundPart:
    """A part of the question, what was found for it, and how certain it is that this answers.

    `doubt` is what the part takes for granted in vain; `lapsed` says what became of guidance that
    would answer if it held. `rewritten` is how a chat model made it stand alone, `peers` what they
    tell of it, `draft` what is answered to it, once it is.
    """

    asked: str
    question: Question
    evidence: Evidence
    certainty: float
    doubt: Doubt | None
    lapsed: str | None
    audiences: tuple[str, ...]
    rewritten: StandAlone | None = None
    peers: Told | None = None
    draft: Draft | None = None

    def is_answered(self, minimum: float) -> bool:
        """Whether the guidance or peers answer it."""
        return self.peers is not None or self.guides(minimum)

    def guides(self, minimum: float) -> bool:
        """Whether the guidance answers it, or says the contrary of what it takes for granted."""
        if self.doubt is not None:
            return self.doubt.contrary is not None
        return bool(self.evidence.found) and self.certainty >= minimum

    @property
    def confidence(self) -> float:
        """How certain it is that the part is answered as it is asked."""
        if self.peers is not None:
            return max(self.certainty, self.peers.certainty)
        return self.certainty * (1.0 if self.doubt is None else DOUBTED)

    @property
    def missing(self) -> str:
        """Say that the part is not answered, where another one is."""
        if self.doubt is not None:
            return f"{unmarked(self.doubt.says)}."
        asked = _JOINED_ON.sub("", self.asked).rstrip("?. ")
        return say(MISSING, part=unmarked(asked))


def replied(question: str, talk: SmallTalk | None, watch: Stopwatch) -> Answer:
    """Return the answer to small talk, or to no question at all."""
    text = say(REPLIES[talk] if talk else EMPTY, examples=EXAMPLES)
    return Answer(question, AnswerStatus.CLARIFICATION, text, timings_ms=watch.timings_ms())


def abstained(question: str, found: Sequence[FoundPart], watch: Stopwatch) -> Answer:
    """Say that no part of the question is answered, and why; the nearest sections come with it."""
    evidence = [part.evidence for part in found]
    became = list(dict.fromkeys(part.lapsed for part in found if part.lapsed))
    if became:
        status, text = AnswerStatus.UNANSWERABLE_NO_PASSAGE, " ".join((say(LAPSED), *became))
    elif not any(e.found for e in evidence):
        status, text = AnswerStatus.UNANSWERABLE_NO_PASSAGE, say(NOTHING_READABLE)
    elif doubts := [part.doubt for part in found if part.doubt is not None]:
        status = AnswerStatus.UNANSWERABLE_LOW_SCORE
        text = say(NOT_AS_ASKED, says=unmarked(doubts[0].says))
    elif all(_is_outside(e) for e in evidence):
        status, text = AnswerStatus.UNANSWERABLE_OUT_OF_SCOPE, say(OUTSIDE)
    else:
        status, text = AnswerStatus.UNANSWERABLE_LOW_SCORE, say(NOT_ANSWERED)
    return Answer(
        question,
        status,
        text,
        nearest=_nearest(evidence),
        confidence=round(max(part.confidence for part in found), 4),
        timings_ms=watch.timings_ms(),
        note=_how_read(found),
        snapshot=evidence[0].snapshot,
        prompt=_prompts(found),
    )


def answered(question: str, found: Sequence[FoundPart], watch: Stopwatch) -> Answer:
    """Return what was composed for the parts that have a draft, and say which parts have none."""
    certain = [part for part in found if part.draft is not None]
    missing = [part for part in found if part.draft is None]
    draft = merged([part.draft for part in certain if part.draft is not None])
    unmet = [*(part.missing for part in missing), *(say(MISSING, part=p) for p in draft.missing)]
    as_asked = not unmet and all(part.doubt is None for part in certain)
    lines = [draft.text, *unmet]
    notes = " ".join(filter(None, (draft.note, *_standing(found, draft), _how_read(found))))
    return Answer(
        question,
        AnswerStatus.ANSWERED if as_asked else AnswerStatus.ANSWERED_PARTLY,
        "\n".join(lines),
        draft.statements,
        marked(draft.citations, certain[0].evidence.day),
        nearest=_nearest([part.evidence for part in missing]),
        confidence=round(min(part.confidence for part in certain), 4),
        timings_ms=watch.timings_ms(),
        note=notes or None,
        snapshot=certain[0].evidence.snapshot,
        prompt=_prompts(found, draft),
    )


def _prompts(found: Sequence[FoundPart], draft: Draft | None = None) -> str | None:
    """Return the versions of the prompts of all that a chat model had a part in."""
    rewritten = [part.rewritten.prompt for part in found if part.rewritten is not None]
    prompts = [draft.prompt if draft is not None else None, *rewritten]
    return " ".join(dict.fromkeys(filter(None, prompts))) or None


def _is_outside(evidence: Evidence) -> bool:
    """Whether nothing that was found is about what the question is about."""
    fits = max((f.interaction for f in evidence.found), default=0.0)
    return fits < OUT_OF_SCOPE and not evidence.mentions


def _nearest(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    passages = {hit.passage.id: hit.passage for e in evidence for hit in e.hits[:NEAREST]}
    return marked(numbered_citations(passages.values()), evidence[0].day) if evidence else ()


def _standing(found: Sequence[FoundPart], draft: Draft) -> Iterator[str | None]:
    """Yield what a reader must know of where and when the guidance applies."""
    drafts = [(part.evidence.asked_for, part.draft) for part in found]
    yield from scope_notes((asked, shared(draft, own)) for asked, own in drafts if own is not None)
    for part in found:
        if part.draft is not None:
            yield lapsed_note(part.evidence, draft.citations, part.audiences)
        else:
            yield part.lapsed


def _how_read(found: Sequence[FoundPart]) -> str | None:
    """Say which words were read as other ones."""
    return how_read(pair for part in found for pair in part.evidence.corrections)
