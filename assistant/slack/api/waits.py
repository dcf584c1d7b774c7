"""Waits that Slack asked for: no call is made before they are over, whichever replica was told."""

import threading
import time
from collections.abc import Callable, Collection

from assistant.slack.api.ailments import Ailment
from assistant.store.database import DatabaseTrouble
from assistant.store.holds import Hold, Holds

BY_CHANNEL = frozenset({"chat.postMessage"})

SECONDS_BETWEEN_LOOKS = 0.1
# A database that is away may keep whoever asks it waiting.
SECONDS_AWAY = 10.0
# A burst of any method has come back by then.
SECONDS_REMEMBERED = 600.0

NEVER = float("-inf")


class Waits:
    """Knows until when each method must wait, in each channel or over all.

    What others were told is read before a call, at most ten times a second. While the database is
    away, this process keeps what it knows itself.
    """

    def __init__(
        self, holds: Holds | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Without `holds`, nobody is told and nobody else is heard."""
        self._holds = holds
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}
        self._look_at = NEVER
        self._away_until = NEVER
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._database = Ailment("waits_not_shared", "waits_shared_again")

    def seconds(self, method: str, channel: str = "") -> float:
        """Return how long a method may not be called; 0 when it may."""
        self.look()
        return max(0.0, self.until(method, channel) - self._clock())

    def until(self, method: str, channel: str = "") -> float:
        """Return when the latest wait that is known is over, or was; by the clock."""
        with self._lock:
            return self._until.get(place(method, channel), NEVER)

    def channels(self, method: str) -> Collection[str]:
        """Return the channels that must wait with a method, as far as is known."""
        now = self._clock()
        with self._lock:
            return frozenset(
                channel
                for (name, channel), until in self._until.items()
                if name == method and channel and until > now
            )

    def learn(self, method: str, channel: str, seconds: float) -> None:
        """Make no call before so many seconds are over, as Slack asked, and tell the others."""
        where = place(method, channel)
        is_news = self._keep(where, self._clock() + seconds)
        if not is_news or self._holds is None or self._is_away():
            return
        try:
            self._holds.note(Hold(*where, seconds))
        except DatabaseTrouble as error:
            self._failed(error)
        # What is read back of it later must not begin a wait anew that is over.
        self._keep(where, self._clock() + seconds)

    def look(self) -> None:
        """See what others were told, unless that was done a moment ago."""
        if self._holds is None or self._clock() < self._look_at or self._is_away():
            return
        # Who comes while another looks goes on with what is known.
        if not self._looking.acquire(blocking=False):
            return
        try:
            now = self._clock()
            self._look_at = now + SECONDS_BETWEEN_LOOKS
            for hold in self._holds.held():
                self._keep((hold.method, hold.channel), now + hold.seconds)
            self._database.worked()
        except DatabaseTrouble as error:
            self._failed(error)
        finally:
            self._looking.release()

    def _keep(self, where: tuple[str, str], until: float) -> bool:
        """Remember a wait; return whether it is longer than what was known."""
        now = self._clock()
        with self._lock:
            if until <= self._until.get(where, now):
                return False
            oldest = now - SECONDS_REMEMBERED
            self._until = {k: over for k, over in self._until.items() if over > oldest}
            self._until[where] = until
            return True

    def _is_away(self) -> bool:
        return self._clock() < self._away_until

    def _failed(self, error: DatabaseTrouble) -> None:
        self._away_until = self._clock() + SECONDS_AWAY
        self._database.failed(error)


def place(method: str, channel: str) -> tuple[str, str]:
    """Return what has a limit of its own: a method, or a method in one channel."""
    return method, channel if method in BY_CHANNEL else ""
