"""How fast Slack may be called: by method and channel, and never before a wait is over."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.api.waits import NEVER, Waits, place

POST = "chat.postMessage"
POST_ALONE = "chat.postEphemeral"
UPDATE = "chat.update"
DELETE = "chat.delete"
REPLIES = "conversations.replies"
HISTORY = "conversations.history"
OPEN = "conversations.open"
STATUS = "assistant.threads.setStatus"
STATUS_AGAIN = "assistant.threads.setStatus, once more"
START_STREAM = "chat.startStream"
APPEND_STREAM = "chat.appendStream"
STOP_STREAM = "chat.stopStream"

MOST_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a minute after a burst of so many at once; posts by channel."""

    a_minute: float
    burst: int


# Burst and minute together stay within what Slack documents for a minute. Of statuses it says only
# that they have a limit of their own; those that a thread is shown once more take a share of it.
RATES: Mapping[str, Rate] = {
    POST: Rate(60, 3),
    POST_ALONE: Rate(80, 10),
    UPDATE: Rate(40, 10),
    DELETE: Rate(40, 10),
    REPLIES: Rate(40, 10),
    HISTORY: Rate(40, 10),
    OPEN: Rate(40, 10),
    STATUS: Rate(480, 60),
    STATUS_AGAIN: Rate(120, 20),
    START_STREAM: Rate(10, 8),
    APPEND_STREAM: Rate(80, 15),
    STOP_STREAM: Rate(10, 8),
}


class NotYetError(Exception):
    """A call may be made only in `seconds`; it was not made, or Slack did not carry it out."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack may be called in {seconds:.1f} seconds.")
        self.seconds = seconds


@dataclass(slots=True)
class _Meter:
    left: float
    at: float


class Pace:
    """Knows when each method may be called next; nobody sleeps in it.

    Other replicas have paces of their own: what is too much together, Slack says to one of them,
    and all keep the wait.
    """

    def __init__(
        self,
        rates: Mapping[str, Rate] = RATES,
        clock: Callable[[], float] = time.monotonic,
        waits: Waits | None = None,
    ) -> None:
        """`waits` are those of the clients, by the same clock."""
        self._rates = rates
        self._clock = clock
        self._waits = waits or Waits(clock=clock)
        self._meters: dict[tuple[str, str], _Meter] = {}
        self._lock = threading.Lock()

    def call(
        self, method: str, function: Callable[..., Any], **arguments: Any
    ) -> Mapping[str, Any]:
        """Call Slack and return its answer; raises NotYetError or SlackCallError."""
        channel = str(arguments.get("channel") or "")
        seconds = self.spend(method, channel)
        if seconds > 0:
            raise NotYetError(seconds)
        try:
            return called(function, **arguments)
        except SlackCallError as error:
            if error.retry_after is None:
                raise
            raise NotYetError(error.retry_after) from error

    def spend(self, method: str, channel: str = "") -> float:
        """Count a call and return 0, or count none and return the seconds to wait."""
        self._waits.look()
        with self._lock:
            meter = self._meter(method, channel)
            seconds = self._seconds(place(method, channel), meter)
            if seconds <= 0:
                meter.left -= 1
            return seconds

    def seconds_until(self, method: str, channel: str = "") -> float:
        """Return how long it is until a call may be made."""
        self._waits.look()
        with self._lock:
            return self._seconds(place(method, channel), self._meter(method, channel))

    def busy(self, method: str) -> Collection[str]:
        """Return the channels in which the method may not be called now."""
        self._waits.look()
        with self._lock:
            spent = {
                where[1]
                for where, meter in self._meters.items()
                if where[0] == method and self._seconds(where, meter) > 0
            }
        return frozenset({*spent, *self._waits.channels(method)} - {""})

    def _meter(self, method: str, channel: str) -> _Meter:
        where = place(method, channel)
        meter = self._meters.get(where)
        if meter is None:
            if len(self._meters) >= MOST_KEPT:
                self._forget_the_idle()
            meter = self._meters[where] = _Meter(self._rates[method].burst, NEVER)
        return meter

    def _seconds(self, where: tuple[str, str], meter: _Meter) -> float:
        rate, now, held_until = self._rates[where[0]], self._clock(), self._waits.until(*where)
        if held_until > now:
            return held_until - now
        was_held = held_until > meter.at
        if was_held:
            meter.left, meter.at = 0.0, held_until
        meter.left = min(float(rate.burst), meter.left + (now - meter.at) * rate.a_minute / 60)
        meter.at = now
        # What may be done at once when a wait is over is one call; more come one by one.
        if was_held:
            meter.left = max(meter.left, 1.0)
        return 0.0 if meter.left >= 1 else (1 - meter.left) * 60 / rate.a_minute

    def _forget_the_idle(self) -> None:
        for where, meter in list(self._meters.items()):
            is_free = self._seconds(where, meter) <= 0
            if is_free and meter.left >= self._rates[where[0]].burst:
                del self._meters[where]
