"""The form with which somebody asks about a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import as_seen
from assistant.language import phrase, say
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import context_blocks
from assistant.slack.shown.elements import CLOSE, field_block, plain, text_element
from assistant.slack.shown.filled import LONGEST_LINE, FormState

ASK_VIEW = "shortcut.ask"
FIELD = "question"

TITLE = phrase("Ask about this")
LABEL = phrase("Your question")
HINT = phrase(
    "Change it into the question that you want answered. Only what you send is kept, and the "
    "answer is for you alone."
)
ASK = phrase("Ask")


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """What was submitted: the question, where it was asked and the address for the answer."""

    text: str
    channel: str
    url: str


def ask_view(words: str, channel: str, url: str) -> dict[str, Any]:
    """Return the modal; `words` are those of the message, `url` the address for the answer."""
    hint = [shown.block for shown in context_blocks(say(HINT))]
    written = text_element(as_seen(words), sentences.LONGEST_QUESTION, is_long=True)
    return {
        "type": "modal",
        "callback_id": ASK_VIEW,
        "private_metadata": json.dumps({"channel": channel, "url": url}),
        "title": plain(say(TITLE)),
        "submit": plain(say(ASK)),
        "close": plain(say(CLOSE)),
        "blocks": [*hint, field_block(FIELD, say(LABEL), written)],
    }


def asked_in(view: Mapping[str, Any]) -> AskedAbout:
    """Return what a submitted modal asks."""
    held = json.loads(str(view.get("private_metadata") or "{}"))
    text = FormState(view).words(FIELD, LONGEST_LINE)
    return AskedAbout(text, str(held["channel"]), str(held["url"]))
