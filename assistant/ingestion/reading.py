"""One file into a document or a file of definitions, by the ending of its name."""

import re
from pathlib import PurePosixPath

from assistant.domain.documents import DefinitionFile, Document, Metadata
from assistant.domain.errors import DocumentError
from assistant.ingestion.blocks import first_heading, parse, place
from assistant.ingestion.conversion import CONVERTED_KINDS, convert
from assistant.ingestion.definitions import definitions_from_sheets, definitions_from_yaml
from assistant.ingestion.files import Source
from assistant.ingestion.front_matter import Entries, metadata_of, split_front_matter
from assistant.ingestion.pages import Converted
from assistant.ingestion.tables import TABLE_KINDS, sheets_of
from assistant.ingestion.text import decoded, is_binary, one_line

MARKDOWN_KINDS = frozenset({".md", ".markdown"})
YAML_KINDS = frozenset({".yaml", ".yml"})
TEXT_KINDS = MARKDOWN_KINDS | YAML_KINDS | {".txt", ".html", ".htm", ".csv"}
READ_KINDS = CONVERTED_KINDS | YAML_KINDS | TABLE_KINDS


def read_source(source: Source) -> Document | DefinitionFile:
    """Read one file; raises DocumentError with one sentence when it cannot be read."""
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


def _document(source: Source) -> Document:
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


def _metadata(source: Source, entries: Entries | None, title: str) -> Metadata:
    return metadata_of(
        entries, path=source.path, title=title, default_audience=source.default_audience
    )


def _own_title(source: Source, converted: Converted) -> str:
    return one_line(converted.title or "") or _readable_name(source.path)


def _readable_name(path: str) -> str:
    """`guidance/four-worlds_2014.pdf` as `Four worlds 2014`."""
    words = one_line(re.sub(r"[-_.\s]+", " ", PurePosixPath(path).stem)) or path
    return words[:1].upper() + words[1:]
