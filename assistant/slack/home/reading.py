"""What somebody reads in the Home tab: asked anew, or as it was a minute ago at most."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.language import say
from assistant.slack.rights.gatekeeper import Admission, UncheckedError
from assistant.slack.shown import admin_sentences

KEPT_SECONDS = 60.0

# For a person and, where it is in one, a channel; raises UncheckedError.
Admits = Callable[[str, str], Admission]


@dataclass(frozen=True, slots=True)
class Reader:
    """Why somebody would not be answered, or what they may read."""

    refusal: str | None
    audiences: tuple[str, ...] = ()


class Readers:
    """Knows who looks at the tab; `admits` decides what they may ask for themselves alone."""

    def __init__(self, admits: Admits, clock: Callable[[], float] = time.monotonic) -> None:
        self._admits = admits
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Reader]] = {}

    def now(self, user: str) -> Reader:
        """Return what holds for `user` now."""
        try:
            admission = self._admits(user, "")
        except UncheckedError:
            with self._lock:
                self._kept.pop(user, None)
            return Reader(say(admin_sentences.UNCHECKED_ASKER))
        reader, now = Reader(admission.refusal, admission.audiences), self._clock()
        with self._lock:
            self._kept = {u: kept for u, kept in self._kept.items() if self._is_new(kept, now)}
            self._kept[user] = (now, reader)
        return reader

    def lately(self, user: str) -> Reader:
        """Return what held for `user` within the last minute, for who cannot wait for Slack."""
        with self._lock:
            kept = self._kept.get(user)
        if kept is not None and self._is_new(kept, self._clock()):
            return kept[1]
        return self.now(user)

    def _is_new(self, kept: tuple[float, Reader], now: float) -> bool:
        return now - kept[0] < KEPT_SECONDS
