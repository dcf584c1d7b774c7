"""The button with which a reader says that a verified answer is wrong: a pure function."""

from typing import Any

from assistant.language import phrase, say

CORRECT_ACTION = "networks.verified.wrong"

WRONG = phrase("This is wrong or out of date")
WRONG_LABEL = phrase("Say that this answer is wrong or out of date")


def correct_button(verified_id: int) -> dict[str, Any]:
    """Return the button to correct a verified answer, as Slack takes it."""
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": say(WRONG), "emoji": False},
        "accessibility_label": say(WRONG_LABEL)[:75],
        "action_id": CORRECT_ACTION,
        "value": str(verified_id),
    }
