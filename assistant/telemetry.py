"""Logging set up once, and the stopwatch that times each step of an answer."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


def configure_logging(level: str = "WARNING", *, as_json: bool = False) -> None:
    """Send log events to standard error: `level` is a name of `logging`, JSON for machines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class Stopwatch:
    """Adds up the milliseconds of named steps."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as `name`; the same name again adds to it."""
        began = time.perf_counter()
        try:
            yield
        finally:
            elapsed = (time.perf_counter() - began) * 1000
            self._steps[name] = self._steps.get(name, 0.0) + elapsed

    def timings_ms(self) -> dict[str, float]:
        """Return every step so far and `total`, in milliseconds, to a hundredth."""
        total = (time.perf_counter() - self._started) * 1000
        return {name: round(ms, 2) for name, ms in (*self._steps.items(), ("total", total))}
