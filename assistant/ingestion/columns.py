"""Where words stand on a printed page: rows, columns, and what runs along every page.

Points are printer's points from the page's upper left corner.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

# A gutter between columns is wider than any blank between words and has lines on both its sides.
NARROWEST_GUTTER = 9.0
FEWEST_COLUMN_LINES = 3
# Running headers and footers stand in these shares of the page's height, top and bottom.
MARGIN_SHARE = 0.12

_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-\u2013]?\s*(?:\d{1,4}|[ivxl]{1,7})\s*[-\u2013]?(?:\s*(?:of|/|\|)\s*\d{1,4})?",
    re.IGNORECASE,
)
_CONTENTS_ENTRY = re.compile(r"(?:\.\s?){4,}\s*(?:\d{1,4}|[ivxl]{1,7})$")
_NOTE_NUMBER = re.compile(r"\d{1,3}")
_PUNCTUATED = re.compile(r"[.,;:!?)\"\u201d\u2019]$")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a line with its place, its column's right edge, its type size and weight.

    A table has rows, and its place is the whole table's.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float = 0.0
    bold: bool = False
    rows: tuple[tuple[str, ...], ...] = ()
    right: float = 0.0


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A page's words and tables and its height."""

    pieces: tuple[Piece, ...]
    height: float


def lines_in_order(pages: Sequence[PrintedPage]) -> list[list[list[Piece]]]:
    """The lines of each column of each page in reading order, without what runs along pages."""
    return [
        [_lines(column) for column in _columns(page.pieces)] for page in _without_running(pages)
    ]


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that stand side by side, from the top; a table is a row of its own."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.top, piece.x0)):
        row = next((row for row in reversed(rows[-4:]) if _beside(row[0], piece)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [sorted(row, key=lambda piece: piece.x0) for row in rows]


def _beside(first: Piece, second: Piece) -> bool:
    if first.rows or second.rows:
        return False
    overlap = min(first.bottom, second.bottom) - max(first.top, second.top)
    return overlap > 0.5 * min(first.bottom - first.top, second.bottom - second.top)


def _without_running(pages: Sequence[PrintedPage]) -> list[PrintedPage]:
    """Leave out page numbers and what stands in the margin of two pages in five or more.

    With a page number in it, twice is enough: chapters have running headers of their own.
    """
    keys = [{_running_key(row) for row in _margin_rows(page)} for page in pages]
    counts = Counter(key for page_keys in keys for key in page_keys)
    running = {
        key
        for key, count in counts.items()
        if count
        >= (2 if key[0].startswith("#") or key[0].endswith("#") else max(2, 0.4 * len(pages)))
    }
    return [replace(page, pieces=tuple(_kept(page, running))) for page in pages]


def _margin_rows(page: PrintedPage) -> list[list[Piece]]:
    low, high = page.height * MARGIN_SHARE, page.height * (1 - MARGIN_SHARE)
    rows = _rows(page.pieces)
    return [row for row in rows if row[0].bottom < low or row[0].top > high]


def _running_key(row: Sequence[Piece]) -> tuple[str, int]:
    text = " ".join(piece.text for piece in row)
    return _DIGITS.sub("#", text).casefold(), round(row[0].top / 10)


def _kept(page: PrintedPage, running: set[tuple[str, int]]) -> Iterator[Piece]:
    dropped = {
        piece
        for row in _margin_rows(page)
        if _running_key(row) in running
        or _PAGE_NUMBER.fullmatch(" ".join(piece.text for piece in row))
        for piece in row
    }
    return (piece for piece in page.pieces if piece not in dropped)


def _columns(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Parts of the page in reading order, each of one column."""
    rows = _rows(pieces)
    single: list[Piece] = []
    start = 0
    while start < len(rows):
        end, gutter = _band(rows[start:])
        band = [piece for row in rows[start : start + end] for piece in row]
        if gutter is None:
            single += band
        else:
            yield from [single] if single else []
            single = []
            yield from _columns([piece for piece in band if piece.x1 <= gutter])
            yield from _columns([piece for piece in band if piece.x1 > gutter])
        start += end
    yield from [single] if single else []


def _band(rows: Sequence[Sequence[Piece]]) -> tuple[int, float | None]:
    """How many rows from the first share a gutter and where it is; one row when none does."""
    left = min(piece.x0 for row in rows for piece in row)
    right = max(piece.x1 for row in rows for piece in row)
    free = [(left + 0.15 * (right - left), right - 0.15 * (right - left))]
    best: tuple[int, float | None] = (1, None)
    for count, row in enumerate(rows):
        left_free = [gap for gap in _free_beside(free, row) if gap[1] - gap[0] >= NARROWEST_GUTTER]
        if len(left_free) < len(free):
            best = _gutter(rows[:count], free) or best
        free = left_free
        if not free:
            return best
    return _gutter(rows, free) or best


def _gutter(
    rows: Sequence[Sequence[Piece]], free: Sequence[tuple[float, float]]
) -> tuple[int, float] | None:
    middles = ((start + end) / 2 for start, end in free)
    found = next((middle for middle in middles if _is_gutter(rows, middle)), None)
    return None if found is None else (len(rows), found)


def _free_beside(
    free: Sequence[tuple[float, float]], row: Sequence[Piece]
) -> list[tuple[float, float]]:
    gaps = list(free)
    for piece in row:
        gaps = [
            part
            for start, end in gaps
            for part in ((start, min(end, piece.x0)), (max(start, piece.x1), end))
            if part[1] > part[0]
        ]
    return gaps


def _is_gutter(rows: Sequence[Sequence[Piece]], middle: float) -> bool:
    left = sum(any(piece.x1 <= middle for piece in row) for row in rows)
    right = sum(any(piece.x0 >= middle for piece in row) for row in rows)
    return min(left, right) >= FEWEST_COLUMN_LINES


def _lines(column: Sequence[Piece]) -> list[Piece]:
    right = max(piece.x1 for piece in column)
    lines = (_line(row, right) for row in _rows(column))
    return [line for line in lines if not _CONTENTS_ENTRY.search(line.text)]


def _line(row: Sequence[Piece], right: float) -> Piece:
    if row[0].rows:
        return row[0]
    weights: Counter[float] = Counter()
    for piece in row:
        weights[piece.size] += len(piece.text)
    size = weights.most_common(1)[0][0]
    row = [row[0], *(piece for left, piece in pairwise(row) if not _is_note(left, piece, size))]
    return Piece(
        " ".join(piece.text for piece in row),
        row[0].x0,
        row[-1].x1,
        min(piece.top for piece in row),
        max(piece.bottom for piece in row),
        size,
        all(piece.bold for piece in row if any(map(str.isalnum, piece.text))),
        right=right,
    )


def _is_note(left: Piece, piece: Piece, size: float) -> bool:
    """Whether a piece is the small number of a note, which stands behind a sentence."""
    is_small_number = piece.size <= 0.75 * size and _NOTE_NUMBER.fullmatch(piece.text) is not None
    return is_small_number and _PUNCTUATED.search(left.text) is not None
