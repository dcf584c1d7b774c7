"""Work that is done after Slack was told that it arrived, in threads of its own."""

import queue
import threading
import time
from collections.abc import Callable

import structlog

WORKERS = 6
MOST_WAITING = 200

_log = structlog.get_logger()


class Errands:
    """A few threads and what waits for them; what runs when the process ends, ends with it."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue(MOST_WAITING)
        self._threads = [
            threading.Thread(target=self._work, name=f"errand-{n}", daemon=True)
            for n in range(workers)
        ]

    def start(self) -> None:
        """Begin with what waits."""
        for thread in self._threads:
            thread.start()

    def begin(self, work: Callable[[], None]) -> bool:
        """Have something done soon; False when too much waits already."""
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            _log.warning("errand_not_taken")
            return False
        return True

    def stop(self, seconds: float) -> None:
        """Let what was begun end within `seconds`."""
        until = time.monotonic() + seconds
        for _ in self._threads:
            try:
                self._waiting.put(None, timeout=max(0.0, until - time.monotonic()))
            except queue.Full:
                break
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - a thread that ended would never be missed
                _log.exception("errand_failed")
