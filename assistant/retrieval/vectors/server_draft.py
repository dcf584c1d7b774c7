"""A draft on a server: the layers of its base, and of each audience one of its own."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.retrieval.embedding import Floats
from assistant.retrieval.vectors.chroma_server import ChromaConnection
from assistant.retrieval.vectors.embedded import EmbeddedStore
from assistant.retrieval.vectors.layers import Layer, to_move, with_dead, write_layers
from assistant.retrieval.vectors.pending import Pending
from assistant.retrieval.vectors.server_reader import LayeredReader, OpenLayer, OpenLayers


class ServerDraft:
    """The vectors of a snapshot that is being built.

    What it shares is never written to: it is noted what no longer counts. Collections are named
    after `installation`, the audience and a part that no other has.
    """

    def __init__(
        self, chroma: ChromaConnection, folder: Path, installation: str, *, rebuild: bool
    ) -> None:
        self._chroma = chroma
        self._folder = folder
        self._installation = installation
        self._rebuild = rebuild
        self._layers: dict[str, list[OpenLayer]] = {}
        self._own: dict[str, _OwnLayer] = {}
        self._changed: set[str] = set()
        self._reader = LayeredReader(self._layers)
        self._pending = Pending(self._write)

    def share(self, layers: OpenLayers) -> None:
        """Begin with the layers of another snapshot."""
        self._layers.update({audience: list(some) for audience, some in layers.items()})

    def take_in(self, store: EmbeddedStore) -> None:
        """Begin with the vectors of a snapshot from before the server."""
        try:
            for audience in sorted(store.audiences):
                for ids, vectors in store.pages(audience):
                    self._write(audience, ids, vectors)
        finally:
            store.close()

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have vectors."""
        return self._flushed.audiences

    def add(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids`, none of which is there already."""
        self._pending.add(audience, ids, vectors)

    def remove(self, audience: str, ids: Sequence[str]) -> None:
        """Take out the vectors under `ids`; an id that is not there is passed over."""
        self._pending.flush()
        own = self._own.get(audience)
        for layer in self._layers.get(audience, ()):
            found = layer.present(ids)
            if not found:
                continue
            self._changed.add(audience)
            if layer is own:
                own.take_out(found)
            else:
                dead = layer.layer.dead | set(found)
                layer.layer = replace(layer.layer, dead=dead)

    def drop(self, audience: str) -> None:
        """Take out all vectors of `audience`, and the audience."""
        self._pending.flush()
        self._layers.pop(audience, None)
        self._own.pop(audience, None)

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""
        return self._flushed.nearest(audience, vector, count)

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector of each id that is there."""
        # Who asks for none between two batches does not cut what waits to be written short.
        return self._flushed.vectors(audience, ids) if ids else {}

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has, as the server counts them."""
        return self._flushed.counts()

    def finish(self) -> None:
        """Write what waits, merge layers where there are too many, and note what there is."""
        self._pending.flush()
        for audience in sorted(self._layers):
            self._settle(audience)
        layers = {audience: [x.layer for x in some] for audience, some in self._layers.items()}
        write_layers(self._folder, layers)

    def close(self) -> None:
        """Do nothing: the connection stays open for the readers."""

    @property
    def _flushed(self) -> LayeredReader:
        self._pending.flush()
        return self._reader

    def _write(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        own = self._own.get(audience)
        if own is None:
            name = f"{self._installation}.{audience}.{secrets.token_hex(8)}"
            own = _OwnLayer(self._chroma, Layer(name, 0), self._chroma.create(name))
            self._own[audience] = own
            self._layers.setdefault(audience, []).append(own)
        own.put_in(ids, vectors)
        self._changed.add(audience)

    def _settle(self, audience: str) -> None:
        """Write again what is to be merged, in the draft's own layer, and let go of the rest."""
        own = self._own.get(audience)
        shared = [x.layer for x in self._layers[audience] if x is not own]
        chosen = with_dead(shared) if self._rebuild else []
        if not self._rebuild and audience in self._changed:
            chosen = to_move(shared, own.layer.alive if own is not None else 0)
        names = {layer.collection for layer in chosen}
        for source in [x for x in self._layers[audience] if x.layer.collection in names]:
            for ids, vectors in source.pages():
                if ids:
                    self._write(audience, ids, vectors)
        self._layers[audience] = [
            x for x in self._layers[audience] if x.layer.alive and x.layer.collection not in names
        ]


class _OwnLayer(OpenLayer):
    """A layer that only its draft knows yet, so that it may be written to."""

    def put_in(self, ids: Sequence[str], vectors: Floats) -> None:
        self._chroma.add(self._id, ids, vectors)
        self.layer = replace(self.layer, written=self.layer.written + len(ids))

    def take_out(self, ids: Sequence[str]) -> None:
        self._chroma.remove(self._id, ids)
        self.layer = replace(self.layer, written=self.layer.written - len(ids))
