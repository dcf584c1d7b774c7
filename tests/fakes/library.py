"""A corpus folder and its snapshots, put together as the program does but with any encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.answering.answerer import Answerer
from assistant.answering.conversation import Rewriter
from assistant.answering.draft import Composer
from assistant.answering.extractive import ExtractiveComposer
from assistant.domain.answers import Answer, Turn
from assistant.domain.documents import INTERNAL, PUBLIC, FailedDocument
from assistant.ingestion.build import SnapshotBuilder
from assistant.ingestion.reader import read_corpus
from assistant.retrieval.currency import local_today
from assistant.retrieval.embedding import Encoder
from assistant.retrieval.evidence import Evidence
from assistant.retrieval.live import LiveCorpus
from assistant.retrieval.search import Searcher
from assistant.retrieval.vectors import Vectors

EVERYONE = (PUBLIC, INTERNAL)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did."""

    snapshot: str
    documents: int
    passages: int
    definitions: int
    added: int
    changed: int
    removed: int
    unchanged: int
    embedded: int
    failed: tuple[FailedDocument, ...]


class Library:
    """Documents written by a test, ingested when it says so; the pointer is kept in memory."""

    def __init__(self, folder: Path, encoder: Encoder, vectors: Vectors | None = None) -> None:
        self.corpus = folder / "corpus"
        self.snapshots = folder / "snapshots"
        self.live: str | None = None
        self.encoder = encoder
        self.vectors = vectors
        self.today: date | None = None
        self.corpus.mkdir(parents=True, exist_ok=True)
        self._opened = LiveCorpus(
            self.snapshots,
            lambda: self.live,
            lambda: self.encoder,
            today=lambda: self.today or local_today(),
            vectors=vectors,
        )

    def write(
        self, path: str, body: str, *, title: str = "", audience: str = "public", **more: str
    ) -> None:
        """Put a Markdown document into the corpus folder; `more` is front matter too."""
        file = self.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        fields = {"title": title or file.stem, "audience": audience, **more}
        head = "".join(f"{key}: {value}\n" for key, value in fields.items())
        file.write_text(f"---\n{head}---\n{body}", encoding="utf-8")

    def define(self, path: str, *definitions: str, audience: str = "public") -> None:
        """Put a file of definitions into the corpus folder; each is `term | whose | text`.

        A fourth part, where there is one, is an abbreviation.
        """
        lines = [f"title: Definitions\naudience: {audience}\ndefinitions:"]
        for definition in definitions:
            term, whose, text, *short = (part.strip() for part in definition.split("|"))
            lines += [f"  - term: {term}", f"    whose: {whose}", f'    text: "{text}"']
            lines += [f"    abbreviations: [{', '.join(short)}]"]
        file = self.corpus / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def build(self) -> Ingested:
        """Build a snapshot of the folder without making it live."""
        builder = SnapshotBuilder(self.snapshots, self.encoder, self.vectors)
        before = builder.before(self.live, {}, "")
        corpus = read_corpus(self.corpus, default_audience=INTERNAL, before=before)
        plan = builder.plan(corpus, self.live)
        built = builder.build(plan)
        builder.adopt(built.folder)
        counts = plan.counts()
        del counts["refused"]
        return Ingested(built.manifest.snapshot, failed=corpus.failed, **counts)

    def ingest(self) -> Ingested:
        """Build a snapshot of the folder and make it live."""
        report = self.build()
        self.live = report.snapshot
        return report

    def searcher(self) -> Searcher:
        """Return a searcher over the live snapshot."""
        return self._opened.searcher()

    def search(self, question: str, audiences: Sequence[str] = EVERYONE) -> Evidence:
        """Search the live snapshot."""
        return self.searcher().search(question, audiences)

    def answerer(
        self,
        *,
        minimum: float = 0.0,
        composer: Composer | None = None,
        rewriter: Rewriter | None = None,
    ) -> Answerer:
        """Return the answer path over the live snapshot; by default it never abstains."""
        chosen = composer or ExtractiveComposer()
        return Answerer(
            self.searcher, minimum_confidence=minimum, composer=chosen, rewriter=rewriter
        )

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audiences: Sequence[str] = EVERYONE,
        *,
        minimum: float = 0.0,
    ) -> Answer:
        """Answer a question from the live snapshot."""
        return self.answerer(minimum=minimum)(question, history, audiences)
