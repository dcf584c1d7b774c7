"""Saved web pages into Markdown: the words of the page itself, none of the site's around it."""

import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from assistant.domain.errors import DocumentError
from assistant.ingestion.pages import Converted, Page
from assistant.ingestion.schema import ADDRESS

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
# Names that sites and their suppliers give to what stands around a page.
_AROUND = re.compile(
    r"cookie[-_ ]?(?:banner|bar|bot|consent|control|dialog|law|message|modal|notice|overlay|panel|"
    r"popup|prompt)|onetrust|\bcc-window\b|\bcky-|\bccc-|gdpr[-_]|consent[-_](?:banner|modal|popup)|"
    r"\bbreadcrumbs?\b|\bskip[-_]?(?:link|to)|\bsocial[-_]share|\bshare[-_](?:links|buttons)",
    re.IGNORECASE,
)
# Pictures inside the page can be most of its bytes and hold no word.
_PICTURE_DATA = re.compile(r"data:[\w/+.-]{0,100};base64,[\w+/=%\s-]*", re.ASCII)
# What Chromium and Edge write above a page that they save: the length of its address, and that.
_SAVED_FROM = re.compile(
    r"\s*(?:<!doctype[^>]*>\s*)?<!-- saved from url=\((\d{4})\)(\S{1,2000}) -->", re.IGNORECASE
)


def from_html(text: str) -> Converted:
    """Convert a page; its `<title>` is the title, its address the one that it was saved from.

    Scripts, menus, banners and hidden parts are left out.
    """
    from bs4 import BeautifulSoup
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    url = _saved_from(text)
    text = _PICTURE_DATA.sub("", text)
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
    return Converted((Page(result.markdown),), title, url=url)


def web_address(text: str) -> str | None:
    """The text when front matter could give it as `url`, else None."""
    return text if ADDRESS.fullmatch(text) else None


def _saved_from(text: str) -> str | None:
    found = _SAVED_FROM.match(text.lstrip("\ufeff"))
    return web_address(found[2]) if found and len(found[2]) == int(found[1]) else None


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
    return bool(_UNSEEN.search(style) or _AROUND.search(names))


def _holds_the_only_title(soup: "BeautifulSoup", element: "Tag") -> bool:
    own = element.find_all("h1")
    return bool(own) and len(own) == len(soup.find_all("h1"))
