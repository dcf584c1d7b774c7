"""A corpus folder into documents and definitions, and the files that could not be read."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.domain.documents import (
    DefinitionFile,
    Document,
    FailedDocument,
    Metadata,
    ReadCorpus,
)
from assistant.domain.errors import CorpusError, DocumentError
from assistant.ingestion.blocks import first_heading, parse, place
from assistant.ingestion.conversion import CONVERTED_KINDS, convert
from assistant.ingestion.definitions import definitions_from_sheets, definitions_from_yaml
from assistant.ingestion.front_matter import Entries, metadata_of, split_front_matter
from assistant.ingestion.pages import Converted
from assistant.ingestion.succession import with_successors
from assistant.ingestion.tables import TABLE_KINDS, sheets_of
from assistant.ingestion.text import decoded, is_binary, one_line

# Guidance is far smaller; what is larger is a film or an archive, and would fill the memory.
LARGEST_BYTES = 50 * 1024 * 1024
MARKDOWN_KINDS = frozenset({".md", ".markdown"})
YAML_KINDS = frozenset({".yaml", ".yml"})
TEXT_KINDS = MARKDOWN_KINDS | YAML_KINDS | {".txt", ".html", ".htm", ".csv"}
READ_KINDS = CONVERTED_KINDS | YAML_KINDS | TABLE_KINDS
_LITTER = frozenset({"thumbs.db", "desktop.ini", "icon\r"})

OnDocument = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Source:
    """A file's bytes, its path inside the corpus folder and their digest."""

    path: str
    data: bytes
    default_audience: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix.lower()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def read_corpus(
    folder: Path, *, default_audience: str, on_document: OnDocument | None = None
) -> ReadCorpus:
    """Read every file of a folder and of the folders in it, in the order of their paths.

    `on_document` hears each file's path, how many are read and how many there are. A file that
    cannot be read is named with its reason and the others go in. Raises CorpusError when there is
    no such folder.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder}; name the folder that holds the documents.")
    files = sorted(_files(folder))
    read: list[Document | DefinitionFile | FailedDocument] = []
    for count, path in enumerate(files, start=1):
        read.append(_read_or_fail(folder, path, default_audience=default_audience))
        if on_document is not None:
            on_document(path, count, len(files))
    read = with_successors(read, READ_KINDS)
    return ReadCorpus(
        tuple(item for item in read if isinstance(item, Document)),
        tuple(item for item in read if isinstance(item, DefinitionFile)),
        tuple(item for item in read if isinstance(item, FailedDocument)),
    )


def _files(folder: Path) -> Iterator[str]:
    """Paths with forward slashes; folders behind a link are not entered, so nothing loops."""
    unreadable: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith((".", "~$")) and name.lower() not in _LITTER:
                yield (Path(root) / name).relative_to(folder).as_posix()
    for error in unreadable:
        yield Path(str(error.filename)).relative_to(folder).as_posix()


def _read_or_fail(
    folder: Path, path: str, *, default_audience: str
) -> Document | DefinitionFile | FailedDocument:
    shown = path.encode("utf-8", "replace").decode("utf-8")
    try:
        if shown != path:
            raise DocumentError("Its name is not valid UTF-8; rename it.")  # noqa: TRY301
        return _read(_Source(path, _bytes_of(folder, path), default_audience))
    except DocumentError as error:
        return FailedDocument(shown, str(error))


def _bytes_of(folder: Path, path: str) -> bytes:
    """A file's bytes. Raises DocumentError when they may not or cannot be read."""
    file = folder / path
    try:
        if not file.resolve(strict=True).is_relative_to(folder.resolve()):
            raise DocumentError(
                "It is a link that leads out of the folder; put the file itself there."
            )
        if not file.is_file():
            raise DocumentError("It is not a file that can be opened; take it out of the folder.")
        if file.stat().st_size > LARGEST_BYTES:
            megabytes = LARGEST_BYTES // 1024 // 1024
            raise DocumentError(f"It is larger than {megabytes} MB; split it, or take it out.")
        return file.read_bytes()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "a link leads in a circle"
        raise DocumentError(f"It cannot be opened ({reason}); check its permissions.") from None


def _read(source: _Source) -> Document | DefinitionFile:
    if source.suffix not in READ_KINDS:
        kind = f"{source.suffix} files" if source.suffix else "Files without an ending"
        raise DocumentError(
            f"{kind} cannot be read; save it as one of {', '.join(sorted(READ_KINDS))}."
        )
    if not source.data.strip():
        raise DocumentError("It holds no text.")
    if source.suffix in TEXT_KINDS and is_binary(source.data):
        raise DocumentError(
            f"It is no text file, whatever its name says; give it its right ending instead of "
            f"{source.suffix}."
        )
    if source.suffix in YAML_KINDS:
        return definitions_from_yaml(
            decoded(source.data),
            path=source.path,
            digest=source.digest,
            title=_readable_name(source.path),
            default_audience=source.default_audience,
        )
    if source.suffix in TABLE_KINDS:
        metadata = _metadata(source, None, _readable_name(source.path))
        definitions = definitions_from_sheets(
            sheets_of(source.data, path=source.path), metadata, path=source.path
        )
        return DefinitionFile(source.path, source.digest, metadata, definitions)
    return _document(source)


def _document(source: _Source) -> Document:
    if source.suffix in MARKDOWN_KINDS:
        entries, body = split_front_matter(decoded(source.data), path=source.path)
        converted = convert(body.encode(), path=source.path)
    else:
        entries, converted = None, convert(source.data, path=source.path)
    pieces = parse(converted.pages)
    metadata = _metadata(source, entries, first_heading(pieces) or _own_title(source, converted))
    blocks = place(pieces, title=metadata.title)
    if not blocks:
        raise DocumentError("It holds no text.")
    return Document(source.path, source.digest, metadata, blocks)


def _metadata(source: _Source, entries: Entries | None, title: str) -> Metadata:
    return metadata_of(
        entries, path=source.path, title=title, default_audience=source.default_audience
    )


def _own_title(source: _Source, converted: Converted) -> str:
    return one_line(converted.title or "") or _readable_name(source.path)


def _readable_name(path: str) -> str:
    """`guidance/four-worlds_2014.pdf` as `Four worlds 2014`."""
    words = one_line(re.sub(r"[-_.\s]+", " ", PurePosixPath(path).stem)) or path
    return words[:1].upper() + words[1:]
