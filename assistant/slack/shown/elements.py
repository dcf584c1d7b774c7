"""The pieces of which forms, rows of buttons and views are made: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.language import phrase, say
from assistant.slack.shown.blocks import JsonBlock, Shown

MOST_VIEW_BLOCKS = 95
LONGEST_TITLE = 24
CLOSE = phrase("Close")
SURE = phrase("Are you sure?")
NO_GO_BACK = phrase("No, go back")


def field_block(
    field: str,
    label: str,
    element: Mapping[str, Any],
    hint: str = "",
    *,
    is_optional: bool = False,
) -> JsonBlock:
    """Return a field of a form; `label` and `hint` are in the reader's language."""
    block: JsonBlock = {
        "type": "input",
        "block_id": field,
        "label": plain(label),
        "optional": is_optional,
        "element": {**element, "action_id": field},
    }
    return {**block, "hint": plain(hint)} if hint else block


def text_element(initial: str, longest: int, *, is_long: bool = False) -> JsonBlock:
    """Return a field to write in."""
    element: JsonBlock = {"type": "plain_text_input", "max_length": longest}
    if is_long:
        element["multiline"] = True
    return {**element, "initial_value": initial[:longest]} if initial else element


def people_element(initial: Sequence[str], most: int) -> JsonBlock:
    """Return a field to choose people in."""
    element: JsonBlock = {"type": "multi_users_select", "max_selected_items": most}
    return {**element, "initial_users": list(initial)} if initial else element


def option(label: str, value: str) -> JsonBlock:
    """Return a choice."""
    return {"text": plain(label[:75]), "value": value}


def button(label: str, spoken: str, action: str, value: str, confirm: str = "") -> JsonBlock:
    """Return a button; `spoken` is what a screen reader says, `confirm` asks whether it is meant.

    All are in the reader's language.
    """
    element: JsonBlock = {
        "type": "button",
        "text": plain(label[:75]),
        "accessibility_label": spoken[:75],
        "action_id": action,
        "value": value,
    }
    if confirm:
        element["confirm"] = {
            "title": plain(say(SURE)[:100]),
            "text": plain(confirm[:300]),
            "confirm": plain(label[:30]),
            "deny": plain(say(NO_GO_BACK)[:30]),
        }
    return element


def buttons(*elements: JsonBlock) -> Shown:
    """Show buttons in a row; whoever sees no blocks reads what they are."""
    labels = ", ".join(element["text"]["text"] for element in elements)
    return Shown({"type": "actions", "elements": list(elements)}, f"({labels})")


def plain(text: str) -> JsonBlock:
    """Return a text that Slack shows as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def modal(title: str, shown: Iterable[Shown]) -> dict[str, Any]:
    """Return a modal that is only read."""
    return {
        "type": "modal",
        "title": plain(title[:LONGEST_TITLE]),
        "close": plain(say(CLOSE)[:LONGEST_TITLE]),
        "blocks": [one.block for one in shown][:MOST_VIEW_BLOCKS],
    }
