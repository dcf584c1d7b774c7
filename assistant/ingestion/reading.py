"""One file into a document or a file of definitions, by the ending of its name."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.domain.documents import Block, DefinitionFile, Document, Metadata
from assistant.domain.errors import DocumentError
from assistant.ingestion.beside import layers_of
from assistant.ingestion.blocks import first_heading, parse, place
from assistant.ingestion.conversion import CONVERTED_KINDS, convert
from assistant.ingestion.definitions import (
    definitions_from_sheets,
    definitions_from_yaml,
    holds_definitions,
    nearly_holds_definitions,
)
from assistant.ingestion.files import DEFAULTS, Source
from assistant.ingestion.front_matter import Entries, Layer, metadata_of, split_front_matter
from assistant.ingestion.pages import Converted
from assistant.ingestion.sheets import Tables, blocks_of
from assistant.ingestion.tables import TABLE_KINDS, read_tables
from assistant.ingestion.text import decoded, is_binary, one_line

MARKDOWN_KINDS = frozenset({".md", ".markdown"})
YAML_KINDS = frozenset({".yaml", ".yml"})
MAIL_KINDS = frozenset({".eml", ".mhtml", ".mht"})
TEXT_KINDS = MARKDOWN_KINDS | YAML_KINDS | MAIL_KINDS | {".txt", ".html", ".htm", ".csv"}
READ_KINDS = CONVERTED_KINDS | YAML_KINDS | TABLE_KINDS
# What a document of a kind that is not read can be saved as by the program that wrote it.
_SAVE_AS = {
    ".docx": (".doc", ".docm", ".dot", ".dotx", ".odt", ".rtf", ".pages", ".wpd"),
    ".xlsx": (".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".tsv"),
    ".pptx": (".ppt", ".pptm", ".pps", ".ppsx", ".odp", ".key"),
    ".eml": (".msg",),
    ".html": (".webarchive", ".xhtml"),
}
_INSTEAD = {kind: instead for instead, kinds in _SAVE_AS.items() for kind in kinds}


def read_source(source: Source) -> Document | DefinitionFile:
    """Read one file; raises DocumentError with one sentence when it cannot be read."""
    if source.suffix not in READ_KINDS:
        raise DocumentError(_refusal(source.suffix))
    if not source.data.strip():
        raise DocumentError("It holds no text.")
    if source.suffix in TEXT_KINDS and is_binary(source.data):
        raise DocumentError(
            f"It is no text file, whatever its name says; give it its right ending instead of "
            f"{source.suffix}."
        )
    if source.suffix in YAML_KINDS:
        return _yaml_file(source)
    return _table_file(source) if source.suffix in TABLE_KINDS else _document(source)


def _refusal(suffix: str) -> str:
    kind = f"{suffix} files" if suffix else "Files without an ending"
    if suffix in _INSTEAD:
        return f"{kind} are not read; open it in its program and save it as {_INSTEAD[suffix]}."
    return f"{kind} cannot be read; save it as one of {', '.join(sorted(READ_KINDS))}."


def _yaml_file(source: Source) -> DefinitionFile:
    text = decoded(source.data)
    described = PurePosixPath(source.path).stem
    if described.lower() == PurePosixPath(DEFAULTS).stem:
        raise DocumentError(f"Name it {DEFAULTS}; by this name it holds for no document.")
    if PurePosixPath(described).suffix.lower() in READ_KINDS and "definitions:" not in text:
        raise DocumentError(
            f"It seems to speak of {described}, which is not beside it; put that there, or name "
            "this file as that one and .yaml."
        )
    return definitions_from_yaml(
        text,
        path=source.path,
        digest=source.digest,
        title=_readable_name(source.path),
        default_audience=source.default_audience,
        beside=layers_of(source),
    )


def _table_file(source: Source) -> Document | DefinitionFile:
    tables = read_tables(source.data, path=source.path)
    title = one_line(tables.title or "") or _readable_name(source.path)
    metadata = _metadata(source, None, title, layers_of(source))
    if not any(holds_definitions(sheet) for sheet in tables.sheets):
        blocks = blocks_of(tables.sheets, title=metadata.title)
        return _made(source, metadata, blocks, (*tables.remarks, *_near_misses(tables)))
    definitions = definitions_from_sheets(tables.sheets, metadata, path=source.path)
    others = tuple(
        f"The sheet “{sheet.name}” was left out, having no columns term and text."
        for sheet in tables.sheets
        if sheet.rows and not holds_definitions(sheet)
    )
    return DefinitionFile(
        source.path, source.digest, metadata, definitions, (*tables.remarks, *others)
    )


def _near_misses(tables: Tables) -> tuple[str, ...]:
    if not any(nearly_holds_definitions(sheet) for sheet in tables.sheets):
        return ()
    needed = "definitions need the columns term and text in the first row"
    return (f"It was read as a table and not as definitions; {needed}.",)


def _document(source: Source) -> Document:
    if source.suffix in MARKDOWN_KINDS:
        entries, body = split_front_matter(decoded(source.data), path=source.path)
        converted = convert(body.encode(), path=source.path)
    else:
        entries, converted = None, convert(source.data, path=source.path)
    pieces = parse(converted.pages)
    title = first_heading(pieces) or _own_title(source, converted)
    metadata = _metadata(source, entries, title, layers_of(source, converted))
    return _made(source, metadata, place(pieces, title=metadata.title), converted.remarks)


def _made(
    source: Source, metadata: Metadata, blocks: tuple[Block, ...], remarks: tuple[str, ...]
) -> Document:
    if not blocks:
        raise DocumentError(" ".join(("It holds no text.", *remarks)))
    return Document(source.path, source.digest, metadata, blocks, remarks)


def _metadata(
    source: Source, entries: Entries | None, title: str, beside: Sequence[Layer]
) -> Metadata:
    return metadata_of(
        entries,
        path=source.path,
        title=title,
        default_audience=source.default_audience,
        beside=beside,
    )


def _own_title(source: Source, converted: Converted) -> str:
    return one_line(converted.title or "") or _readable_name(source.path)


def _readable_name(path: str) -> str:
    """`guidance/four-worlds_2014.pdf` as `Four worlds 2014`."""
    words = one_line(re.sub(r"[-_.\s]+", " ", PurePosixPath(path).stem)) or path
    return words[:1].upper() + words[1:]
