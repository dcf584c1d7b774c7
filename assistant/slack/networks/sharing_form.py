"""The form with which an answer is shared, and what was written in it: pure functions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.domain.characters import as_seen
from assistant.domain.networks import Network
from assistant.language import phrase, say
from assistant.network.personal_data import PersonalData, found_in
from assistant.slack.shown.blocks import JsonBlock, Shown, heading_block, text_blocks
from assistant.slack.shown.elements import field_block, option, plain, text_element
from assistant.slack.shown.lines import name

VIEW = "networks.share_form"
LONGEST_QUESTION = 2000
LONGEST_NOTE = 1000
LONGEST_ORGANISATION = 80
MOST_NETWORKS = 100
MOST_POINTED_OUT = 8
LONGEST_POINTED_OUT = 120
NAMED, UNNAMED, MEANT = "named", "unnamed", "meant"

TITLE = phrase("Share with a network")
SHOW = phrase("Show me")
CANCEL = phrase("Cancel")
INTRODUCTION = phrase(
    "Nothing is shared before you have seen what others will see, and who they are."
)
NETWORK = phrase("Network")
QUESTION = phrase("The question, as others will read it")
NOTE = phrase("What you did with it")
NOTE_HINT = phrase("Your local context: what you did with the answer, and what came of it.")
NAME = phrase("Your name")
WITH_NAME = phrase("With my name")
WITHOUT_NAME = phrase("Without my name")
ORGANISATION = phrase("Your organisation")
ORGANISATION_HINT = phrase(
    "It may stay empty. Where you are the only one from there, it says who you are."
)
LOOKS_LIKE = phrase("This looks like {kind}: {words}")
PERSONAL = phrase("There may be personal data in it")
CHANGE_OR_CONFIRM = phrase("Change it below, or tick that it is meant to be seen by all of them.")
MEANT_LABEL = phrase("Personal data")
IS_MEANT = phrase("I have read this and it is meant to be seen")

QUESTION_MISSING = phrase("Write the question.")
NAME_MISSING = phrase("Choose whether your name is shown.")
NETWORK_MISSING = phrase("Choose a network.")
NOT_TICKED = phrase("It is not shared yet: change the words that are pointed out, or tick the box.")


@dataclass(frozen=True, slots=True)
class Held:
    """What a form remembers: the question that was answered, and the digest of what was shown."""

    inbox_id: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the sharer chose and wrote; `is_named` is None where nothing was chosen."""

    network: str
    question: str
    note: str = ""
    is_named: bool | None = None
    organisation: str = ""
    is_meant: bool = False


def share_view(
    networks: Sequence[Network], filled: Filled, held: Held, sentence: str = ""
) -> dict[str, Any]:
    """Return the first view: what is shared, with whom, and how."""
    opening = [*text_blocks(sentence or say(INTRODUCTION))]
    return share_modal(TITLE, SHOW, held, [*blocks_of(opening), *share_fields(networks, filled)])


def personal_blocks(found: Sequence[PersonalData]) -> Sequence[JsonBlock]:
    """Return what may be personal data, word by word, and the tick that it is meant."""
    if not found:
        return ()
    lines = [
        say(LOOKS_LIKE, kind=say(each.kind), words=name(each.words, LONGEST_POINTED_OUT))
        for each in found
    ]
    shown = [
        heading_block(say(PERSONAL)),
        *text_blocks("\n".join(f"- {line}" for line in lines[:MOST_POINTED_OUT])),
        *text_blocks(say(CHANGE_OR_CONFIRM)),
    ]
    tick = {"type": "checkboxes", "options": [option(say(IS_MEANT), MEANT)]}
    block = field_block("personal", say(MEANT_LABEL), tick, is_optional=True)
    return [*blocks_of(shown), block]


def personal_in(*texts: str) -> tuple[PersonalData, ...]:
    """Return what in some texts may be personal data, the same words once."""
    found = {each.words: each for text in texts for each in found_in(text)}
    return tuple(found.values())


