"""Excel workbooks as a reader sees them: stored results, formats of numbers, nothing hidden."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from typing import Any

from assistant.domain.errors import DocumentError
from assistant.ingestion.office import checked_archive, title_of
from assistant.ingestion.sheets import Cells, Sheet, Tables

LARGEST_SHEET_BYTES = 100 * 1024 * 1024
# The last row that Excel itself knows; a number beyond it is an attack.
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

Rows = Iterable[tuple[int, Cells]]
ToSheet = Callable[[str, Rows], Sheet]

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_SPAN = re.compile(rb"\b(min|max)\s*=\s*[\"'](\d{1,5})[\"']")
# A formula without its result; text that comes to nothing (t="str") is a result.
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\bt=[\"']str[\"'])[^>]*>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.(0+))?")
_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_UNSHOWN = re.compile(r"\[[^\]]*\]|[_*].")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_NO_PLAIN_FORMAT = re.compile(r"[#0?@/]|E[+-]|General", re.IGNORECASE)


def from_workbook(data: bytes, *, to_sheet: ToSheet) -> Tables:
    """Read the sheets that are not hidden, without their hidden rows and columns.

    Formulas give the results that were stored with them. `to_sheet` makes a sheet of a name and
    rows, within the bounds. Raises DocumentError when it is broken, locked, or unpacks to too much.
    """
    try:
        with checked_archive(data, part="xl/workbook.xml", kind="an Excel workbook") as archive:
            return _tables(data, archive, to_sheet)
    except DocumentError:
        raise
    except Exception:  # noqa: BLE001 - broken workbooks raise whatever zip, XML and openpyxl have
        raise DocumentError(
            "It cannot be opened as an Excel workbook; it may be broken or need a password."
        ) from None


def _tables(data: bytes, archive: zipfile.ZipFile, to_sheet: ToSheet) -> Tables:
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets: list[Sheet] = []
    remarks: list[str] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            remarks.append(f"The sheet “{sheet.title}” is hidden and was left out.")
            continue
        xml = _xml(sheet, archive)
        hidden = _hidden_rows(xml), _hidden_columns(xml)
        sheets.append(to_sheet(sheet.title, _seen(_rows(sheet), *hidden)))
        remarks += _remarks(
            sheet.title, len(hidden[0]), len(hidden[1]), len(_NO_RESULT.findall(xml))
        )
    return Tables(tuple(sheets), title_of(archive), tuple(remarks))


def _seen(
    rows: Rows, hidden_rows: frozenset[int], hidden_columns: frozenset[int]
) -> Iterator[tuple[int, Cells]]:
    for number, cells in rows:
        if number not in hidden_rows:
            seen = ("" if n in hidden_columns else cell for n, cell in enumerate(cells, start=1))
            yield number, tuple(seen)


def _remarks(sheet: str, rows: int, columns: int, formulas: int) -> Iterator[str]:
    if rows:
        yield f"{_counted(rows, 'hidden row')} left out of the sheet “{sheet}”."
    if columns:
        yield f"{_counted(columns, 'hidden column')} left out of the sheet “{sheet}”."
    if formulas:
        yield (
            f"{_counted(formulas, 'formula')} left out of the sheet “{sheet}”, having no stored "
            "result; open the workbook in its program and save it."
        )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what} was" if count == 1 else f"{count:,} {what}s were"


def _xml(sheet: Any, archive: zipfile.ZipFile) -> bytes:
    part = sheet._worksheet_path  # noqa: SLF001 - openpyxl has no public word for it
    if archive.getinfo(part).file_size > LARGEST_SHEET_BYTES:
        raise DocumentError("It unpacks to far more than a table that is read; split it.")
    return archive.read(part)


def _hidden_rows(xml: bytes) -> frozenset[int]:
    hidden = set()
    number = 0
    for found in _ROW.finditer(xml):
        given = _NUMBER.search(found[1])
        number = int(given[1]) if given else number + 1
        if _HIDDEN.search(found[1]):
            hidden.add(number)
    return frozenset(hidden)


def _hidden_columns(xml: bytes) -> frozenset[int]:
    hidden: set[int] = set()
    for found in _COLUMN.finditer(xml):
        span = {name: int(number) for name, number in _SPAN.findall(found[1])}
        if _HIDDEN.search(found[1]) and len(span) == 2:  # noqa: PLR2004 - min and max
            hidden.update(range(span[b"min"], min(span[b"max"], LAST_COLUMN) + 1))
    return frozenset(hidden)


def _rows(sheet: Any) -> Iterator[tuple[int, Cells]]:
    # What a file says of its own size is not believed: a million empty rows take no room in it.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > LAST_ROW:
            raise DocumentError("It has more rows than Excel knows; save it again.")
        yield number, tuple(_shown(cell) for cell in cells)


def _shown(cell: Any) -> str:
    """A cell as its reader sees it; dates as 2027-03-31, errors such as #REF! as nothing."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return shown_number(value, cell.number_format or "General")
    if isinstance(value, datetime):
        whole_day = value.time() == time()
        return value.date().isoformat() if whole_day else value.isoformat(" ", "minutes")
    return str(value).strip()


def shown_number(value: float, number_format: str) -> str:
    """A number in an Excel format: 0.15 in `0%` is 15%, 1500 in `"£"#,##0` is £1,500.

    In a format that says more than decimals, thousands and words around it, it is shown plain.
    """
    pattern = _CURRENCY.sub(r'"\1"', number_format.split(";")[0])
    literals: list[str] = []

    def kept(found: re.Match[str]) -> str:
        literals.append(found[1] or found[2] or "")
        return "\x00"

    pattern = _UNSHOWN.sub("", _LITERAL.sub(kept, pattern))
    digits = _DIGITS.search(pattern)
    if digits is None:
        return f"{value:.15g}"
    before, after = pattern[: digits.start()], pattern[digits.end() :]
    if _NO_PLAIN_FORMAT.search(before + after) or digits[0].endswith(","):
        return f"{value:.15g}"
    scaled = value * 100 if "%" in after else value
    comma = "," if "," in digits[0] else ""
    number = f"{abs(scaled):{comma}.{len(digits[1] or '')}f}"
    around = iter(literals)
    before, after = (re.sub("\x00", lambda _: next(around), part) for part in (before, after))
    return f"{'-' if scaled < 0 else ''}{before.strip()}{number}{after.rstrip()}"
