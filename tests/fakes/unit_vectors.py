"""Vectors for tests of the stores: near one another as those of texts are, or exact in float32."""

from hashlib import sha256

import numpy as np

from assistant.retrieval.embedding import Floats, unit_rows

DIMENSIONS = 384
# Sentences differ in far fewer ways than a vector has numbers.
WAYS = 24


def like_sentences(count: int, seed: int = 0) -> Floats:
    """Return unit vectors of shape (count, 384) that differ in few ways, and by a little noise."""
    random = np.random.default_rng(seed)
    axes = np.random.default_rng(7).standard_normal((WAYS, DIMENSIONS))
    rows = random.standard_normal((count, WAYS)) @ axes
    noise = random.standard_normal((count, DIMENSIONS))
    return unit_rows((rows + noise).astype(np.float32))


def exact(count: int, seed: int = 0) -> Floats:
    """Return vectors of four halves each, which any store gives back and writes bit by bit."""
    random = np.random.default_rng(seed)
    rows = np.zeros((count, DIMENSIONS), dtype=np.float32)
    for row in rows:
        places = random.choice(DIMENSIONS, 4, replace=False)
        row[places] = random.choice([-0.5, 0.5], 4)
    return rows


def ids_of(count: int, first: int = 0) -> list[str]:
    """Return ids that look like a passage's."""
    return [sha256(f"passage {n}".encode()).hexdigest() for n in range(first, first + count)]


def nearest_by_hand(ids: list[str], rows: Floats, vector: Floats, count: int) -> list[str]:
    """Return the ids of the `count` rows that are nearest to a vector, by comparing them all."""
    order = np.argsort(-(rows @ vector), kind="stable")[:count]
    return [ids[i] for i in order]
