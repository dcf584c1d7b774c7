"""The lines of printed pages back into headings, lists, tables and paragraphs.

A PDF knows where each word stands and how large it is, and nothing of what it is.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from assistant.ingestion.columns import Piece, PrintedPage, lines_in_order
from assistant.ingestion.pages import Page, escaped, table_markdown

LONGEST_HEADING_WORDS = 25
# Where more than this share of the words is bold, boldness marks no headings.
BOLD_SHARE = 0.3

_BULLET = re.compile(r"(?:[•▪▫◦‣●○■□►▶➢✓✔\u2013\u2014\-*§ØŸüo\uf000-\uf0ff]|\(cid:\d+\))\s+(?=\S)")
_NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")
_LETTER = re.compile(r"(?=\(?(?:[a-z]|[ivx]{2,4})\)\s+\S)")
_CLOSED = re.compile(r"[.!?:;][\"'\u201d\u2019)\]]*$")
_UNKNOWN_GLYPH = re.compile(r"\(cid:\d+\)\s?")
_BROKEN_WORD = re.compile(r"([^\W\d_]+)-$")


@dataclass(frozen=True, slots=True)
class _Style:
    """What is usual in a document: body size, line pitch, kinds of heading from the largest."""

    body: float
    pitch: float
    headings: tuple[tuple[float, bool], ...] = ()


@dataclass(slots=True)
class _Block:
    """A block while lines are added: a heading has a level, an item a marker that stands at x0."""

    lines: list[Piece]
    level: int = 0
    marker: str = ""
    x0: float = 0.0

    @property
    def is_plain(self) -> bool:
        return not (self.level or self.marker or self.lines[0].rows)


def markdown_of(pages: Sequence[PrintedPage]) -> tuple[Page, ...]:
    """Each page as Markdown; a paragraph that runs over a page's end is on the page it begins."""
    columns = lines_in_order(pages)
    style = _style([column for page in columns for column in page])
    texts = [list(_blocks([line for column in page for line in column], style)) for page in columns]
    _join_over_pages(texts)
    vocabulary = frozenset(
        word.strip(".,;:()").lower()
        for page in pages
        for p in page.pieces
        for word in p.text.split()
    )
    return tuple(
        Page(_page_markdown(blocks, vocabulary), number)
        for number, blocks in enumerate(texts, start=1)
    )


def _style(columns: Sequence[Sequence[Piece]]) -> _Style:
    lines = [line for column in columns for line in column if not line.rows]
    sizes: Counter[float] = Counter()
    weights: Counter[bool] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
        weights[line.bold] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 1.0
    pitches = [
        below.top - above.top
        for column in columns
        for above, below in pairwise(column)
        if above.size == below.size == body and 0 < below.top - above.top < 3 * body
    ]
    style = _Style(body, median(pitches) if pitches else 1.2 * body)
    bold_marks = weights[True] <= BOLD_SHARE * weights.total()
    found = {
        (line.size, line.bold)
        for line in lines
        if _may_be_heading(line, style) and (bold_marks or line.size > 1.1 * body)
    }
    return replace(style, headings=tuple(sorted(found, reverse=True)))


def _may_be_heading(line: Piece, style: _Style) -> bool:
    if line.rows or not any(map(str.isalpha, line.text)) or _BULLET.match(line.text):
        return False
    if len(line.text.split()) > LONGEST_HEADING_WORDS:
        return False
    is_large = line.size > 1.1 * style.body
    is_weighty = line.bold and line.size >= 0.95 * style.body and not _CLOSED.search(line.text)
    return is_large or is_weighty


def _blocks(lines: Sequence[Piece], style: _Style) -> Iterator[_Block]:
    block: _Block | None = None
    for line in lines:
        if block is not None and _belongs(line, block, style):
            block.lines.append(line)
            continue
        if block is not None:
            yield block
        block = _started(line, style)
    if block is not None:
        yield block


def _belongs(line: Piece, block: _Block, style: _Style) -> bool:
    """Whether a line goes on with the block before it."""
    if line.rows or block.lines[0].rows:
        return False
    level = _level(line, style)
    if block.level:
        return level == block.level and _is_close(block.lines[-1], line, style)
    if level and line.size > 1.1 * style.body:
        return False
    begins_anew = bool(level or _marker(line.text)[0])
    if block.marker:
        return not begins_anew and _goes_on_item(block, line, style)
    closed, has_room = _is_closed(block), _has_room(block.lines[-1], line)
    meant = closed or has_room if begins_anew else closed and has_room
    return _runs_on(block.lines[-1], line, style) and not meant