def held_in(view: Mapping[str, Any]) -> Held | None:
    """Return what a form remembers, None if it is not ours."""
    try:
        held = json.loads(str(view.get("private_metadata") or ""))
        return Held(int(held["inbox_id"]), str(held["shown"]))
    except (ValueError, TypeError, KeyError):
        return None


def filled_in(view: Mapping[str, Any]) -> Filled:
    """Return what was chosen and written in a form, with nothing in it that is not seen."""
    chosen = _option_of(view, "name")
    return Filled(
        network=_option_of(view, "network"),
        question=written(view, "question", LONGEST_QUESTION),
        note=written(view, "note", LONGEST_NOTE),
        is_named=None if not chosen else chosen == NAMED,
        organisation=" ".join(written(view, "organisation", LONGEST_ORGANISATION).split()),
        is_meant=is_ticked(view),
    )


def errors_in(filled: Filled) -> Mapping[str, str]:
    """Return what is missing, by field."""
    errors = {}
    if not filled.network:
        errors["network"] = say(NETWORK_MISSING)
    if not filled.question:
        errors["question"] = say(QUESTION_MISSING)
    if filled.is_named is None:
        errors["name"] = say(NAME_MISSING)
    return errors


def written(view: Mapping[str, Any], field: str, longest: int) -> str:
    """Return what was written in a field, as it is seen."""
    return as_seen(str(state_of(view, field).get("value") or "")).strip()[:longest]


def is_ticked(view: Mapping[str, Any]) -> bool:
    """Whether what may be personal data is meant to be there."""
    return bool(state_of(view, "personal").get("selected_options"))


def state_of(view: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Return what Slack says of a field."""
    values = (view.get("state") or {}).get("values") or {}
    state = (values.get(field) or {}).get(field)
    return state if isinstance(state, Mapping) else {}


def name_field(*, is_named: bool | None) -> JsonBlock:
    """Return the choice between one's name and none, which has to be made."""
    options = [option(say(WITH_NAME), NAMED), option(say(WITHOUT_NAME), UNNAMED)]
    radio: JsonBlock = {"type": "radio_buttons", "options": options}
    if is_named is not None:
        radio["initial_option"] = options[0 if is_named else 1]
    return field_block("name", say(NAME), radio)


def organisation_field(organisation: str) -> JsonBlock:
    """Return the field for an organisation, which may stay empty."""
    element = text_element(organisation, LONGEST_ORGANISATION)
    hint = say(ORGANISATION_HINT)
    return field_block("organisation", say(ORGANISATION), element, hint, is_optional=True)


def share_fields(networks: Sequence[Network], filled: Filled) -> Sequence[JsonBlock]:
    """Return the fields, filled with what was chosen and written."""
    options = {each.id: option(name(each.name, 75), each.id) for each in networks[:MOST_NETWORKS]}
    select: JsonBlock = {"type": "static_select", "options": list(options.values())}
    if filled.network in options:
        select["initial_option"] = options[filled.network]
    note = text_element(filled.note, LONGEST_NOTE, is_long=True)
    question = text_element(filled.question, LONGEST_QUESTION, is_long=True)
    return [
        *([field_block("network", say(NETWORK), select)] if options else ()),
        field_block("question", say(QUESTION), question),
        field_block("note", say(NOTE), note, say(NOTE_HINT), is_optional=True),
        name_field(is_named=filled.is_named),
        organisation_field(filled.organisation),
    ]


def share_modal(title: str, submit: str, held: Held, blocks: Sequence[JsonBlock]) -> dict[str, Any]:
    """Return a modal that is sent, with what it remembers."""
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": json.dumps(asdict(held)),
        "title": plain(say(title)[:24]),
        "submit": plain(say(submit)[:24]),
        "close": plain(say(CANCEL)[:24]),
        "blocks": list(blocks),
    }


def blocks_of(shown: Iterable[Shown]) -> list[JsonBlock]:
    """Return the blocks alone, as a view takes them."""
    return [each.block for each in shown]


def _option_of(view: Mapping[str, Any], field: str) -> str:
    return str((state_of(view, field).get("selected_option") or {}).get("value") or "")
