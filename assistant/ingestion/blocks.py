"""Markdown into blocks: paragraphs, whole lists and whole tables below their headings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from assistant.domain.documents import Block, BlockKind
from assistant.ingestion.pages import Page
from assistant.ingestion.text import one_line, sentences_of

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_UNSEEN_ELEMENTS = frozenset({"script", "style", "template"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and its level, 1 to 6."""

    text: str
    level: int


def parse(pages: Sequence[Page]) -> tuple[Heading | Block, ...]:
    """Read the pages' Markdown in order; the blocks do not know their headings yet."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    parser = MarkdownIt("commonmark").enable("table")
    return tuple(
        piece if isinstance(piece, Heading) else replace(piece, page=page.number)
        for page in pages
        for node in SyntaxTreeNode(parser.parse(page.markdown)).children
        for piece in _pieces(node)
    )


def first_heading(pieces: Sequence[Heading | Block]) -> str | None:
    """The words of the first heading, None when there is none."""
    return next((piece.text for piece in pieces if isinstance(piece, Heading)), None)


def place(pieces: Sequence[Heading | Block], *, title: str) -> tuple[Block, ...]:
    """Give each block the path of headings above it, without the one that is the title."""
    path: list[Heading] = []
    blocks: list[Block] = []
    seen_heading = False
    for piece in pieces:
        if isinstance(piece, Block):
            blocks.append(replace(piece, headings=tuple(heading.text for heading in path)))
            continue
        path = [heading for heading in path if heading.level < piece.level]
        if not (_is_title(piece, title) and (piece.level == 1 or not seen_heading)):
            path.append(piece)
        seen_heading = True
    return tuple(blocks)


def _is_title(heading: Heading, title: str) -> bool:
    return heading.text.casefold() == one_line(title).casefold()


def _pieces(node: "SyntaxTreeNode") -> Iterator[Heading | Block]:
    if node.type in {"bullet_list", "ordered_list"}:
        yield from _list(node)
    elif node.type == "table":
        yield from _table(node)
    elif node.type == "blockquote":
        inner = (piece for child in node.children for piece in _pieces(child))
        yield from (
            piece if isinstance(piece, Block) else _paragraph(piece.text) for piece in inner
        )
    elif text := _words(node):
        is_heading = node.type == "heading"
        yield Heading(text, int(node.tag[1])) if is_heading else _paragraph(text)


def _paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text, sentences_of(text))


def _list(node: "SyntaxTreeNode") -> Iterator[Block]:
    items = tuple(_items(node, depth=0))
    if items:
        lines = (f"{lead}{text}" for lead, text in items)
        yield Block(BlockKind.LIST, "\n".join(lines), tuple(text for _, text in items))


def _items(node: "SyntaxTreeNode", depth: int) -> Iterator[tuple[str, str]]:
    """Each item's indentation with marker, and its words on one line."""
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for index, item in enumerate(node.children):
        marker = "- " if start is None else f"{start + index}. "
        own = one_line(" ".join(_words(child) for child in item.children if not _is_list(child)))
        if own:
            yield "  " * depth + marker, own
        for child in item.children:
            if _is_list(child):
                yield from _items(child, depth + 1)


def _is_list(node: "SyntaxTreeNode") -> bool:
    return node.type in {"bullet_list", "ordered_list"}


def _table(node: "SyntaxTreeNode") -> Iterator[Block]:
    rows = [
        [_words(cell) for cell in row.children] for part in node.children for row in part.children
    ]
    rows = [row for row in rows if any(row)]
    if not rows:
        return
    header, *data = rows
    sentences = [_row_sentence(header, row) for row in data] or ["; ".join(filter(None, header))]
    lines = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    yield Block(BlockKind.TABLE, "\n".join(lines), tuple(sentences))


def _row_sentence(header: Sequence[str], row: Sequence[str]) -> str:
    """A row that can be read without its table: `first cell: Header: cell; Header: cell`."""
    pairs = zip(header[1:], row[1:], strict=False)
    rest = "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)
    return ": ".join(part for part in (row[0], rest) if part)


def _words(node: "SyntaxTreeNode") -> str:
    """The visible words of a node and of all below it, on one line."""
    return one_line("".join(_fragments(node)))


def _fragments(node: "SyntaxTreeNode") -> Iterator[str]:
    if node.type in {"softbreak", "hardbreak"}:
        yield " "
    elif node.type == "html_inline":
        yield " " if node.content.lower().startswith("<br") else ""
    elif node.type == "html_block":
        yield _visible_html(node.content)
    elif node.children:
        for child in node.children:
            yield from _fragments(child)
        yield "" if node.type in _INLINE_PARENTS else " "
    elif node.type != "inline":
        yield node.content


_INLINE_PARENTS = frozenset({"em", "strong", "link", "image", "s"})


def _visible_html(html: str) -> str:
    reader = _HtmlWords()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)


class _HtmlWords(HTMLParser):
    """Collects the words between tags, entities decoded."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.words.append(" ")
        self._unseen += tag in _UNSEEN_ELEMENTS

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN_ELEMENTS and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data)
