"""What people see of networks, as blocks: pure functions of what is known of a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain.networks import Member, Network, Openness, Topic
from assistant.language import say
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.agreeing_blocks import propose_button
from assistant.slack.networks.managing_people_form import MOST_TOPICS, topic_value
from assistant.slack.shown.blocks import (
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    inert,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.elements import MOST_VIEW_BLOCKS, button, buttons, plain
from assistant.slack.shown.lines import name

OPEN_ACTION = "managing.open"
LIST_ACTION = "managing.list"
JOIN_ACTION = "managing.join"
DECLINE_ACTION = "managing.decline"
LEAVE_ACTION = "managing.leave"
TAKE_BACK_ACTION = "managing.take_back_request"
CHANGE_ACTION = "managing.change.open"
MEMBERS_ACTION = "managing.members"
STEWARDS_ACTION = "managing.stewards.open"
TOPICS_ACTION = "managing.topics"
TOPIC_ACTION = "managing.topic.open"
CLOSE_ACTION = "managing.close"
INVITE_ACTION = "managing.invite.open"
REMOVE_ACTION = "managing.remove.open"
ACCEPT_REQUEST_ACTION = "managing.request.accept"
DECLINE_REQUEST_ACTION = "managing.request.decline"

MOST_OWN = 12
MOST_JOINABLE = 10
MOST_INVITED = 6
MOST_HOME = 6
MOST_REQUESTS = 15
MOST_PEOPLE = 60
MOST_TOPICS_ON_PAGE = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a network of which the reader is a member.

    `joined` have joined, `people` belong to it in all (None when not all are known), `waiting`
    ask to join; `is_shared` says that a channel of it is shared with other organisations.
    """

    network: Network
    is_steward: bool
    joined: int = 0
    people: int | None = None
    waiting: int = 0
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What networks a person finds: their own, those that invite them, those they may join.

    `asked` are the ids of those that they have asked to join.
    """

    own: tuple[Facts, ...] = ()
    invited: tuple[Network, ...] = ()
    joinable: tuple[Network, ...] = ()
    asked: tuple[str, ...] = ()


def list_messages(listing: Listing) -> tuple[Message, ...]:
    """Return the messages that list a person's networks."""
    return messages_of(list_shown(listing))


def list_view(listing: Listing, notice: str = "") -> dict[str, Any]:
    """Return the modal that lists a person's networks; `notice` stands above."""
    return _page([*_notice(notice), *list_shown(listing, is_short=True)])


def list_shown(listing: Listing, *, is_short: bool = False) -> list[Shown]:
    """Show a person's networks, their invitations and what they may join."""
    shown = [*_invitations(listing.invited), heading_block(say(words.YOUR_NETWORKS))]
    for facts in listing.own[:MOST_OWN]:
        shown += _short(facts) if is_short else _own(facts)
    if not listing.own:
        shown += context_blocks(say(words.NONE_YET))
    if listing.joinable:
        shown.append(heading_block(say(words.JOINABLE)))
    for network in listing.joinable[:MOST_JOINABLE]:
        shown += _joinable(network, has_asked=network.id in listing.asked)
    if len(listing.own) > MOST_OWN or len(listing.joinable) > MOST_JOINABLE:
        shown += context_blocks(say(words.MORE_NETWORKS))
    return shown


def home_shown(listing: Listing) -> list[Shown]:
    """Show in the Home tab a person's networks, invitations, and what waits for them."""
    shown = list(_invitations(listing.invited))
    if not listing.own and not listing.joinable:
        return shown
    shown.append(heading_block(say(words.YOUR_NETWORKS)))
    for facts in listing.own[:MOST_HOME]:
        shown += _short(facts)
    if not listing.own:
        shown += context_blocks(say(words.NONE_YET))
    see_all = say(words.SEE_JOINABLE)
    shown.append(buttons(button(see_all, see_all, LIST_ACTION, "list")))
    return shown


def page_messages(facts: Facts, command: str) -> tuple[Message, ...]:
    """Return the messages that are a network's page; `command` is the administrators'."""
    return messages_of(page_shown(facts, command))


def page_view(facts: Facts, command: str, notice: str = "") -> dict[str, Any]:
    """Return the modal that is a network's page; `notice` stands above."""
    return _page([*_notice(notice), *page_shown(facts, command)])


def page_shown(facts: Facts, command: str) -> list[Shown]:
    """Show a member a network: what it is for, who belongs to it and how, who knows what."""
    network = facts.network
    shown = [*_heading(network), *_belonging(facts)]
    shown.append(_listed(words.STEWARDS_ARE, "people", _users(network.stewards)))
    shown += [_topic(topic) for topic in facts.topics[:MOST_TOPICS_ON_PAGE]]
    if not facts.topics:
        shown += context_blocks(say(words.NO_TOPICS))
    shown += context_blocks(say(words.WAITS, hours=network.wait_hours))
    if facts.is_steward:
        if network.channels:
            shown += context_blocks(say(words.SHARED_NOT_OPEN, command=command))
        shown.append(_stewards_buttons(network))
    leave = _button(words.LEAVE, words.LEAVE, LEAVE_ACTION, network, words.LEAVE_SURE)
    shown.append(buttons(propose_button(network.id), leave))
    return shown


