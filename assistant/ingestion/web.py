"""Saved web pages into Markdown: the words of the page itself, none of the site's around it."""

import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from assistant.domain.errors import DocumentError
from assistant.ingestion.pages import Converted, Page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

# The libraries walk a page recursively; written by hand or a program, none comes near this.
DEEPEST_NESTING = 200

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_NEVER_TEXT = (
    "script, style, template, noscript, iframe, object, svg, canvas, nav, form, button, dialog, "
    "[hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], "
    "[role=search], [role=dialog]"
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE
)
_COOKIE = re.compile(r"cookie[-_ ]?(?:banner|bar|consent|notice|message)", re.IGNORECASE)


def from_html(text: str) -> Converted:
    """Convert a page; its `<title>` is the title. Scripts, menus and hidden parts are left out."""
    from bs4 import BeautifulSoup
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    _refuse_deep_nesting(text)
    soup = BeautifulSoup(text, "html.parser")
    title = soup.title.get_text() if soup.title else None
    content = _content(soup)
    # `escape_misc` keeps words that look like markup, and bars inside cells, what they are.
    result = HtmlConverter().convert(
        io.BytesIO(f"<html><body>{content}</body></html>".encode()),
        StreamInfo(extension=".html", charset="utf-8"),
        escape_misc=True,
    )
    return Converted((Page(result.markdown),), title)


def _refuse_deep_nesting(text: str) -> None:
    counter = _Depth()
    counter.feed(text)
    counter.close()


class _Depth(HTMLParser):
    """Follows how deep elements are nested, an unclosed one ending with the one around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _VOID:
            return
        self._open.append(tag)
        if len(self._open) > DEEPEST_NESTING:
            raise DocumentError("It is nested too deeply to be read; save it again, simpler.")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass


def _content(soup: "BeautifulSoup") -> str:
    for element in soup.select(_NEVER_TEXT):
        element.decompose()
    for element in soup.find_all(_is_unseen):
        element.decompose()
    articles = soup.find_all("article")
    main = soup.select_one("main, [role=main]") or (articles[0] if len(articles) == 1 else None)
    if main is not None:
        return str(main)
    for element in soup.select("header, footer"):
        if not _holds_the_only_title(soup, element):
            element.decompose()
    return str(soup.body or soup)


def _is_unseen(element: "Tag") -> bool:
    if element.decomposed:
        return False
    names = f"{element.get('id') or ''} {' '.join(element.get_attribute_list('class') or [])}"
    style = str(element.get("style") or "")
    return bool(_UNSEEN.search(style) or _COOKIE.search(names))


def _holds_the_only_title(soup: "BeautifulSoup", element: "Tag") -> bool:
    own = element.find_all("h1")
    return bool(own) and len(own) == len(soup.find_all("h1"))
