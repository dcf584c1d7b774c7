"""The files of a corpus folder: which there are, their bytes and what lies beside them."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from assistant.domain.errors import CorpusError, DocumentError
from assistant.domain.networks import PEERS, PeerDocument

# Guidance is far smaller; what is larger is a film or an archive, and would fill the memory.
LARGEST_BYTES = 50 * 1024 * 1024
# What says something of documents is small; it is read before anything is known of it.
LARGEST_BESIDE_BYTES = 1024 * 1024
DEFAULTS = "_defaults.yaml"
GOLDEN = "golden.yaml"
SIDECAR = ".yaml"
# Beside `page.html` a browser keeps pictures, scripts and frames of the page in `page_files`.
PARTS_OF_A_PAGE = "_files"
# The folder under which documents sent in Slack are found.
SENT = "sent-in"
# Part of each digest: a document is read again when the program reads it differently.
READING = "4"
_LITTER = frozenset({"thumbs.db", "desktop.ini", "icon\r"})


@dataclass(frozen=True)
class Source:
    """A file's bytes, its path inside the corpus folder and what is said of it beside it.

    `sidecar` is `report.pdf.yaml` of `report.pdf`; `defaults` are the `_defaults.yaml` of its
    folders, the outermost first. Both are (path, bytes).
    """

    path: str
    data: bytes
    default_audience: str
    sidecar: tuple[str, bytes] | None = None
    defaults: tuple[tuple[str, bytes], ...] = ()

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @cached_property
    def bytes_digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that its content comes from."""
        digest = hashlib.sha256(f"{READING}\n{self.default_audience}\n".encode())
        beside = (*self.defaults, *((self.sidecar,) if self.sidecar else ()))
        for name, data in (*beside, ("", self.data)):
            digest.update(f"{name}\n{len(data)}\n".encode())
            digest.update(data)
        return digest.hexdigest()


class PeerFiles:
    """What networks verified and agreed, as files below PEERS that are nowhere on a disk."""

    def __init__(self, peers: Sequence[PeerDocument] = ()) -> None:
        self._data = {document.path: document.data for document in peers}
        self.paths = tuple(sorted(self._data))

    def source(self, path: str, default_audience: str) -> Source:
        """Return one of `paths` with its bytes; nothing that lies beside files holds for it.

        Raises DocumentError for any other path.
        """
        data = self._data.get(path)
        if data is None:
            raise DocumentError(
                f"What networks know is kept under {PEERS}/, by the assistant itself; put the file "
                "into another folder."
            )
        return Source(path, data, default_audience)


