"""Documents that were sent to the assistant, kept until a reload takes them in."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import yaml
from filelock import FileLock

from assistant.domain.errors import DocumentError
from assistant.ingestion.files import DEFAULTS, GOLDEN, LARGEST_BYTES, SENT, SIDECAR
from assistant.ingestion.reading import READ_KINDS
from assistant.operations.rooms import Rooms

LONGEST_NAME = 120


def keep_offer(rooms: Rooms, name: str, data: bytes, front_matter: Mapping[str, str]) -> str:
    """Keep a file and what is said of it; return its path in the corpus.

    Raises DocumentError with one sentence when it cannot be kept; nothing is replaced.
    """
    _refuse_name(name)
    if len(data) > LARGEST_BYTES:
        raise DocumentError(f"{name} is larger than {LARGEST_BYTES // 1024 // 1024} MB; split it.")
    folder = rooms.sent_in
    folder.mkdir(parents=True, exist_ok=True)
    said = yaml.safe_dump(dict(front_matter), allow_unicode=True, sort_keys=False)
    with FileLock(rooms.folder / "sent-in.lock", thread_local=False):
        file, beside = folder / name, folder / f"{name}{SIDECAR}"
        if file.exists():
            raise DocumentError(f"There is a document {name} already; give the file another name.")
        # The front matter first: without it a file would go in for the default audience. Each
        # appears whole or not at all, since a reload may be reading.
        _write_whole(beside, said.encode())
        _write_whole(file, data)
    return f"{SENT}/{name}"


def take_back(rooms: Rooms, document: str) -> None:
    """Remove a file that was sent in, with its front matter; what is no such file stays."""
    path = PurePosixPath(document)
    if path.parent.as_posix() == SENT:
        (rooms.sent_in / path.name).unlink(missing_ok=True)
        (rooms.sent_in / f"{path.name}{SIDECAR}").unlink(missing_ok=True)


def _write_whole(file: Path, data: bytes) -> None:
    # Names that begin with a dot are passed over when the folder is read.
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _refuse_name(name: str) -> None:
    path = PurePosixPath(name)
    is_plain = path.name == name and "\\" not in name and name.isprintable()
    if not is_plain or name.startswith((".", "~$")) or len(name.encode()) > LONGEST_NAME:
        raise DocumentError(
            f"The file needs another name: no slashes, no dot in front, at most {LONGEST_NAME} "
            "bytes."
        )
    kind = path.suffix.lower()
    if kind not in READ_KINDS:
        raise DocumentError(
            f"Files like {name} cannot be read; save it as one of {', '.join(sorted(READ_KINDS))}."
        )
    says_of_others = kind == SIDECAR and PurePosixPath(path.stem).suffix.lower() in READ_KINDS
    if name in {DEFAULTS, GOLDEN} or says_of_others:
        raise DocumentError(f"{name} is the name of a file about documents; give it another name.")
