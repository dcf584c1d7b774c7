"""Chroma embedded: a snapshot's folder has a folder of Chroma's, with a collection an audience.

The passages' words are kept in the lexical store: without documents and metadata Chroma keeps no
full-text index of its own, and a query without a metadata filter is 36 times as fast.
"""

import json
import shutil
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assistant.domain.errors import CorpusError
from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors.index_files import clear_unused
from assistant.retrieval.vectors.pending import HNSW, WRITE_BATCH, Pending

# Each write goes into the index's files: whoever opens the folder would index the rest anew, at a
# millisecond a vector, and write out an index that has no vectors yet with what is in its memory.
SYNC_EVERY = 1
# Chroma keeps a deleted vector in its index, unseen; beyond this share the folder is written anew.
MOST_ERASED = 0.2
FOLDER = "vectors"
CONTENTS = "vectors.json"
_DATABASE = "chroma.sqlite3"
# Chroma shares what it opened of a folder, and stops it when the last user closes, in two steps:
# who opens between them is left with a folder that is closed.
_OPENING = threading.RLock()


class EmbeddedStore:
    """A folder of Chroma's, with a collection an audience.

    Raises CorpusError when the folder is missing or Chroma cannot read or write it.
    """

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._folder = folder
        # Chroma would make a missing folder anew, and nothing would be found in it.
        if not folder.is_dir():
            raise CorpusError(f"The vectors in {folder} are missing; ingest again.")
        with _OPENING, _translated(f"The vectors in {folder} cannot be opened; ingest again."):
            self._client: Any = chromadb.PersistentClient(
                str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._collections: dict[str, Any] = {
                collection.name: collection for collection in self._client.list_collections()
            }

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have a collection."""
        return frozenset(self._collections)

    def add(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids` for the readers in `audience`."""
        with self._writing():
            collection = self._collections.get(audience) or self._client.create_collection(
                audience,
                embedding_function=None,
                configuration={
                    "hnsw": HNSW | {"sync_threshold": SYNC_EVERY, "batch_size": SYNC_EVERY}
                },
            )
            self._collections[audience] = collection
            for start in range(0, len(ids), WRITE_BATCH):
                stop = start + WRITE_BATCH
                collection.add(ids=list(ids[start:stop]), embeddings=vectors[start:stop])

    def remove(self, audience: str, ids: Sequence[str]) -> None:
        """Delete the vectors under `ids`; an id that is not there is passed over."""
        with self._writing():
            for start in range(0, len(ids), WRITE_BATCH):
                self._collections[audience].delete(ids=list(ids[start : start + WRITE_BATCH]))

    def drop(self, audience: str) -> None:
        """Delete the whole collection of `audience`."""
        with self._writing():
            self._client.delete_collection(audience)
        del self._collections[audience]

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        if audience not in self._collections or not ids:
            return {}
        with self._reading():
            found = self._collections[audience].get(ids=list(ids), include=["embeddings"])
        rows = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(found["ids"], rows, strict=True))

    def pages(self, audience: str) -> Iterator[tuple[list[str], Floats]]:
        """Yield all ids of an audience with their vectors, some at a time."""
        collection = self._collections[audience]
        for offset in range(0, collection.count(), WRITE_BATCH):
            with self._reading():
                found = collection.get(limit=WRITE_BATCH, offset=offset, include=["embeddings"])
            yield found["ids"], np.asarray(found["embeddings"], dtype=np.float32)

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""
        collection = self._collections.get(audience)
        if collection is None:
            return []
        with self._reading():
            found = collection.query(
                query_embeddings=[vector], n_results=count, include=["distances"]
            )
        return [
            (i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has."""
        with self._reading():
            return {name: int(c.count()) for name, c in self._collections.items()}

    def close(self) -> None:
        """Let go of the files."""
        with _OPENING:
            self._client.close()

    def _reading(self) -> Any:
        return _translated(f"The vectors in {self._folder} cannot be read; ingest again.")

    def _writing(self) -> Any:
        message = (
            "The snapshot could not be written: Chroma cannot write the vectors; "
            "see whether the disk is full."
        )
        return _translated(message)


class EmbeddedDraft:
    """A copy of a snapshot's folder of Chroma's, or an empty one, that is written to.

    Raises CorpusError when it cannot be copied, read or written.
    """

    def __init__(self, folder: Path, base: Path | None, *, rebuild: bool) -> None:
        self._folder = folder
        self._rebuild = rebuild
        self._vectors = folder / FOLDER
        if base is None:
            self._vectors.mkdir()
        else:
            _copy(base / FOLDER, self._vectors)
        self._store = EmbeddedStore(self._vectors)
        live = sum(self._store.counts().values())
        self._written = max(live, _written(base)) if base is not None else 0
        self._pending = Pending(self._write)

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have vectors."""
        return self._flushed.audiences

    def add(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids`, none of which is there already."""
        self._pending.add(audience, ids, vectors)

    def remove(self, audience: str, ids: Sequence[str]) -> None:
        """Take out the vectors under `ids`; an id that is not there is passed over."""
        if audience in self.audiences:
            self._store.remove(audience, ids)

    def drop(self, audience: str) -> None:
        """Take out all vectors of `audience`, and the audience."""
        if audience in self.audiences:
            self._store.drop(audience)

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""
        return self._flushed.nearest(audience, vector, count)

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        # Who asks for none between two batches does not cut what waits to be written short.
        return self._flushed.vectors(audience, ids) if ids else {}

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has."""
        return self._flushed.counts()

    def finish(self) -> None:
        """Write what waits, and the folder anew where too much in it is erased."""
        live = sum(self.counts().values())
        if self._rebuild or self._written - live > MOST_ERASED * self._written:
            self._write_anew()
            self._written = live
        self._store.close()
        clear_unused(self._vectors)
        self._store = EmbeddedStore(self._vectors)
        text = json.dumps({"store": "folder", "written": self._written})
        (self._folder / CONTENTS).write_text(text + "\n", encoding="utf-8")

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    @property
    def _flushed(self) -> EmbeddedStore:
        self._pending.flush()
        return self._store

    def _write(self, audience: str, ids: list[str], vectors: Floats) -> None:
        self._store.add(audience, ids, vectors)
        self._written += len(ids)

    def _write_anew(self) -> None:
        """Move what counts into a folder of its own: Chroma leaves behind what it deletes."""
        anew = self._folder / f"{FOLDER}.anew"
        anew.mkdir()
        target = EmbeddedStore(anew)
        for audience in sorted(self._store.audiences):
            for ids, vectors in self._store.pages(audience):
                target.add(audience, ids, vectors)
        target.close()
        self._store.close()
        shutil.rmtree(self._vectors)
        anew.rename(self._vectors)


class EmbeddedVectors:
    """Keeps the vectors of each snapshot in the snapshot's folder."""

    def draft(self, folder: Path, base: Path | None, *, rebuild: bool = False) -> EmbeddedDraft:
        """Begin a draft with a copy of the vectors in `base`, or with none.

        With `rebuild`, no file of it holds a vector that was taken out, now or earlier.
        """
        if base is not None:
            _check_is_here(base)
        return EmbeddedDraft(folder, base, rebuild=rebuild)

    def open(self, folder: Path) -> EmbeddedStore:
        """Open the vectors of the snapshot in `folder`."""
        _check_is_here(folder)
        return EmbeddedStore(folder / FOLDER)

    def holds(self, folder: Path) -> bool:
        """Whether the vectors of the snapshot in `folder` are in it, and can be read."""
        database = folder / FOLDER / _DATABASE
        if not database.is_file():
            return False
        try:
            with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            return False
        return True

    def clean(self, kept: Collection[Path]) -> None:
        """Do nothing: what a snapshot uses is in its own folder."""


def _check_is_here(folder: Path) -> None:
    if not (folder / FOLDER).is_dir() and (folder / CONTENTS).is_file():
        message = (
            f"The vectors of the snapshot {folder.name} are on a Chroma server; "
            "set ASSISTANT_CHROMA_URL, or ingest again."
        )
        raise CorpusError(message)


def _written(base: Path) -> int:
    """Return how many vectors were ever put into a snapshot's folder, as far as that is known."""
    try:
        fields: Any = json.loads((base / CONTENTS).read_text(encoding="utf-8"))
        return int(fields["written"])
    except (OSError, ValueError, TypeError, KeyError):
        # Snapshots of before these counts were kept have none; only the next writing anew waits.
        return 0


def _copy(source: Path, target: Path) -> None:
    """Copy a folder of Chroma's whole, also while other processes open it.

    Chroma writes its database whenever the folder is opened, the index only when vectors change.
    """
    if not source.is_dir():
        raise CorpusError(f"The vectors in {source} are missing; ingest again.")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
    if not (source / _DATABASE).is_file():
        return
    try:
        uri = f"{(source / _DATABASE).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            db.execute("VACUUM INTO ?", (str(target / _DATABASE),))
    except sqlite3.Error as error:
        raise CorpusError(f"The vectors in {source} cannot be copied; ingest again.") from error


@contextmanager
def _translated(message: str) -> Iterator[None]:
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, OSError, ValueError) as error:
        raise CorpusError(message) from error
