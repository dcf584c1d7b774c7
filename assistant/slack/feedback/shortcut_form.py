"""The form with which somebody asks about a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import as_seen
from assistant.language import phrase, say
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import context_blocks

ASK_VIEW = "shortcut.ask"
FIELD = "question"

TITLE = phrase("Ask about this")
LABEL = phrase("Your question")
HINT = phrase(
    "Change it into the question that you want answered. Only what you send is kept, and the "
    "answer is for you alone."
)
ASK = phrase("Ask")
CLOSE = phrase("Close")


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What was submitted: the question, where it was asked and the address for the answer."""

    text: str
    channel: str
    url: str


def ask_view(words: str, channel: str, url: str) -> dict[str, Any]:
    """Return the modal; `words` are those of the message, `url` the address for the answer."""
    most = sentences.LONGEST_QUESTION
    written = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": True,
        "max_length": most,
    }
    words = as_seen(words)[:most]
    hint = [shown.block for shown in context_blocks(say(HINT))]
    field = {
        "type": "input",
        "block_id": FIELD,
        "label": _plain(say(LABEL)),
        "element": {**written, "initial_value": words} if words else written,
    }
    return {
        "type": "modal",
        "callback_id": ASK_VIEW,
        "private_metadata": json.dumps({"channel": channel, "url": url}),
        "title": _plain(say(TITLE)),
        "submit": _plain(say(ASK)),
        "close": _plain(say(CLOSE)),
        "blocks": [*hint, field],
    }


def asked_in(view: Mapping[str, Any]) -> AskedAbout:
    """Return what a submitted modal asks."""
    held = json.loads(str(view.get("private_metadata") or "{}"))
    values = (view.get("state") or {}).get("values") or {}
    state = (values.get(FIELD) or {}).get(FIELD) or {}
    return AskedAbout(str(state.get("value") or ""), str(held["channel"]), str(held["url"]))


def _plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words, "emoji": False}
