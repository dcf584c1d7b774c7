"""Troubles: faults that a test asks for, chaos from a seed, and Slack's limits on rates."""

import random
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack.facts import Arguments, Call, Fault, FaultKind
from tests.fakes.slack.telling import Telling

# Calls a minute, by Slack's tiers; what has no tier of its own here is not limited.
TIERS: Mapping[str, int] = {
    "agents.sessions.rename": 50,
    "agents.sessions.setStatus": 50,
    "apps.connections.open": 1,
    "assistant.threads.setStatus": 600,
    "assistant.threads.setSuggestedPrompts": 50,
    "chat.appendStream": 100,
    "chat.delete": 50,
    "chat.postEphemeral": 100,
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.members": 100,
    "conversations.open": 50,
    "conversations.replies": 50,
    "files.info": 100,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.info": 100,
    "users.list": 20,
    "users.lookupByEmail": 50,
    "views.open": 100,
    "views.publish": 100,
    "views.push": 100,
    "views.update": 100,
}
POSTS_A_SECOND = 1.0
BURST_OF_POSTS = 4


@dataclass(frozen=True)
class Chaos:
    """How often what goes wrong, from 0 to 1, and from which seed.

    `slow` calls are done up to `slow_seconds` late. Of the envelopes some are sent twice, some up
    to `delay_seconds` late, some a moment late so that the next overtakes them; of the sockets one
    is cut before an envelope is sent.
    """

    seed: int = 1
    rate_limited: float = 0.0
    server_error: float = 0.0
    lost_reply: float = 0.0
    dropped: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 1.0
    retry_after: int = 1
    sockets_dropped: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    delay_seconds: float = 2.0
    reordered: float = 0.0
    spared: frozenset[str] = frozenset({"auth.test", "apps.connections.open"})


@dataclass(frozen=True)
class Limited:
    """A 429 that was given."""

    method: str
    channel: str
    at: float
    retry_after: float


