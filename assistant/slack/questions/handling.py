"""One question in hand, from what is known of it to its end: answered, or its answer taken away."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import structlog

from assistant.domain.answers import AnswerStatus, Turn
from assistant.slack.api.pacing import NotYetError
from assistant.slack.posts.finding import Place, PostedPart, thread_of, whole_answer
from assistant.slack.posts.lateness import is_too_late, not_answered, remarks, with_remarks
from assistant.slack.posts.posting import Claim, Job, LeaseLostError, Poster, Reply
from assistant.slack.questions.aside import Aside, may_be_in_direct, was_told_before
from assistant.slack.questions.hands import InHand
from assistant.slack.questions.mishaps import MOST_ATTEMPTS, TakenTooOftenError
from assistant.slack.questions.respondent import Respondent
from assistant.slack.shown.words import unescaped
from assistant.store.inbox import (
    UNFINISHED,
    Inbox,
    InboxQuestion,
    InboxState,
    Surface,
    Task,
)
from assistant.store.turns import Turns

LOOK_BACK_SECONDS = 1.0
MOST_LOOKS_BACK = 600

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Handling:
    """Does what is to be done about a question, as far as it can be done now.

    What it cannot do it raises: NotYetError, LeaseLostError, SlackCallError, and whatever the
    answer path raises.
    """

    inbox: Inbox
    turns: Turns
    respondent: Respondent
    poster: Poster
    aside: Aside

    def go_on(self, held: InHand) -> None:
        """Bring the question to its end."""
        if held.mine:
            self._take_back(held)
        elif held.question.task is Task.WITHDRAW:
            self._withdraw(held.question)
        else:
            if held.job is None:
                held.job = self._job(held.question)
            if held.job is not None:
                self._publish(held, held.job)

    def conclude(self, question: InboxQuestion, reply: Reply, ts: str | None) -> None:
        """Note the end; raises LeaseLostError when the question is somebody else's by now."""
        status = reply.status
        if reply.turn is not None:
            is_ours = self.turns.conclude(question, reply.turn, status.value, ts, reply.answer)
        else:
            failed = status.value.startswith("error")
            state = InboxState.FAILED if failed else InboxState.ANSWERED
            is_ours = self.inbox.finish(question, state, status.value, ts)
        if not is_ours:
            raise LeaseLostError

    def _job(self, question: InboxQuestion) -> Job | None:
        """Return what is to be said; None when it is said already."""
        if may_be_in_direct(question):
            self.aside.forget(question)
        if question.revision:
            # What was shown to others was another answer, to other words.
            self._unshare(question)
        job = self.aside.taken_up(question)
        place = job.place if job is not None else thread_of(question)
        found = self._found(question, place, is_aside=job is not None)
        whole = whole_answer(found, question.revision)
        if whole is not None:
            self._conclude_found(question, place, found, whole)
            return None
        if job is None:
            return Job(question, self._reply(question, found), place, found)
        if not job.reply.messages:
            job.reply = self._reply(question, found)
        job.found = found
        return job

    def _found(
        self, question: InboxQuestion, place: Place, *, is_aside: bool
    ) -> Sequence[PostedPart]:
        """Look for what was said of the question before, where that can be."""
        if question.is_untold or (question.asked.surface is Surface.ALONE and not is_aside):
            return ()
        return self.poster.finder.find(question, place)

    def _reply(self, question: InboxQuestion, found: Sequence[PostedPart]) -> Reply:
        if question.attempts - question.postponed > MOST_ATTEMPTS:
            raise TakenTooOftenError("Every attempt at the question ended without an end.")
        if is_too_late(question, datetime.now(UTC)):
            return Reply((not_answered(question),), AnswerStatus.ERROR_TIMEOUT)
        reply = self.respondent.reply(question)
        if not reply.messages:
            return reply
        answered_before = [part for part in found if part.status is not None]
        is_renewed = was_told_before(question) or any(
            part.revision < question.revision for part in answered_before
        )
        said = remarks(question, is_renewed=is_renewed)
        first, *rest = reply.messages
        return replace(reply, messages=(with_remarks(first, said), *rest))

    def _publish(self, held: InHand, job: Job) -> None:
        began = time.perf_counter()
        self._look_again(job)
        claim = Claim(self.inbox, held.question)
        held.is_posting, held.posting_since = True, time.monotonic()
        try:
            ts = self._published(job, claim)
        finally:
            held.is_posting = False
        outcome = job.outcome or job.reply
        self.conclude(held.question, outcome, ts)
        _log.info(
            "question_answered",
            status=outcome.status.value,
            attempts=held.question.attempts,
            revision=held.question.revision,
            messages=len(job.reply.messages),
            posting_ms=round((time.perf_counter() - began) * 1000, 1),
        )

    def _look_again(self, job: Job) -> None:
        """Make an answer anew that had to wait, where it is not for all who read by now."""
        if job.done or job.outcome is not None:
            return
        looked = self.respondent.looked_again(job.question, job.reply)
        if looked is None and job.is_unsure:
            # What may be there says what not everybody may read, so it is changed.
            job.found, job.is_unsure = self.poster.finder.find(job.question, job.place), False
        job.reply = looked if looked is not None else self._reply(job.question, job.found)

    def _published(self, job: Job, claim: Claim) -> str | None:
        asked = job.question.asked
        if not (job.is_aside or job.reply.alone or asked.surface is Surface.ALONE):
            return self.poster.publish(job, claim)
        if not job.is_aside:
            # What the thread was told before the channel's policy changed.
            for part in job.found:
                self.poster.remove(asked.channel, part.ts)
            job.found = ()
        self.aside.publish(job, claim)
        return claim.noted

    def _conclude_found(
        self,
        question: InboxQuestion,
        place: Place,
        found: Sequence[PostedPart],
        parts: Mapping[int, PostedPart],
    ) -> None:
        """Note the end of a question that was answered before a crash or a lost reply."""
        kept = {part.ts for part in parts.values()}
        for part in found:
            if part.ts not in kept:
                self.poster.remove(place.channel, part.ts)
        status = parts[1].status or AnswerStatus.ERROR_UNEXPECTED
        text = "\n".join(unescaped(parts[number].text) for number in sorted(parts))
        is_turn = status.answers or status.value.startswith("unanswerable")
        turn = Turn(question.asked.text, text) if is_turn else None
        ts = parts[1].ts if place.thread_ts is not None else question.answer_ts
        self.conclude(question, Reply((), status, turn), ts)
        _log.info("answer_found", attempts=question.attempts)

    def _withdraw(self, question: InboxQuestion) -> None:
        """Delete whatever was said to a question that was taken back."""
        place = thread_of(question)
        is_alone = question.asked.surface is Surface.ALONE
        found = [] if is_alone else self.poster.finder.find(question, place)
        if not found:
            # What was shown to one person nobody can take away; what moved from there, we can.
            self.aside.forget(question)
        noted = question.answer_ts or ""
        messages = {part.ts for part in found} | ({noted} if noted[:1].isdigit() else set())
        for ts in sorted(messages):
            self.poster.remove(place.channel, ts)
        self._unshare(question)
        streams = self.poster.streams
        if not noted and not is_alone:
            for ts in streams.left(question, partial(self.poster.finder.left_streams, place)):
                self.poster.remove(place.channel, ts)
        streams.withdrawn(question)
        self.inbox.finish(question, InboxState.WITHDRAWN, Task.WITHDRAW.value, None)
        _log.info("answer_withdrawn", messages=len(messages))

    def _unshare(self, question: InboxQuestion) -> None:
        """Delete the posts that showed the question to others, where there are some."""
        if not self.turns.was_shared(question.id):
            return
        place = thread_of(question)
        for ts in self.poster.finder.shared(question, place):
            self.poster.remove(place.channel, ts)
        self.turns.unshare(question.id)

    def _take_back(self, held: InHand) -> None:
        """Delete what was posted when the question had become somebody else's, once that ended."""
        entry = self.inbox.by_id(held.question.id)
        if entry is None or held.job is None:
            return
        if entry.state in UNFINISHED:
            if held.turns < MOST_LOOKS_BACK:
                raise NotYetError(LOOK_BACK_SECONDS)
            _log.warning("message_left")
            return
        self.poster.take_back(entry, held.job.place, held.mine)
