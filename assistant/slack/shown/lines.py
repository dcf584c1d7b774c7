"""Words, people and moments woven into one line: pure functions.

Names of documents and people's words stand in rich text only, as in answers.
"""

import re
from datetime import UTC, datetime

from assistant.domain.characters import as_seen
from assistant.domain.releases import Actor
from assistant.language import say, say_day
from assistant.slack.shown.blocks import JsonBlock, Shown, inert
from assistant.slack.shown.weaving import woven

SURFACE = "Slack"
LONGEST_ITEM = 220

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_BLANKS = re.compile(r"\s+")

Piece = str | Actor | datetime


def name(text: str, longest: int | None = LONGEST_ITEM) -> str:
    """Return a document's name, or a sentence of others, as one line that is not too long."""
    line = _BLANKS.sub(" ", as_seen(text)).strip() or "\N{REPLACEMENT CHARACTER}"
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}\u2026"


def line(*pieces: Piece) -> Shown:
    """Show words, people and moments as one paragraph; Slack gives moments in the reader's zone."""
    elements = [_element(piece) for piece in pieces if piece != ""]
    words = "".join(inert(_words(piece)) for piece in pieces)
    section = {"type": "rich_text_section", "elements": elements}
    return Shown({"type": "rich_text", "elements": [section]}, words)


def line_of(text: str, /, **pieces: Piece) -> Shown:
    """Show a phrase of the catalogue as one paragraph, `pieces` in the place of its {names}."""
    return woven(text, **{each: _woven(piece) for each, piece in pieces.items()})


def _element(piece: Piece) -> JsonBlock:
    if isinstance(piece, datetime):
        return {
            "type": "date",
            "timestamp": int(piece.timestamp()),
            "format": say("{date_short_pretty} at {time}"),
            "fallback": _words(piece),
        }
    if isinstance(piece, Actor) and piece.surface == SURFACE and _USER.fullmatch(piece.id):
        return {"type": "user", "user_id": piece.id}
    return {"type": "text", "text": inert(_words(piece))}


def _woven(piece: Piece) -> tuple[JsonBlock, str] | str:
    words = inert(_words(piece))
    return words.replace("\0", "") if isinstance(piece, str) else (_element(piece), words)


def _words(piece: Piece) -> str:
    if isinstance(piece, datetime):
        at = piece.astimezone(UTC)
        return say("{day}, {time} UTC", day=say_day(at), time=f"{at:%H:%M}")
    if isinstance(piece, Actor):
        return say("{who} ({where})", who=name(piece.id, 80), where=name(piece.surface, 40))
    return piece
