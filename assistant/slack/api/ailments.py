"""What fails again and again is said in the log when it begins and when it is over."""

import threading

import structlog

_log = structlog.get_logger()


class Ailment:
    """One thing that may fail for a while; `event` is its name in the log."""

    def __init__(self, event: str, over: str) -> None:
        self._event = event
        self._over = over
        self._count = 0
        self._lock = threading.Lock()

    def failed(self, error: BaseException) -> None:
        """Say that it fails, the first time."""
        with self._lock:
            self._count += 1
            is_news = self._count == 1
        if is_news:
            _log.error(self._event, error=type(error).__name__, exc_info=error)

    def worked(self) -> None:
        """Say that it works again, if it did not."""
        with self._lock:
            count, self._count = self._count, 0
        if count:
            _log.warning(self._over, failures=count)
