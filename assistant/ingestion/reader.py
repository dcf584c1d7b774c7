"""A corpus folder into documents and definitions, and the files that could not be read.

What is known from before, byte for byte, is not read again: a reload costs what changed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.domain.documents import (
    DefinitionFile,
    Document,
    FailedDocument,
    KnownDocument,
    KnownRefusal,
    Metadata,
    ReadCorpus,
)
from assistant.domain.errors import DocumentError
from assistant.ingestion.files import CorpusFolder, PeerFiles, Source
from assistant.ingestion.isolation import BrokeDownError, in_order
from assistant.ingestion.reading import READ_KINDS, read_source
from assistant.ingestion.succession import Succession

OnDocument = Callable[[str, int, int], None]
ReadSource = Callable[[Source], Document | DefinitionFile]
File = Document | DefinitionFile


@dataclass(frozen=True, slots=True)
class Before:
    """What is known from before: documents that went in and files that were refused, by path.

    `bounds` are those that files are read within; a file refused within others is tried again.
    `kept_out` gives the reason for keeping out what has these bytes, by their SHA-256.
    """

    documents: Mapping[str, KnownDocument] = field(default_factory=dict)
    refusals: Mapping[str, KnownRefusal] = field(default_factory=dict)
    kept_out: Mapping[str, str] = field(default_factory=dict)
    bounds: str = ""


def read_corpus(
    folder: Path | CorpusFolder | PeerFiles,
    *,
    default_audience: str,
    on_document: OnDocument | None = None,
    before: Before | None = None,
    read: ReadSource = read_source,
) -> ReadCorpus:
    """Read every file of a folder and of the folders in it, in the order of their paths.

    `on_document` hears each file's path, how many are read and how many there are. A file that
    cannot be read is named with its reason and the others go in. What is known from `before` is not
    read again while nothing that it comes from has changed; `read` reads one file, and is called
    from several threads. Raises CorpusError when there is no such folder.
    """
    there = CorpusFolder(folder) if isinstance(folder, Path) else folder
    reader = _Reader(there, default_audience, before or Before(), read, {}, {})
    items: dict[str, File | FailedDocument | KnownDocument | None] = {}
    items |= {path: reader.known(path) for path in there.paths}
    unknown = [path for path, item in items.items() if item is None]
    known = len(items) - len(unknown)
    read_ones = zip(unknown, in_order(reader.read_now, unknown), strict=True)
    for count, (path, item) in enumerate(read_ones, start=known + 1):
        items[path] = item
        if on_document is not None:
            on_document(path, count, len(items))
    found = [item for item in items.values() if item is not None]
    succession = Succession(found, READ_KINDS)
    outcomes = [reader.outcome(item, succession) for item in found]
    fresh = [outcome.fresh for outcome in outcomes]
    return ReadCorpus(
        tuple(item for item in fresh if isinstance(item, Document)),
        tuple(item for item in fresh if isinstance(item, DefinitionFile)),
        tuple(item for item in fresh if isinstance(item, FailedDocument)),
        tuple(outcome.known for outcome in outcomes if outcome.known is not None),
        dict(reader.refusals),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a file: `fresh` is None when it is as it was, `known` when it failed."""

    fresh: File | FailedDocument | None
    known: KnownDocument | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the files of one folder; `digests` and `refusals` are of what it has read."""

    folder: CorpusFolder | PeerFiles
    default_audience: str
    before: Before
    read: ReadSource
    digests: dict[str, str]
    refusals: dict[str, KnownRefusal]

    def known(self, path: str) -> KnownDocument | FailedDocument | None:
        """Return a file as it is known, None when it must be read."""
        try:
            source = self.folder.source(path, self.default_audience)
        except DocumentError as error:
            return _failed(path, str(error))
        if self.before.kept_out and (reason := self.before.kept_out.get(source.bytes_digest)):
            return _failed(path, reason)
        known = self.before.documents.get(path)
        if known is not None and known.digest == source.digest:
            return known
        refusal = self.before.refusals.get(path)
        if refusal is not None and refusal.digest == self._bounded(source):
            self.refusals[path] = refusal
            return _failed(path, refusal.reason)
        return None

    def read_now(self, path: str) -> File | FailedDocument:
        """Read a file, whatever is known of it."""
        try:
            source = self.folder.source(path, self.default_audience)
        except DocumentError as error:
            return _failed(path, str(error))
        self.digests[path] = source.bytes_digest
        try:
            return self.read(source)
        except DocumentError as error:
            # A process may break down for what else the machine does; such a file is tried again.
            if not isinstance(error, BrokeDownError):
                self.refusals[path] = KnownRefusal(self._bounded(source), str(error))
            return _failed(path, str(error))

    def _bounded(self, source: Source) -> str:
        return bounded(source.digest, self.before.bounds)

    def outcome(
        self, item: File | FailedDocument | KnownDocument, succession: Succession
    ) -> _Outcome:
        """Tie a file to what replaced it; a known one is read again when that has changed."""
        if isinstance(item, KnownDocument):
            if _successors(item.path, (item.metadata, *item.own), succession) == item.successors:
                return _Outcome(None, item)
            return self.outcome(self.read_now(item.path), succession)
        tied = succession.tied(item)
        if isinstance(item, FailedDocument) or isinstance(tied, FailedDocument):
            return _Outcome(tied, None)
        own = tuple(_own_metadata(item))
        successors = _successors(item.path, (item.metadata, *own), succession)
        known = KnownDocument(
            item.path,
            item.digest,
            item.metadata,
            own,
            successors or "",
            self.digests[item.path],
        )
        return _Outcome(tied, known)


def bounded(digest: str, bounds: str) -> str:
    """Return the digest by which the refusal of a file that was read within `bounds` is known."""
    return hashlib.sha256(f"{digest} {bounds}".encode()).hexdigest()


def _failed(path: str, reason: str) -> FailedDocument:
    return FailedDocument(path.encode("utf-8", "replace").decode("utf-8"), reason)


def _own_metadata(item: File) -> Iterator[Metadata]:
    if isinstance(item, DefinitionFile):
        yield from (d.metadata for d in item.definitions if d.metadata is not None)


def _successors(path: str, said: tuple[Metadata, ...], succession: Succession) -> str | None:
    """Return the digest of what replaced a file, None when that leads nowhere now."""
    try:
        return succession.digest(path, said)
    except DocumentError:
        return None