class CorpusFolder:
    """A folder of documents, and what was sent in from elsewhere.

    The files of `sent` are found below SENT and those of `peers` below PEERS, as if they were in
    the folder; no other file may be below PEERS. Raises CorpusError when there is no such folder.
    """

    def __init__(
        self, folder: Path, sent: Path | None = None, peers: Sequence[PeerDocument] = ()
    ) -> None:
        if not folder.is_dir():
            raise CorpusError(
                f"There is no folder {folder}; name the folder that holds the documents."
            )
        self._folder = folder
        self._sent = sent
        self._peers = PeerFiles(peers)
        self._roots = {root: root.resolve() for root in (folder, sent) if root is not None}
        self._beside: dict[str, tuple[str, bytes] | None] = {}
        found = sorted(set(self._walk()))
        self._found = frozenset(found)
        self.paths = tuple(path for path in found if not self._is_beside(path))

    def source(self, path: str, default_audience: str) -> Source:
        """Return one of `paths` with its bytes; raises DocumentError when it cannot be opened."""
        if path.encode("utf-8", "replace").decode("utf-8") != path:
            raise DocumentError("Its name is not valid UTF-8; rename it.")
        if path.startswith(f"{PEERS}/"):
            return self._peers.source(path, default_audience)
        defaults = (self._said_in(f"{folder}{DEFAULTS}") for folder in _folders_of(path))
        return Source(
            path,
            self._bytes_of(path, LARGEST_BYTES),
            default_audience,
            self._said_in(path + SIDECAR),
            tuple(found for found in defaults if found is not None),
        )

    def golden(self) -> bytes | None:
        """Return the golden questions' file, None where there is none; raises DocumentError."""
        return self._bytes_of(GOLDEN, LARGEST_BESIDE_BYTES) if GOLDEN in self._found else None

    def _walk(self) -> Iterator[str]:
        yield from _below(self._folder)
        yield from self._peers.paths
        if self._sent is not None and self._sent.is_dir():
            yield from (f"{SENT}/{path}" for path in _below(self._sent))

    def _place(self, path: str) -> tuple[Path, str]:
        """Return the folder that a path is in, and its file."""
        if self._sent is not None and path.startswith(f"{SENT}/"):
            file = f"{self._sent}/{path.removeprefix(f'{SENT}/')}"
            if os.path.lexists(file):
                return self._sent, file
        return self._folder, f"{self._folder}/{path}"

    def _is_beside(self, path: str) -> bool:
        """Whether a file is none of the documents but says something of them."""
        if path in self._peers.paths:
            return False
        if path == GOLDEN or path.rpartition("/")[2] == DEFAULTS:
            return True
        return path.endswith(SIDECAR) and path.removesuffix(SIDECAR) in self._found

    def _said_in(self, path: str) -> tuple[str, bytes] | None:
        """Return what a file beside the documents says, with its path."""
        if path not in self._found:
            return None
        if path not in self._beside:
            try:
                self._beside[path] = (path, self._bytes_of(path, LARGEST_BESIDE_BYTES))
            except DocumentError as error:
                raise DocumentError(f"{path}, which says something of it: {error}") from None
        return self._beside[path]

    def _is_inside(self, folder: Path, file: str) -> bool:
        return Path(file).resolve(strict=True).is_relative_to(self._roots[folder])

    def _bytes_of(self, path: str, largest: int) -> bytes:
        """A file's bytes. Raises DocumentError when they may not or cannot be read."""
        try:
            folder, file = self._place(path)
            # Folders behind a link are not entered, so only the file itself can be one; looking
            # up where each of many thousand really lies took most of a reload.
            if os.path.islink(file) and not self._is_inside(folder, file):  # noqa: PTH114
                raise DocumentError(
                    "It is a link that leads out of the folder; put the file itself there."
                )
            if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116
                raise DocumentError(
                    "It is not a file that can be opened; take it out of the folder."
                )
            with open(file, "rb") as opened:  # noqa: PTH123
                data = opened.read(largest + 1)
        except (OSError, RuntimeError) as error:
            if getattr(error, "errno", None) == errno.ENAMETOOLONG:
                raise DocumentError(
                    "Its path is too long to be opened; use fewer folders, or shorter names."
                ) from None
            reason = getattr(error, "strerror", None) or "a link leads in a circle"
            raise DocumentError(f"It cannot be opened ({reason}); check its permissions.") from None
        if len(data) > largest:
            megabytes = largest // 1024 // 1024
            raise DocumentError(f"It is larger than {megabytes} MB; split it, or take it out.")
        return data


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the outermost first, each with its slash."""
    yield ""
    for place, character in enumerate(path):
        if character == "/":
            yield path[: place + 1]


def _below(folder: Path) -> Iterator[str]:
    """Paths with forward slashes; folders behind a link are not entered, so nothing loops.

    A folder that cannot be listed is a path itself. However deep they are, nothing recurs.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        inside = here.relative_to(folder)
        try:
            with os.scandir(here) as listed:
                entries = list(listed)
        except OSError:
            yield inside.as_posix()
            continue
        names = {entry.name for entry in entries}
        for entry in entries:
            if _is_folder(entry):
                if not (entry.is_symlink() or _is_passed_over(entry.name, names)):
                    waiting.append(here / entry.name)
            elif not entry.name.startswith((".", "~$")) and entry.name.lower() not in _LITTER:
                yield (inside / entry.name).as_posix()


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_passed_over(name: str, beside: Set[str]) -> bool:
    """Whether a folder is hidden, or holds what a browser saved with a page of that name."""
    page = name.removesuffix(PARTS_OF_A_PAGE)
    is_of_a_page = page != name and bool({f"{page}.html", f"{page}.htm"} & beside)
    return name.startswith(".") or is_of_a_page
