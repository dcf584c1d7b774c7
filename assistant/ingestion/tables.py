"""CSV and Excel files as rows of text."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from assistant.domain.errors import DocumentError
from assistant.ingestion.sheets import Cells, Sheet, Tables
from assistant.ingestion.text import clean, decoded

TABLE_KINDS = frozenset({".csv", ".xlsx"})
MOST_ROWS = 20_000
MOST_COLUMNS = 200
_SEPARATORS = ",;\t"


def read_tables(data: bytes, *, path: str) -> Tables:
    """Read every sheet that a reader sees; empty rows are left out.

    Raises DocumentError for a broken file and for one with too many rows or columns.
    """
    if PurePosixPath(path).suffix.lower() == ".csv":
        return Tables((_sheet("", _csv_rows(clean(decoded(data)))),))
    from assistant.ingestion.workbook import from_workbook

    tables = from_workbook(data, to_sheet=_sheet)
    if sum(len(sheet.rows) for sheet in tables.sheets) > MOST_ROWS:
        raise _too_many_rows()
    return tables


def _sheet(name: str, rows: Iterable[tuple[int, Cells]]) -> Sheet:
    """Keep the rows that hold anything, while they stay within the bounds."""
    kept: list[tuple[int, Cells]] = []
    after_gap: set[int] = set()
    is_gap = False
    for number, cells in rows:
        if any(cells):
            kept.append((number, cells))
            after_gap.update({number} if is_gap else ())
        is_gap = not any(cells)
        if len(kept) > MOST_ROWS:
            raise _too_many_rows()
        if sum(map(bool, cells)) > MOST_COLUMNS:
            raise DocumentError(
                f"Row {number} has more than {MOST_COLUMNS} columns; split the table."
            )
    return Sheet(name, tuple(kept), frozenset(after_gap))


def _too_many_rows() -> DocumentError:
    return DocumentError(
        f"It has more than {MOST_ROWS:,} rows; split it, or leave out what nobody asks about."
    )


def _csv_rows(text: str) -> Iterator[tuple[int, Cells]]:
    first_line = text.lstrip("\n").split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    line = 1
    try:
        for row in reader:
            yield line, tuple(cell.strip() for cell in row)
            line = reader.line_num + 1
    except csv.Error:
        raise DocumentError(f"Line {line} is not CSV; save the file again as CSV.") from None
