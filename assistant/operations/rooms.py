"""What the train works with, put together by `bootstrap`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from assistant.domain.networks import PeerDocument
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.reader import ReadSource
from assistant.retrieval.live import LiveCorpus
from assistant.retrieval.vectors import Vectors
from assistant.store.audit import AuditLog
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.purged import PurgedDocuments
from assistant.store.releases import Releases
from assistant.store.snapshots import SnapshotPointer
from assistant.store.turns import Turns


@dataclass(frozen=True)
class Rooms:
    """The stores, the builder and what is live; `folder` is the data folder.

    `export_encoder` makes the form of the encoder that questions are embedded with, once;
    `reading` gives what reads a file while it is open, within `bounds`; `compact` clears the
    database's files of what was deleted and says whether it could, `compaction_is_due` whether it
    must; `found_in_tables` says which of some bytes are in each table that is in no file of the
    data folder. `peers` gives what networks verified and agreed, as it stands now; `check_peers`
    lets lapse what no longer holds and says how many did.
    """

    folder: Path
    corpus_folder: Path
    default_audience: str
    keep: int
    releases: Releases
    audit: AuditLog
    purged: PurgedDocuments
    pointer: SnapshotPointer
    turns: Turns
    builder: SnapshotBuilder
    vectors: Vectors
    live: LiveCorpus
    export_encoder: Callable[[], None]
    reading: Callable[[], AbstractContextManager[ReadSource]]
    bounds: str
    compact: Callable[[], bool]
    compaction_is_due: Callable[[], bool]
    found_in_tables: Callable[[Collection[bytes]], Mapping[str, frozenset[bytes]]]
    peers: Callable[[], Sequence[PeerDocument]]
    verified: VerifiedAnswers
    proposals: Proposals
    check_peers: Callable[[], int]
    largest_drop: float
    minimum_confidence: float

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.folder / "snapshots"

    @property
    def sent_in(self) -> Path:
        """The folder of the documents that were sent in Slack."""
        return self.folder / "sent-in"
