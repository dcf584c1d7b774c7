"""The pieces of which forms about networks are made, and how a filled form is read: pure functions.

What was filled in is read with mistrust: what a form of ours cannot send is not there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.language import say
from assistant.slack.networks import managing_words as words
from assistant.slack.shown.blocks import JsonBlock, text_blocks
from assistant.slack.shown.elements import LONGEST_TITLE, MOST_VIEW_BLOCKS, plain

# Slack keeps no more than 3,000 characters of what a form remembers.
LONGEST_ABOUT = 100


@dataclass(frozen=True, slots=True)
class Held:
    """What a form remembers: the network's id, empty for a new one, and how it stood.

    `seen` is when the network had changed last; `about` is the topic that the form is about, and
    `was` the people who knew about it.
    """

    network: str = ""
    seen: datetime | None = None
    about: str = ""
    was: tuple[str, ...] = ()


def held_in(view: Mapping[str, Any]) -> Held:
    """Return what a form remembers; a forged one remembers nothing."""
    try:
        kept = json.loads(str(view.get("private_metadata") or "{}"))
        seen = datetime.fromisoformat(kept["seen"]) if kept.get("seen") else None
        was = tuple(map(str, kept.get("was") or ()))
        return Held(str(kept.get("network") or ""), seen, str(kept.get("about") or ""), was)
    except (ValueError, AttributeError, TypeError):
        return Held()


def form(
    callback: str, title: str, submit: str, held: Held, blocks: Sequence[JsonBlock]
) -> dict[str, Any]:
    """Return a modal that is filled in and sent."""
    seen = held.seen.isoformat() if held.seen else ""
    about = held.about[:LONGEST_ABOUT]
    kept = {"network": held.network, "seen": seen, "about": about, "was": held.was}
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(kept),
        "title": plain(say(title)[:LONGEST_TITLE]),
        "submit": plain(say(submit)[:LONGEST_TITLE]),
        "close": plain(say(words.CANCEL)[:LONGEST_TITLE]),
        "blocks": list(blocks)[:MOST_VIEW_BLOCKS],
    }


def sentence_view(sentence: str) -> dict[str, Any]:
    """Return a modal that says a sentence."""
    blocks = [shown.block for shown in text_blocks(sentence)]
    return {"type": "modal", "title": plain(say(words.NETWORK_TITLE)), "blocks": blocks}
