"""PDF into Markdown: words, type sizes and ruled tables are pdfplumber's, the reading ours."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from assistant.domain.errors import DocumentError
from assistant.ingestion.columns import Piece, PrintedPage
from assistant.ingestion.layout import markdown_of
from assistant.ingestion.pages import Converted

MOST_PAGES = 2000

_BOLD = re.compile(r"bold|black|heavy|semibd|demi", re.IGNORECASE)


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
            pages = [_printed(page) for page in pdf.pages]
            title = pdf.metadata.get("Title")
    except PdfminerException as error:
        locked = (PDFPasswordIncorrect, PDFEncryptionError)
        if any(isinstance(cause, locked) for cause in (*error.args, error.__context__)):
            raise DocumentError("It is locked by a password; save a copy without one.") from None
        raise DocumentError("It is broken and cannot be read as a PDF; save it again.") from None
    if not any(page.pieces for page in pages):
        raise DocumentError(
            "It holds no text, only pictures of pages; run text recognition (OCR) over it first."
        )
    return Converted(markdown_of(pages), title if isinstance(title, str) else None)


def _printed(page: Any) -> PrintedPage:
    read = _read_characters(page)
    upright = page.filter(lambda thing: thing["object_type"] != "char" or id(thing) in read)
    tables = [table for table in page.find_tables() if _is_table(table)]
    pieces = [*_tables(tables), *_words(upright, [table.bbox for table in tables])]
    height = float(page.height)
    page.close()
    return PrintedPage(tuple(pieces), height)


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
            tuple(" ".join((cell or "").split()) for cell in row) for row in table.extract()
        )
        x0, top, x1, bottom = table.bbox
        if any(any(row) for row in rows):
            yield Piece("", x0, x1, top, bottom, rows=rows)


def _words(page: Any, taken: list[tuple[float, float, float, float]]) -> Iterator[Piece]:
    found = page.extract_words(x_tolerance_ratio=0.2, extra_attrs=["size", "fontname"])
    for word in found:
        middle = ((word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2)
        if any(b[0] <= middle[0] <= b[2] and b[1] <= middle[1] <= b[3] for b in taken):
            continue
        yield Piece(
            word["text"],
            word["x0"],
            word["x1"],
            word["top"],
            word["bottom"],
            round(word["size"] * 2) / 2,
            _BOLD.search(word["fontname"]) is not None,
        )
