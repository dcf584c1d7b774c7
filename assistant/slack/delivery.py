"""Workers that take questions from the inbox, answer them and post the answers."""

import threading
import time
import uuid
from collections.abc import Mapping

import structlog

from assistant.domain.answers import AnswerStatus, Turn
from assistant.domain.errors import AssistantError
from assistant.slack import sentences
from assistant.slack.blocks import sentence_messages
from assistant.slack.clients import SlackCallError
from assistant.slack.gatekeeper import UncheckedError
from assistant.slack.posting import LeaseLostError, PostedPart, Poster, Reply
from assistant.slack.respondent import Respondent
from assistant.slack.streaming import NotOursError
from assistant.slack.words import unescaped
from assistant.store.inbox import Inbox, InboxQuestion, InboxState
from assistant.store.turns import Turns

MOST_ATTEMPTS = 7
POLL_SECONDS = 1.0

_log = structlog.get_logger()


class TakenTooOftenError(AssistantError):
    """The question was taken again and again; perhaps it ends the process each time."""


class Delivery:
    """Answers every question of the inbox once."""

    def __init__(
        self,
        inbox: Inbox,
        turns: Turns,
        respondent: Respondent,
        poster: Poster,
        workers: int,
    ) -> None:
        self._inbox = inbox
        self._turns = turns
        self._respondent = respondent
        self._poster = poster
        self._stopping = poster.stopping
        self._news = threading.Condition()
        self._generation = 0
        self._in_hand: dict[int, InboxQuestion] = {}
        self._threads = [
            threading.Thread(target=self._work, name=f"answering-{n}", daemon=True)
            for n in range(workers)
        ]
        self._threads.append(
            threading.Thread(target=self._keep_leases, name="lease-keeper", daemon=True)
        )

    def start(self) -> None:
        """Begin with what is left from before."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell the workers that a question waits."""
        with self._news:
            self._generation += 1
            self._news.notify_all()

    def stop(self, seconds: float) -> None:
        """Let questions in hand end within `seconds`; give the others back to the inbox."""
        self._stopping.set()
        self.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for question in self._hand():
            self._inbox.release(question)
            _log.warning("question_released", inbox_id=question.id)

    def _work(self) -> None:
        while not self._stopping.is_set():
            seen = self._generation
            question = self._take()
            if question is None:
                with self._news:
                    self._news.wait_for(lambda: self._generation != seen, POLL_SECONDS)  # noqa: B023
                continue
            with structlog.contextvars.bound_contextvars(inbox_id=question.id):
                self._handle_or_leave(question)

    def _handle_or_leave(self, question: InboxQuestion) -> None:
        """Handle the question; if not even its failure can be noted, its lease gives it back."""
        try:
            self._handle(question)
        except Exception:  # noqa: BLE001 - a worker that ended would never be missed, only its answers
            _log.exception("question_left")

    def _take(self) -> InboxQuestion | None:
        try:
            question = self._inbox.take()
        except Exception:  # noqa: BLE001 - a database that is away for a moment must not end a worker
            _log.exception("inbox_not_read")
            self._stopping.wait(POLL_SECONDS)
            return None
        if question is not None:
            with self._news:
                self._in_hand[question.id] = question
        return question

    def _handle(self, question: InboxQuestion) -> None:
        """Answer; whatever happens, somebody learns of it and the row says so."""
        try:
            self._deliver(question)
        except (LeaseLostError, NotOursError):
            _log.warning("lease_lost")
        except SlackCallError as error:
            if error.is_lost and question.attempts < MOST_ATTEMPTS:
                self._postpone(question, error)
            else:
                self._fail(question, error)
        except Exception as error:  # noqa: BLE001 - every failure ends in a sentence in the thread
            self._fail(question, error)
        finally:
            self._poster.streams.close(question)
            with self._news:
                self._in_hand.pop(question.id, None)
            # The thread's next question may have waited for this one.
            self.wake()

    def _deliver(self, question: InboxQuestion) -> None:
        began = time.perf_counter()
        already = self._poster.posted(question) if question.attempts > 1 else {}
        if _is_whole(already):
            self._conclude_found(question, already)
            return
        if question.attempts > MOST_ATTEMPTS:
            raise TakenTooOftenError("Every attempt at the question ended without an end.")
        reply = self._respondent.reply(question)
        ts = self._poster.post(question, reply, lambda: self._inbox.renew(question), already)
        self._conclude(question, reply, ts)
        _log.info(
            "question_answered",
            status=reply.status.value,
            attempts=question.attempts,
            messages=len(reply.messages),
            ms=round((time.perf_counter() - began) * 1000, 1),
        )

    def _conclude_found(self, question: InboxQuestion, parts: Mapping[int, PostedPart]) -> None:
        """Note the end of a question that was answered before a crash or a lost reply."""
        status = parts[1].status
        text = "\n".join(unescaped(parts[number].text) for number in sorted(parts))
        is_turn = status.answers or status.value.startswith("unanswerable")
        turn = Turn(question.asked.text, text) if is_turn else None
        self._conclude(question, Reply((), status, turn), parts[1].ts)
        _log.info("answer_found", attempts=question.attempts)

    def _conclude(self, question: InboxQuestion, reply: Reply, ts: str | None) -> None:
        status = reply.status
        if reply.turn is not None:
            self._turns.conclude(question, reply.turn, status.value, ts, reply.answer)
            return
        failed = status.value.startswith("error")
        state = InboxState.FAILED if failed else InboxState.ANSWERED
        self._inbox.finish(question, state, status.value, ts)

    def _postpone(self, question: InboxQuestion, error: SlackCallError) -> None:
        if self._stopping.is_set():
            self._inbox.release(question)
            return
        seconds = 5.0 * 3 ** (question.attempts - 1)
        self._inbox.postpone(question, seconds)
        _log.warning("question_postponed", code=error.code, seconds=seconds)

    def _fail(self, question: InboxQuestion, error: Exception) -> None:
        """Say one plain sentence in the thread and note that the question failed."""
        reference = uuid.uuid4().hex[:8]
        _log.error("question_failed", reference=reference, exc_info=error)
        unchecked = isinstance(error, UncheckedError)
        sentence = sentences.UNCHECKED if unchecked else sentences.failure(reference)
        reply = Reply(sentence_messages(sentence), AnswerStatus.ERROR_UNEXPECTED)
        ts = None
        try:
            ts = self._poster.post(question, reply, lambda: self._inbox.renew(question), {})
        except LeaseLostError:
            return
        except SlackCallError as silent:
            if silent.is_lost and question.attempts < MOST_ATTEMPTS:
                # Nobody can be told now, and later there may be an answer to give.
                self._postpone(question, silent)
                return
            _log.error("failure_not_told", reference=reference, code=silent.code)
        self._conclude(question, reply, ts)

    def _keep_leases(self) -> None:
        """Renew the leases of what is in hand, so that they run out only when we are gone."""
        interval = self._inbox.lease.total_seconds() / 3
        while not self._stopping.wait(interval) or self._hand():
            for question in self._hand():
                try:
                    self._inbox.renew(question)
                except Exception:  # noqa: BLE001 - tried again in a moment
                    _log.exception("lease_not_renewed", inbox_id=question.id)
            if self._stopping.is_set():
                time.sleep(interval / 10)

    def _hand(self) -> list[InboxQuestion]:
        with self._news:
            return list(self._in_hand.values())


def _is_whole(parts: Mapping[int, PostedPart]) -> bool:
    return bool(parts) and set(parts) >= set(range(1, max(p.parts for p in parts.values()) + 1))
