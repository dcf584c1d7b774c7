"""The files of Chroma's index, cleared of what was never meant to be in them.

An index that has no vectors yet is written out with the room for its first hundred, and with
whatever was in that memory before: vectors that were deleted, or words of a document.
"""

import struct
from pathlib import Path

from assistant.domain.errors import CorpusError

# Version; then offset of level 0, room, vectors, bytes a vector, offsets of its label and data.
_HEADER = struct.Struct("<iQQQQQQ")
_BYTES_OF_A_LENGTH = 4


def clear_unused(folder: Path) -> None:
    """Fill with zeros what no vector uses in the index files of a closed folder of Chroma's.

    Raises CorpusError when they are not of the form that is known.
    """
    for header in sorted(folder.glob("*/header.bin")):
        content = header.read_bytes()
        if len(content) < _HEADER.size:
            raise _unknown(folder)
        _, _, _, used, size, _, _ = _HEADER.unpack_from(content)
        _clear(header.with_name("data_level0.bin"), used, size)
        _clear(header.with_name("length.bin"), used, _BYTES_OF_A_LENGTH)


def _clear(file: Path, used: int, size: int) -> None:
    length = file.stat().st_size if file.is_file() else -1
    if length < used * size or size == 0 or length % size:
        raise _unknown(file.parent)
    with file.open("r+b") as opened:
        opened.truncate(used * size)
        opened.truncate(length)


def _unknown(folder: Path) -> CorpusError:
    message = (
        f"Chroma's index in {folder} is not of the form that is known; install the version of "
        "chromadb that constraints.txt names, and ingest again."
    )
    return CorpusError(message)
