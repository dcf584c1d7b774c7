"""CSV and Excel files as rows of text."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.domain.errors import DocumentError
from assistant.ingestion.text import clean, decoded

TABLE_KINDS = frozenset({".csv", ".xlsx"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows as text with the number, counted from 1, that a reader sees beside each.

    A CSV file is one sheet without a name; its numbers are lines of the file.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def sheets_of(data: bytes, *, path: str) -> tuple[Sheet, ...]:
    """Read every sheet; empty rows are left out. Raises DocumentError for a broken file."""
    if PurePosixPath(path).suffix.lower() == ".csv":
        return (Sheet("", tuple(_csv_rows(clean(decoded(data))))),)
    return _excel_sheets(data)


def _csv_rows(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    first_line = text.lstrip("\n").split("\n", 1)[0]
    separator = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, tuple(cell.strip() for cell in row)
            line = reader.line_num + 1
    except csv.Error:
        raise DocumentError(f"Line {line} is not CSV; save the file again as CSV.") from None


def _excel_sheets(data: bytes) -> tuple[Sheet, ...]:
    import openpyxl  # type: ignore[import-untyped]

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return tuple(
            Sheet(sheet.title, tuple(_excel_rows(sheet.iter_rows(values_only=True))))
            for sheet in book.worksheets
        )
    except Exception:  # noqa: BLE001 - broken workbooks raise whatever zip, XML and openpyxl have
        raise DocumentError(
            "It cannot be opened as an Excel workbook; it may be broken or need a password."
        ) from None


def _excel_rows(rows: Iterator[tuple[object, ...]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, row in enumerate(rows, start=1):
        cells = tuple("" if cell is None else str(cell).strip() for cell in row)
        if any(cells):
            yield number, cells
