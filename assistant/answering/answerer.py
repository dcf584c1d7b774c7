"""The answer path, on one screen: a question in, an answer with citations out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answering.confidence import confidence
from assistant.answering.conversation import (
    Rewriter,
    StandAlone,
    parts_of,
    put_in_place,
    readings_of,
)
from assistant.answering.draft import (
    Composer,
    Draft,
    how_read,
    merged,
    numbered_citations,
    shared,
    unmarked,
)
from assistant.answering.experience import Told, beside, marked_now, only_peers, told
from assistant.answering.premise import Doubt, contradicted, doubt
from assistant.answering.question import Question, understand
from assistant.answering.screening import fit_to_use, screen
from assistant.answering.settled import is_settled
from assistant.answering.small_talk import SmallTalk, small_talk
from assistant.answering.standing import (
    for_the_nation,
    lapsed_answer,
    lapsed_note,
    marked,
    scope_notes,
)
from assistant.domain.answers import (
    Answer,
    AnswerStatus,
    Citation,
    OnStep,
    Step,
    StepBegun,
    Turn,
)
from assistant.domain.networks import PeerDocument
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.peers import PeersNow, experience_in, no_peers, now_for, only_current
from assistant.retrieval.search import KEPT, Searcher
from assistant.telemetry import Stopwatch

NEAREST = 3
OUT_OF_SCOPE = 0.45
# What the guidance says to the contrary is worth saying a little earlier than an answer is.
CORRECTED = 0.6
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
LONGEST_QUESTION = 2000
TOO_LONG = phrase(
    "A question may have up to {most:,} characters. Please ask it in fewer words, or as several "
    "questions."
)
EMPTY = phrase("Ask me a question about commissioning, for instance: {examples}")


class Answerer:
    """Answers questions from the live snapshot."""

    def __init__(
        self,
        searcher: Callable[[], Searcher],
        *,
        minimum_confidence: float,
        composer: Composer,
        rewriter: Rewriter | None = None,
        peers: PeersNow = no_peers,
    ) -> None:
        """Take the search, what composes, and what networks know at the moment of an answer."""
        self._searcher = searcher
        self._peers = peers
        self._minimum = minimum_confidence
        self._composer = composer
        self._rewriter = rewriter

    def __call__(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audiences: Sequence[str] = (),
        on_step: OnStep | None = None,
    ) -> Answer:
        """Answer `question`, asked after `history`, from what `audiences` may read.

        `on_step` is told of each step as it begins; whatever it raises is raised.
        """
        watch = Stopwatch()
        # Half a character, which a terminal or JSON can hand in, is nothing to encode or print.
        question = question.encode("utf-8", "replace").decode("utf-8")
        if len(question) > LONGEST_QUESTION:
            said = say(TOO_LONG, most=LONGEST_QUESTION)
            return Answer(question, AnswerStatus.REFUSED_LIMIT, said, timings_ms=watch.timings_ms())
        screened = screen(question, history)
        question = screened.question
        talk = small_talk(question)
        if talk is not None or not question.strip():
            return _replied(question, talk, watch)
        if (reply := screened.reply) is not None:
            return Answer(question, reply.status, say(reply.text), timings_ms=watch.timings_ms())
        tell = on_step or _tell_nobody
        searcher = self._searcher()
        holds_peers = searcher.snapshot.holds_peers
        peers = now_for(self._peers, audiences) if holds_peers else {}
        asking = _Asking(searcher, peers, tuple(audiences), watch, tell)
        found = self._found(question, screened.history, asking)
        certain = [p for p in found if p.is_answered(self._minimum)]
        if not certain:
            return _abstained(question, found, watch)
        tell(_writing(certain))
        with watch.step("compose"):
            found = [
                replace(p, draft=self._composed(p, tell)) if p in certain else p for p in found
            ]
        answer = _answered(question, found, watch)
        return replace(answer, citations=marked_now(answer.citations, peers))

    def _found(self, question: str, history: Sequence[Turn], asking: "_Asking") -> "list[_Found]":
        """Search for each part of the question, in one snapshot; a later part may lean on one."""
        found: list[_Found] = []
        thread = tuple(history)
        parts = parts_of(question)
        for part in parts:
            rewritten = self._rewritten(part, thread, asking) if history else None
            rewritten = rewritten or put_in_place(part, thread)
            asking.tell(StepBegun(Step.SEARCHING))
            evidence, experience = asking.search(part, thread, rewritten)
            with asking.watch.step("judge"):
                understood = understand(evidence.question, evidence.mentions, asked=evidence.asked)
                evidence = for_the_nation(understood, evidence, self._minimum)
                certainty = confidence(understood, evidence)
                if not is_settled(understood, evidence):
                    certainty *= DOUBTED
                lapsed = lapsed_answer(understood, evidence, asking.audiences, self._minimum)
                vain = (
                    doubt(understood, evidence) if certainty >= self._minimum * CORRECTED else None
                )
                peers = told(experience, self._minimum) if vain is None else None
            found.append(
                _Found(
                    part,
                    understood,
                    evidence,
                    certainty,
                    vain,
                    lapsed,
                    asking.audiences,
                    rewritten,
                    peers,
                )
            )
            thread = (*thread, Turn(part, ""))
        return found

    def _rewritten(self, part: str, thread: Sequence[Turn], asking: "_Asking") -> StandAlone | None:
        if self._rewriter is None:
            return None
        asking.tell(StepBegun(Step.UNDERSTANDING))
        with asking.watch.step("rewrite"):
            return self._rewriter(part, thread)

    def _composed(self, part: "_Found", tell: OnStep) -> Draft:
        if part.peers is not None and not part.guides(self._minimum):
            return only_peers(part.peers.draft)
        guidance = self._guided(part, tell)
        return beside(guidance, part.peers.draft) if part.peers is not None else guidance

    def _guided(self, part: "_Found", tell: OnStep) -> Draft:
        if part.doubt is None:
            return self._composer.compose(part.question, part.evidence, tell)
        first = contradicted(part.doubt)
        if part.doubt.read_as is None:
            return first
        asked = understand(part.doubt.read_as, part.evidence.mentions)
        evidence = replace(part.evidence, question=part.doubt.read_as)
        rest = self._composer.compose(asked, evidence, tell)
        said = {s.text for s in first.statements}
        others = tuple(s for s in rest.statements if s.text not in said)
        return merged([first, replace(rest, statements=others)])


@dataclass(frozen=True, slots=True)
class _Asking:
    """What one question is answered with: a search, what networks know now, and who asks."""

    searcher: Searcher
    peers: Mapping[str, PeerDocument]
    audiences: tuple[str, ...]
    watch: Stopwatch
    tell: OnStep

    def search(
        self, part: str, thread: Sequence[Turn], rewritten: StandAlone | None
    ) -> tuple[Evidence, Evidence | None]:
        """Return what guidance there is on a part of the question, and what peers experienced.

        Guidance is searched as if peers had said nothing, so that they take nothing from it.
        """
        own = rewritten.text if rewritten is not None else part
        read_as, beside = readings_of(part, thread, rewritten)

        def found(searcher: Searcher, kept: int) -> Evidence:
            evidence = searcher.search(
                read_as, self.audiences, self.watch, asked=own, beside=beside, kept=kept
            )
            return fit_to_use(only_current(evidence, self.peers), evidence.asked)

        guidance = found(self.searcher.guidance(), KEPT)
        told_of = self.searcher.snapshot.experience
        if not any(told_of.get(audience) for audience in self.audiences):
            return guidance, None
        return guidance, experience_in(found(self.searcher, 2 * KEPT), KEPT)


@dataclass(frozen=True, slots=True)
class _Found:
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


def _tell_nobody(_: StepBegun) -> None:
    """Nobody wants to know of the steps."""


def _writing(certain: Sequence[_Found]) -> StepBegun:
    found = {hit.passage.id: hit.passage for part in certain for hit in part.evidence.hits}
    titles = tuple(dict.fromkeys(passage.metadata.title for passage in found.values()))
    return StepBegun(Step.WRITING, passages=len(found), titles=titles)


def _replied(question: str, talk: SmallTalk | None, watch: Stopwatch) -> Answer:
    text = say(REPLIES[talk] if talk else EMPTY, examples=EXAMPLES)
    return Answer(question, AnswerStatus.CLARIFICATION, text, timings_ms=watch.timings_ms())


def _abstained(question: str, found: Sequence[_Found], watch: Stopwatch) -> Answer:
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


def _answered(question: str, found: Sequence[_Found], watch: Stopwatch) -> Answer:
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


def _prompts(found: Sequence[_Found], draft: Draft | None = None) -> str | None:
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


def _standing(found: Sequence[_Found], draft: Draft) -> Iterator[str | None]:
    """Yield what a reader must know of where and when the guidance applies."""
    drafts = [(part.evidence.asked_for, part.draft) for part in found]
    yield from scope_notes((asked, shared(draft, own)) for asked, own in drafts if own is not None)
    for part in found:
        if part.draft is not None:
            yield lapsed_note(part.evidence, draft.citations, part.audiences)
        else:
            yield part.lapsed


def _how_read(found: Sequence[_Found]) -> str | None:
    """Say which words were read as other ones."""
    return how_read(pair for part in found for pair in part.evidence.corrections)
