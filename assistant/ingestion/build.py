"""A corpus folder in, a new snapshot out: nothing that is live is written to.

The new snapshot starts as a copy of the live one; what was removed or changed is taken out, what
is new or changed goes in. A passage whose embedded text is known is not embedded again.
"""

import hashlib
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.domain.documents import DefinitionFile, Document, FailedDocument, Passage, ReadCorpus
from assistant.domain.errors import CorpusError
from assistant.ingestion.passages import cut, passages_of_definitions
from assistant.retrieval.embedding import Embedding, Encoder, Floats, Progress
from assistant.retrieval.lexical import LexicalStore, StoredPassage, TokenVectors
from assistant.retrieval.snapshot import Manifest, audience_file, read_manifest
from assistant.retrieval.vectors import VectorStore

DRAFT = ".draft-"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did: counts of documents, passages and definitions, and what failed."""

    snapshot: str
    documents: int
    passages: int
    definitions: int
    added: int
    changed: int
    removed: int
    unchanged: int
    failed: tuple[FailedDocument, ...]
    seconds: float
    encoder_seconds: float


@dataclass(frozen=True, slots=True)
class _Planned:
    """A passage to be stored and the text that is embedded for it."""

    passage: Passage
    text: str
    content: str


class SnapshotBuilder:
    """Builds snapshots in a folder of snapshots, on top of the live one where that is possible."""

    def __init__(self, snapshots: Path, encoder: Encoder) -> None:
        self._snapshots = snapshots
        self._encoder = encoder
        self._encoding_seconds = 0.0

    def build(
        self, corpus: ReadCorpus, live: str | None, on_passage: Progress | None = None
    ) -> IngestReport:
        """Write a snapshot of `corpus` and return what was done; it is not live yet.

        Raises CorpusError when nothing at all could be read.
        """
        began = time.perf_counter()
        if not corpus.documents and not corpus.definition_files:
            raise CorpusError(_nothing_read(corpus.failed))
        planned = [_planned(p) for p in _passages(corpus)]
        base = self._base(live)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"[:-3]
        draft = self._snapshots / f"{DRAFT}{name}"
        self._clean_drafts()
        if base is not None:
            shutil.copytree(self._snapshots / base.snapshot, draft)
        else:
            (draft / "vectors").mkdir(parents=True)
        audiences = self._fill(draft, planned, base, on_passage)
        _check_counts(draft, planned, self._encoder.dimensions)
        manifest = self._manifest(name, corpus, planned, audiences)
        report = self._report(manifest, corpus, base, time.perf_counter() - began)
        replace(manifest, seconds=report.seconds).write(draft)
        draft.rename(self._snapshots / name)
        return report

    def _base(self, live: str | None) -> Manifest | None:
        """Return the live snapshot's manifest when its vectors can be kept."""
        if live is None:
            return None
        try:
            manifest = read_manifest(self._snapshots / live)
        except CorpusError:
            return None
        return manifest if manifest.encoder_digest == self._encoder.digest else None

    def _clean_drafts(self) -> None:
        """Remove what a killed build left behind."""
        self._snapshots.mkdir(parents=True, exist_ok=True)
        for left in self._snapshots.glob(f"{DRAFT}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _fill(
        self,
        draft: Path,
        planned: Sequence[_Planned],
        base: Manifest | None,
        on_passage: Progress | None,
    ) -> tuple[str, ...]:
        """Bring the draft to what is planned; return its audiences."""
        vectors = VectorStore(draft / "vectors")
        known = base.audiences if base is not None else ()
        wanted = _by_audience(planned)
        stores = {
            audience: LexicalStore(
                audience_file(draft, audience), self._encoder.dimensions, writable=True
            )
            for audience in {*known, *wanted}
        }
        present = {a: store.contents() if a in known else {} for a, store in stores.items()}
        fresh = {
            a: [p for p in items if p.passage.id not in present[a]] for a, items in wanted.items()
        }
        total = sum(len(items) for items in fresh.values())
        done = 0
        for audience, items in fresh.items():
            kept = self._kept(stores[audience], vectors, audience, present[audience], items)
            for batch in _batches(items, 256):
                self._store(vectors, stores[audience], audience, batch, kept)
                done += len(batch)
                if on_passage is not None:
                    on_passage(done, total)
        for audience, store in stores.items():
            names = {p.passage.id for p in wanted.get(audience, ())}
            _remove(store, vectors, audience, [i for i in present[audience] if i not in names])
            store.close()
            if audience not in wanted:
                vectors.drop(audience)
                audience_file(draft, audience).unlink()
        vectors.close()
        return tuple(sorted(wanted))

    def _kept(
        self,
        store: LexicalStore,
        vectors: VectorStore,
        audience: str,
        present: Mapping[str, tuple[str, str]],
        items: Sequence[_Planned],
    ) -> dict[str, tuple[Floats, TokenVectors]]:
        """Return vectors, by content, that the live snapshot already has for new passages."""
        wanted = {item.content for item in items}
        ids = {content: i for i, (_, content) in present.items() if content in wanted}
        rows = store.stored(list(ids.values()))
        found = vectors.vectors(audience, list(ids.values()))
        return {c: (found[i], rows[i].tokens) for c, i in ids.items() if i in found and i in rows}

    def _store(
        self,
        vectors: VectorStore,
        store: LexicalStore,
        audience: str,
        batch: Sequence[_Planned],
        kept: dict[str, tuple[Floats, TokenVectors]],
    ) -> None:
        unknown = [item for item in batch if item.content not in kept]
        began = time.perf_counter()
        embeddings = list(self._encoder.embed([item.text for item in unknown])) if unknown else []
        self._encoding_seconds += time.perf_counter() - began
        for item, embedding in zip(unknown, embeddings, strict=True):
            kept[item.content] = (embedding.vector, _token_vectors(item, embedding))
        store.add(StoredPassage(i.passage, i.content, kept[i.content][1]) for i in batch)
        matrix = np.stack([kept[item.content][0] for item in batch])
        vectors.add(audience, [item.passage.id for item in batch], matrix)

    def _manifest(
        self,
        name: str,
        corpus: ReadCorpus,
        planned: Sequence[_Planned],
        audiences: tuple[str, ...],
    ) -> Manifest:
        files: Sequence[Document | DefinitionFile] = (*corpus.documents, *corpus.definition_files)
        return Manifest(
            snapshot=name,
            encoder=self._encoder.name,
            encoder_digest=self._encoder.digest,
            dimensions=self._encoder.dimensions,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            audiences=audiences,
            documents={f.path: f.digest for f in files},
            passages=len(planned),
            definitions=len(corpus.definitions),
            failed={f.document: f.reason for f in corpus.failed},
        )

    def _report(
        self, manifest: Manifest, corpus: ReadCorpus, base: Manifest | None, seconds: float
    ) -> IngestReport:
        before = dict(base.documents) if base is not None else {}
        after = dict(manifest.documents)
        both = before.keys() & after.keys()
        return IngestReport(
            snapshot=manifest.snapshot,
            documents=len(after),
            passages=manifest.passages,
            definitions=manifest.definitions,
            added=len(after.keys() - before.keys()),
            changed=sum(before[path] != after[path] for path in both),
            removed=len(before.keys() - after.keys()),
            unchanged=sum(before[path] == after[path] for path in both),
            failed=corpus.failed,
            seconds=round(seconds, 3),
            encoder_seconds=round(self._encoding_seconds, 3),
        )