@dataclass
class _Bucket:
    """Tokens for calls: so many at once, so many more a second."""

    size: float
    a_second: float
    left: float
    at: float

    def wait_needed(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        self.left = min(self.size, self.left + (now - self.at) * self.a_second)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.a_second


@dataclass
class RateTiers:
    """Slack's limits: a minute's calls per method, a post a second per channel with a burst."""

    calls_a_minute: Mapping[str, int] = field(default_factory=lambda: dict(TIERS))
    posts_a_second: float = POSTS_A_SECOND
    burst_of_posts: int = BURST_OF_POSTS
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def wait_needed(self, method: str, channel: str, now: float) -> float:
        """Count a call; return the seconds to wait if it was one too many, else 0."""
        if method == "chat.postMessage":
            key, size, a_second = (method, channel), self.burst_of_posts, self.posts_a_second
        elif method in self.calls_a_minute:
            size = self.calls_a_minute[method]
            key, a_second = (method, ""), size / 60
        else:
            return 0.0
        bucket = self._buckets.setdefault(key, _Bucket(size, a_second, size, now))
        return bucket.wait_needed(now)


class Troubles(Telling):
    """A Slack that fails: by order with `fail_next`, for a while with `failing`, by chance with
    `chaos`, by rule with `tiers`.

    `limited` holds every 429 that was given, `early` every call that came before a 429's wait was
    over, in the same method (and channel, for posts).
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.limited: list[Limited] = []
        self.early: list[Call] = []
        self.tiers: RateTiers | None = None
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lasting: dict[str, Fault] = {}
        self._quiet_until: dict[tuple[str, str], float] = {}
        self._chaos: Chaos | None = None
        self._chance = random.Random(1)  # noqa: S311

    @property
    def chaos(self) -> Chaos | None:
        """What goes wrong by chance; None for nothing."""
        return self._chaos

    @chaos.setter
    def chaos(self, chaos: Chaos | None) -> None:
        with self._changed:
            self._chaos = chaos
            self._chance.seed(chaos.seed if chaos else 1)

    def fail_next(self, method: str, *faults: Fault) -> None:
        """Let the next calls of `method` fail, one fault each."""
        with self._changed:
            self._faults[method].extend(faults)

    @contextmanager
    def failing(self, method: str, fault: Fault) -> Iterator[None]:
        """Let every call of `method` fail inside the block, whoever makes it and however often.

        To be used rather than a count of faults wherever other work of the app calls it too.
        """
        with self._changed:
            self._lasting[method] = fault
        try:
            yield
        finally:
            with self._changed:
                del self._lasting[method]

    def faults_left(self, method: str) -> int:
        """Return how many calls of `method` are still to fail."""
        with self._changed:
            return len(self._faults[method])

    def fault_of(self, call: Call) -> Fault | None:
        """Return the fault that a call meets, and note what a limiter of the app should know."""
        with self._changed:
            key = _key(call.method, call.arguments)
            is_early = call.at < self._quiet_until.get(key, 0.0)
            if is_early:
                self.early.append(call)
            fault = self._next_fault(call)
            if fault is None:
                fault = self._fault_by_rule(call, key, is_early=is_early)
            if fault is not None and fault.kind == "rate_limited":
                until = call.at + fault.seconds
                self._quiet_until[key] = max(until, self._quiet_until.get(key, 0.0))
                self.limited.append(Limited(*key, call.at, fault.seconds))
            return fault

    def _next_fault(self, call: Call) -> Fault | None:
        faults = self._faults[call.method]
        if faults:
            return faults.popleft()
        return self._lasting.get(call.method) or self._fault_by_chance(call.method)

    def _fault_by_rule(self, call: Call, key: tuple[str, str], *, is_early: bool) -> Fault | None:
        if self.tiers is None:
            return None
        if is_early:
            return Fault("rate_limited", seconds=_whole(self._quiet_until[key] - call.at))
        seconds = self.tiers.wait_needed(*key, call.at)
        return Fault("rate_limited", seconds=_whole(seconds)) if seconds else None

    def _fault_by_chance(self, method: str) -> Fault | None:
        chaos = self._chaos
        if chaos is None or method in chaos.spared:
            return None
        drawn = self._chance.random()
        kinds: list[tuple[FaultKind, float, float]] = [
            ("rate_limited", chaos.rate_limited, chaos.retry_after),
            ("server_error", chaos.server_error, 0),
            ("lost_reply", chaos.lost_reply, 0),
            ("dropped", chaos.dropped, 0),
            ("late", chaos.slow, chaos.slow_seconds * self._chance.random()),
        ]
        for kind, often, seconds in kinds:
            if drawn < often:
                return Fault(kind, seconds=seconds)
            drawn -= often
        return None

    def _dispatch(self, frame: dict[str, Any]) -> None:
        chaos = self._chaos
        send: Callable[[], None] = lambda: super(Troubles, self)._dispatch(frame)  # noqa: E731
        if chaos is None:
            send()
            return
        with self._changed:
            drawn = [self._chance.random() for _ in range(4)]
            seconds = self._chance.random()
        if drawn[0] < chaos.sockets_dropped:
            threading.Thread(target=self.drop_sockets, args=(1,), daemon=True).start()
        # Commands and what people press are sent once and soon, or not at all.
        is_event = frame["type"] == "events_api"
        if is_event and drawn[1] < chaos.duplicated:
            self.later.after(0.01 + seconds, send)
        if is_event and drawn[2] < chaos.delayed:
            self.later.after(seconds * chaos.delay_seconds, send)
        elif drawn[3] < chaos.reordered:
            self.later.after(0.05 + seconds / 4, send)
        else:
            send()


def _key(method: str, arguments: Arguments) -> tuple[str, str]:
    return method, str(arguments.get("channel") or "") if method == "chat.postMessage" else ""


def _whole(seconds: float) -> int:
    """Slack says whole seconds, at least one."""
    return max(1, int(seconds) + (seconds > int(seconds)))
