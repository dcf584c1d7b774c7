"""How fast Slack may be called: by method and channel, and never before a wait is over."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.slack.api.clients import SlackCallError, called

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
    """So many calls a minute after a burst of so many at once, in each channel or over all."""

    a_minute: float
    burst: int
    by_channel: bool = False


# Burst and minute together stay within what Slack documents for a minute. Of statuses it says only
# that they have a limit of their own; those that a thread is shown once more take a share of it.
RATES: Mapping[str, Rate] = {
    POST: Rate(60, 3, by_channel=True),
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
    held_until: float = 0.0


class Pace:
    """Knows when each method may be called next; nobody sleeps in it.

    Other replicas have paces of their own: what is too much together, Slack says to each.
    """

    def __init__(
        self,
        rates: Mapping[str, Rate] = RATES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._clock = clock
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
            self.learn(method, channel, error.retry_after)
            raise NotYetError(error.retry_after) from error

    def spend(self, method: str, channel: str = "") -> float:
        """Count a call and return 0, or count none and return the seconds to wait."""
        with self._lock:
            meter = self._meter(method, channel)
            seconds = self._seconds(method, meter)
            if seconds <= 0:
                meter.left -= 1
            return seconds

    def seconds_until(self, method: str, channel: str = "") -> float:
        """Return how long it is until a call may be made."""
        with self._lock:
            return self._seconds(method, self._meter(method, channel))

    def learn(self, method: str, channel: str, seconds: float) -> None:
        """Make no call before so many seconds are over, as Slack asked."""
        with self._lock:
            meter = self._meter(method, channel)
            meter.held_until = max(meter.held_until, self._clock() + seconds)
            # After the wait the calls begin one by one.
            meter.left = min(meter.left, 0.0)

    def busy(self, method: str) -> Collection[str]:
        """Return the channels in which the method may not be called now."""
        with self._lock:
            return frozenset(
                channel
                for (name, channel), meter in self._meters.items()
                if name == method and channel and self._seconds(method, meter) > 0
            )

    def _meter(self, method: str, channel: str) -> _Meter:
        rate = self._rates[method]
        key = (method, channel if rate.by_channel else "")
        meter = self._meters.get(key)
        if meter is None:
            if len(self._meters) >= MOST_KEPT:
                self._forget_the_idle()
            meter = self._meters[key] = _Meter(rate.burst, self._clock())
        return meter

    def _seconds(self, method: str, meter: _Meter) -> float:
        rate, now = self._rates[method], self._clock()
        since = max(meter.at, min(meter.held_until, now))
        meter.left = min(float(rate.burst), meter.left + (now - since) * rate.a_minute / 60)
        meter.at = now
        held = meter.held_until - now
        if held > 0:
            return held
        # What a held method may do at once when its wait is over is one call.
        if meter.held_until:
            meter.left, meter.held_until = max(meter.left, 1.0), 0.0
        return 0.0 if meter.left >= 1 else (1 - meter.left) * 60 / rate.a_minute

    def _forget_the_idle(self) -> None:
        for (method, channel), meter in list(self._meters.items()):
            self._seconds(method, meter)
            if meter.left >= self._rates[method].burst and not meter.held_until:
                del self._meters[method, channel]
