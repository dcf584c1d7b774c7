"""Files of every kind into Markdown, page by page, each by the library that reads it best."""

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from assistant.domain.errors import DocumentError
from assistant.ingestion.office import checked_archive, title_of
from assistant.ingestion.pages import Converted, Page, escaped_lines
from assistant.ingestion.text import clean, decoded

# Added to mammoth's own: the names under which Word keeps titles and deeper lists.
_WORD_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul|ol > li > ul > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
p[style-name='List Number 3'] => ul|ol > li > ul|ol > li > ol > li:fresh
"""
_NOTES = re.compile(r'<ol>(?=<li id="(?:foot|end)note)')
_NOTE_LINKS = re.compile(
    r'(?:<sup>\s*)?<a\b[^>]*href="#(?:foot|end)note[^>]*>.*?</a>(?:\s*</sup>)?', re.DOTALL
)


def convert(data: bytes, *, path: str) -> Converted:
    """Convert a file's bytes by the ending of its path, which is one of CONVERTED_KINDS.

    Raises DocumentError with one sentence when the file is broken or locked. Nothing is fetched.
    """
    converter = _CONVERTERS[PurePosixPath(path).suffix.lower()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return converter(data)
    except DocumentError:
        raise
    except RecursionError:
        raise DocumentError("It is nested too deeply to be read; save it again, simpler.") from None
    except Exception as error:  # the libraries raise whatever a broken file provokes
        raise DocumentError(
            f"It is broken and cannot be read ({type(error).__name__}); open and save it again."
        ) from error


def _from_markdown(data: bytes) -> Converted:
    return Converted((Page(decoded(data)),))


def _from_text(data: bytes) -> Converted:
    """Plain text, in which a list marker at the head of a line is all the markup there is."""
    return Converted((Page(escaped_lines(clean(decoded(data)))),))


def _from_html(data: bytes) -> Converted:
    from assistant.ingestion.web import from_html

    return from_html(decoded(data))


def _from_word(data: bytes) -> Converted:
    import mammoth  # type: ignore[import-untyped]

    from assistant.ingestion.web import from_html

    with checked_archive(data, part="word/document.xml", kind="a Word document") as archive:
        title = title_of(archive)
    page = mammoth.convert_to_html(
        io.BytesIO(data),
        style_map=_WORD_STYLES,
        convert_image=mammoth.images.img_element(lambda _: {"src": ""}),
        external_file_access=False,
    ).value
    # The notes stand at the end, below whichever heading is the last.
    page = _NOTES.sub(r"<h1>Notes</h1>\g<0>", _NOTE_LINKS.sub("", page), count=1)
    converted = from_html(f"<main>{page}</main>")
    return Converted(converted.pages, title)


def _from_slides(data: bytes) -> Converted:
    from assistant.ingestion.slides import from_slides

    kind = "a PowerPoint presentation"
    with checked_archive(data, part="ppt/presentation.xml", kind=kind) as archive:
        title = title_of(archive)
    return replace(from_slides(data), title=title)


def _from_pdf(data: bytes) -> Converted:
    from assistant.ingestion.pdf import from_pdf

    return from_pdf(data)


def _from_mail(data: bytes) -> Converted:
    from assistant.ingestion.mail import from_mail

    return from_mail(data)


def _from_web_archive(data: bytes) -> Converted:
    from assistant.ingestion.mail import from_web_archive

    return from_web_archive(data)


_CONVERTERS: Mapping[str, Callable[[bytes], Converted]] = {
    ".md": _from_markdown,
    ".markdown": _from_markdown,
    ".txt": _from_text,
    ".html": _from_html,
    ".htm": _from_html,
    ".docx": _from_word,
    ".pptx": _from_slides,
    ".pdf": _from_pdf,
    ".eml": _from_mail,
    ".mhtml": _from_web_archive,
    ".mht": _from_web_archive,
}
CONVERTED_KINDS = frozenset(_CONVERTERS)
