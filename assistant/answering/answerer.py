"""The answer path, on one screen: a question in, an answer with citations out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answering.confidence import confidence
from assistant.answering.conversation import (
    Rewriter,
    StandAlone,
    parts_of,
    put_in_place,
    readings_of,
)
from assistant.answering.draft import Composer, Draft, merged
from assistant.answering.experience import beside, marked_now, only_peers, told
from assistant.answering.outcome import DOUBTED, FoundPart, abstained, answered, replied
from assistant.answering.premise import contradicted, doubt
from assistant.answering.question import understand
from assistant.answering.screening import fit_to_use, screen
from assistant.answering.settled import is_settled
from assistant.answering.small_talk import small_talk
from assistant.answering.standing import for_the_nation, lapsed_answer
from assistant.domain.answers import Answer, AnswerStatus, OnStep, Step, StepBegun, Turn
from assistant.domain.networks import PeerDocument
from assistant.language import phrase, say
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.peers import PeersNow, experience_in, no_peers, now_for, only_current
from assistant.retrieval.search import KEPT, Searcher
from assistant.telemetry import Stopwatch

# What the guidance says to the contrary is worth saying a little earlier than an answer is.
CORRECTED = 0.6
LONGEST_QUESTION = 2000
TOO_LONG = phrase(
    "A question may have up to {most:,} characters. Please ask it in fewer words, or as several "
    "questions."
)


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
            return replied(question, talk, watch)
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
            return abstained(question, found, watch)
        tell(_writing(certain))
        with watch.step("compose"):
            found = [
                replace(p, draft=self._composed(p, tell)) if p in certain else p for p in found
            ]
        answer = answered(question, found, watch)
        return replace(answer, citations=marked_now(answer.citations, peers))

    def _found(self, question: str, history: Sequence[Turn], asking: "_Asking") -> list[FoundPart]:
        """Search for each part of the question, in one snapshot; a later part may lean on one."""
        found: list[FoundPart] = []
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
                FoundPart(
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

    def _composed(self, part: FoundPart, tell: OnStep) -> Draft:
        if part.peers is not None and not part.guides(self._minimum):
            return only_peers(part.peers.draft)
        guidance = self._guided(part, tell)
        return beside(guidance, part.peers.draft) if part.peers is not None else guidance

    def _guided(self, part: FoundPart, tell: OnStep) -> Draft:
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


def _tell_nobody(_: StepBegun) -> None:
    """Nobody wants to know of the steps."""


def _writing(certain: Sequence[FoundPart]) -> StepBegun:
    found = {hit.passage.id: hit.passage for part in certain for hit in part.evidence.hits}
    titles = tuple(dict.fromkeys(passage.metadata.title for passage in found.values()))
    return StepBegun(Step.WRITING, passages=len(found), titles=titles)
