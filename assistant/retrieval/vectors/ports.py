"""The seam between snapshots and where their vectors are kept: embedded Chroma, or a server."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from assistant.retrieval.embedding import Floats


class VectorReader(Protocol):
    """The vectors of one snapshot; any number of threads may read them."""

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that have vectors."""

    def nearest(self, audience: str, vector: Floats, count: int) -> list[tuple[str, float]]:
        """Return up to `count` passage ids with their cosine, best first."""

    def vectors(self, audience: str, ids: Sequence[str]) -> dict[str, Floats]:
        """Return the stored vector, of shape (d,), of each id that is there."""

    def counts(self) -> dict[str, int]:
        """Return how many vectors each audience has, as the store itself counts them."""

    def close(self) -> None:
        """Let go of what is held open."""


class VectorDraft(VectorReader, Protocol):
    """The vectors of a snapshot that is being built, by one thread of one process."""

    def add(self, audience: str, ids: Sequence[str], vectors: Floats) -> None:
        """Store `vectors` of shape (n, d) under `ids`, none of which is there already."""

    def remove(self, audience: str, ids: Sequence[str]) -> None:
        """Take out the vectors under `ids`; an id that is not there is passed over."""

    def drop(self, audience: str) -> None:
        """Take out all vectors of `audience`, and the audience."""

    def finish(self) -> None:
        """Make it whole; after this it is only read, and closed."""


class Vectors(Protocol):
    """Where the vectors of all snapshots are kept.

    A folder is a snapshot's or a draft's own. Each method raises CorpusError, with a sentence for
    the operator, when the vectors cannot be reached, read or written.
    """

    def draft(self, folder: Path, base: Path | None, *, rebuild: bool = False) -> VectorDraft:
        """Begin a draft in `folder` with the vectors of the snapshot in `base`, or with none.

        With `rebuild`, nothing is left of a vector that was taken out, now or earlier, once the
        draft is finished and what is not kept is cleaned.
        """

    def open(self, folder: Path) -> VectorReader:
        """Open the vectors of the snapshot in `folder`."""

    def holds(self, folder: Path) -> bool:
        """Whether the vectors of the snapshot in `folder` are here, so that a draft may use them.

        Raises CorpusError where that cannot be told now.
        """

    def clean(self, kept: Collection[Path]) -> None:
        """Delete what none of the snapshots in the folders `kept` uses."""
