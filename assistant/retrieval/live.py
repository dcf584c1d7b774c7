"""The live snapshot, reopened when the pointer moves."""

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from assistant.domain.errors import NoSnapshotError
from assistant.domain.ports import Reranker
from assistant.retrieval.currency import Clock, local_today
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot


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
        today: Clock = local_today,
    ) -> None:
        self._snapshots = snapshots
        self._pointer = pointer
        self._make_encoder = encoder
        self._reranker = reranker
        self._today = today
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._searcher: Searcher | None = None

    def searcher(self) -> Searcher:
        """Return a searcher over the snapshot that is live now.

        Raises NoSnapshotError before the first ingest.
        """
        live = self._pointer()
        if live is None:
            raise NoSnapshotError("Nothing was ingested yet; run `assistant ingest` first.")
        with self._lock:
            current = self._searcher
            if current is None or current.snapshot.manifest.snapshot != live:
                current = self._searcher = self._open(live)
            return current

    def _open(self, live: str) -> Searcher:
        if self._encoder is None:
            self._encoder = self._make_encoder()
        snapshot = Snapshot(self._snapshots / live, self._encoder)
        # The last question that began in a snapshot lets go of its files.
        weakref.finalize(snapshot, snapshot.vectors.close)
        return Searcher(snapshot, self._encoder, self._reranker, today=self._today)
