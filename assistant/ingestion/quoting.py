"""The words of an e-mail, and apart from them those that it quotes, each kept once."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from assistant.ingestion.pages import escaped, escaped_lines
from assistant.ingestion.text import one_line

# A shorter paragraph, such as a greeting, may be said twice.
FEWEST_REPEATED_WORDS = 5
LONGEST_ATTRIBUTION_LINES = 3

_QUOTED = re.compile(r"(?:>[ \t]?)+")
_ATTRIBUTION = re.compile(r"On\b.{1,300}\bwrote:")
_PLAIN_ATTRIBUTION = re.compile(r".{1,200}\bwrote:")
_SIGNATURE = re.compile(r"-- ?")
_ABOVE_HEADERS = re.compile(r"-{3,}[^-]*-{3,}|_{10,}|-{10,}|(?:\* ?){3}|Begin forwarded message:")
_HEADER = re.compile(r"\**(From|Sent|Date|To|Cc|Subject|Reply-To)\**\s*:\**\s*(.*)", re.IGNORECASE)
_BRACKETS = re.compile(r"\*\*|[\\<>\[\]]")
_ADDRESS = re.compile(
    r"\(mailto:[^)]*\)|\s*[<(\[]*(?:mailto:)?[^\s<>@()\[\]\\]+@[^\s<>()\[\]\\]+[>)\]]*"
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and how often it is quoted."""

    depth: int
    text: str


@dataclass(slots=True)
class _Section:
    """What one person wrote in one go; the message's own first words have no heading."""

    heading: str = ""
    lines: list[str] = field(default_factory=list)


def mail_markdown(text: str, *, is_markdown: bool = False) -> str:
    """The body of a message as Markdown, in which each quoted message has a heading of its own.

    A paragraph that was said before is left out, so a history is kept once; so are signatures and
    the addresses of who is quoted. `text` is plain, or Markdown made of HTML.
    """
    lines = [_line(line) for line in text.split("\n")]
    sections = _sections(lines if is_markdown else list(_without_signatures(lines)))
    shown: tuple[Callable[[str], str], Callable[[str], str]] = (
        (str, str) if is_markdown else (escaped, escaped_lines)
    )
    return "\n\n".join(_pieces(sections, *shown))


def _line(line: str) -> _Line:
    marks = _QUOTED.match(line)
    return _Line(marks[0].count(">"), line[marks.end() :]) if marks else _Line(0, line)


def _without_signatures(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Leave out what follows `-- ` until somebody else speaks."""
    signed_at: int | None = None
    for number, line in enumerate(lines):
        if signed_at is not None:
            goes_on = line.depth == signed_at or not line.text.strip()
            if goes_on and _header_block(lines[number : number + 12]) is None:
                continue
        signed_at = line.depth if _SIGNATURE.fullmatch(line.text) else None
        if signed_at is None:
            yield line


def _sections(lines: Sequence[_Line]) -> Iterator[_Section]:
    current, depth, number = _Section(), 0, 0
    while number < len(lines):
        line = lines[number]
        if (block := _header_block(lines[number : number + 12])) is not None:
            yield current
            current, depth = _Section(block[0]), line.depth
            number += block[1]
            continue
        if line.text.strip() and line.depth != depth:
            heading = _heading(current, is_deeper=line.depth > depth, is_own=line.depth == 0)
            yield current
            current, depth = _Section(heading), line.depth
        current.lines.append(line.text)
        number += 1
    yield current


def _heading(before: _Section, *, is_deeper: bool, is_own: bool) -> str:
    if is_deeper:
        return _taken_attribution(before.lines) or "Quoted message"
    return "Reply" if is_own else "Quoted message"


def _taken_attribution(lines: list[str]) -> str:
    """Take the line that says who wrote what follows from the end of the lines before it."""
    while lines and not lines[-1].strip():
        lines.pop()
    for pattern, most in ((_ATTRIBUTION, LONGEST_ATTRIBUTION_LINES), (_PLAIN_ATTRIBUTION, 1)):
        for count in range(1, most + 1):
            joined = " ".join(line.strip() for line in lines[-count:])
            if pattern.fullmatch(joined):
                del lines[-count:]
                return _without_addresses(joined).rstrip(": ")
    return ""


def _header_block(lines: Sequence[_Line]) -> tuple[str, int] | None:
    """The heading for a message that is quoted below its headers, and how many lines they take."""
    start = 0
    if lines and _ABOVE_HEADERS.fullmatch(lines[0].text.strip()):
        start = next((n for n, line in enumerate(lines[1:], 1) if line.text.strip()), len(lines))
    found: dict[str, str] = {}
    end = start
    for line in lines[start:]:
        header = _HEADER.match(line.text.strip())
        if header is None:
            break
        found[header[1].lower()] = _without_addresses(header[2])
        end += 1
    if len(found) < 2 or "from" not in found:  # noqa: PLR2004 - one such line is a line of text
        return None
    sent = found.get("sent") or found.get("date") or ""
    return f"From {', '.join(filter(None, (found['from'], sent)))}", end


def _without_addresses(text: str) -> str:
    plain = one_line(_BRACKETS.sub("", _ADDRESS.sub("", text))).strip("\"' ")
    return plain or "somebody"


def _pieces(
    sections: Iterator[_Section], title: Callable[[str], str], body: Callable[[str], str]
) -> Iterator[str]:
    said: set[str] = set()
    for section in sections:
        paragraphs = [p for p in _paragraphs(section.lines) if not _was_said(p, said)]
        if paragraphs and section.heading:
            yield f"## {title(section.heading)}"
        yield from map(body, paragraphs)


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    for is_text, group in groupby(lines, key=lambda line: bool(line.strip())):
        if is_text:
            yield "\n".join(group)


def _was_said(paragraph: str, said: set[str]) -> bool:
    words = paragraph.casefold().split()
    key = " ".join(words)
    was_said = len(words) >= FEWEST_REPEATED_WORDS and key in said
    said.add(key)
    return was_said
