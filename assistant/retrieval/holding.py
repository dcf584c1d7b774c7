"""Who reads a snapshot holds it; what is held is not removed.

A lock of the system on a file in the snapshot's folder: it ends with the process that has it,
however that ends. On a shared disk it must be one that keeps such locks (NFS 4 does).
"""

import fcntl
import os
from pathlib import Path

from assistant.domain.errors import CorpusError

HELD = "held"


class SnapshotGoneError(CorpusError):
    """The snapshot was removed before it could be held."""


class Hold:
    """A reader's hold on the snapshot in `folder`; raises SnapshotGoneError when it is gone."""

    def __init__(self, folder: Path) -> None:
        path = folder / HELD
        try:
            self._descriptor: int | None = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        except OSError:
            raise SnapshotGoneError(f"The snapshot in {folder} is gone; ingest again.") from None
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        # Whoever removes a snapshot moves it away first, holding it alone.
        if not _is_file_of(self._descriptor, path):
            self.release()
            raise SnapshotGoneError(f"The snapshot in {folder} is gone; ingest again.")

    def release(self) -> None:
        """Let go of it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def move_away(folder: Path, target: Path) -> bool:
    """Move a snapshot that nobody holds to `target`; False, and nothing done, when it is held."""
    try:
        descriptor = os.open(folder / HELD, os.O_RDONLY | os.O_CREAT, 0o644)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.rename(target)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_file_of(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    own = os.fstat(descriptor)
    return (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
