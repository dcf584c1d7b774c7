"""What replaced what: `superseded_by` tied to the document of the corpus that it names."""

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import TypeAdapter

from assistant.domain.documents import (
    PUBLIC,
    DefinitionFile,
    Document,
    FailedDocument,
    KnownDocument,
    Metadata,
    Successor,
)
from assistant.domain.errors import DocumentError
from assistant.domain.networks import PEERS

Fresh = Document | DefinitionFile | FailedDocument
File = TypeVar("File", Document, DefinitionFile)
METADATA = TypeAdapter(Metadata)


class Succession:
    """The files of a corpus by path and by title.

    `superseded_by` names a document when it has the ending of one (`kinds`) or is the title of one,
    else it is the title of something outside.
    """

    def __init__(self, read: Sequence[Fresh | KnownDocument], kinds: frozenset[str]) -> None:
        files = [item for item in read if not isinstance(item, FailedDocument)]
        self._kinds = kinds
        self._failed = {item.document for item in read if isinstance(item, FailedDocument)}
        self._metadata: Mapping[str, Metadata] = {file.path: file.metadata for file in files}
        # What peers are asked is no title by which guidance names its successor.
        guidance = [file for file in files if not file.path.startswith(f"{PEERS}/")]
        titles = [file.metadata.title.casefold() for file in guidance]
        count = Counter(titles)
        self._by_title = {
            title: file.path
            for title, file in zip(titles, guidance, strict=True)
            if count[title] == 1
        }

    def digest(self, path: str, said: Sequence[Metadata]) -> str:
        """Return a digest of what replaced a file whose metadata says `said`, empty for nothing.

        Raises DocumentError as `tied` fails.
        """
        named = [metadata for metadata in said if metadata.superseded_by is not None]
        if not named:
            return ""
        tied = [METADATA.dump_json(self._tied_metadata(path, metadata)) for metadata in named]
        return hashlib.sha256(b"\n".join(tied)).hexdigest()

    def tied(self, item: Fresh) -> Fresh:
        """Return what was read, each successor with its title, path, audience and first day.

        What names a document that did not go in, or leads back to itself, fails with a sentence.
        """
        if isinstance(item, FailedDocument):
            return item
        try:
            if isinstance(item, Document):
                return replace(item, metadata=self._tied_metadata(item.path, item.metadata))
            definitions = (
                replace(d, metadata=d.metadata and self._tied_metadata(item.path, d.metadata))
                for d in item.definitions
            )
            return replace(
                item,
                metadata=self._tied_metadata(item.path, item.metadata),
                definitions=tuple(definitions),
            )
        except DocumentError as error:
            return FailedDocument(item.path, str(error))

    def _tied_metadata(self, path: str, metadata: Metadata) -> Metadata:
        named = metadata.superseded_by
        if named is None:
            return metadata
        chain = [_told(s, metadata.audience) for s in self._chain(path, named.title)]
        successor = chain.pop()
        for earlier in reversed(chain):
            successor = replace(earlier, then=successor)
        return replace(metadata, superseded_by=successor)

    def _chain(self, path: str, named: str) -> Iterator[Successor]:
        """Yield what replaced a document, what replaced that, and so on."""
        seen = [path]
        while True:
            found = self._named(path, named)
            if found is None:
                yield Successor(named)
                return
            if found in seen:
                raise DocumentError(
                    f"superseded_by leads from it back to {found}; say which of them holds now."
                )
            seen.append(found)
            metadata = self._metadata[found]
            yield Successor(metadata.title, found, metadata.audience, metadata.effective_from)
            if metadata.superseded_by is None:
                return
            path, named = found, metadata.superseded_by.title

    def _named(self, path: str, named: str) -> str | None:
        """Return the path of the document that is named, None when it is one outside."""
        if PurePosixPath(named).suffix.lower() not in self._kinds:
            return self._by_title.get(named.casefold())
        beside = posixpath.normpath(PurePosixPath(path).parent / named)
        from_the_top = posixpath.normpath(named)
        for candidate in (from_the_top, beside):
            if candidate in self._metadata:
                return candidate
        if {from_the_top, beside} & self._failed:
            raise DocumentError(
                f"superseded_by names {named}, which did not go in; correct that one first."
            )
        raise DocumentError(
            f"superseded_by names {named}, which is not in the corpus; correct the path, or give "
            "a title."
        )


def _told(successor: Successor, audience: str) -> Successor:
    """Return what the file of an audience may hold of a successor.

    Who reads anything reads what is public. Of what some of them may not read only the day stays,
    since on that day the document ceases to hold.
    """
    if successor.audience in {None, PUBLIC, audience}:
        return successor
    return Successor("", since=successor.since)
