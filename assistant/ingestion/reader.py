"""A corpus folder into documents and definitions, and the files that could not be read.

What is known from before, byte for byte, is not read again: a reload costs what changed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.domain.documents import (
    DefinitionFile,
    Document,
    FailedDocument,
    KnownDocument,
    Metadata,
    ReadCorpus,
)
from assistant.domain.errors import DocumentError
from assistant.ingestion.files import CorpusFolder, Source
from assistant.ingestion.reading import READ_KINDS, read_source
from assistant.ingestion.succession import Succession

OnDocument = Callable[[str, int, int], None]
ReadSource = Callable[[Source], Document | DefinitionFile]
File = Document | DefinitionFile


def read_corpus(
    folder: Path | CorpusFolder,
    *,
    default_audience: str,
    on_document: OnDocument | None = None,
    known: Mapping[str, KnownDocument] | None = None,
    read: ReadSource = read_source,
    refused: Mapping[str, str] | None = None,
) -> ReadCorpus:
    """Read every file of a folder and of the folders in it, in the order of their paths.

    `on_document` hears each file's path, how many are read and how many there are. A file that
    cannot be read is named with its reason and the others go in. What is `known`, by its path, is
    not read again while nothing that it comes from has changed; `read` reads one file; `refused`
    gives the reason for keeping out what has these bytes, by their SHA-256. Raises CorpusError when
    there is no such folder.
    """
    there = folder if isinstance(folder, CorpusFolder) else CorpusFolder(folder)
    reader = _Reader(there, default_audience, known or {}, read, refused or {}, {})
    items = []
    for count, path in enumerate(there.paths, start=1):
        items.append(reader.item(path))
        if on_document is not None:
            on_document(path, count, len(there.paths))
    succession = Succession(items, READ_KINDS)
    outcomes = [reader.outcome(item, succession) for item in items]
    fresh = [outcome.fresh for outcome in outcomes]
    return ReadCorpus(
        tuple(item for item in fresh if isinstance(item, Document)),
        tuple(item for item in fresh if isinstance(item, DefinitionFile)),
        tuple(item for item in fresh if isinstance(item, FailedDocument)),
        tuple(outcome.known for outcome in outcomes if outcome.known is not None),
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a file: `fresh` is None when it is as it was, `known` when it failed."""

    fresh: File | FailedDocument | None
    known: KnownDocument | None


@dataclass(frozen=True, slots=True)
class _Reader:
    folder: CorpusFolder
    default_audience: str
    known: Mapping[str, KnownDocument]
    read: ReadSource
    refused: Mapping[str, str]
    digests: dict[str, str]

    def item(self, path: str, *, again: bool = False) -> File | FailedDocument | KnownDocument:
        """Return a file as it is known, or read; `again` reads it whatever is known."""
        try:
            source = self.folder.source(path, self.default_audience)
            if self.refused and (reason := self.refused.get(source.bytes_digest)):
                raise DocumentError(reason)  # noqa: TRY301 - one way for all that keeps a file out
            known = self.known.get(path)
            if known is not None and known.digest == source.digest and not again:
                return known
            self.digests[path] = source.bytes_digest
            return self.read(source)
        except DocumentError as error:
            return FailedDocument(path.encode("utf-8", "replace").decode("utf-8"), str(error))

    def outcome(
        self, item: File | FailedDocument | KnownDocument, succession: Succession
    ) -> _Outcome:
        """Tie a file to what replaced it; a known one is read again when that has changed."""
        if isinstance(item, KnownDocument):
            if _successors(item.path, (item.metadata, *item.own), succession) == item.successors:
                return _Outcome(None, item)
            again = self.item(item.path, again=True)
            return self.outcome(again, succession)
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


def _own_metadata(item: File) -> Iterator[Metadata]:
    if isinstance(item, DefinitionFile):
        yield from (d.metadata for d in item.definitions if d.metadata is not None)


def _successors(path: str, said: tuple[Metadata, ...], succession: Succession) -> str | None:
    """Return the digest of what replaced a file, None when that leads nowhere now."""
    try:
        return succession.digest(path, said)
    except DocumentError:
        return None
