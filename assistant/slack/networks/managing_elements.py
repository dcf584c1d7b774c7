"""The pieces of which forms about networks are made, and how a filled form is read: pure functions.

What was filled in is read with mistrust: what a form of ours cannot send is not there.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.domain.characters import as_seen
from assistant.language import say
from assistant.slack.blocks import JsonBlock, Shown, text_blocks
from assistant.slack.home_page import LONGEST_TITLE, MOST_BLOCKS
from assistant.slack.networks import managing_words as words

PERSON = re.compile(r"[UW][A-Z0-9]{2,30}")
CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")
GROUP = re.compile(r"S[A-Z0-9]{2,30}")
LONGEST_LINE = 3000
# Slack keeps no more than 3,000 characters of what a form remembers.
LONGEST_ABOUT = 100
_SEPARATORS = re.compile(r"[\s,;]+")


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


class Filled:
    """The fields of a form that was sent."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self._state = (view.get("state") or {}).get("values") or {}

    def line(self, field: str) -> str:
        """Return what was written, as one line."""
        typed = str(self._of(field).get("value") or "")[:LONGEST_LINE]
        return " ".join(as_seen(typed).split())

    def items(self, field: str) -> tuple[str, ...]:
        """Return what was written between commas, or chosen of a list."""
        chosen = self._of(field).get("selected_options")
        if isinstance(chosen, list):
            return _each_once(str(option.get("value")) for option in chosen)
        return _each_once(_SEPARATORS.split(self.line(field)))

    def choice(self, field: str) -> str:
        """Return what was chosen, empty when nothing was."""
        return str((self._of(field).get("selected_option") or {}).get("value") or "")

    def people(self, field: str) -> tuple[str, ...]:
        """Return the people who were chosen."""
        return _fitting(PERSON, self._of(field).get("selected_users"))

    def channels(self, field: str) -> tuple[str, ...]:
        """Return the channels that were chosen."""
        return _fitting(CHANNEL, self._of(field).get("selected_conversations"))

    def _of(self, field: str) -> Mapping[str, Any]:
        state = (self._state.get(field) or {}).get(field)
        return state if isinstance(state, Mapping) else {}


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
        "blocks": list(blocks)[:MOST_BLOCKS],
    }


def sentence_view(sentence: str) -> dict[str, Any]:
    """Return a modal that says a sentence."""
    blocks = [shown.block for shown in text_blocks(sentence)]
    return {"type": "modal", "title": plain(say(words.NETWORK_TITLE)), "blocks": blocks}


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
            "title": plain(say(words.SURE)[:100]),
            "text": plain(confirm[:300]),
            "confirm": plain(label[:30]),
            "deny": plain(say(words.NO_GO_BACK)[:30]),
        }
    return element


def buttons(*elements: JsonBlock) -> Shown:
    """Show buttons in a row; whoever sees no blocks reads what they are."""
    labels = ", ".join(element["text"]["text"] for element in elements)
    return Shown({"type": "actions", "elements": list(elements)}, f"({labels})")


def plain(text: str) -> JsonBlock:
    """Return a text that Slack shows as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _each_once(items: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in items if each))


def _fitting(pattern: re.Pattern[str], chosen: object) -> tuple[str, ...]:
    listed = chosen if isinstance(chosen, list) else []
    return _each_once(each for each in map(str, listed) if pattern.fullmatch(each))
