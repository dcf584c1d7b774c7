"""Sentences of ours in which Slack itself shows something: a name, a time in one's own zone."""

from datetime import UTC, datetime

from assistant.language import phrase, say, say_some
from assistant.slack.shown.blocks import JsonBlock, Shown

NOW = phrase("a moment from now")


def woven(text: str, /, **named: tuple[JsonBlock, str] | str) -> Shown:
    """Show a sentence of ours with elements in the place of names, words for who sees none.

    What is words alone stands in the sentence as it is.
    """
    spoken = say(text, **{n: v if isinstance(v, str) else f"\0{n}\0" for n, v in named.items()})
    rich = {name: held for name, held in named.items() if not isinstance(held, str)}
    elements: list[JsonBlock] = []
    for number, piece in enumerate(spoken.split("\0")):
        if number % 2:
            elements.append(rich[piece][0])
        elif piece:
            elements.append({"type": "text", "text": piece})
    section = {"type": "rich_text_section", "elements": elements}
    words = say(text, **{n: v if isinstance(v, str) else v[1] for n, v in named.items()})
    return Shown({"type": "rich_text", "elements": [section]}, words)


def time_of_day(at: datetime) -> tuple[JsonBlock, str]:
    """Return a moment soon to come as a time of day in the reader's zone, and how far off it is."""
    minutes = round((at - datetime.now(UTC)).total_seconds() / 60)
    words = say(NOW)
    if minutes > 0:
        words = say_some("{count} minute from now", "{count} minutes from now", minutes)
    element: JsonBlock = {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{time}",
        "fallback": words,
    }
    return element, words
