"""The token vectors of a document's passages: a file a document, shared by the snapshots.

They are nine tenths of a snapshot. A file is written once, and the next snapshot that has the same
document links to it, so that a reload copies none of them, and a document that goes takes its file
with it.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.domain.errors import CorpusError
from assistant.retrieval.embedding import Floats

INT8_SCALE = 127.0


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The token vectors of one passage, shape (n, d), and the sentence each belongs to, (n,).

    Kept as int8, a quarter of the size; sentence -1 is the title and the headings.
    """

    vectors: npt.NDArray[np.int8]
    sentences: npt.NDArray[np.int16]

    sentence_count: int

    @classmethod
    def pack(
        cls, vectors: Floats, sentences: npt.NDArray[np.int16], sentence_count: int
    ) -> "TokenVectors":
        """Round unit vectors to int8."""
        rounded = np.rint(vectors * INT8_SCALE).astype(np.int8)
        return cls(rounded, sentences, sentence_count)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the token vectors of a passage lie: the file's name, its first byte, their number."""

    file: str
    start: int
    count: int


class TokenFiles:
    """The files of one snapshot, in a folder of their own."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        self._folder = folder
        self._dimensions = dimensions

    def write(self, passages: Sequence[TokenVectors]) -> list[Place]:
        """Write one document's token vectors into a file; return where each passage's lie."""
        data = b"".join(tokens.vectors.tobytes() for tokens in passages)
        name = hashlib.sha256(data).hexdigest()
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        places, start = [], 0
        for tokens in passages:
            places.append(Place(name, start, len(tokens.vectors)))
            start += tokens.vectors.nbytes
        return places

    def read(self, places: Mapping[str, Place]) -> dict[str, npt.NDArray[np.int8]]:
        """Return the token vectors at each place, shape (n, d); raises CorpusError."""
        by_file: dict[str, list[tuple[str, Place]]] = {}
        for key, place in places.items():
            by_file.setdefault(place.file, []).append((key, place))
        found = {}
        for name, wanted in by_file.items():
            for key, place, data in self._pieces(name, wanted):
                vectors = np.frombuffer(data, dtype=np.int8)
                if len(data) != place.count * self._dimensions:
                    raise CorpusError(f"The tokens in {self._folder} are broken; ingest again.")
                found[key] = vectors.reshape(-1, self._dimensions)
        return found

    def _pieces(
        self, name: str, wanted: Iterable[tuple[str, Place]]
    ) -> list[tuple[str, Place, bytes]]:
        try:
            descriptor = os.open(self._folder / name, os.O_RDONLY)
        except OSError as error:
            message = f"The tokens in {self._folder} cannot be read; ingest again."
            raise CorpusError(message) from error
        try:
            return [
                (key, place, os.pread(descriptor, place.count * self._dimensions, place.start))
                for key, place in wanted
            ]
        finally:
            os.close(descriptor)

    def link_all(self, target: Path) -> None:
        """Make `target` hold the same files, without copying them where the disk allows it."""
        target.mkdir(parents=True)
        if not self._folder.is_dir():
            return
        for entry in os.scandir(self._folder):
            try:
                os.link(entry.path, target / entry.name)
            except OSError:
                shutil.copyfile(entry.path, target / entry.name)

    def remove(self, names: Iterable[str]) -> None:
        """Delete files of this snapshot; those of others stay."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
