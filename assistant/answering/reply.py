"""What a chat model's reply says: statements with the numbers of passages, whatever its form.

Nothing here is checked against a passage, and nothing here is shown to anybody.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import as_seen

LONGEST_REPLY = 50_000
MOST_STATEMENTS = 12
MOST_DIGITS = 4
_MARKER = re.compile(r"\s*\[\s*(\d[\d\s,;\u2013-]{0,60})\]")
_BULLET = re.compile(r"^(?:[-*\u2022]|\d{1,2}[.)])\s+")

SCHEMA: dict[str, Any] = {
    "title": "answer",
    "description": "An answer made of statements, each with the numbers of its passages.",
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "One sentence."},
                    "citations": {
                        "type": "array",
                        "items": {"type": "integer"},
                        "description": "The numbers of the passages that it rests on.",
                    },
                },
                "required": ["text", "citations"],
                "additionalProperties": False,
            },
        },
        "missing": {
            "type": "string",
            "description": "The words of the question that the passages do not answer, or empty.",
        },
    },
    "required": ["statements", "missing"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as the model wrote it, before anything is checked."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote; `missing` is what it says that the passages do not answer.

    `says_nothing` is true when it kept to the form and gave no statements on purpose.
    """

    statements: tuple[Written, ...] = ()
    missing: str = ""
    says_nothing: bool = False


def read_reply(text: str) -> Reply:
    """Read a reply: JSON as asked for, else sentences with `[n]`; what is far too long is nothing.

    Any text may come; nothing is raised.
    """
    if len(text) > LONGEST_REPLY:
        return Reply()
    begin, end = text.find("{"), text.rfind("}")
    if 0 <= begin < end:
        try:
            return read_fields(json.loads(text[begin : end + 1]))
        except (ValueError, RecursionError):
            pass
    return Reply(tuple(_from_prose(text)[:MOST_STATEMENTS]))


def read_fields(fields: Any) -> Reply:
    """Read a reply that came as an object; what does not have the form is left out."""
    if not isinstance(fields, dict) or not isinstance(fields.get("statements"), list):
        return Reply()
    items = fields["statements"]
    written = tuple(w for item in items[:MOST_STATEMENTS] if (w := _written(item)) is not None)
    missing = fields.get("missing")
    return Reply(written, _plain(missing) if isinstance(missing, str) else "", not items)


def _written(item: Any) -> Written | None:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return None
    numbers = item.get("citations")
    chosen = [str(n).strip() for n in (numbers if isinstance(numbers, list) else [numbers])]
    return Written(_plain(item["text"]), tuple(_number(n) for n in chosen if n.isdecimal()))


def _from_prose(text: str) -> list[Written]:
    written = []
    for line in text.splitlines():
        numbers = tuple(_number(n) for m in _MARKER.findall(line) for n in re.findall(r"\d+", m))
        words = _BULLET.sub("", _plain(line))
        if words and numbers:
            written.append(Written(words, numbers))
    return written


def _plain(text: str) -> str:
    """Return the words that a reader would see, numbers of passages taken out."""
    return " ".join(_MARKER.sub("", as_seen(text)).split())


def _number(digits: str) -> int:
    """Return a passage's number; what is too long to be one is 0, the number of none."""
    return int(digits) if len(digits) <= MOST_DIGITS else 0