def _started(line: Piece, style: _Style) -> _Block:
    if line.rows:
        return _Block([line])
    if level := _level(line, style):
        return _Block([line], level=level)
    marker, length = _marker(line.text)
    return _Block([replace(line, text=line.text[length:])], marker=marker, x0=line.x0)


def _level(line: Piece, style: _Style) -> int:
    key = (line.size, line.bold)
    if key not in style.headings or not _may_be_heading(line, style):
        return 0
    return min(style.headings.index(key) + 1, 6)


def _marker(text: str) -> tuple[str, int]:
    """The Markdown marker of a list item and how many characters it takes the place of."""
    if found := _BULLET.match(text):
        return "-", found.end()
    if found := _NUMBER.match(text):
        return f"{found[1]}.", found.end()
    return ("-", 0) if _LETTER.match(text) else ("", 0)


def _is_closed(block: _Block) -> bool:
    return _CLOSED.search(block.lines[-1].text) is not None


def _is_close(above: Piece, below: Piece, style: _Style) -> bool:
    pitch = style.pitch * max(below.size, above.size) / style.body
    return 0 < below.top - above.top <= 1.25 * pitch


def _has_room(above: Piece, below: Piece) -> bool:
    """Whether the line's first word would have stood on the line above: the break was meant."""
    first = len(below.text.split()[0]) if below.text.split() else 0
    return above.right - above.x1 > (first + 1) * 0.6 * below.size


def _runs_on(above: Piece, below: Piece, style: _Style) -> bool:
    """Whether two lines may be one paragraph, on one column or over the end of one."""
    if abs(above.size - below.size) > 1:
        return False
    if below.top <= above.top:
        return not _CLOSED.search(above.text) and not below.text[:1].isupper()
    indented = below.x0 > above.x0 + 6 and _CLOSED.search(above.text)
    return _is_close(above, below, style) and not indented


def _goes_on_item(block: _Block, line: Piece, style: _Style) -> bool:
    last = block.lines[-1]
    if not _runs_on(last, replace(line, x0=last.x0), style):
        return False
    hangs = line.x0 > block.x0 + 3
    return hangs or line.top <= last.top or not _has_room(last, line)


def _join_over_pages(pages: Sequence[list[_Block]]) -> None:
    filled = [page for page in pages if page]
    for page, following in pairwise(filled):
        last, first = page[-1], following[0]
        if last.level or last.lines[0].rows or not first.is_plain or _is_closed(last):
            continue
        if not first.lines[0].text[:1].isupper() and len(following) > 1:
            last.lines += following.pop(0).lines


def _page_markdown(blocks: Sequence[_Block], vocabulary: frozenset[str]) -> str:
    parts: list[str] = []
    edges: list[float] = []
    for block in blocks:
        edges = edges if block.marker else []
        parts.append(_markdown(block, edges, vocabulary))
    return "\n\n".join(parts)


def _markdown(block: _Block, edges: list[float], vocabulary: frozenset[str]) -> str:
    first = block.lines[0]
    if first.rows:
        return table_markdown(first.rows)
    words = escaped(_words(block.lines, vocabulary))
    if block.level:
        return f"{'#' * block.level} {words}"
    if not block.marker:
        return words
    while edges and block.x0 < edges[-1] - 3:
        edges.pop()
    if not edges or block.x0 > edges[-1] + 3:
        edges.append(block.x0)
    return f"{'    ' * (len(edges) - 1)}{block.marker} {words}"


def _words(lines: Sequence[Piece], vocabulary: frozenset[str]) -> str:
    """The lines' words; a word that was parted at a line's end is whole again."""
    text = lines[0].text
    for line in lines[1:]:
        broken = _BROKEN_WORD.search(text)
        if broken is None or not line.text[:1].islower():
            text += " " + line.text
        elif _keeps_hyphen(broken[1].lower(), line.text.split()[0].strip(".,;:()"), vocabulary):
            text += line.text
        else:
            text = text[:-1] + line.text
    return _UNKNOWN_GLYPH.sub("", text)


def _keeps_hyphen(before: str, after: str, vocabulary: frozenset[str]) -> bool:
    if f"{before}-{after}" in vocabulary:
        return True
    return before + after not in vocabulary and {before, after} <= vocabulary
