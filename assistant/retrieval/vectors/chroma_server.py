"""Chroma's protocol, version 2, as far as vectors by id need it."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np

from assistant.domain.errors import CorpusError
from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors.exchange import ChromaServer, Exchange, MissingError
from assistant.retrieval.vectors.pending import HNSW

READ_SECONDS = 15.0
WRITE_SECONDS = 120.0
# Within what Chroma's own cloud accepts in one request.
BATCH = 250


class ChromaConnection:
    """The collections in one database of a server, for any number of threads.

    Collections are named when they are made, found, listed and deleted, else known by their ids.
    Raises CorpusError as `Exchange` does, MissingError when a collection is not there.
    """

    def __init__(self, server: ChromaServer) -> None:
        self._server = server
        self._exchange = Exchange(server)
        self._batch: int | None = None

    def create(self, name: str) -> str:
        """Make the collection, if it is not there, and return its id."""
        body = {"name": name, "configuration": {"hnsw": HNSW}, "get_or_create": True}
        return str(self._call("POST", "", body)["id"])

    def find(self, name: str) -> str:
        """Return the id of a collection."""
        return str(self._call("GET", f"/{quote(name)}")["id"])

    def delete(self, name: str) -> None:
        """Delete a collection, if it is there."""
        try:
            self._call("DELETE", f"/{quote(name)}", seconds=WRITE_SECONDS)
        except MissingError:
            return

    def names(self, prefix: str) -> list[str]:
        """Return the names of the collections that begin with `prefix`."""
        found: list[str] = []
        offset = 0
        while listed := self._call("GET", f"?limit={BATCH}&offset={offset}"):
            found += [c["name"] for c in listed if c["name"].startswith(prefix)]
            offset += len(listed)
        return found

    def add(self, collection: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids`; an id that is there keeps its vector."""
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        for part in self._parts(len(ids)):
            encoded = [base64.b64encode(row.tobytes()).decode() for row in rows[part]]
            body = {"ids": list(ids[part]), "embeddings": encoded}
            self._call("POST", f"/{collection}/add", body, seconds=WRITE_SECONDS)

    def remove(self, collection: str, ids: Sequence[str]) -> None:
        """Delete the vectors under `ids`."""
        for part in self._parts(len(ids)):
            body = {"ids": list(ids[part])}
            self._call("POST", f"/{collection}/delete", body, seconds=WRITE_SECONDS)

    def query(self, collection: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` ids with their cosine, best first."""
        wanted = {"query_embeddings": [vector.tolist()], "n_results": count}
        found = self._call("POST", f"/{collection}/query", wanted | {"include": ["distances"]})
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(str(i), 1.0 - float(d)) for i, d in pairs]

    def present(self, collection: str, ids: Sequence[str]) -> list[str]:
        """Return which of the ids are in a collection."""
        found: list[str] = []
        for part in self._parts(len(ids)):
            body = {"ids": list(ids[part]), "include": []}
            found += self._call("POST", f"/{collection}/get", body)["ids"]
        return found

    def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        found: dict[str, Floats] = {}
        for part in self._parts(len(ids)):
            body = {"ids": list(ids[part]), "include": ["embeddings"]}
            got = self._call("POST", f"/{collection}/get", body)
            found |= zip(got["ids"], np.asarray(got["embeddings"], np.float32), strict=True)
        return found

    def pages(self, collection: str) -> Iterator[tuple[list[str], Floats]]:
        """Yield all ids of a collection with their vectors, some at a time."""
        for part in self._parts(self.count(collection)):
            body = {"limit": part.stop - part.start, "offset": part.start}
            got = self._call("POST", f"/{collection}/get", body | {"include": ["embeddings"]})
            yield got["ids"], np.asarray(got["embeddings"], np.float32)

    def count(self, collection: str) -> int:
        """Return how many vectors a collection has."""
        return int(self._call("GET", f"/{collection}/count"))

    def close(self) -> None:
        """Let go of the connections."""
        self._exchange.close()

    def _parts(self, count: int) -> list[slice]:
        size = self._greeted()
        return [slice(start, start + size) for start in range(0, count, size)]

    def _call(
        self, method: str, path: str, body: object = None, seconds: float = READ_SECONDS
    ) -> Any:
        self._greeted()
        collections = f"{self._database}/collections{path}"
        return self._exchange.request(method, collections, body, seconds=seconds)

    @property
    def _database(self) -> str:
        return f"/tenants/{quote(self._server.tenant)}/databases/{quote(self._server.database)}"

    def _greeted(self) -> int:
        """Find out, once, that it is Chroma and has the database; return its largest write."""
        if self._batch is None:
            limits = self._exchange.request("GET", "/pre-flight-checks", seconds=READ_SECONDS)
            try:
                largest = int(limits["max_batch_size"])
            except (KeyError, TypeError, ValueError):
                raise self._exchange.not_chroma from None
            try:
                self._exchange.request("GET", self._database, seconds=READ_SECONDS)
            except MissingError:
                raise CorpusError(self._no_database()) from None
            self._batch = max(1, min(BATCH, largest))
        return self._batch

    def _no_database(self) -> str:
        return (
            f"The Chroma server at {self._server.url} has no database {self._server.database} of "
            f"the tenant {self._server.tenant}; make it there, or check ASSISTANT_CHROMA_DATABASE "
            "and ASSISTANT_CHROMA_TENANT."
        )
