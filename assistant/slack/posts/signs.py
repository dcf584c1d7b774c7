"""What a thread shows while its question waits: its place in the queue, then what is done."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import STATUS, STATUS_AGAIN, NotYetError, Pace
from assistant.store.inbox import UNFINISHED, Inbox, InboxQuestion, IncomingQuestion, Surface

READING = phrase("is reading the guidance…")
IN_QUEUE = phrase("has your question at number {place} in the queue…")

SENDERS = 3
# A worker that is free takes a question before it needs a place.
MOMENT = 0.05
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_BETWEEN_SIGNS = 2.0
# Slack drops a status after two minutes.
SECONDS_SHOWN = 90.0
MOST_THREADS = 1000
IDLE_SECONDS = 0.2

Thread = tuple[str, str]
# A status and the messages that take turns beside it.
Shown = tuple[str, tuple[str, ...]]

_log = structlog.get_logger()


@dataclass(slots=True)
class _Sign:
    """What a thread is to show, and what it was last told and when Slack had taken it."""

    wanted: Shown | None = None
    shown: Shown | None = None
    at: float = 0.0
    is_being_sent: bool = False
    is_over: bool = False
    place_of: int | None = None
    # Since when it waits to be shown; the first sign of a thread goes before all others.
    since: float = 0.0


class Signs:
    """Shows statuses, in threads of its own; that one is not shown costs nothing but the sign."""

    def __init__(
        self,
        client: WebClient,
        inbox: Inbox,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` should neither repeat a call nor wait long."""
        self._client = client
        self._inbox = inbox
        self._pace = pace
        self._clock = clock
        self._signs: dict[Thread, _Sign] = {}
        self._in_hand: set[int] = set()
        self._news = threading.Condition()
        self._looks = threading.Event()
        self._is_ended = False
        self._threads = [
            threading.Thread(target=self._send, name=f"signs-{n}", daemon=True)
            for n in range(SENDERS)
        ]
        self._threads.append(threading.Thread(target=self._keep, name="places", daemon=True))

    def start(self) -> None:
        """Begin to show."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Show nothing more."""
        with self._news:
            self._is_ended = True
            self._news.notify_all()
        self._looks.set()

    def look(self) -> None:
        """Have it looked who waits; returns at once."""
        self._looks.set()

    def taken(self, question: InboxQuestion) -> None:
        """Show that somebody works on a question now."""
        with self._news:
            self._in_hand.add(question.id)
        self.show(question, say(READING))

    def show(
        self, question: InboxQuestion, status: str, loading_messages: Sequence[str] = ()
    ) -> None:
        """Show what is being done about a question in hand; returns at once."""
        if question.asked.surface is Surface.ALONE:
            return
        with self._news:
            if question.id in self._in_hand:
                self._want(question.asked, (status, tuple(loading_messages)))

    def done(self, question: InboxQuestion, *, spoke_at: float | None) -> None:
        """Show nothing more of a question.

        `spoke_at` is the monotonic moment after which a message was posted, None where none was.
        It took away what was shown by then; what was told Slack later may have come after it.
        """
        with self._news:
            self._in_hand.discard(question.id)
            self._end(_thread(question.asked), spoke_at)

    def _want(
        self,
        asked: IncomingQuestion,
        wanted: Shown,
        place_of: int | None = None,
    ) -> None:
        key = _thread(asked)
        if key not in self._signs and len(self._signs) >= MOST_THREADS:
            return
        sign = self._signs.setdefault(key, _Sign(since=self._clock()))
        sign.is_over, sign.place_of = False, place_of
        is_fresh = sign.shown == wanted and self._clock() - sign.at < SECONDS_SHOWN
        if is_fresh:
            sign.wanted = None
        elif sign.wanted != wanted:
            sign.since = sign.since if sign.wanted else self._clock()
            sign.wanted = wanted
            self._news.notify()

    def _end(self, key: Thread, spoke_at: float | None = None) -> None:
        sign = self._signs.get(key)
        if sign is None:
            return
        is_gone = spoke_at is not None and sign.at <= spoke_at
        sign.wanted = None
        if sign.is_being_sent:
            # It may arrive after the answer, so it is taken away afterwards.
            sign.is_over = True
        elif sign.shown is None or is_gone:
            del self._signs[key]
        else:
            sign.wanted, sign.is_over = ("", ()), True
            self._news.notify()

    def _keep(self) -> None:
        """Keep the places in the queue up to date while somebody waits."""
        is_somebody_waiting = False
        while not self._is_ended:
            self._looks.wait(SECONDS_BETWEEN_SIGNS if is_somebody_waiting else None)
            time.sleep(MOMENT)
            self._looks.clear()
            try:
                is_somebody_waiting = self._show_places()
            except Exception as error:  # noqa: BLE001 - signs are a courtesy, and the next look may do
                _log.info("places_not_shown", error=type(error).__name__)
                is_somebody_waiting = True
            time.sleep(SECONDS_BETWEEN_LOOKS if is_somebody_waiting else 0.0)

    def _show_places(self) -> bool:
        with self._news:
            shown = {s.place_of: key for key, s in self._signs.items() if s.place_of is not None}
        waiting = [w for w in self._inbox.waiting() if w.asked.surface is Surface.THREAD]
        still = {each.id for each in waiting}
        # What another replica took is its own to show, and to end when it is answered.
        gone = {number for number in shown if number not in still and self._is_finished(number)}
        with self._news:
            for each in waiting:
                if each.id not in self._in_hand:
                    text = say(IN_QUEUE, place=each.place)
                    self._want(each.asked, (text, ()), place_of=each.id)
            for number in gone - self._in_hand:
                self._end(shown[number])
        return bool(waiting) or bool(shown)

    def _is_finished(self, number: int) -> bool:
        entry = self._inbox.by_id(number)
        return entry is None or entry.state not in UNFINISHED

    def _send(self) -> None:
        while (chosen := self._next()) is not None:
            key, wanted = chosen
            is_shown = self._told(key, wanted)
            with self._news:
                self._after(key, wanted, is_shown=is_shown)

    def _next(self) -> tuple[Thread, Shown] | None:
        """Wait for the most urgent sign and take it; None at the end."""
        with self._news:
            while not self._is_ended:
                key, seconds = self._most_urgent()
                if key is not None:
                    sign = self._signs[key]
                    wanted, sign.wanted, sign.is_being_sent = sign.wanted, None, True
                    if wanted is not None:
                        return key, wanted
                self._news.wait(seconds)
            return None

    def _most_urgent(self) -> tuple[Thread | None, float | None]:
        """Return the thread to be told now, or none and how long it is until the next may be.

        First those that were told nothing yet and those whose sign is to go.
        """
        now = self._clock()
        wanted = [(key, sign) for key, sign in self._signs.items() if sign.wanted is not None]
        ready = [
            (bool(sign.at) and not sign.is_over, sign.since, key)
            for key, sign in wanted
            if not sign.is_being_sent
            and (sign.is_over or not sign.at or now - sign.at >= SECONDS_BETWEEN_SIGNS)
        ]
        if not ready:
            return None, IDLE_SECONDS if wanted else None
        is_again, _, key = min(ready)
        seconds = self._pace.seconds_until(STATUS)
        if not seconds and is_again:
            seconds = self._pace.spend(STATUS_AGAIN)
        return (None, min(seconds, IDLE_SECONDS)) if seconds else (key, None)

    def _told(self, key: Thread, wanted: Shown) -> bool:
        status, loading_messages = wanted
        channel, thread_ts = key
        try:
            self._pace.call(
                STATUS,
                self._client.assistant_threads_setStatus,
                channel_id=channel,
                thread_ts=thread_ts,
                status=status,
                loading_messages=list(loading_messages) or None,
            )
        except (SlackCallError, NotYetError) as error:
            code = error.code if isinstance(error, SlackCallError) else "too_soon"
            _log.info("status_not_shown", code=code)
            return False
        return True

    def _after(self, key: Thread, wanted: Shown, *, is_shown: bool) -> None:
        sign = self._signs.get(key)
        if sign is None:
            return
        sign.is_being_sent, sign.at = False, self._clock()
        if is_shown:
            sign.shown = wanted
        if sign.is_over:
            if wanted[0]:
                sign.wanted = ("", ())
            else:
                del self._signs[key]
        if sign.wanted is not None:
            self._news.notify()


def _thread(asked: IncomingQuestion) -> Thread:
    return asked.channel, asked.thread_ts
