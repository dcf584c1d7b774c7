"""Rows of a table file into blocks: each row keeps its column names, so that it reads alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.documents import Block, BlockKind
from assistant.ingestion.text import one_line, sentences_of

LONGEST_TABLE_TITLE_WORDS = 12

_FIGURE = re.compile(r"[-+(]?[£$€]?\d[\d,.]*\)?\s?%?|\d{4}-\d{2}-\d{2}( .*)?")
_YEAR = re.compile(r"(?:19|20)\d{2}(?:\s?[-/\u2013]\s?\d{2,4})?")
_ENDS_A_SENTENCE = re.compile(r"[.!?:;]$")
_UNNAMED = re.compile(r"sheet ?\d+", re.IGNORECASE)

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows as text with the number, counted from 1, that a reader sees beside each.

    Empty rows are left out; `after_gap` has the numbers of the rows that stood below one. A CSV
    file is one sheet without a name; its numbers are lines of the file.
    """

    name: str
    rows: tuple[tuple[int, Cells], ...]
    after_gap: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Tables:
    """A table file as read; `title` is its own property, `remarks` say what was left out."""

    sheets: tuple[Sheet, ...]
    title: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of one cell that lead in, then rows without an empty one between them."""

    lead: tuple[str, ...]
    rows: tuple[Cells, ...]


def blocks_of(sheets: Sequence[Sheet], *, title: str) -> tuple[Block, ...]:
    """Each sheet below a heading of its name, its tables with their rows, its notes as paragraphs.

    A lone sheet that its program named, or one named as the document, has no heading.
    """
    return tuple(
        block
        for sheet in sheets
        for block in _sheet_blocks(sheet, _headings(sheet, title, is_lone=len(sheets) == 1))
    )


def _headings(sheet: Sheet, title: str, *, is_lone: bool) -> tuple[str, ...]:
    name = one_line(sheet.name)
    is_idle = name.casefold() == title.casefold() or (is_lone and _UNNAMED.fullmatch(name))
    return () if not name or is_idle else (name,)


def _sheet_blocks(sheet: Sheet, headings: tuple[str, ...]) -> Iterator[Block]:
    header: Cells = ()
    for part in _parts(sheet):
        *notes, last = part.lead or ("",)
        names_table = bool(last and part.rows and _is_title(last))
        for note in notes if names_table else part.lead:
            yield Block(BlockKind.PARAGRAPH, note, sentences_of(note), headings)
        if not part.rows:
            continue
        names, rows = header, part.rows
        if _is_another_table(part, header):
            names = header = rows[0] if _is_header(rows) else ()
            rows = rows[1:] if header else rows
        elif part.lead:
            # A table of its own or a group of the one above: names of columns might be the wrong.
            names = ()
        if rows:
            yield _table(names, rows, (*headings, last) if names_table else headings)


def _parts(sheet: Sheet) -> Iterator[_Part]:
    """The rows, parted at empty ones; what leads in goes with the next table."""
    lead: list[str] = []
    rows: list[Cells] = []
    for number, written in sheet.rows:
        cells = tuple(one_line(cell) for cell in written)
        if rows and number in sheet.after_gap:
            yield _Part(tuple(lead), tuple(rows))
            lead, rows = [], []
        if rows or len(_filled(cells)) > 1:
            rows.append(cells)
        else:
            lead += filter(None, cells)
    yield _Part(tuple(lead), tuple(rows))


def _is_another_table(part: _Part, header: Cells) -> bool:
    """Whether a part begins with the same column names again, or has other columns."""
    first = part.rows[0]
    return not header or first == header or not _filled(first) <= _filled(header)


def _is_header(rows: Sequence[Cells]) -> bool:
    """Whether the first row names the columns: words or years, and not the only row."""
    cells = [cell for cell in rows[0] if cell]
    return (
        len(rows) > 1
        and not _FIGURE.fullmatch(cells[0])
        and all(_YEAR.fullmatch(cell) or not _FIGURE.fullmatch(cell) for cell in cells)
    )


def _is_title(line: str) -> bool:
    short = len(line.split()) <= LONGEST_TABLE_TITLE_WORDS
    return short and _ENDS_A_SENTENCE.search(line) is None


def _table(header: Cells, rows: Sequence[Cells], headings: tuple[str, ...]) -> Block:
    shown = [header, *rows] if header else rows
    columns = sorted({column for cells in shown for column in _filled(cells)})
    lines = ("| " + " | ".join(_cells(cells, columns)) + " |" for cells in shown)
    sentences = tuple(_row_sentence(header, cells) for cells in rows)
    return Block(BlockKind.TABLE, "\n".join(lines), sentences, headings)


def _cells(cells: Cells, columns: Sequence[int]) -> Iterator[str]:
    return (cells[n].replace("|", "\\|") if n < len(cells) else "" for n in columns)


def _row_sentence(header: Cells, cells: Cells) -> str:
    names = (*header, *[""] * (len(cells) - len(header)))
    pairs = zip(names, cells, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _filled(cells: Cells) -> set[int]:
    return {column for column, cell in enumerate(cells) if cell}
