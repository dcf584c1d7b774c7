"""PDF into Markdown: words, type sizes and ruled tables are pdfplumber's, the reading ours."""

import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any

from assistant.domain.errors import DocumentError
from assistant.ingestion.columns import Piece, PrintedPage
from assistant.ingestion.layout import markdown_of
from assistant.ingestion.pages import Converted, numbered

MOST_PAGES = 2000
# Letters that were drawn as outlines; a diagram or a frame has fewer curves.
FEWEST_CURVES = 50
# A font that does not say which letters its shapes are is more than a few odd signs.
MOST_NAMELESS = 0.2
# A bullet that was drawn, in points; more small shapes than any list has are a picture.
SMALLEST_DOT, LARGEST_DOT, FARTHEST_BULLET = 1.5, 8.0, 20.0
MOST_BULLETS = 200

_SWAPPED = re.compile("[" + "".join(chr(ord(letter) << 8) for letter in ascii_lowercase) + "]")
_BOLD = re.compile(r"bold|black|heavy|semibd|demi", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Read:
    """A page, whether a picture or drawn letters may hold words, whether letters have no names."""

    printed: PrintedPage
    is_drawn: bool
    is_nameless: bool


def from_pdf(data: bytes) -> Converted:
    """Convert a PDF, a page a page; the title is the one of its properties.

    Raises DocumentError when it is locked, broken, or has no text, as a scan has none.
    """
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) > MOST_PAGES:
                raise DocumentError(f"It has more than {MOST_PAGES} pages; split it.")
            read = [_read(page) for page in pdf.pages]
            title = pdf.metadata.get("Title")
    except PdfminerException as error:
        locked = (PDFPasswordIncorrect, PDFEncryptionError)
        if any(isinstance(cause, locked) for cause in (*error.args, error.__context__)):
            raise DocumentError("It is locked by a password; save a copy without one.") from None
        raise DocumentError("It is broken and cannot be read as a PDF; save it again.") from None
    pages = markdown_of([page.printed for page in read])
    empty = {number for number, page in enumerate(pages, start=1) if not page.markdown}
    numbered_pages = list(enumerate(read, start=1))
    drawn = [number for number, page in numbered_pages if page.is_drawn and number in empty]
    nameless = [number for number, page in numbered_pages if page.is_nameless]
    if len(empty) == len(pages):
        raise DocumentError(_nothing_said(drawn, nameless))
    remarks = tuple(_unread(drawn, nameless))
    return Converted(pages, title if isinstance(title, str) else None, remarks=remarks)


def _nothing_said(drawn: Sequence[int], nameless: Sequence[int]) -> str:
    if nameless:
        return (
            f"The letters of its {numbered('page', nameless)} are only shapes and cannot be read; "
            "save it as PDF from the program that wrote it instead of printing it."
        )
    if not drawn:
        return "It holds no text."
    return (
        f"It holds no text, only pictures of pages ({numbered('page', drawn)}); run text "
        "recognition (OCR) over it first."
    )


def _unread(drawn: Sequence[int], nameless: Sequence[int]) -> Iterator[str]:
    if drawn:
        is_one = len(drawn) == 1
        says = "holds no text; it may be a scan" if is_one else "hold no text; they may be scans"
        yield f"{numbered('Page', drawn)} {says}."
    if nameless:
        has = "has" if len(nameless) == 1 else "have"
        yield f"{numbered('Page', nameless)} {has} letters that are only shapes and cannot be read."


def _read(page: Any) -> _Read:
    is_nameless = _is_nameless(page)
    pieces = () if is_nameless else tuple(_pieces(page))
    printed = PrintedPage(pieces, float(page.height))
    is_drawn = bool(page.images) or len(page.curves) >= FEWEST_CURVES
    page.close()
    return _Read(printed, is_drawn and not is_nameless, is_nameless)


def _pieces(page: Any) -> list[Piece]:
    read = _read_characters(page)
    upright = page.filter(lambda thing: thing["object_type"] != "char" or id(thing) in read)
    tables = [table for table in page.find_tables() if _is_table(table)]
    words = list(_words(upright, [table.bbox for table in tables]))
    return [*_tables(tables), *words, *_drawn_bullets(page, words)]


def _is_nameless(page: Any) -> bool:
    """Whether many of the letters have no names, so that what is read of the others is noise."""
    nameless = sum(character["text"].startswith("(cid:") for character in page.chars)
    return bool(nameless > MOST_NAMELESS * len(page.chars))


def _read_characters(page: Any) -> set[int]:
    """Which characters stand upright, are larger than a dot and are not printed twice over."""
    places: dict[tuple[str, int, int], int] = {}
    for character in page.chars:
        if character["upright"] and character["size"] >= 1:
            place = (character["text"], round(character["x0"] * 2), round(character["top"] * 2))
            places.setdefault(place, id(character))
    return set(places.values())


def _is_table(table: Any) -> bool:
    """A grid of two columns or more; a frame around words is not a table."""
    return len(table.columns) > 1 and len(table.rows) > 1


def _tables(tables: list[Any]) -> Iterator[Piece]:
    for table in tables:
        rows = tuple(
            tuple(" ".join(map(_mended, (cell or "").split())) for cell in row)
            for row in table.extract()
        )
        x0, top, x1, bottom = table.bbox
        if any(any(row) for row in rows):
            yield Piece("", x0, x1, top, bottom, rows=rows)


def _mended(word: str) -> str:
    """A word whose joined letters (ff, fi, tt) a program wrote with their two bytes swapped."""
    if word.isascii() or not any(map(str.isascii, word)):
        return word
    return _SWAPPED.sub(lambda letter: chr(ord(letter[0]) >> 8), word)


def _words(page: Any, taken: list[tuple[float, float, float, float]]) -> Iterator[Piece]:
    found = page.extract_words(x_tolerance_ratio=0.2, extra_attrs=["size", "fontname"])
    for word in found:
        middle = ((word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2)
        if any(b[0] <= middle[0] <= b[2] and b[1] <= middle[1] <= b[3] for b in taken):
            continue
        yield Piece(
            _mended(word["text"]),
            word["x0"],
            word["x1"],
            word["top"],
            word["bottom"],
            round(word["size"] * 2) / 2,
            _BOLD.search(word["fontname"]) is not None,
        )


def _drawn_bullets(page: Any, words: Sequence[Piece]) -> Iterator[Piece]:
    """Bullets that a browser draws as small discs and squares, each beside the word it is for."""
    shapes = [shape for shape in (*page.curves, *page.rects) if _is_dot(shape)]
    if len(shapes) > MOST_BULLETS:
        return
    for shape in shapes:
        middle = (shape["top"] + shape["bottom"]) / 2
        line = [word for word in words if word.top < middle < word.bottom]
        word = min(
            (word for word in line if 0 < word.x0 - shape["x1"] <= FARTHEST_BULLET),
            key=lambda word: word.x0,
            default=None,
        )
        is_alone = all(word.x0 > shape["x0"] or word.x1 < shape["x0"] - 20 for word in line)
        if word is not None and is_alone:
            yield replace(word, text="•", x0=shape["x0"], x1=shape["x1"])


def _is_dot(shape: Any) -> bool:
    width, height = shape["x1"] - shape["x0"], shape["bottom"] - shape["top"]
    return bool(abs(width - height) <= 1 and SMALLEST_DOT <= width <= LARGEST_DOT)
