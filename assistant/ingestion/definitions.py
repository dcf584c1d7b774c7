"""Definitions in YAML, CSV and Excel, checked with file and line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.domain.documents import (
    Agreement,
    Definition,
    DefinitionFile,
    Metadata,
    Successor,
)
from assistant.domain.errors import DocumentError
from assistant.ingestion.front_matter import Entries, Layer, metadata_of, read_yaml
from assistant.ingestion.schema import (
    AgreementEntry,
    DefinitionEntry,
    mistake,
    unknown_key,
    validated,
)
from assistant.ingestion.sheets import Sheet
from assistant.ingestion.text import one_line

_LISTS = ("aliases", "abbreviations", "confused_with", "related")
_AGREEMENT = ("agreed_on", "agreed_by")
_COLUMNS = (*(DefinitionEntry.model_fields.keys() - {"agreed"}), *_AGREEMENT)
_OF_THE_FILE_TOO = (
    "effective_from",
    "review_by",
    "withdrawn",
    "superseded_by",
    "nation",
    "sector",
)


def definitions_from_yaml(
    text: str,
    *,
    path: str,
    digest: str,
    title: str,
    default_audience: str,
    beside: Sequence[Layer] = (),
) -> DefinitionFile:
    """Read `definitions:` and the metadata with it; `title` stands where none is given.

    What other files `beside` it say holds where it says nothing.

    Raises FrontMatterError with file and line.
    """
    entries = read_yaml(text, path=path, first_line=1)
    if "definitions" not in entries.values:
        raise mistake(path, (1, "a file of definitions needs a key definitions: with a list"))
    items = entries.values["definitions"]
    line = entries.lines["definitions"]
    if not isinstance(items, list) or not items:
        raise mistake(path, (line, "definitions must be a list of definitions"))
    rest = {key: value for key, value in entries.values.items() if key != "definitions"}
    metadata = metadata_of(
        Entries(rest, entries.lines, 1),
        path=path,
        title=title,
        default_audience=default_audience,
        beside=beside,
    )
    definitions = tuple(_from_entry(item, metadata, path=path, line=line) for item in items)
    return DefinitionFile(path, digest, metadata, definitions)


def _from_entry(item: object, metadata: Metadata, *, path: str, line: int) -> Definition:
    if not isinstance(item, Entries):
        raise mistake(path, (line, "each definition needs the keys term and text"))
    values = dict(item.values)
    if isinstance(agreed := values.get("agreed"), Entries):
        values["agreed"] = validated(
            AgreementEntry,
            agreed.values,
            agreed.lines,
            path=path,
            line=agreed.line,
            within="agreed.",
        )
    entry = validated(DefinitionEntry, values, item.lines, path=path, line=item.line)
    return _definition(entry, item.values, metadata)


def _definition(
    entry: DefinitionEntry, written: Mapping[str, object], metadata: Metadata
) -> Definition:
    fields: dict[str, Any] = entry.model_dump()
    own = {
        key: value
        for key in _OF_THE_FILE_TOO
        if (value := fields.pop(key)) or _says(written.get(key))
    }
    if own.get("superseded_by"):
        own["superseded_by"] = Successor(own["superseded_by"])
    fields["metadata"] = replace(metadata, **own) if own else None
    fields["agreed"] = Agreement(entry.agreed.on, entry.agreed.by) if entry.agreed else None
    fields["whose"] = entry.whose or metadata.publisher or metadata.author or metadata.title
    return Definition(**fields)


def _says(written: object) -> bool:
    """Whether a value that comes to nothing was meant: `no` is, an empty cell is not."""
    return isinstance(written, str) and bool(written.strip())


def definitions_from_sheets(
    sheets: Sequence[Sheet], metadata: Metadata, *, path: str
) -> tuple[Definition, ...]:
    """Read the sheets whose first row names the columns `term` and `text`.

    Columns stand in any order and case; several names in a cell are parted by `;`. Raises
    FrontMatterError with file and row, DocumentError when no sheet has the two columns.
    """
    fitting = [sheet for sheet in sheets if holds_definitions(sheet)]
    if not fitting:
        raise DocumentError(
            "It has no columns term and text in its first row, so it is no file of definitions."
        )
    definitions = tuple(
        definition for sheet in fitting for definition in _from_sheet(sheet, metadata, path=path)
    )
    if not definitions:
        raise DocumentError("It holds no definitions below its first row.")
    return definitions


def holds_definitions(sheet: Sheet) -> bool:
    """Whether a sheet's first row names the columns that definitions need."""
    return bool(sheet.rows) and {"term", "text"} <= set(_columns(sheet))


def nearly_holds_definitions(sheet: Sheet) -> bool:
    """Whether a sheet has a column `term`, but none that is named `text`."""
    return bool(sheet.rows) and "term" in _columns(sheet) and not holds_definitions(sheet)


def _columns(sheet: Sheet) -> tuple[str, ...]:
    return tuple("_".join(cell.lower().split()) for cell in sheet.rows[0][1])


def _from_sheet(sheet: Sheet, metadata: Metadata, *, path: str) -> Iterator[Definition]:
    where = f"{path}, sheet {sheet.name}" if sheet.name else path
    (first, _), *rows = sheet.rows
    columns = _columns(sheet)
    for column in filter(None, columns):
        if column not in _COLUMNS:
            raise mistake(where, (first, _unknown_column(column)))
        if columns.count(column) > 1:
            raise mistake(where, (first, f"the column {column} is there twice"))
    for number, cells in rows:
        cells_of = dict(zip(columns, cells, strict=False))
        values: dict[str, Any] = {
            column: _names_in(cell) if column in _LISTS else cell
            for column, cell in cells_of.items()
            if column and column not in _AGREEMENT
        }
        on, by = (cells_of.get(column, "") for column in _AGREEMENT)
        if _says(on) or _says(by):
            agreed = {"on": on, "by": _names_in(by)}
            values["agreed"] = validated(
                AgreementEntry, agreed, {}, path=where, line=number, within="agreed_"
            )
        entry = validated(DefinitionEntry, values, {}, path=where, line=number)
        yield _definition(entry, values, metadata)


def _unknown_column(column: str) -> str:
    if column == "agreed":
        return "a table says what is agreed in the columns agreed_on and agreed_by"
    return unknown_key(DefinitionEntry, column)


def _names_in(cell: str) -> list[str]:
    return [name for part in cell.split(";") if (name := one_line(part))]