def members_view(network: Network, members: Sequence[Member], notice: str = "") -> dict[str, Any]:
    """Return the modal in which a steward answers requests, invites and takes people out."""
    by_state: dict[str, list[Member]] = {}
    for member in members:
        by_state.setdefault(member.state.value, []).append(member)
    requests = by_state.get("requested", [])
    shown = [*_notice(notice), heading_block(_called(network))]
    for request in requests[:MOST_REQUESTS]:
        shown += request_shown(network, request)
    if not requests:
        shown += context_blocks(say(words.NO_REQUESTS))
    for state, label in (("invited", words.INVITED_ARE), ("member", words.JOINED_ARE)):
        people = [member.user for member in by_state.get(state, ())]
        if people:
            shown.append(_listed(label, "people", _users(people)))
    invite = _button(words.INVITE, words.INVITE, INVITE_ACTION, network)
    remove = _button(words.REMOVE, words.REMOVE, REMOVE_ACTION, network)
    shown.append(buttons(invite, remove, _back(network)))
    return _page(shown)


def topics_view(network: Network, topics: Sequence[Topic], notice: str = "") -> dict[str, Any]:
    """Return the modal in which a steward adds, changes and takes out topics."""
    shown = [*_notice(notice), heading_block(_called(network))]
    for topic in topics[:MOST_TOPICS]:
        shown += _topic_row(network, topic, is_short=len(topics) > MOST_TOPICS // 2)
    if not topics:
        shown += context_blocks(say(words.NO_TOPICS))
    add = button(
        say(words.ADD_TOPIC), say(words.ADD_TOPIC), TOPIC_ACTION, topic_value(network.id, "")
    )
    shown.append(buttons(add, _back(network)))
    return _page(shown)


def done_view(network: Network | None, sentence: str) -> dict[str, Any]:
    """Return the modal that says what was done, with the way back to the network's page."""
    back = [buttons(_back(network))] if network is not None else []
    return _page([*text_blocks(sentence), *back])


def request_shown(network: Network, request: Member) -> list[Shown]:
    """Show a steward somebody who asks to join, with buttons to answer."""
    value = f"{network.id} {request.user}"
    accept, decline = say(words.ACCEPT), say(words.DECLINE)
    title = _called(network)
    return [
        listed_people(words.REQUEST_TOLD, (request.user,), name=title),
        buttons(
            button(accept, say(words.ACCEPT_REQUEST, name=title), ACCEPT_REQUEST_ACTION, value),
            button(decline, say(words.DECLINE_REQUEST, name=title), DECLINE_REQUEST_ACTION, value),
        ),
    ]


def invitation_buttons(network: Network) -> Shown:
    """Show who is invited the buttons to answer."""
    return buttons(
        _button(words.ACCEPT, words.ACCEPT_INVITATION, JOIN_ACTION, network),
        _button(words.DECLINE, words.DECLINE_INVITATION, DECLINE_ACTION, network),
    )


def listed_people(text: str, people: Sequence[str], **named: str) -> Shown:
    """Show a phrase of the catalogue with people in the place of {who}."""
    return _listed(text, "who", _users(people), **named)


def changed_shown(before: Network) -> list[Shown]:
    """Show what of a network somebody may write over."""
    lines = [*_heading(before)]
    if before.channels:
        lines.append(_listed(words.BY_CHANNELS, "places", _places("channel", before.channels)))
    if before.groups:
        lines.append(_listed(words.BY_GROUPS, "places", _places("usergroup", before.groups)))
    lines.append(_listed(words.STEWARDS_ARE, "people", _users(before.stewards)))
    lines += context_blocks(say(words.WAITS, hours=before.wait_hours))
    return lines


def _heading(network: Network) -> Iterator[Shown]:
    yield heading_block(_called(network))
    yield from text_blocks(name(network.purpose, 500))
    yield from context_blocks(
        say(words.HOW_OPEN, openness=say(words.OPENNESS[Openness(network.openness)]))
    )


def _belonging(facts: Facts) -> Iterator[Shown]:
    network = facts.network
    if facts.people is None:
        yield from context_blocks(say(words.JOINED_ONLY, joined=facts.joined))
    else:
        told = say(words.JOINED_AND_MORE, joined=facts.joined, all=facts.people)
        yield from context_blocks(told)
    if network.channels:
        yield _listed(words.BY_CHANNELS, "places", _places("channel", network.channels))
    if network.groups:
        yield _listed(words.BY_GROUPS, "places", _places("usergroup", network.groups))


def _own(facts: Facts) -> Iterator[Shown]:
    """Show a network of the reader's in the list, with a button that opens its page."""
    network = facts.network
    yield from _heading(network)
    yield from _belonging(facts)
    if facts.topics:
        topics = ", ".join(name(topic.name, 60) for topic in facts.topics[:MOST_TOPICS_ON_PAGE])
        yield from context_blocks(f"{say(words.TOPICS)}: {topics}")
    yield _listed(words.STEWARDS_ARE, "people", _users(network.stewards))
    yield buttons(_button(words.OPEN, words.OPEN_LABEL, OPEN_ACTION, network))


def _short(facts: Facts) -> Iterator[Shown]:
    network = facts.network
    yield from text_blocks(f"{_called(network)}: {name(network.purpose, 120)}")
    if facts.is_steward and facts.waiting:
        yield from context_blocks(say(words.WAITING, count=facts.waiting))
    elements = [_button(words.OPEN, words.OPEN_LABEL, OPEN_ACTION, network)]
    if facts.is_steward and facts.waiting:
        elements.append(_button(words.ANSWER, words.ANSWER_LABEL, MEMBERS_ACTION, network))
    yield buttons(*elements)


def _joinable(network: Network, *, has_asked: bool) -> Iterator[Shown]:
    yield from _heading(network)
    if has_asked:
        yield from context_blocks(say(words.ASKED_TO_JOIN))
        yield buttons(_button(words.TAKE_BACK, words.TAKE_BACK_LABEL, TAKE_BACK_ACTION, network))
    elif network.openness is Openness.OPEN:
        yield buttons(_button(words.JOIN, words.JOIN_LABEL, JOIN_ACTION, network))
    else:
        yield buttons(_button(words.ASK_TO_JOIN, words.ASK_LABEL, JOIN_ACTION, network))


def _invitations(invited: Sequence[Network]) -> Iterator[Shown]:
    if invited:
        yield heading_block(say(words.INVITATIONS))
    for network in invited[:MOST_INVITED]:
        yield from text_blocks(f"{_called(network)}: {name(network.purpose, 500)}")
        yield invitation_buttons(network)


def _stewards_buttons(network: Network) -> Shown:
    return buttons(
        _button(words.CHANGE, words.CHANGE, CHANGE_ACTION, network),
        _button(words.MEMBERS, words.MEMBERS, MEMBERS_ACTION, network),
        _button(words.STEWARDS, words.STEWARDS, STEWARDS_ACTION, network),
        _button(words.TOPICS, words.TOPICS, TOPICS_ACTION, network),
        _button(words.CLOSE_NETWORK, words.CLOSE_NETWORK, CLOSE_ACTION, network, words.CLOSE_SURE),
    )


def _back(network: Network) -> JsonBlock:
    return _button(words.BACK, words.BACK, OPEN_ACTION, network)


def _button(label: str, spoken: str, action: str, network: Network, confirm: str = "") -> JsonBlock:
    said = say(spoken, name=_called(network)) if "{name}" in spoken else say(spoken)
    return button(say(label), said, action, network.id, say(confirm) if confirm else "")


def _topic(topic: Topic) -> Shown:
    return _listed(
        words.KNOWN_BY, "people", _users(topic.people), topic=inert(name(topic.name, 60))
    )


def _topic_row(network: Network, topic: Topic, *, is_short: bool) -> Sequence[Shown]:
    """Show a topic with its button; in a long list who knows it stands on its own form alone."""
    label, value = say(words.CHANGE_TOPIC), topic_value(network.id, topic.name)
    title = inert(name(topic.name, 60))
    element = button(label, f"{label}: {title}", TOPIC_ACTION, value)
    if not is_short:
        return [_topic(topic), buttons(element)]
    return [Shown({"type": "section", "text": plain(title), "accessory": element}, title)]


def _called(network: Network) -> str:
    return inert(name(network.name, 60))


def _notice(sentence: str) -> Iterator[Shown]:
    if sentence:
        yield from text_blocks(sentence)


def _users(people: Sequence[str]) -> list[tuple[JsonBlock, str]]:
    return [({"type": "user", "user_id": each}, each) for each in people]


def _places(kind: str, ids: Sequence[str]) -> list[tuple[JsonBlock, str]]:
    return [({"type": kind, f"{kind}_id": each}, each) for each in ids]


def _listed(text: str, place: str, things: Sequence[tuple[JsonBlock, str]], **named: str) -> Shown:
    """Show a phrase of the catalogue with people or channels, as Slack shows them, in one place."""
    spoken = say(text, **{place: "\0", **named})
    before, _, after = spoken.partition("\0")
    listed, said = list(things[:MOST_PEOPLE]), [word for _, word in things[:MOST_PEOPLE]]
    if len(things) > MOST_PEOPLE:
        more = say(words.AND_MORE, count=len(things) - MOST_PEOPLE)
        listed.append(({"type": "text", "text": more}, more))
        said.append(more)
    elements: list[JsonBlock] = [{"type": "text", "text": before}] if before else []
    for number, (element, _) in enumerate(listed):
        if number:
            elements.append({"type": "text", "text": ", "})
        elements.append(element)
    if after:
        elements.append({"type": "text", "text": after})
    section = {"type": "rich_text_section", "elements": elements}
    line = f"{before}{', '.join(said)}{after}"
    return Shown({"type": "rich_text", "elements": [section]}, line)


def _page(shown: Sequence[Shown]) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain(say(words.NETWORK_TITLE)[:24]),
        "blocks": [one.block for one in shown][:MOST_VIEW_BLOCKS],
    }
