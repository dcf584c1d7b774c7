"""The form with which who replied to a call lets their words be kept: pure functions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.language import phrase, say
from assistant.slack.networks.calling_form import (
    CANCEL,
    LONGEST_ORGANISATION,
    NAME,
    held_in,
    is_named,
    named_element,
    one_line,
    organisation_input,
    personal_blocks,
    ticked_in,
    written,
)
from assistant.slack.shown.blocks import context_blocks
from assistant.slack.shown.elements import field_block, plain, text_element

CAPTURE_VIEW = "networks.capture"
LONGEST_WORDS = 3000

TITLE = phrase("Keep this reply")
WORDS = phrase("What the assistant may reuse")
KEEP = phrase("Keep it")
WHAT_HAPPENS = phrase(
    "These are your words as they are in Slack now; change them as you like. Stewards of the "
    "network may verify them, and its members may then be offered them, with the date and with "
    "what you say here of yourself. If you delete your reply in Slack, what was kept of it is "
    "deleted too."
)
NO_WORDS = phrase("Please write what may be kept, or close this form to keep nothing.")
TICK_MISSING = phrase("Please take the personal data out, or tick that it may be kept.")


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody lets the assistant keep of a reply, and how they are to be named.

    `ticked` says of what personal data the tick is.
    """

    reply_id: int
    words: str
    is_named: bool
    organisation: str
    ticked: str = ""


def capture_view(consent: Consent, personal: Sequence[str] = ()) -> dict[str, Any]:
    """Return the form, filled; `personal` is what looks like personal data in the words."""
    words = text_element(consent.words, LONGEST_WORDS, is_long=True)
    blocks = [
        *(shown.block for shown in context_blocks(say(WHAT_HAPPENS))),
        field_block("words", say(WORDS), words),
        field_block("name", say(NAME), named_element(is_named=consent.is_named)),
        organisation_input(consent.organisation),
        *personal_blocks(personal),
    ]
    return {
        "type": "modal",
        "callback_id": CAPTURE_VIEW,
        "private_metadata": json.dumps({"reply": consent.reply_id}),
        "title": plain(say(TITLE)),
        "submit": plain(say(KEEP)),
        "close": plain(say(CANCEL)),
        "blocks": blocks,
    }


def consent_in(view: Mapping[str, Any]) -> Consent:
    """Return what a submitted form holds; a form that is not ours is about no reply."""
    number = held_in(view).get("reply")
    return Consent(
        reply_id=number if isinstance(number, int) else 0,
        words=written(view, "words", LONGEST_WORDS),
        is_named=is_named(view),
        organisation=one_line(written(view, "organisation", LONGEST_ORGANISATION)),
        ticked=ticked_in(view),
    )
