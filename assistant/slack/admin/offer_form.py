"""The form with which a file from a direct message is offered for the corpus: pure functions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from assistant.domain.characters import as_seen
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.language import say
from assistant.slack.admin.blocks import button, told
from assistant.slack.admin.command import Subcommand
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import JsonBlock, Message, text_blocks
from assistant.slack.shown.elements import buttons
from assistant.slack.shown.lines import line, name

VIEW = "administration.offer"
MOST_FILES = 8
LONGEST_TITLE = 150
LONGEST_NAME = 200
REVIEW_AFTER = timedelta(days=365)
NETWORK = "network"

_NETWORK_NAME = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as Slack names it, and the direct message and thread in which it was sent."""

    id: str
    name: str
    channel: str = ""
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A file and the front matter that it is to have, by the schema's names."""

    file: SentFile
    front_matter: Mapping[str, str]

    @property
    def title(self) -> str:
        """The title that citations would show."""
        return self.front_matter["title"]


def files_in(event: Mapping[str, Any]) -> tuple[SentFile, ...]:
    """Return the files of a message."""
    files = event.get("files")
    found = files if isinstance(files, list) else []
    return tuple(
        SentFile(str(each["id"]), str(each.get("name") or each.get("title") or each["id"]))
        for each in found
        if isinstance(each, Mapping) and each.get("id")
    )


def invitation(files: Sequence[SentFile]) -> tuple[Message, ...]:
    """Return the message that lets an administrator offer each file."""
    shown = list(text_blocks(say(admin_sentences.OFFER_INVITATION)))
    for file in files[:MOST_FILES]:
        kept = name(file.name, LONGEST_NAME)
        value = json.dumps({"file": file.id, "name": kept})
        shown.append(line(kept))
        shown.append(buttons(button(say("Offer for the corpus\u2026"), Subcommand.OFFER, value)))
    if len(files) > MOST_FILES:
        shown.append(line(admin_sentences.and_more(len(files) - MOST_FILES)))
    return told(shown).messages


def file_of_button(value: str, channel: str, thread_ts: str) -> SentFile:
    """Return the file that a button of ours stands for; raises ValueError for another's."""
    held = json.loads(value)
    if not isinstance(held, dict) or not held.get("file"):
        raise ValueError("not a file's button")
    return SentFile(str(held["file"]), str(held.get("name") or ""), channel, thread_ts)


def offer_view(file: SentFile, today: date) -> dict[str, Any]:
    """Return the modal that asks for what citations and governance need."""
    held = {"file": file.id, "name": file.name, "channel": file.channel, "ts": file.thread_ts}
    stem = PurePosixPath(file.name).stem.replace("_", " ")
    audiences = [
        _option(say("Public: anyone may read it"), PUBLIC),
        _option(say("Internal: full members of this workspace"), INTERNAL),
        _option(say("A network of organisations"), NETWORK),
    ]
    audience = {"type": "static_select", "options": audiences, "initial_option": audiences[1]}
    review = {"type": "datepicker", "initial_date": (today + REVIEW_AFTER).isoformat()}
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": json.dumps(held),
        "title": _plain(say(admin_sentences.OFFER_TITLE)),
        "submit": _plain(say("Offer")),
        "close": _plain(say("Cancel")),
        "blocks": [
            _input("title", say("Title, as citations show it"), _text(LONGEST_TITLE, stem)),
            _input("audience", say("Who may read it"), audience),
            _input("network", say("Name of the network, if one"), _text(40), is_optional=True),
            _input("review_by", say("To be reviewed by"), review),
            _input("owner", say("Who looks after it"), _text(LONGEST_TITLE), is_optional=True),
            _input("publisher", say("Who published it"), _text(LONGEST_TITLE), is_optional=True),
        ],
    }


def mistakes(view: Mapping[str, Any], today: date) -> dict[str, str]:
    """Return a sentence for each field of a filled form that cannot be taken, by its block."""
    filled = _values(view)
    found = {}
    if not filled["title"]:
        found["title"] = say(admin_sentences.TITLE_MISSING)
    network = filled["network"]
    if filled["audience"] == NETWORK and not _NETWORK_NAME.fullmatch(network):
        found["network"] = say(admin_sentences.NETWORK_MISSING)
    if filled["audience"] != NETWORK and network:
        found["network"] = say(admin_sentences.NETWORK_TOO_MUCH)
    review = _day(filled["review_by"])
    if review is None:
        found["review_by"] = say(admin_sentences.REVIEW_DATE_MISSING)
    elif review <= today:
        found["review_by"] = say(admin_sentences.REVIEW_DATE_PAST)
    return found


def offer_in(view: Mapping[str, Any]) -> Offer:
    """Return what a form without mistakes offers."""
    held = json.loads(str(view["private_metadata"]))
    filled = _values(view)
    is_network = filled["audience"] == NETWORK
    front_matter = {
        "title": filled["title"],
        "audience": f"{NETWORK}-{filled['network']}" if is_network else filled["audience"],
        "review_by": filled["review_by"],
        "owner": filled["owner"],
        "publisher": filled["publisher"],
    }
    file = SentFile(held["file"], held["name"], held["channel"], held["ts"])
    return Offer(file, {field: value for field, value in front_matter.items() if value})


def _values(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what was filled in, as one line each; an audience that is none of ours is internal."""
    state = view["state"]["values"]
    fields = ("title", "network", "owner", "publisher")
    typed = {each: _line(state[each][each].get("value")) for each in fields}
    option = state["audience"]["audience"].get("selected_option") or {}
    chosen = str(option.get("value"))
    typed["audience"] = chosen if chosen in (PUBLIC, INTERNAL, NETWORK) else INTERNAL
    typed["review_by"] = str(state["review_by"]["review_by"].get("selected_date") or "")
    return typed


def _line(value: object) -> str:
    return " ".join(as_seen(str(value or "")).split())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _input(
    field: str, label: str, element: Mapping[str, Any], *, is_optional: bool = False
) -> JsonBlock:
    return {
        "type": "input",
        "block_id": field,
        "label": _plain(label),
        "optional": is_optional,
        "element": {**element, "action_id": field},
    }


def _text(longest: int, initial: str = "") -> JsonBlock:
    element: JsonBlock = {"type": "plain_text_input", "max_length": longest}
    return {**element, "initial_value": initial[:longest]} if initial else element


def _option(label: str, value: str) -> JsonBlock:
    return {"text": _plain(label), "value": value}


def _plain(text: str) -> JsonBlock:
    return {"type": "plain_text", "text": text, "emoji": False}
