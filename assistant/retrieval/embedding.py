"""What an encoder makes of a text: one vector for the whole and one for each token."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Embedding:
    """`vector` has shape (d,), `tokens` (n, d), both of unit length; `spans` (n, 2) characters.

    The tokens are the text's own: the model's special tokens are left out.
    """

    vector: Floats
    tokens: Floats
    spans: Whole


class Encoder(Protocol):
    """Turns texts into embeddings: sentence-transformers, or the same weights in ONNX."""

    @property
    def name(self) -> str:
        """What the operator configured."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights; two encoders with one digest give the same embeddings."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str], *, as_question: bool = False) -> Iterator[Embedding]:
        """Yield one embedding a text, in the order given."""


Progress = Callable[[int, int], None]


def unit_rows(matrix: Floats) -> Floats:
    """Scale each row to length 1; a row of zeros stays."""
    norms = np.linalg.norm(matrix, axis=-1, keepdims=True)
    return np.asarray(matrix / np.maximum(norms, 1e-12), dtype=np.float32)
