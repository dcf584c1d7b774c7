"""Chroma: one collection an audience, vectors by passage id and nothing else.

The passages' words are kept in the lexical store: without documents and metadata Chroma keeps no
full-text index of its own, and a query without a metadata filter is 36 times as fast.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.domain.errors import CorpusError
from assistant.retrieval.embedding import Floats

WRITE_BATCH = 2000


class VectorStore:
    """The vectors of one snapshot; opened for reading or, before it is live, for writing."""

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings
        from chromadb.errors import ChromaError

        self._folder = folder
        # Chroma would make a missing folder anew, and nothing would be found in it.
        if not folder.is_dir():
            raise CorpusError(f"The vectors in {folder} are missing; ingest again.")
        try:
            self._client: Any = chromadb.PersistentClient(
                str(folder), settings=Settings(anonymized_telemetry=False)
            )
            self._collections: dict[str, Any] = {
                collection.name: collection for collection in self._client.list_collections()
            }
        except (ChromaError, OSError, ValueError) as error:
            message = f"The vectors in {folder} cannot be opened; ingest again."
            raise CorpusError(message) from error

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have a collection."""
        return frozenset(self._collections)

    def add(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids` for the readers in `audience`."""
        collection = self._collections.get(audience) or self._client.create_collection(
            audience,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_search": 128, "ef_construction": 128}},
        )
        self._collections[audience] = collection
        for start in range(0, len(ids), WRITE_BATCH):
            stop = start + WRITE_BATCH
            collection.add(ids=list(ids[start:stop]), embeddings=vectors[start:stop])

    def remove(self, audience: str, ids: Sequence[str]) -> None:
        """Delete the vectors under `ids`."""
        for start in range(0, len(ids), WRITE_BATCH):
            self._collections[audience].delete(ids=list(ids[start : start + WRITE_BATCH]))

    def drop(self, audience: str) -> None:
        """Delete the whole collection of `audience`."""
        self._client.delete_collection(audience)
        del self._collections[audience]

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        if audience not in self._collections or not ids:
            return {}
        found = self._collections[audience].get(ids=list(ids), include=["embeddings"])
        return {
            i: np.asarray(v, dtype=np.float32)
            for i, v in zip(found["ids"], found["embeddings"], strict=True)
        }

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""
        collection = self._collections.get(audience)
        if collection is None:
            return []
        found = collection.query(query_embeddings=[vector], n_results=count, include=["distances"])
        return [
            (i, 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has."""
        return {name: int(c.count()) for name, c in self._collections.items()}

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()
