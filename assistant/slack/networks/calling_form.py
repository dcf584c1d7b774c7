"""The form with which a question is put to a network: pure functions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import as_seen
from assistant.domain.networks import Network
from assistant.language import phrase, say
from assistant.slack.shown.blocks import JsonBlock, Shown, context_blocks, inert, text_blocks
from assistant.slack.shown.elements import field_block, modal, option, plain, text_element
from assistant.slack.shown.filled import FormState

CALL_VIEW = "networks.call"
LONGEST_QUESTION = 2000
LONGEST_ORGANISATION = 120
MOST_NETWORKS = 100
LONGEST_ID = 32
NAMED, UNNAMED = "named", "unnamed"
SEEN = "seen"

TITLE = phrase("Ask a network")
NETWORK = phrase("Network")
QUESTION = phrase("Your question, as its members will read it")
NAME = phrase("Your name")
WITH_NAME = phrase("With my name")
WITHOUT_NAME = phrase("Without my name")
ORGANISATION = phrase("Your organisation")
ORGANISATION_HINT = phrase(
    "It may stay empty. Where you are the only one from there, it says who you are."
)
INTRODUCTION = phrase(
    "Your question goes to the people who know about its subject, not to everybody. Nothing is "
    "sent before you have seen what they will see."
)
PERSONAL = phrase("This looks like personal data: {found}. Please take it out unless it must go.")
PERSONAL_LABEL = phrase("Personal data")
PERSONAL_TICK = phrase("I have read this and it may go as it is")
PERSONAL_MISSING = phrase("Please take the personal data out, or tick that it may go.")
EMPTY = phrase("Please write a question.")
SHOW = phrase("See who gets it")
SEND = phrase("Send")
CANCEL = phrase("Cancel")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form holds; `seen` is the digest of what was previewed, empty before.

    `ticked` says of what personal data the tick is. `inbox_id` is the question to the assistant
    that it began with, 0 where that is not known.
    """

    network: str
    question: str
    is_named: bool
    organisation: str
    asked_in: str = ""
    ticked: str = ""
    seen: str = ""
    inbox_id: int = 0

    @property
    def digest(self) -> str:
        """Return what tells it apart from a form that says something else."""
        said = (self.network, self.question, self.is_named, self.organisation)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]

    @property
    def is_previewed(self) -> bool:
        """Whether the one who sends it has seen what it becomes."""
        return self.seen == self.digest


def call_view(
    networks: Sequence[Network],
    filled: Filled,
    preview: Sequence[Shown] = (),
    personal: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the form, filled as far as it is; with a preview it is ready to be sent.

    `networks` are those that the person may ask, at least one; `personal` is what looks like
    personal data in what was written.
    """
    options = [_choice(n.name, n.id) for n in networks[:MOST_NETWORKS]]
    chosen = next((each for each in options if each["value"] == filled.network), options[0])
    select = {"type": "static_select", "options": options, "initial_option": chosen}
    question = text_element(filled.question, LONGEST_QUESTION, is_long=True)
    shown = [] if preview else list(text_blocks(say(INTRODUCTION)))
    blocks = [
        *(each.block for each in shown),
        field_block("network", say(NETWORK), select),
        field_block("question", say(QUESTION), question),
        field_block("name", say(NAME), named_element(is_named=filled.is_named)),
        organisation_input(filled.organisation),
        *personal_blocks(personal if preview else ()),
        *(each.block for each in preview),
    ]
    held = {
        "channel": filled.asked_in[:LONGEST_ID],
        "inbox": filled.inbox_id,
        SEEN: filled.digest if preview else "",
    }
    return {
        "type": "modal",
        "callback_id": CALL_VIEW,
        "private_metadata": json.dumps(held),
        "title": plain(say(TITLE)),
        "submit": plain(say(SEND if preview else SHOW)),
        "close": plain(say(CANCEL)),
        "blocks": blocks,
    }


def sentence_modal(title: str, sentence: str) -> dict[str, Any]:
    """Return a modal that says a sentence; `title` is a phrase, `sentence` in its language."""
    return modal(say(title), text_blocks(sentence))


def filled_in(view: Mapping[str, Any]) -> Filled:
    """Return what a submitted form holds; what is not there is empty."""
    held = held_in(view)
    inbox_id = held.get("inbox")
    return Filled(
        network=FormState(view).choice("network"),
        question=written(view, "question", LONGEST_QUESTION),
        is_named=is_named(view),
        organisation=one_line(written(view, "organisation", LONGEST_ORGANISATION)),
        asked_in=str(held.get("channel") or ""),
        ticked=ticked_in(view),
        seen=str(held.get(SEEN) or ""),
        inbox_id=inbox_id if isinstance(inbox_id, int) else 0,
    )


def mistakes(filled: Filled, personal: Sequence[str]) -> dict[str, str]:
    """Return a sentence for each field that cannot be taken, by its block."""
    if not filled.question:
        return {"question": say(EMPTY)}
    if filled.is_previewed and personal and filled.ticked != tick_of(personal):
        return {"question": say(PERSONAL_MISSING)}
    return {}


def personal_blocks(found: Sequence[str]) -> Sequence[JsonBlock]:
    """Return what points personal data out and asks for a tick; nothing where there is none."""
    if not found:
        return ()
    listed = ", ".join(inert(each[:60]) for each in found[:8])
    words = context_blocks(say(PERSONAL, found=listed))
    tick = {"type": "checkboxes", "options": [_choice(say(PERSONAL_TICK), "yes")]}
    block = field_block("personal", say(PERSONAL_LABEL), tick)
    named = {**block, "element": {**tick, "action_id": tick_of(found)}}
    return [*(each.block for each in words), named]


def tick_of(found: Sequence[str]) -> str:
    """Return the name of the tick for some personal data.

    Slack keeps a tick in a form that is shown anew, so that one for other words has another name.
    """
    return f"personal.{hashlib.sha256(json.dumps(list(found)).encode()).hexdigest()[:16]}"


def named_element(*, is_named: bool) -> JsonBlock:
    """Return the choice between one's name and none."""
    options = [_choice(say(WITH_NAME), NAMED), _choice(say(WITHOUT_NAME), UNNAMED)]
    chosen = options[0] if is_named else options[1]
    return {"type": "radio_buttons", "options": options, "initial_option": chosen}


def organisation_input(organisation: str) -> JsonBlock:
    """Return the field for an organisation, which may stay empty."""
    element = text_element(organisation, LONGEST_ORGANISATION)
    label, hint = say(ORGANISATION), say(ORGANISATION_HINT)
    return field_block("organisation", label, element, hint, is_optional=True)


def held_in(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a form carries; nothing where it is not ours."""
    try:
        held = json.loads(str(view.get("private_metadata") or "{}"))
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def written(view: Mapping[str, Any], field: str, longest: int) -> str:
    """Return what was written in a field, line by line, as it is seen."""
    states = ((view.get("state") or {}).get("values") or {}).get(field) or {}
    return as_seen(str((states.get(field) or {}).get("value") or "")).strip()[:longest]


def one_line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(text.split())


def is_named(view: Mapping[str, Any]) -> bool:
    """Whether a form says that somebody is to be named; what is not said is not so."""
    return FormState(view).choice("name") == NAMED


def ticked_in(view: Mapping[str, Any]) -> str:
    """Return the name of the tick for personal data that is set, empty where none is."""
    ticks = ((view.get("state") or {}).get("values") or {}).get("personal") or {}
    return next((name for name, tick in ticks.items() if tick.get("selected_options")), "")


def _choice(label: str, value: str) -> JsonBlock:
    return option(inert(" ".join(label.split())) or value, value)
