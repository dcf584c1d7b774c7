"""Things that are to happen later, on one thread that sleeps until the next of them."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Later:
    """Runs actions at their times; nothing runs and no thread is there until one is asked for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Run `action` in so many seconds."""
        with self._changed:
            if self._is_over:
                return
            due = time.monotonic() + seconds
            heapq.heappush(self._waiting, (due, next(self._numbers), action))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Forget what was to happen."""
        with self._changed:
            self._is_over = True
            self._waiting.clear()
            self._changed.notify()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            action()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._is_over:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(self._waiting[0][0] - now if self._waiting else None)
            return None
