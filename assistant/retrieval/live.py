"""The live snapshot, reopened when the pointer moves."""

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import structlog

from assistant.domain.errors import AssistantError, NoSnapshotError
from assistant.domain.ports import Reranker
from assistant.retrieval.currency import Clock, local_today
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.holding import Hold, SnapshotGoneError
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.vectors import Vectors

FOLLOW_SECONDS = 1.0
MOST_TRIES = 5

_log = structlog.get_logger()


class LiveCorpus:
    """Hands out a searcher over the live snapshot; who holds one keeps the snapshot it began with.

    `pointer` returns the live snapshot's id or None, and is asked for each question: a switch by
    any process is followed by the next question.
    """

    def __init__(
        self,
        snapshots: Path,
        pointer: Callable[[], str | None],
        encoder: Callable[[], Encoder],
        reranker: Reranker | None = None,
        *,
        vectors: Vectors | None = None,
        today: Clock = local_today,
    ) -> None:
        self._snapshots = snapshots
        self._pointer = pointer
        self._make_encoder = encoder
        self._reranker = reranker
        self._vectors = vectors
        self._today = today
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._searcher: Searcher | None = None

    def searcher(self) -> Searcher:
        """Return a searcher over the snapshot that is live now.

        Raises NoSnapshotError before the first ingest.
        """
        for _ in range(MOST_TRIES - 1):
            try:
                return self._current()
            except SnapshotGoneError:
                # Between the pointer's answer and the hold, the pointer moved.
                continue
        return self._current()

    def _current(self) -> Searcher:
        with self._lock:
            # Asked inside, so that who was slow does not open again what is live no more.
            live = self._pointer()
            if live is None:
                raise NoSnapshotError("Nothing was ingested yet; run `assistant ingest` first.")
            current = self._searcher
            if current is None or current.snapshot.manifest.snapshot != live:
                current = self._searcher = self.open(self._snapshots / live)
            return current

    def open(self, folder: Path) -> Searcher:
        """Return a searcher over the snapshot in `folder`, be it live or not."""
        if self._encoder is None:
            self._encoder = self._make_encoder()
        hold = Hold(folder)
        try:
            snapshot = Snapshot(folder, self._encoder, self._vectors)
        except BaseException:
            hold.release()
            raise
        # The last question that began in a snapshot lets go of its files.
        weakref.finalize(snapshot, _let_go, snapshot.vectors.close, hold)
        return Searcher(snapshot, self._encoder, self._reranker, today=self._today)

    def follow(self, stopping: threading.Event, seconds: float = FOLLOW_SECONDS) -> None:
        """Open each snapshot that goes live soon after, before a question must wait for it.

        The one before is let go of, so that it can be removed. Returns when `stopping` is set.
        """
        while not stopping.wait(seconds):
            try:
                self.searcher()
            except AssistantError as error:
                _log.warning("snapshot_not_followed", reason=str(error))
            except Exception:  # noqa: BLE001 - a database that is away for a moment ends nothing
                _log.exception("snapshot_not_followed")


def _let_go(close: Callable[[], None], hold: Hold) -> None:
    close()
    hold.release()