def _check_counts(draft: Path, planned: Sequence[_Planned], dimensions: int) -> None:
    """Raise CorpusError when the draft does not hold just the passages that were planned."""
    vectors = VectorStore(draft / "vectors")
    counts = vectors.counts()
    vectors.close()
    for audience, items in _by_audience(planned).items():
        store = LexicalStore(audience_file(draft, audience), dimensions)
        written = store.count
        store.close()
        if not len(items) == written == counts.get(audience):
            message = (
                f"The new snapshot holds {written} passages and {counts.get(audience, 0)} vectors "
                f"of the {len(items)} for {audience}, so it was thrown away; ingest again."
            )
            raise CorpusError(message)


def remove_old_snapshots(snapshots: Path, live: str, keep: int) -> None:
    """Delete all but the live snapshot and the newest others, `keep` in all."""
    names = sorted(p.name for p in snapshots.iterdir() if not p.name.startswith("."))
    others = [name for name in names if name != live]
    for name in others[: max(0, len(others) - (keep - 1))]:
        shutil.rmtree(snapshots / name)


def embedded_text(passage: Passage) -> tuple[str, list[int]]:
    """Return the text that is embedded for a passage and where each of its sentences begins.

    The title and the headings stand in front: a passage is often about what only they name.
    """
    text = " > ".join((passage.metadata.title, *passage.headings))
    starts = []
    for sentence in (s for block in passage.blocks for s in block.sentences):
        text += "\n"
        starts.append(len(text))
        text += sentence
    return text, starts


def _passages(corpus: ReadCorpus) -> Iterable[Passage]:
    for document in corpus.documents:
        yield from cut(document)
    for file in corpus.definition_files:
        yield from passages_of_definitions(file)


def _planned(passage: Passage) -> _Planned:
    text, _ = embedded_text(passage)
    return _Planned(passage, text, hashlib.sha256(text.encode()).hexdigest())


def _token_vectors(item: _Planned, embedding: Embedding) -> TokenVectors:
    _, starts = embedded_text(item.passage)
    sentences = np.searchsorted(np.asarray(starts), embedding.spans[:, 0], side="right") - 1
    return TokenVectors.pack(embedding.tokens, sentences.astype(np.int16), len(starts))


def _by_audience(planned: Sequence[_Planned]) -> dict[str, list[_Planned]]:
    grouped: dict[str, list[_Planned]] = {}
    for item in planned:
        grouped.setdefault(item.passage.metadata.audience, []).append(item)
    return grouped


def _remove(store: LexicalStore, vectors: VectorStore, audience: str, ids: Sequence[str]) -> None:
    if ids:
        store.remove(ids)
        vectors.remove(audience, ids)


def _batches(items: Sequence[_Planned], size: int) -> Iterable[Sequence[_Planned]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _nothing_read(failed: Sequence[FailedDocument]) -> str:
    if not failed:
        return "The corpus folder holds no documents; the live snapshot was left as it is."
    first = failed[0]
    return (
        f"None of the {len(failed)} documents could be read, so the live snapshot was left as it "
        f"is; the first is {first.document}: {first.reason}"
    )
