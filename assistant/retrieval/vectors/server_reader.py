"""Reading layers: each is asked, what no longer counts in it is left out, the best are merged."""

import heapq
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from assistant.retrieval.currency import best_of
from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors.chroma_server import ChromaConnection
from assistant.retrieval.vectors.exchange import MissingError
from assistant.retrieval.vectors.layers import Layer, Layers


class OpenLayer:
    """A layer whose collection was found on the server; `id` is the collection's there."""

    def __init__(self, chroma: ChromaConnection, layer: Layer, collection_id: str) -> None:
        self._chroma = chroma
        self._id = collection_id
        self.layer = layer

    def nearest(self, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` ids that count, with their cosine, best first."""
        layer = self.layer
        if not layer.alive:
            return []
        # With as many more as are likely to be dead, one request is mostly enough.
        spare = layer.written / layer.alive * (1.2 if layer.dead else 1.0)

        def ranking(asked: int) -> list[tuple[str, float]]:
            wanted = min(layer.written, round(asked * spare))
            return self._chroma.query(self._id, vector, wanted)

        return best_of(ranking, count, layer.dead)[0]

    def vectors(self, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the vector of each of the ids that is there and counts."""
        return self._chroma.vectors(self._id, [i for i in ids if i not in self.layer.dead])

    def present(self, ids: Sequence[str]) -> list[str]:
        """Return which of the ids are there and count."""
        return self._chroma.present(self._id, [i for i in ids if i not in self.layer.dead])

    def pages(self) -> Iterator[tuple[list[str], Floats]]:
        """Yield all that counts, some at a time."""
        for ids, vectors in self._chroma.pages(self._id):
            counts = np.array([i not in self.layer.dead for i in ids], dtype=bool)
            yield [i for i in ids if i not in self.layer.dead], vectors[counts]

    def count(self) -> int:
        """Return how many vectors count, by the server's own count."""
        return self._chroma.count(self._id) - len(self.layer.dead)


OpenLayers = Mapping[str, Sequence[OpenLayer]]


class LayeredReader:
    """The vectors of one snapshot on a server; the connection is shared by all readers."""

    def __init__(self, layers: OpenLayers) -> None:
        self._layers = layers

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have vectors."""
        return frozenset(self._layers)

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""
        found = [layer.nearest(vector, count) for layer in self._layers.get(audience, ())]
        return heapq.nlargest(count, (hit for hits in found for hit in hits), key=lambda h: h[1])

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        found: dict[str, Floats] = {}
        for layer in self._layers.get(audience, ()):
            found |= layer.vectors([i for i in ids if i not in found])
        return found

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has, as the server counts them."""
        return {a: sum(x.count() for x in some) for a, some in self._layers.items()}

    def close(self) -> None:
        """Do nothing: the connection stays open for the others."""


def opened(chroma: ChromaConnection, layers: Layers, snapshot: str) -> OpenLayers:
    """Find the layers of a snapshot; raises MissingError when the server lacks any of them."""
    return {
        audience: [_opened(chroma, layer, snapshot) for layer in some]
        for audience, some in layers.items()
    }


def _opened(chroma: ChromaConnection, layer: Layer, snapshot: str) -> OpenLayer:
    message = (
        f"The Chroma server no longer has all vectors of the snapshot {snapshot}; ingest again, "
        "or roll back to another."
    )
    try:
        collection = chroma.find(layer.collection)
        if chroma.count(collection) == layer.written:
            return OpenLayer(chroma, layer, collection)
    except MissingError:
        pass
    raise MissingError(message)
