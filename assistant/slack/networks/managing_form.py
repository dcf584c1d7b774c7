"""The form with which a network is made and changed: pure functions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain.characters import skeleton
from assistant.domain.networks import Network, Openness
from assistant.language import say
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_elements import Held, form
from assistant.slack.shown.blocks import JsonBlock, Shown
from assistant.slack.shown.elements import field_block, option, people_element, text_element
from assistant.slack.shown.filled import CHANNEL, GROUP, FormState

CREATE_VIEW = "managing.create"
CHANGE_VIEW = "managing.change"

SHORTEST_NAME, LONGEST_NAME = 3, 60
LONGEST_ID = 40
LONGEST_PURPOSE = 500
MOST_STEWARDS = 20
MOST_CHANNELS = 20
MOST_GROUPS = 20
MOST_HOURS = 720
USUAL_HOURS = 48
# More user groups than Slack takes as choices are typed by their ids.
MOST_OPTIONS = 100
RESERVED = frozenset({"list", "new", "propose", "stewards"})
# What begins with these words is taken for the command.
RESERVED_BEFORE_A_NAME = ("propose ", "stewards ")

_NOT_OF_AN_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form about a network holds, checked or not.

    `others` are channels of the network in which who fills it in is not.
    """

    name: str = ""
    purpose: str = ""
    openness: str = Openness.OPEN.value
    stewards: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    hours: str = str(USUAL_HOURS)

    @property
    def all_channels(self) -> tuple[str, ...]:
        """The channels that the network would have."""
        return tuple(dict.fromkeys((*self.channels, *self.others)))


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group's id, and what the workspace calls it."""

    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form offers: the workspace's user groups, channels that only others are in.

    `groups` is None where Slack does not list them. `command` is the administrators'.
    """

    command: str
    groups: tuple[UserGroup, ...] | None = None
    others: tuple[str, ...] = ()


def draft_of(network: Network, others: Sequence[str]) -> Draft:
    """Return a network as its form shows it to who is not in the channels `others`."""
    return Draft(
        name=network.name,
        purpose=network.purpose,
        openness=network.openness.value,
        stewards=network.stewards,
        channels=tuple(each for each in network.channels if each not in others),
        others=tuple(each for each in network.channels if each in others),
        groups=network.groups,
        hours=str(network.wait_hours),
    )


def draft_in(view: Mapping[str, Any]) -> Draft:
    """Return what a form holds that was sent."""
    filled = FormState(view)
    return Draft(
        name=filled.line("name"),
        purpose=filled.line("purpose"),
        openness=filled.choice("openness"),
        stewards=filled.people("stewards"),
        channels=filled.channels("channels"),
        others=tuple(each for each in filled.items("others") if CHANNEL.fullmatch(each)),
        groups=filled.items("groups"),
        hours=filled.line("hours"),
    )


def network_view(
    draft: Draft, held: Held, choices: Choices, news: Sequence[Shown] = ()
) -> dict[str, Any]:
    """Return the modal, filled with a draft; `news` stands above it."""
    is_new = not held.network
    blocks = [
        *(shown.block for shown in news),
        field_block("name", say(words.NAME), text_element(draft.name, LONGEST_NAME)),
        field_block(
            "purpose",
            say(words.PURPOSE),
            text_element(draft.purpose, LONGEST_PURPOSE, is_long=True),
        ),
        field_block("openness", say(words.HOW_TO_JOIN), _openness(draft.openness)),
        *([_stewards(draft.stewards)] if is_new else []),
        _channels(draft.channels, choices.command),
        *([_others(draft.others, choices.others)] if choices.others else []),
        _groups(draft.groups, choices.groups),
        field_block("hours", say(words.HOURS), text_element(draft.hours, 5)),
    ]
    title, submit = (words.NEW_TITLE, words.CREATE) if is_new else (words.CHANGE, words.SAVE)
    return form(CREATE_VIEW if is_new else CHANGE_VIEW, title, submit, held, blocks)


def mistakes(draft: Draft, taken: Sequence[str], *, is_new: bool) -> dict[str, str]:
    """Return a sentence for each field that cannot be taken; `taken` are names of others."""
    hours = int(draft.hours) if draft.hours.isdecimal() and len(draft.hours) <= 5 else 0  # noqa: PLR2004
    looks = skeleton(draft.name)
    wrong = {
        words.NAME_LENGTH: ("name", not SHORTEST_NAME <= len(draft.name) <= LONGEST_NAME),
        words.NAME_RESERVED: (
            "name",
            looks in RESERVED or looks.startswith(RESERVED_BEFORE_A_NAME),
        ),
        words.NAME_TAKEN: ("name", looks in map(skeleton, taken)),
        words.PURPOSE_LENGTH: ("purpose", not 1 <= len(draft.purpose) <= LONGEST_PURPOSE),
        words.OPENNESS_MISSING: ("openness", draft.openness not in set(Openness)),
        words.STEWARDS_COUNT: ("stewards", is_new and not is_count_of_stewards(draft.stewards)),
        words.CHANNELS_COUNT: ("channels", len(draft.all_channels) > MOST_CHANNELS),
        words.GROUPS_WRONG: ("groups", not all(GROUP.fullmatch(each) for each in draft.groups)),
        words.GROUPS_COUNT: ("groups", len(draft.groups) > MOST_GROUPS),
        words.HOURS_WRONG: ("hours", not 1 <= hours <= MOST_HOURS),
    }
    found: dict[str, str] = {}
    for sentence, (field, is_wrong) in wrong.items():
        if is_wrong:
            found.setdefault(field, say(sentence))
    return found


def is_count_of_stewards(stewards: Sequence[str]) -> bool:
    """Whether a network may have so many stewards."""
    return 1 <= len(stewards) <= MOST_STEWARDS


def network_id(name: str, number: int = 1) -> str:
    """Return the id that a network of this name has, the first or a later of them."""
    end = f"-{number}" if number > 1 else ""
    slug = _NOT_OF_AN_ID.sub("-", skeleton(name)).strip("-") or "network"
    return slug[: LONGEST_ID - len(end)].strip("-") + end


def _openness(chosen: str) -> JsonBlock:
    options = [option(say(label), value.value) for value, label in words.OPENNESS.items()]
    element: JsonBlock = {"type": "radio_buttons", "options": options}
    initial = [each for each in options if each["value"] == chosen]
    return {**element, "initial_option": initial[0]} if initial else element


def _stewards(chosen: Sequence[str]) -> JsonBlock:
    element = people_element(chosen[:MOST_STEWARDS], MOST_STEWARDS)
    return field_block("stewards", say(words.STEWARDS), element, say(words.STEWARDS_HINT))


def _channels(chosen: Sequence[str], command: str) -> JsonBlock:
    element: JsonBlock = {
        "type": "multi_conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "max_selected_items": MOST_CHANNELS,
    }
    if chosen:
        element["initial_conversations"] = list(chosen[:MOST_CHANNELS])
    hint = say(words.CHANNELS_HINT, command=command)
    return field_block("channels", say(words.CHANNELS), element, hint, is_optional=True)


def _others(kept: Sequence[str], all_of_them: Sequence[str]) -> JsonBlock:
    options = [option(each, each) for each in dict.fromkeys(all_of_them[:MOST_CHANNELS])]
    element: JsonBlock = {"type": "multi_static_select", "options": options}
    initial = [each for each in options if each["value"] in kept]
    if initial:
        element["initial_options"] = initial
    hint = say(words.OTHER_CHANNELS_HINT)
    return field_block("others", say(words.OTHER_CHANNELS), element, hint, is_optional=True)


def _groups(chosen: Sequence[str], listed: Sequence[UserGroup] | None) -> JsonBlock:
    """Offer the workspace's user groups; where they are not told, or too many, ask for ids."""
    label, hint = say(words.GROUPS), say(words.GROUPS_HINT)
    names = {each.group: each.name for each in listed or ()}
    offered = {**names, **{each: each for each in chosen if each not in names}}
    if not names or len(offered) > MOST_OPTIONS or not all(map(GROUP.fullmatch, offered)):
        text = text_element(", ".join(chosen), 1000)
        return field_block("groups", label, text, say(words.GROUPS_WRONG), is_optional=True)
    options = [option(called or each, each) for each, called in offered.items()]
    element: JsonBlock = {"type": "multi_static_select", "options": options}
    initial = [each for each in options if each["value"] in chosen]
    if initial:
        element["initial_options"] = initial
    return field_block("groups", label, element, hint, is_optional=True)
