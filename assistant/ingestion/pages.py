"""What every converter hands on: Markdown, page by page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")
_INLINE_MARKUP = re.compile(r"([\\`*_\[\]<>&|~])")
_LINE_MARKER = re.compile(r"^(\s*)\\([*>])(?=\s)", re.MULTILINE)
_LINE_START = re.compile(r"^(\s*)(\d{1,9})([.)])|^(\s*)([-+=])")


@dataclass(frozen=True, slots=True)
class Page:
    """Markdown of one page or slide; `number` counts from 1, None where there are no pages."""

    markdown: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as Markdown; `title` is the one that its own properties give.

    `author`, `published` and `url` are what the file itself says of them, as an e-mail does.
    Each of `remarks` says as a sentence what was left out.
    """

    pages: tuple[Page, ...]
    title: str | None = None
    author: str | None = None
    published: date | None = None
    url: str | None = None
    remarks: tuple[str, ...] = ()


def escaped(words: str) -> str:
    """Words as Markdown that shows exactly these words, on one line."""
    line = _MARKUP.sub(r"\\\1", " ".join(words.split()))
    return _LINE_START.sub(r"\1\2\4\\\3\5", line)


def escaped_lines(text: str) -> str:
    """Plain text as Markdown, whose only markup is a marker at the head of a line."""
    return _LINE_MARKER.sub(r"\1\2", _INLINE_MARKUP.sub(r"\\\1", text))


def table_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of words as a Markdown table, the first its header; empty when no cell has words."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return ""
    width = max(map(len, filled))
    lines = [
        "| " + " | ".join(escaped(cell) for cell in (*row, *[""] * (width - len(row)))) + " |"
        for row in filled
    ]
    return "\n".join([lines[0], "| --- " * width + "|", *lines[1:]])


def numbered(what: str, numbers: Sequence[int]) -> str:
    """Rising numbers as words: `Page 3`, `Pages 3 to 5, 7 and 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    named = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"{what}{'s' if len(numbers) > 1 else ''} {named}"
