"""The form in which an administrator says what holds in a channel: pure functions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import NETWORK_PREFIX
from assistant.language import phrase, say
from assistant.slack.shown.blocks import JsonBlock
from assistant.slack.shown.elements import field_block, option, people_element, plain, text_element
from assistant.slack.shown.filled import GROUP, PERSON, FormState
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy

VIEW = "channel.policy"
LONGEST_OPENING = timedelta(days=366)
MOST_NAMED = 100
LONGEST_LINE = 300
LONGEST_LIST = 1000

TITLE = phrase("What holds in a channel")
NETWORK_WRONG = phrase(
    "Write each network's name in small letters, digits and hyphens, at most 40 of them, with "
    "commas between."
)
GROUPS_WRONG = phrase("Write Slack's ids of user groups, such as S012AB3CD, with commas between.")
TEAMS_WRONG = phrase("Write Slack's ids of workspaces, such as T012AB3CD, with commas between.")
NOBODY_NAMED = phrase("Choose somebody, or name a user group below; else nobody may ask.")
TOO_MANY_NAMED = phrase("Choose at most 100 people and user groups; a user group can hold more.")
NAMED_TOO_MUCH = phrase("Leave this empty, or let those ask whom you name.")
AUDIENCE_MISSING = phrase("Choose at least one, or name a network below.")
INTERNAL_IN_SHARED = phrase(
    "This channel is shared outside the workspace, so answers here may not use what is internal."
)
OPENED_FOR_MISSING = phrase("Say for whom the channel is opened.")
OPENED_UNTIL_MISSING = phrase("Say until which day the channel is open.")
OPENED_UNTIL_PAST = phrase("That day is over; choose a later one, or empty all three fields.")
OPENED_TOO_LONG = phrase("Choose a day within a year; it can be opened again then.")
OPENED_TEAMS_MISSING = phrase("Name the workspaces for which the channel is opened.")

_ASKERS = (
    (phrase("Everyone in the channel"), Askers.EVERYONE),
    (phrase("Administrators of the assistant"), Askers.ADMINISTRATORS),
    (phrase("Those whom I name"), Askers.NAMED),
)
_ANSWERS_TO = (
    (phrase("Into the thread of the question"), AnswersTo.THREAD),
    (phrase("To the asker alone"), AnswersTo.ASKER),
)
_AUDIENCES = (
    (phrase("Public: what anyone may read"), PUBLIC),
    (phrase("Internal: what full members may read"), INTERNAL),
)
_NETWORK = re.compile(r"[a-z0-9-]{1,40}")
_TEAM = re.compile(r"[TE][A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True)
class Held:
    """What a form remembers from when it was opened.

    `seen` is when the policy was set that it shows, None where none was; `is_shared` says whether
    the channel was shared outside the workspace.
    """

    channel: str
    is_shared: bool
    seen: datetime | None
    response_url: str | None


def policy_view(policy: ChannelPolicy, held: Held, others: Sequence[str]) -> dict[str, Any]:
    """Return the modal, filled with what holds; `others` are workspaces that share the channel."""
    blocks = [_channel(policy.channel), *_asking(policy), *_answering(policy, held)]
    if held.is_shared or policy.opened_until is not None:
        blocks += _opening(policy, others)
    return {
        "type": "modal",
        "callback_id": VIEW,
        "private_metadata": _remembered(held),
        "title": plain(say(TITLE)),
        "submit": plain(say(phrase("Let it hold"))),
        "close": plain(say(phrase("Cancel"))),
        "blocks": blocks,
    }


def held_in(view: Mapping[str, Any]) -> Held:
    """Return what a form remembers."""
    kept = json.loads(str(view["private_metadata"]))
    seen = datetime.fromisoformat(kept["seen"]) if kept["seen"] else None
    return Held(str(kept["channel"]), bool(kept["shared"]), seen, kept["url"])


def mistakes(view: Mapping[str, Any], today: date) -> dict[str, str]:
    """Return a sentence for each field of a filled form that cannot be taken, by its block."""
    filled = FormState(view)
    found = {**_wrong_askers(filled), **_wrong_audiences(filled, held_in(view))}
    if filled.has("opened_until"):
        found |= _wrong_opening(filled, today)
    return {field: say(sentence) for field, sentence in found.items()}


def policy_in(view: Mapping[str, Any], team: str, user: str, now: datetime) -> ChannelPolicy:
    """Return what a form without mistakes says holds from `now`, set by `user`."""
    filled = FormState(view)
    askers = Askers(filled.choice("askers"))
    named = (*filled.people("people"), *filled.items("groups"))
    networks = (NETWORK_PREFIX + each for each in _networks(filled))
    until = filled.day("opened_until")
    return ChannelPolicy(
        team=team,
        channel=held_in(view).channel,
        askers=askers,
        named=named if askers is Askers.NAMED else (),
        answers_to=AnswersTo(filled.choice("answers_to")),
        audiences=(*_ticked(filled), *networks),
        opened_for=(_opened_for(filled) or None) if until else None,
        opened_until=until,
        opened_teams=filled.items("opened_teams") if until else (),
        set_by=user,
        set_at=now,
    )


def _networks(filled: FormState) -> tuple[str, ...]:
    names = (each.removeprefix(NETWORK_PREFIX) for each in filled.items("networks"))
    return tuple(dict.fromkeys(names))


def _opened_for(filled: FormState) -> str:
    return filled.line("opened_for")[:LONGEST_LINE]


def _ticked(filled: FormState) -> tuple[str, ...]:
    ticked = filled.items("audiences")
    return tuple(each for each in (PUBLIC, INTERNAL) if each in ticked)


def _wrong_askers(filled: FormState) -> dict[str, str]:
    people, groups = filled.people("people"), filled.items("groups")
    if not all(GROUP.fullmatch(each) for each in groups):
        return {"groups": GROUPS_WRONG}
    if len(people) + len(groups) > MOST_NAMED:
        return {"people": TOO_MANY_NAMED}
    if filled.choice("askers") == Askers.NAMED:
        return {} if people or groups else {"people": NOBODY_NAMED}
    given = (("people", people), ("groups", groups))
    return {field: NAMED_TOO_MUCH for field, named in given if named}


def _wrong_audiences(filled: FormState, held: Held) -> dict[str, str]:
    boxes, networks = _ticked(filled), _networks(filled)
    if not all(_NETWORK.fullmatch(each) for each in networks):
        return {"networks": NETWORK_WRONG}
    if held.is_shared and INTERNAL in boxes:
        return {"audiences": INTERNAL_IN_SHARED}
    return {} if boxes or networks else {"audiences": AUDIENCE_MISSING}


def _wrong_opening(filled: FormState, today: date) -> dict[str, str]:
    """An opening has all three: for whom, until when, which workspaces; or it is none."""
    who, until = _opened_for(filled), filled.day("opened_until")
    teams = filled.items("opened_teams")
    if until is None:
        return {"opened_until": OPENED_UNTIL_MISSING} if who else {}
    found = {} if who else {"opened_for": OPENED_FOR_MISSING}
    if until < today:
        found["opened_until"] = OPENED_UNTIL_PAST
    elif until - today > LONGEST_OPENING:
        found["opened_until"] = OPENED_TOO_LONG
    if not teams:
        found["opened_teams"] = OPENED_TEAMS_MISSING
    elif not all(_TEAM.fullmatch(each) for each in teams):
        found["opened_teams"] = TEAMS_WRONG
    return found


def _asking(policy: ChannelPolicy) -> list[JsonBlock]:
    """Return the fields that say who may ask."""
    people = [each for each in policy.named if PERSON.fullmatch(each)]
    groups = [each for each in policy.named if GROUP.fullmatch(each)]
    return [
        field_block("askers", say(phrase("Who may ask")), _select(_ASKERS, policy.askers)),
        field_block(
            "people",
            say(phrase("People who may ask")),
            people_element(people, MOST_NAMED),
            is_optional=True,
        ),
        field_block(
            "groups", say(phrase("User groups who may ask")), _listed(groups), is_optional=True
        ),
    ]


def _answering(policy: ChannelPolicy, held: Held) -> list[JsonBlock]:
    """Return the fields that say where answers go and what they may use."""
    usable = [a for a in policy.audiences if not (held.is_shared and a == INTERNAL)]
    networks = [each.removeprefix(NETWORK_PREFIX) for each in policy.networks]
    return [
        field_block(
            "answers_to", say(phrase("Answers go")), _select(_ANSWERS_TO, policy.answers_to)
        ),
        field_block(
            "audiences",
            say(phrase("Answers may use")),
            _boxes(_AUDIENCES, usable),
            is_optional=True,
        ),
        field_block(
            "networks", say(phrase("Networks of the channel")), _listed(networks), is_optional=True
        ),
    ]


def _opening(policy: ChannelPolicy, others: Sequence[str]) -> list[JsonBlock]:
    until: JsonBlock = {"type": "datepicker"}
    if policy.opened_until is not None:
        until["initial_date"] = policy.opened_until.isoformat()
    who = [policy.opened_for] if policy.opened_for else []
    teams = policy.opened_teams or tuple(others)
    return [
        field_block("opened_for", say(phrase("Opened for")), _listed(who), is_optional=True),
        field_block("opened_until", say(phrase("Open until the end of")), until, is_optional=True),
        field_block(
            "opened_teams", say(phrase("Their workspaces")), _listed(teams), is_optional=True
        ),
    ]


def _remembered(held: Held) -> str:
    seen = held.seen.isoformat() if held.seen else ""
    return json.dumps(
        {
            "channel": held.channel,
            "shared": held.is_shared,
            "seen": seen,
            "url": held.response_url,
        }
    )


def _channel(channel: str) -> JsonBlock:
    element = {"type": "channel", "channel_id": channel}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [element]}],
    }


def _listed(items: Sequence[str]) -> JsonBlock:
    return text_element(", ".join(items), LONGEST_LIST)


def _select(choices: Sequence[tuple[str, str]], chosen: str) -> JsonBlock:
    options = [option(say(label), str(value)) for label, value in choices]
    initial = next(each for each in options if each["value"] == chosen)
    return {"type": "static_select", "options": options, "initial_option": initial}


def _boxes(choices: Sequence[tuple[str, str]], ticked: Sequence[str]) -> JsonBlock:
    options = [option(say(label), str(value)) for label, value in choices]
    initial = [each for each in options if each["value"] in ticked]
    element: JsonBlock = {"type": "checkboxes", "options": options}
    return {**element, "initial_options": initial} if initial else element
