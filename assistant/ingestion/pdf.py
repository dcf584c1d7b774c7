"""PDF into Markdown: words, type sizes and ruled tables are pdfplumber's, the reading ours."""

import io
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.domain.errors import DocumentError
from assistant.ingestion.columns import Piece, PrintedPage
from assistant.ingestion.layout import markdown_of
from assistant.ingestion.pages import Converted

MOST_PAGES = 2000
# Letters that were drawn as outlines; a diagram or a frame has fewer curves.
FEWEST_CURVES = 50

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
            printed = [_printed(page) for page in pdf.pages]
            title = pdf.metadata.get("Title")
    except PdfminerException as error:
        locked = (PDFPasswordIncorrect, PDFEncryptionError)
        if any(isinstance(cause, locked) for cause in (*error.args, error.__context__)):
            raise DocumentError("It is locked by a password; save a copy without one.") from None
        raise DocumentError("It is broken and cannot be read as a PDF; save it again.") from None
    pages = markdown_of([page for page, _ in printed])
    without = [
        number
        for number, (page, (_, is_drawn)) in enumerate(zip(pages, printed, strict=True), start=1)
        if is_drawn and not page.markdown
    ]
    if not any(page.markdown for page in pages):
        raise DocumentError(_nothing_said(without))
    remarks = (_unread(without),) if without else ()
    return Converted(pages, title if isinstance(title, str) else None, remarks=remarks)


def _nothing_said(without: Sequence[int]) -> str:
    if not without:
        return "It holds no text."
    named = _numbered(without)
    return (
        f"It holds no text, only pictures of pages ({named[:1].lower()}{named[1:]}); run text "
        "recognition (OCR) over it first."
    )


def _unread(without: Sequence[int]) -> str:
    if len(without) == 1:
        return f"{_numbered(without)} holds no text; it may be a scan."
    return f"{_numbered(without)} hold no text; they may be scans."


def _numbered(pages: Sequence[int]) -> str:
    """`Page 3`, or `Pages 3 to 5, 7 and 9`."""
    runs: list[list[int]] = []
    for number in pages:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    named = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"Page{'s' if len(pages) > 1 else ''} {named}"


def _printed(page: Any) -> tuple[PrintedPage, bool]:
    """The page's words, and whether a picture or drawn letters may hold others."""
    read = _read_characters(page)
    upright = page.filter(lambda thing: thing["object_type"] != "char" or id(thing) in read)
    tables = [table for table in page.find_tables() if _is_table(table)]
    pieces = [*_tables(tables), *_words(upright, [table.bbox for table in tables])]
    printed = PrintedPage(tuple(pieces), float(page.height))
    is_drawn = bool(page.images) or len(page.curves) >= FEWEST_CURVES
    page.close()
    return printed, is_drawn


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
