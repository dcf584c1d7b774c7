"""The forms in which a peer says what came of an answer, and a steward what came of a correction.

Pure functions; what was filled in is read with mistrust.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from assistant.domain.networks import PeerAnswer, Response, ResponseKind
from assistant.language import phrase, say
from assistant.network.personal_data import PersonalData
from assistant.slack.networks.sharing_blocks import LONGEST_LINE
from assistant.slack.networks.sharing_form import (
    LONGEST_ORGANISATION,
    NAME_MISSING,
    NAMED,
    blocks_of,
    is_ticked,
    name_field,
    organisation_field,
    personal_blocks,
    state_of,
    written,
)
from assistant.slack.shown.blocks import JsonBlock, Shown, context_blocks, text_blocks
from assistant.slack.shown.elements import button, buttons, field_block, modal, plain, text_element
from assistant.slack.shown.lines import name

VIEW = "networks.response_form"
DEAL_VIEW = "networks.correction_form"
TAKE_BACK_ACTION = "networks.respond.take_back"
LONGEST_WHAT = 1000
LONGEST_LINK = 500
LONGEST_REMARK = 600

TITLES: Mapping[ResponseKind, str] = {
    ResponseKind.WORKED: phrase("It worked for us"),
    ResponseKind.DIFFERENTLY: phrase("We did it differently"),
    ResponseKind.WRONG: phrase("Wrong or out of date"),
}
WHAT: Mapping[ResponseKind, str] = {
    ResponseKind.WORKED: phrase("What happened"),
    ResponseKind.DIFFERENTLY: phrase("What you did, and what happened"),
    ResponseKind.WRONG: phrase("What is wrong or out of date"),
}
SEND = phrase("Send")
CANCEL = phrase("Cancel")
ALL_SEE = phrase("Everybody in the network sees what you write, with the day.")
STEWARDS_TOLD = phrase(
    "Everybody in the network sees what you write, with the day; its stewards are told, and you "
    "are told what came of it."
)
VERIFIERS_TOLD = phrase(
    "The network that verified this answer may read what you write, with the day; its stewards are "
    "told, and you are told what came of it."
)
WHEN = phrase("When it happened")
LINK = phrase("A link that others can follow")
LINK_HINT = phrase("It begins with https://")
WHAT_MISSING = phrase("Write what happened.")
WHEN_AHEAD = phrase("Choose a day that is not ahead.")
LINK_WRONG = phrase("Give an address that begins with https:// and names a site.")
TAKE_BACK = phrase("Take it back")
TAKE_BACK_LABEL = phrase("Take back what you said of this answer")
OWN_ANSWER = phrase(
    "You shared this answer, so it is for others to say that it worked for them. Say what you did "
    "with it when you share an answer, or here with \u201cWe did it differently\u201d."
)
STILL_THERE = phrase("The answer is not for you to read here or now. This is what you said of it:")
TAKE_BACK_SURE = phrase("It is deleted, and nobody sees it any more.")
DEAL_TITLE = phrase("Deal with a correction")
DEAL = phrase("Dealt with")
REMARK = phrase("What the person who said it is told")
REMARK_HINT = phrase("It may stay empty. They get one message with it; your name is not in it.")


@dataclass(frozen=True, slots=True)
class HeldResponse:
    """What a form remembers: the answer, the kind, where the button was pressed.

    `verified_id` is the verified answer below which it was, 0 where it was below the shared one.
    `pointed_out` is a digest of the words that were pointed out as personal data.
    """

    answer_id: int
    kind: ResponseKind
    channel: str = ""
    pointed_out: str = ""
    verified_id: int = 0


@dataclass(frozen=True, slots=True)
class FilledResponse:
    """What a peer wrote; `is_named` is None where nothing was chosen."""

    what: str = ""
    when: date | None = None
    link: str = ""
    is_named: bool | None = None
    organisation: str = ""
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class DealtWith:
    """What a steward says of a correction that they saw as it was said at `seen`."""

    number: int
    seen: datetime
    remark: str = ""


def response_view(
    held: HeldResponse,
    answer: PeerAnswer,
    filled: FilledResponse,
    said: Response | None = None,
    personal: Sequence[PersonalData] = (),
) -> dict[str, Any]:
    """Return the form; `said` is what they said before, which can be taken back."""
    told = STEWARDS_TOLD if held.kind is ResponseKind.WRONG else ALL_SEE
    told = VERIFIERS_TOLD if held.verified_id else told
    opening = [*text_blocks(name(answer.question, LONGEST_LINE)), *context_blocks(say(told))]
    if said is not None:
        opening.append(_take_back(said))
    blocks = [*blocks_of(opening), *_fields(held.kind, filled), *personal_blocks(personal)]
    return _modal(VIEW, TITLES[held.kind], SEND, json.dumps(asdict(held)), blocks)


def own_view(said: Response, *, is_own_answer: bool = False) -> dict[str, Any]:
    """Return what somebody said of an answer and could not say now, to be taken back."""
    why = OWN_ANSWER if is_own_answer else STILL_THERE
    shown = [*context_blocks(say(why)), *text_blocks(said.what), _take_back(said)]
    return modal(say(TITLES[said.kind]), shown)


def _take_back(said: Response) -> Shown:
    return buttons(
        button(
            say(TAKE_BACK),
            say(TAKE_BACK_LABEL),
            TAKE_BACK_ACTION,
            str(said.id),
            say(TAKE_BACK_SURE),
        )
    )


def deal_view(response: Response) -> dict[str, Any]:
    """Return the form with which a steward deals with a correction."""
    about = context_blocks(name(response.what, LONGEST_WHAT)) if response.what else ()
    field = text_element("", LONGEST_REMARK, is_long=True)
    remark = field_block("remark", say(REMARK), field, say(REMARK_HINT), is_optional=True)
    held = json.dumps({"id": response.id, "at": response.at.isoformat()})
    return _modal(DEAL_VIEW, DEAL_TITLE, DEAL, held, [*blocks_of(about), remark])


def first_filled(said: Response | None, organisation: str) -> FilledResponse:
    """Return what a form begins with: what was said before, or nothing but an organisation."""
    if said is None:
        return FilledResponse(organisation=organisation)
    return FilledResponse(
        said.what, said.when, said.link or "", said.by.name is not None, said.by.organisation
    )


def held_in(view: Mapping[str, Any]) -> HeldResponse | None:
    """Return what a form remembers, None if it is not ours."""
    try:
        held = json.loads(str(view.get("private_metadata") or ""))
        return HeldResponse(
            int(held["answer_id"]),
            ResponseKind(held["kind"]),
            str(held["channel"]),
            str(held["pointed_out"]),
            # Forms that were open when this came have none.
            int(held.get("verified_id", 0)),
        )
    except (ValueError, TypeError, KeyError):
        return None


def filled_in(view: Mapping[str, Any]) -> FilledResponse:
    """Return what was written in a form, with nothing in it that is not seen."""
    chosen = (state_of(view, "name").get("selected_option") or {}).get("value")
    organisation = written(view, "organisation", LONGEST_ORGANISATION)
    return FilledResponse(
        what=written(view, "what", LONGEST_WHAT),
        when=_day(state_of(view, "when").get("selected_date")),
        link=written(view, "link", LONGEST_LINK),
        is_named=None if not chosen else chosen == NAMED,
        organisation=" ".join(organisation.split()),
        is_meant=is_ticked(view),
    )


def errors_in(filled: FilledResponse, today: date) -> Mapping[str, str]:
    """Return what is missing or wrong, by field."""
    errors = {}
    if not filled.what:
        errors["what"] = say(WHAT_MISSING)
    if filled.when is not None and filled.when > today:
        errors["when"] = say(WHEN_AHEAD)
    if filled.link and not is_safe_link(filled.link):
        errors["link"] = say(LINK_WRONG)
    if filled.is_named is None:
        errors["name"] = say(NAME_MISSING)
    return errors


def is_safe_link(link: str) -> bool:
    """Whether an address is one of the web, ciphered, that names nobody and hides no host."""
    try:
        parts = urlsplit(link)
        is_plain = parts.username is None and parts.password is None
        host = parts.hostname or ""
    except ValueError:
        return False
    is_one_word = not any(c.isspace() or ord(c) < ord("!") for c in link)
    return parts.scheme == "https" and is_plain and "." in host.strip(".") and is_one_word


def digest_of(personal: Sequence[PersonalData]) -> str:
    """Return what tells whether the same words were pointed out, empty where none were."""
    if not personal:
        return ""
    words = [each.words for each in personal]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def dealt_with_in(view: Mapping[str, Any]) -> DealtWith | None:
    """Return what a steward's form holds, None if it is not ours."""
    try:
        held = json.loads(str(view.get("private_metadata") or ""))
        number, seen = int(held["id"]), datetime.fromisoformat(str(held["at"]))
    except (ValueError, TypeError, KeyError):
        return None
    return DealtWith(number, seen, written(view, "remark", LONGEST_REMARK))


def _fields(kind: ResponseKind, filled: FilledResponse) -> Sequence[JsonBlock]:
    picker: JsonBlock = {"type": "datepicker"}
    if filled.when is not None:
        picker["initial_date"] = filled.when.isoformat()
    what = text_element(filled.what, LONGEST_WHAT, is_long=True)
    link = text_element(filled.link, LONGEST_LINK)
    return [
        field_block("what", say(WHAT[kind]), what),
        field_block("when", say(WHEN), picker, is_optional=True),
        field_block("link", say(LINK), link, say(LINK_HINT), is_optional=True),
        name_field(is_named=filled.is_named),
        organisation_field(filled.organisation),
    ]


def _modal(
    callback: str, title: str, submit: str, held: str, blocks: Sequence[JsonBlock]
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": held,
        "title": plain(say(title)[:24]),
        "submit": plain(say(submit)[:24]),
        "close": plain(say(CANCEL)[:24]),
        "blocks": list(blocks),
    }


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said)) if said else None
    except ValueError:
        return None
