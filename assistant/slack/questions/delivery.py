"""Workers that take questions from the inbox, have them answered and hold what must wait."""

import sys
import threading
import time
from dataclasses import dataclass

import structlog

from assistant.slack.api.ailments import Ailment
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import POST, NotYetError
from assistant.slack.posts.posting import LeaseLostError, Poster
from assistant.slack.posts.showing import NotOursError
from assistant.slack.posts.signs import Signs
from assistant.slack.questions.aside import Aside
from assistant.slack.questions.handling import Handling
from assistant.slack.questions.hands import Hands, InHand
from assistant.slack.questions.mishaps import MOST_ATTEMPTS, Mishaps, is_closed_to_us
from assistant.slack.questions.respondent import Respondent
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.store.database import DatabaseTrouble
from assistant.store.inbox import Inbox, InboxState, Task
from assistant.store.turns import Turns

__all__ = ["MOST_ATTEMPTS", "Delivery", "WaysOut"]

POLL_SECONDS = 1.0
BRIEFLY = 0.2
# A listener must acknowledge while workers compute; with the usual five milliseconds for each turn
# its many small steps add up to more than half a second.
SWITCH_SECONDS = 0.0005

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WaysOut:
    """How something is said: to the thread, to the asker alone, and as a sign of work."""

    poster: Poster
    aside: Aside
    signs: Signs


