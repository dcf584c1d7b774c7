"""An encoder without weights: words that share a stem are alike, all others are not."""

import hashlib
import re
from collections.abc import Iterator, Sequence

import numpy as np

from assistant.retrieval.embedding import Embedding, Floats, unit_rows
from assistant.retrieval.words import STOP_WORDS, normal, stem

TOKEN = re.compile(r"\w+|[^\w\s]")
LONGEST = 256
WEIGHT_OF_STOP_WORD = 0.2


class HashingEncoder:
    """Gives each stem a direction of its own; a text's vector is the mean of its tokens'.

    `encoded` counts the texts that were embedded.
    """

    def __init__(self, *, dimensions: int = 128, seed: str = "") -> None:
        self.name = f"hashing{seed}"
        self.dimensions = dimensions
        self.digest = hashlib.sha256(f"{self.name} {dimensions}".encode()).hexdigest()
        self.encoded: list[str] = []
        self._seed = seed

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Yield one embedding a text, in the order given; a text is cut at 256 tokens."""
        for text in texts:
            if not as_question:
                self.encoded.append(text)
            yield self._embedding(text)

    def _embedding(self, text: str) -> Embedding:
        matches = list(TOKEN.finditer(text))[:LONGEST]
        tokens = np.zeros((len(matches), self.dimensions), dtype=np.float32)
        weights = np.ones(len(matches), dtype=np.float32)
        for number, match in enumerate(matches):
            word = normal(match.group())
            tokens[number] = self._direction(stem(word))
            weights[number] = WEIGHT_OF_STOP_WORD if word in STOP_WORDS else 1.0
        mean = weights @ tokens if matches else self._direction("")
        spans = np.asarray([m.span() for m in matches], dtype=np.int64).reshape(-1, 2)
        return Embedding(unit_rows(mean), unit_rows(tokens), spans)

    def _direction(self, word: str) -> Floats:
        digest = hashlib.sha256(f"{self._seed} {word}".encode("utf-8", "replace")).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return unit_rows(generator.standard_normal(self.dimensions, dtype=np.float32))
