"""PowerPoint into Markdown, a page a slide."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.ingestion.pages import Converted, Page, escaped, numbered, table_markdown

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def from_slides(data: bytes) -> Converted:
    """Convert the slides that are not hidden, a page a slide.

    A slide's title is a heading, its bullets a list, then its tables, text boxes and notes.
    """
    from pptx import Presentation

    slides = list(enumerate(Presentation(io.BytesIO(data)).slides, start=1))
    hidden = [number for number, slide in slides if slide.element.get("show") == "0"]
    pages = (
        Page("\n\n".join(filter(None, _slide(slide))), number)
        for number, slide in slides
        if number not in hidden
    )
    return Converted(tuple(pages), remarks=tuple(_remarks(hidden)))


def _remarks(hidden: Sequence[int]) -> Iterator[str]:
    if hidden:
        is_hidden = "is hidden and was" if len(hidden) == 1 else "are hidden and were"
        yield f"{numbered('Slide', hidden)} {is_hidden} left out."


def _slide(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield f"# {escaped(title.text_frame.text)}"
    own = None if title is None else title.shape_id
    for shape in _in_reading_order(slide.shapes):
        if shape.shape_id != own:
            yield from _shape(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        notes = list(_text(frame.paragraphs, bulleted=False))
        yield from ["## Notes", *notes] if any(notes) else []


def _in_reading_order(shapes: Iterable[Any]) -> list[Any]:
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _shape(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        for inner in _in_reading_order(shape.shapes):
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield table_markdown([[cell.text for cell in row.cells] for row in shape.table.rows])
    elif shape.has_text_frame and not _is_running(shape):
        paragraphs = [p for p in shape.text_frame.paragraphs if p.text.strip()]
        yield from _text(paragraphs, bulleted=_is_body(shape) and len(paragraphs) > 1)


def _is_running(shape: Any) -> bool:
    """Whether a placeholder holds the date, footer or number that every slide repeats."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    running = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
    return bool(shape.is_placeholder and shape.placeholder_format.type in running)


def _is_body(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    bodies = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY)
    return bool(shape.is_placeholder and shape.placeholder_format.type in bodies)


def _text(paragraphs: Iterable[Any], *, bulleted: bool) -> Iterator[str]:
    """Paragraphs apart, and each run of list items as one Markdown list."""
    items: list[str] = []
    for paragraph in paragraphs:
        words = escaped(paragraph.text.replace("\v", " "))
        if not words:
            continue
        marker = _marker(paragraph, bulleted=bulleted)
        if marker:
            items.append("    " * (paragraph.level if items else 0) + f"{marker} {words}")
            continue
        yield "\n".join(items)
        items = []
        yield words
    yield "\n".join(items)


def _marker(paragraph: Any, *, bulleted: bool) -> str:
    """`-` for an item, `1.` for a numbered one, nothing for a paragraph."""
    properties = paragraph._p.pPr  # noqa: SLF001 - python-pptx has no public word for bullets
    kinds = (
        set() if properties is None else {child.tag.removeprefix(_DRAWING) for child in properties}
    )
    if "buAutoNum" in kinds:
        return "1."
    if "buNone" in kinds:
        return ""
    return "-" if bulleted or "buChar" in kinds else ""
