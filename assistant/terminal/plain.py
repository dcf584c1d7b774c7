"""Words of documents and people, made safe for a terminal, and figures for people."""

from datetime import datetime

MOST_SECONDS = 90
MOST_MINUTES = 90


def plain(text: str) -> str:
    """Return text in which nothing steers a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def left_out(document: str, reason: str) -> str:
    """Say which file was left out and why; nothing in its name steers a terminal."""
    said = reason if reason.startswith(document) else f"{document}: {reason}"
    return plain(said)


def duration(seconds: float) -> str:
    """Say how long something takes, no finer than a person needs."""
    if seconds < MOST_SECONDS:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < MOST_MINUTES else f"{minutes / 60:.1f} h"


def moment(at: datetime) -> str:
    """Say a moment as a clock on the wall would."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def counted(count: int, thing: str) -> str:
    """Say how many of a thing there are."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