class Delivery:
    """Answers every question of the inbox once."""

    def __init__(
        self,
        inbox: Inbox,
        turns: Turns,
        respondent: Respondent,
        ways: WaysOut,
        workers: int,
    ) -> None:
        self._inbox = inbox
        self._handling = Handling(inbox, turns, respondent, ways.poster, ways.aside)
        self._poster, self._signs = ways.poster, ways.signs
        self._stopping = threading.Event()
        self._news = threading.Condition()
        self._generation = 0
        self._hands = Hands()
        self._mishaps = Mishaps(inbox, self._hands, self._stopping, ways.poster.streams.has_begun)
        self._database = Ailment("inbox_not_read", "inbox_read_again")
        self._leases = Ailment("lease_not_renewed", "lease_renewed_again")
        self._workers = [self._worker(number) for number in range(workers)]
        self._keeper = threading.Thread(target=self._keep_leases, name="lease-keeper", daemon=True)

    def start(self) -> None:
        """Begin with what is left from before."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._signs.start()
        for thread in (*self._workers, self._keeper):
            thread.start()

    def wake(self) -> None:
        """Tell the workers that a question waits."""
        with self._news:
            self._generation += 1
            self._news.notify_all()
        self._signs.look()

    def stop(self, seconds: float) -> None:
        """Let questions in hand end within `seconds`; give the others back to the inbox."""
        self._stopping.set()
        self.wake()
        until = time.monotonic() + seconds
        for thread in (*self._workers, self._keeper):
            thread.join(max(0.0, until - time.monotonic()))
        for held in self._hands.leased():
            self._inbox.release(held.question)
            _log.warning("question_released", inbox_id=held.question.id)
        self._signs.stop()

    def _worker(self, number: int) -> threading.Thread:
        return threading.Thread(target=self._work, name=f"answering-{number}", daemon=True)

    def _work(self) -> None:
        while not self._stopping.is_set() or self._hands.seconds_to_next() is not None:
            seen = self._generation
            held = self._hands.due() or self._take()
            if held is None:
                with self._news:
                    self._news.wait_for(lambda: self._generation != seen, self._idle_seconds())  # noqa: B023
                continue
            with structlog.contextvars.bound_contextvars(inbox_id=held.question.id):
                self._handle_or_leave(held)

    def _idle_seconds(self) -> float:
        seconds = BRIEFLY if self._poster.pace.busy(POST) else POLL_SECONDS
        next_held = self._hands.seconds_to_next()
        return seconds if next_held is None else min(seconds, next_held)

    def _take(self) -> InHand | None:
        if self._stopping.is_set():
            return None
        try:
            question = self._inbox.take({*self._poster.pace.busy(POST), *self._hands.channels()})
        except Exception as error:  # noqa: BLE001 - a database that is away must not end a worker
            self._database.failed(error)
            self._stopping.wait(POLL_SECONDS)
            return None
        self._database.worked()
        if question is None:
            return None
        held = self._hands.take(question)
        if question.task is Task.ANSWER:
            self._signs.taken(question)
        return held

    def _handle_or_leave(self, held: InHand) -> None:
        """Handle the question; if not even its failure can be noted, its lease gives it back."""
        try:
            stays = self._handle(held)
        except Exception as error:  # noqa: BLE001 - a worker that ended would never be missed, only its answers
            self._mishaps.left.failed(error)
            stays = False
        if stays:
            self.wake()
        else:
            self._have_done(held)

    def _handle(self, held: InHand) -> bool:
        """Answer; return whether the question stays in hand. Whatever happens, the row says so."""
        try:
            self._go_on(held)
        except NotYetError as wait:
            return self._mishaps.wait(held, wait.seconds)
        except (LeaseLostError, NotOursError):
            return self._mishaps.lose(held)
        except (SlackCallError, UncheckedError) as error:
            fault = error if isinstance(error, SlackCallError) else error.__cause__
            return not self._mishaps.postpone(held, fault) and self._fails(held, error)
        except DatabaseTrouble:
            # Not a failure of the question: it is answered when the database is back.
            raise
        except Exception as error:  # noqa: BLE001 - every failure ends in a sentence in the thread
            return self._fails(held, error)
        self._mishaps.all_is_well()
        return False

    def _go_on(self, held: InHand) -> None:
        if self._hands.is_posted_by_another(held):
            raise NotYetError(BRIEFLY)
        self._handling.go_on(held)

    def _fails(self, held: InHand, error: Exception) -> bool:
        """Have one plain sentence said, or if that failed already, note that nothing could be."""
        if held.mine:
            _log.warning("message_left", error=type(error).__name__)
            return False
        if held.question.task is Task.WITHDRAW:
            _log.error("answer_not_withdrawn", exc_info=error)
            self._inbox.finish(held.question, InboxState.FAILED, "not_withdrawn", None)
            return False
        is_told_alone = held.job is not None and held.job.reply.alone
        can_be_told = is_closed_to_us(error) and not is_told_alone
        if held.job is None or not held.job.is_failure or can_be_told:
            held.job = self._mishaps.failure(held, error)
            self._hands.hold(held, 0.0)
            return True
        code = error.code if isinstance(error, SlackCallError) else type(error).__name__
        _log.error("failure_not_told", code=code)
        self._inbox.finish(held.question, InboxState.FAILED, held.job.reply.status.value, None)
        return False

    def _have_done(self, held: InHand) -> None:
        """Let go of the question and of what is shown of it."""
        try:
            self._poster.streams.close(held.question)
        except Exception as error:  # noqa: BLE001 - a worker must go on
            _log.warning("stream_not_closed", error=type(error).__name__)
        has_spoken = held.job is not None and held.job.is_seen_anew and not held.mine
        self._signs.done(held.question, spoke_at=held.posting_since if has_spoken else None)
        self._hands.drop(held)
        # The thread's next question may have waited for this one.
        self.wake()

    def _keep_leases(self) -> None:
        """Renew the leases of what is in hand, so that they run out only when we are gone."""
        interval = self._inbox.lease.total_seconds() / 3
        while not self._stopping.wait(interval) or self._hands.leased():
            for held in self._hands.leased():
                try:
                    self._inbox.renew(held.question)
                    self._leases.worked()
                except Exception as error:  # noqa: BLE001 - tried again in a moment
                    self._leases.failed(error)
            if self._stopping.is_set():
                time.sleep(interval / 10)
            else:
                self._replace_the_dead()

    def _replace_the_dead(self) -> None:
        """Let another do the work of a worker that ended without a word."""
        for number, thread in enumerate(self._workers):
            if not thread.is_alive():
                _log.error("worker_died", name=thread.name)
                self._workers[number] = self._worker(number)
                self._workers[number].start()
