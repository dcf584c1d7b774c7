"""The form with which a file from a direct message is offered for the corpus: pure functions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.language import say
from assistant.slack.admin.blocks import button, told
from assistant.slack.admin.command import Subcommand
from assistant.slack.shown import admin_sentences
from assistant.slack.shown.blocks import JsonBlock, Message, text_blocks
from assistant.slack.shown.elements import buttons, field_block, option, plain, text_element
from assistant.slack.shown.filled import FormState
from assistant.slack.shown.lines import line, name

VIEW = "administration.offer"
MOST_FILES = 8
LONGEST_TITLE = 150
LONGEST_NAME = 200
REVIEW_AFTER = timedelta(days=365)
NETWORK = "network"
LONGEST_NETWORK = 40

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
        option(say("Public: anyone may read it"), PUBLIC),
        option(say("Internal: full members of this workspace"), INTERNAL),
        option(say("A network of organisations"), NETWORK),
    ]
    audience = {"type": "static_select", "options": audiences, "initial_option": audiences[1]}
    review = {"type": "datepicker", "initial_date": (today + REVIEW_AFTER).isoformat()}
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": json.dumps(held),
        "title": plain(say(admin_sentences.OFFER_TITLE)),
        "submit": plain(say("Offer")),
        "close": plain(say("Cancel")),
        "blocks": [
            field_block("title", say("Title, as citations show it"), _text(stem)),
            field_block("audience", say("Who may read it"), audience),
            field_block(
                "network",
                say("Name of the network, if one"),
                text_element("", LONGEST_NETWORK),
                is_optional=True,
            ),
            field_block("review_by", say("To be reviewed by"), review),
            field_block("owner", say("Who looks after it"), _text(), is_optional=True),
            field_block("publisher", say("Who published it"), _text(), is_optional=True),
        ],
    }


def mistakes(view: Mapping[str, Any], today: date) -> dict[str, str]:
    """Return a sentence for each field of a filled form that cannot be taken, by its block."""
    filled = FormState(view)
    found = {}
    if not filled.line("title"):
        found["title"] = say(admin_sentences.TITLE_MISSING)
    network, is_network = filled.line("network"), _audience(filled) == NETWORK
    if is_network and not _NETWORK_NAME.fullmatch(network):
        found["network"] = say(admin_sentences.NETWORK_MISSING)
    if not is_network and network:
        found["network"] = say(admin_sentences.NETWORK_TOO_MUCH)
    review = filled.day("review_by")
    if review is None:
        found["review_by"] = say(admin_sentences.REVIEW_DATE_MISSING)
    elif review <= today:
        found["review_by"] = say(admin_sentences.REVIEW_DATE_PAST)
    return found


def offer_in(view: Mapping[str, Any]) -> Offer:
    """Return what a form without mistakes offers."""
    held = json.loads(str(view["private_metadata"]))
    filled = FormState(view)
    audience, review = _audience(filled), filled.day("review_by")
    front_matter = {
        "title": filled.line("title"),
        "audience": f"{NETWORK}-{filled.line('network')}" if audience == NETWORK else audience,
        "review_by": review.isoformat() if review else "",
        "owner": filled.line("owner"),
        "publisher": filled.line("publisher"),
    }
    file = SentFile(held["file"], held["name"], held["channel"], held["ts"])
    return Offer(file, {field: value for field, value in front_matter.items() if value})


def _audience(filled: FormState) -> str:
    """Return the audience that was chosen; one that is none of ours is internal."""
    chosen = filled.choice("audience")
    return chosen if chosen in (PUBLIC, INTERNAL, NETWORK) else INTERNAL


def _text(initial: str = "") -> JsonBlock:
    return text_element(initial, LONGEST_TITLE)
