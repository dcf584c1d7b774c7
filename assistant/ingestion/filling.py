"""A draft from what its base holds to what is planned, a batch of passages at a time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from assistant.ingestion.plan import Plan, Planned, embedded_text
from assistant.retrieval.embedding import Embedding, Encoder, Floats, Progress
from assistant.retrieval.lexical import LexicalStore, StoredPassage
from assistant.retrieval.snapshot import audience_file
from assistant.retrieval.tokens import TokenVectors
from assistant.retrieval.vectors import VectorDraft

BATCH = 256

Kept = dict[str, tuple[Floats, TokenVectors]]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was done: the audiences that are left, texts embedded, and the encoder's seconds."""

    audiences: tuple[str, ...]
    embedded: int
    encoder_seconds: float


class Filling:
    """Takes out of a draft what leaves and puts in what is fresh; `base` is the base's folder."""

    def __init__(
        self,
        draft: Path,
        base: Path | None,
        plan: Plan,
        vectors: VectorDraft,
        encoder: Encoder,
    ) -> None:
        self._plan = plan
        self._vectors = vectors
        self._encoder = encoder
        before = plan.base.audiences if plan.base is not None else ()
        fresh = {item.passage.metadata.audience for item in plan.all_planned()}
        self._base = (
            {a: LexicalStore(audience_file(base, a), encoder.dimensions) for a in before}
            if base is not None
            else {}
        )
        self._stores = {
            audience: LexicalStore(
                audience_file(draft, audience), encoder.dimensions, writable=True
            )
            for audience in sorted({*before, *fresh})
        }
        self._embedded = 0
        self._seconds = 0.0

    def run(self, on_passage: Progress | None = None) -> Filled:
        """Do it; afterwards no file of the draft holds words of what left.

        `on_passage` hears how many texts were embedded, and of how many.
        """
        leaving = self._plan.leaving
        gone = {audience: store.ids_of(leaving) for audience, store in self._base.items()}
        to_embed = self._plan.to_embed()
        for audience in (a for a, ids in gone.items() if ids):
            self._stores[audience].remove(leaving)
        for batch in _batches(self._plan):
            kept = self._kept(batch) | self._new(batch)
            for piece in batch:
                self._store(piece, kept, gone)
            if on_passage is not None:
                on_passage(self._embedded, to_embed)
        for audience, ids in gone.items():
            self._vectors.remove(audience, sorted(ids))
        audiences = tuple(a for a in self._stores if self._is_left(a))
        for store in self._base.values():
            store.close()
        self._vectors.finish()
        return Filled(audiences, self._embedded, self._seconds)

    def _kept(self, batch: Sequence[Sequence[Planned]]) -> Kept:
        """Return, by content, the vectors that the base has of a batch's passages."""
        contents = {item.content for piece in batch for item in piece}
        kept: Kept = {}
        for audience, store in self._base.items():
            ids = store.ids_by_content(contents - kept.keys())
            tokens = store.tokens(list(ids.values()))
            vectors = self._vectors.vectors(audience, list(ids.values()))
            kept |= {c: (vectors[i], tokens[i]) for c, i in ids.items() if i in vectors}
        return kept

    def _new(self, batch: Sequence[Sequence[Planned]]) -> Kept:
        """Embed, each once, the texts of a batch that the base does not have."""
        known = self._plan.known_contents
        wanted = {i.content: i for piece in batch for i in piece if i.content not in known}
        if not wanted:
            return {}
        began = time.perf_counter()
        embeddings = list(self._encoder.embed([item.text for item in wanted.values()]))
        self._seconds += time.perf_counter() - began
        self._embedded += len(wanted)
        return {
            content: (embedding.vector, _token_vectors(item, embedding))
            for (content, item), embedding in zip(wanted.items(), embeddings, strict=True)
        }

    def _store(self, piece: Sequence[Planned], kept: Kept, gone: dict[str, set[str]]) -> None:
        """Store passages of one document and audience; what has its vector there keeps it."""
        audience = piece[0].passage.metadata.audience
        self._stores[audience].add(
            [StoredPassage(item.passage, item.content, kept[item.content][1]) for item in piece]
        )
        there = gone.get(audience, set())
        missing = [item for item in piece if item.passage.id not in there]
        there -= {item.passage.id for item in piece}
        if missing:
            matrix = np.stack([kept[item.content][0] for item in missing])
            self._vectors.add(audience, [item.passage.id for item in missing], matrix)

    def _is_left(self, audience: str) -> bool:
        """Close an audience's file; whether anything is in it, else it goes."""
        store = self._stores[audience]
        if is_left := store.count > 0:
            store.finish()
            store.close()
        else:
            store.delete()
            self._vectors.drop(audience)
        return is_left


def _batches(plan: Plan) -> Iterator[list[list[Planned]]]:
    """Yield pieces of documents, each of one audience, some BATCH passages at a time."""
    batch: list[list[Planned]] = []
    for planned in plan.fresh.values():
        for _, group in groupby(planned, key=lambda item: item.passage.metadata.audience):
            items = list(group)
            for start in range(0, len(items), BATCH):
                batch.append(items[start : start + BATCH])
                if sum(map(len, batch)) >= BATCH:
                    yield batch
                    batch = []
    if batch:
        yield batch


def _token_vectors(item: Planned, embedding: Embedding) -> TokenVectors:
    _, starts = embedded_text(item.passage)
    sentences = np.searchsorted(np.asarray(starts), embedding.spans[:, 0], side="right") - 1
    return TokenVectors.pack(embedding.tokens, sentences.astype(np.int16), len(starts))
