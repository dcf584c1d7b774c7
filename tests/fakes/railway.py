"""A real release train over a folder of a test's own: all of it but the encoder's weights."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assistant.answering.answerer import Answerer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Answer
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import Network, Openness, Peer, VerifiedAnswer
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    OnProgress,
    Release,
    SnapshotEntry,
)
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.isolation import IsolatedReading
from assistant.ingestion.reader import ReadSource
from assistant.ingestion.reading import read_source
from assistant.network.lapsing import Lapses
from assistant.network.pinning import Pinner
from assistant.network.publishing import PeerKnowledge
from assistant.operations.rooms import Rooms
from assistant.operations.train import Train
from assistant.retrieval.currency import local_today
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.live import LiveCorpus
from assistant.retrieval.vectors import EmbeddedVectors, Vectors
from assistant.store.audit import AuditLog
from assistant.store.compaction import compact, compaction_is_due
from assistant.store.database import open_database
from assistant.store.networks.networks import Networks
from assistant.store.networks.proposals import Proposals
from assistant.store.networks.verified_answers import VerifiedAnswers
from assistant.store.purged import PurgedDocuments
from assistant.store.releases import Releases
from assistant.store.snapshots import SnapshotPointer
from assistant.store.turns import Turns
from assistant.store.vacuuming import found_in_tables
from tests.fakes.hashing_encoder import HashingEncoder

ANN = Actor("ann")
EVERYONE = (PUBLIC, INTERNAL)


class Railway:
    """A corpus folder, a data folder and the train between them, as the program puts them together.

    Two of them over one folder are two processes, but for the memory that they share. `isolated`
    reads files in processes of their own, which takes seconds to start; `database` is the address
    of a PostgreSQL database.
    """

    def __init__(
        self,
        folder: Path,
        *,
        encoder: Encoder | None = None,
        vectors: Vectors | None = None,
        keep: int = 3,
        isolated: bool = False,
        database: str | None = None,
    ) -> None:
        self.corpus, self.data = folder / "corpus", folder / "data"
        self.corpus.mkdir(parents=True, exist_ok=True)
        self.encoder = encoder or HashingEncoder()
        self.engine = open_database(self.data, database)
        self.today = local_today()
        self.networks, self.verified = Networks(self.engine), VerifiedAnswers(self.engine)
        self.proposals = Proposals(self.engine)
        self.peers = PeerKnowledge(self.networks, self.verified, self.proposals, lambda: self.today)
        self.rooms = self._rooms(vectors or EmbeddedVectors(), keep, isolated=isolated)
        self.train = Train(self.rooms)

    def _rooms(self, vectors: Vectors, keep: int, *, isolated: bool) -> Rooms:
        snapshots, pointer = self.data / "snapshots", SnapshotPointer(self.engine)
        live = LiveCorpus(
            snapshots, pointer.live, lambda: self.encoder, vectors=vectors, today=lambda: self.today
        )
        pinner = Pinner(live.searcher, lambda: self.today)
        lapses = Lapses(self.verified, pinner, lambda: self.today)
        return Rooms(
            folder=self.data,
            corpus_folder=self.corpus,
            default_audience=INTERNAL,
            keep=keep,
            releases=Releases(self.engine),
            audit=AuditLog(self.engine),
            purged=PurgedDocuments(self.engine),
            pointer=pointer,
            turns=Turns(self.engine),
            builder=SnapshotBuilder(snapshots, self.encoder, vectors),
            vectors=vectors,
            live=live,
            export_encoder=lambda: None,
            reading=_isolated if isolated else _in_process,
            bounds="",
            compact=lambda: compact(self.engine),
            compaction_is_due=lambda: compaction_is_due(self.engine),
            found_in_tables=lambda needles: found_in_tables(self.engine, needles),
            peers=self.peers.documents,
            verified=self.verified,
            proposals=self.proposals,
            check_peers=lambda: len(lapses.check()),
            largest_drop=0.2,
            minimum_confidence=0.0,
        )

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def differing(self, **rooms: object) -> Train:
        """Return a train over the same folders, with other settings or pieces."""
        return Train(replace(self.rooms, **rooms))  # type: ignore[arg-type]

    def write(self, path: str, body: str, *, audience: str = PUBLIC, **more: str) -> Path:
        """Put a Markdown document into the corpus folder; `more` is front matter too."""
        file = self.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        fields = {"title": file.stem.replace("-", " ").capitalize(), "audience": audience, **more}
        head = "".join(f"{key}: {value}\n" for key, value in fields.items())
        file.write_text(f"---\n{head}---\n{body}\n", encoding="utf-8")
        return file

    def found_network(self, id: str, name: str) -> Network:  # noqa: A002 - as the type has it
        """Found a network."""
        network = Network(id, "T1", name, "", Openness.OPEN, ("U9",), created_by="U9")
        kept = self.networks.create(network, self.entry(Action.NETWORK))
        assert kept is not None
        return kept

    def verify(
        self, network: Network, question: str, answer: str, **more: object
    ) -> VerifiedAnswer:
        """Have a steward verify what a member of a network said."""
        made = VerifiedAnswer(
            id=0,
            network=network.id,
            question=question,
            answer=answer,
            by=Peer("U1", "Ann Archer", "Northtown Council"),
            on=date(2026, 2, 3),
            verifier="U9",
            verified_at=datetime.now(UTC),
            review_by=self.today + timedelta(days=365),
            audience=network.audience,
        )
        return self.verified.add(replace(made, **more), self.entry())  # type: ignore[arg-type]

    def entry(self, action: Action = Action.VERIFY) -> AuditEntry:
        """Return what a steward did, for the audit log."""
        return AuditEntry(datetime.now(UTC), Actor("U9", "Slack"), action.value, "", "done")

    def remove(self, path: str) -> None:
        """Take a document out of the corpus folder."""
        (self.corpus / path).unlink()

    def golden(self, text: str) -> None:
        """Write the golden questions."""
        (self.corpus / "golden.yaml").write_text(text, encoding="utf-8")

    def reload(
        self,
        actor: Actor = ANN,
        *,
        allow_shrink: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Release:
        """Run the train."""
        return self.train.reload(actor, allow_shrink=allow_shrink, on_progress=on_progress)

    def live(self) -> str:
        """Return which snapshot is live."""
        live = self.rooms.pointer.live()
        assert live is not None
        return live

    def live_entry(self) -> SnapshotEntry:
        """Return the live snapshot as `assistant snapshots` lists it."""
        (entry,) = (entry for entry in self.train.snapshots() if entry.is_live)
        return entry

    def found(self, question: str, audiences: Sequence[str] = EVERYONE) -> list[str]:
        """Return the documents that a search of the live snapshot finds, the best first."""
        found = self.rooms.live.searcher().search(question, audiences).found
        return list(dict.fromkeys(each.passage.document for each in found))

    def ask(
        self, question: str, audiences: Sequence[str] = EVERYONE, minimum: float = 0.0
    ) -> Answer:
        """Answer a question from the live snapshot."""
        answerer = Answerer(
            self.rooms.live.searcher,
            minimum_confidence=minimum,
            composer=ExtractiveComposer(),
            peers=self.peers.now,
        )
        return answerer(question, (), audiences)

    def files(self) -> dict[str, bytes]:
        """Return every file of the data folder with its bytes, but the database's own."""
        return {
            path.relative_to(self.data).as_posix(): path.read_bytes()
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and not path.name.startswith("assistant.sqlite3")
        }

    def holding(self, words: str) -> list[str]:
        """Return the files of the data folder that hold the words, the database's among them."""
        return [
            path.relative_to(self.data).as_posix()
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and words.encode() in path.read_bytes()
        ]


@contextmanager
def _in_process() -> Iterator[ReadSource]:
    yield read_source


@contextmanager
def _isolated() -> Iterator[ReadSource]:
    with IsolatedReading() as isolated:
        yield isolated.read


MakeRailway = Callable[..., Railway]
