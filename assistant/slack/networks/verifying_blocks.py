"""What people see of verified answers: Home tab, lists, whole answers; pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import Lapse, Network, Peer, PeerAnswer, PeerCitation, VerifiedAnswer
from assistant.domain.releases import Actor
from assistant.language import phrase, say, say_day, say_some
from assistant.slack.shown.blocks import (
    JsonBlock,
    Shown,
    context_blocks,
    heading_block,
    inert,
    source_blocks,
    text_blocks,
)
from assistant.slack.shown.correct_button import correct_button
from assistant.slack.shown.elements import button as element
from assistant.slack.shown.elements import buttons, modal
from assistant.slack.shown.lines import SURFACE, line_of, name

VERIFY_ACTION = "networks.verify"
SET_ASIDE_ACTION = "networks.set_aside"
TAKE_UP_ACTION = "networks.take_up"
SET_ASIDES_ACTION = "networks.show_set_aside"
WAITING_ACTION = "networks.show_waiting"
SHOW_ACTION = "networks.show_verified"
LIST_ACTION = "networks.list_verified"
RENEW_ACTION = "networks.renew"
WIDEN_ACTION = "networks.widen"
NARROW_ACTION = "networks.narrow"
RETIRE_ACTION = "networks.retire"

MOST_WAITING = 3
MOST_LAPSED = 3
MOST_NEWEST = 2
# Six blocks each at most, and a view has a hundred.
MOST_LISTED = 12
MOST_SOURCES = 20
LONGEST_SHOWN = 12_000
BEGINNING = 240
LONGEST_QUESTION = 300
LONGEST_NAME = 80

LAPSES: Mapping[Lapse, str] = {
    Lapse.REVIEW_DUE: phrase("its review date has passed"),
    Lapse.PASSAGE_CHANGED: phrase("a passage that it cites has changed"),
    Lapse.PASSAGE_SUPERSEDED: phrase("a passage that it cites no longer holds"),
    Lapse.PASSAGE_GONE: phrase("a passage that it cites is gone"),
}

TITLE = phrase("Verified answer")
LIST_TITLE = phrase("Verified answers")
SET_ASIDE_TITLE = phrase("Not for reuse")
WAITING_TITLE = phrase("To be verified")
UNNAMED = phrase("a member who is not named")
HEADING = phrase("Verified by your networks")
TO_VERIFY = phrase("To be verified in {network}: {count}")
OF_NETWORK = phrase("{network}: verified answers")
SAID_BY = phrase("{author}, {organisation}, {day}")
SAID_BY_ALONE = phrase("{author}, {day}")
LAPSED = phrase("Lapsed: {reason}.")
REVIEW_BY = phrase("To be reviewed by {day}.")
PEER_EXPERIENCE = phrase(
    "This is peer experience from {network}, verified by a steward of it; it is not guidance."
)
VERIFIED_BY = phrase("Verified by {who} {at}.")
READ_BY_NETWORK = phrase("The network's members may read it.")
READ_BY_INTERNAL = phrase("Everyone in the organisation may read it.")
READ_BY_PUBLIC = phrase("Everyone whom the assistant answers may read it.")
SOURCES = phrase("The passages it rests on")
NOTHING_VERIFIED = phrase("Nothing was verified in this network yet.")
NOTHING_WAITS = phrase("Nothing waits to be verified in this network.")
NOTHING_SET_ASIDE = phrase("Nothing in this network is marked as not for reuse.")

VERIFY = phrase("Verify")
NOT_FOR_REUSE = phrase("Not for reuse")
FOR_REUSE = phrase("May be reused after all")
SHOW_WHOLE = phrase("Show the whole answer")
ALL_VERIFIED = phrase("All verified answers")
ALL_WAITING = phrase("Show all that waits")
SHOW_SET_ASIDE = phrase("Show what is not for reuse")
MORE = phrase("Show more")
RENEW = phrase("Renew")
CHANGE = phrase("Change")
WIDEN = phrase("Open more widely")
NARROW = phrase("For the network alone again")
RETIRE = phrase("Retire")
RETIRE_CONFIRM = phrase("It is taken out for good, and no answer rests on it from then on.")
NARROW_CONFIRM = phrase("From now on only members of the network read it.")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a network has verified, the lapsed first, and for its stewards what waits for them."""

    network: Network
    is_steward: bool
    verified: tuple[VerifiedAnswer, ...]
    waiting: tuple[PeerAnswer, ...] = ()


def home_blocks(shelves: Sequence[Shelf]) -> Iterator[Shown]:
    """Show what waits for a steward, and what a member's networks verified."""
    filled = [shelf for shelf in shelves if shelf.verified or shelf.waiting or shelf.is_steward]
    if filled:
        yield heading_block(say(HEADING))
    for shelf in filled:
        yield from _waiting(shelf)
        yield from _verified(shelf)


def list_view(shelf: Shelf, offset: int = 0) -> dict[str, Any]:
    """Return the modal that lists what a network has verified, a page of it."""
    shown = [heading_block(_of(OF_NETWORK, shelf.network))]
    if not shelf.verified:
        shown += context_blocks(say(NOTHING_VERIFIED))
    for answer in shelf.verified[offset : offset + MOST_LISTED]:
        shown += verified_blocks(answer, is_steward=shelf.is_steward)
    following = offset + MOST_LISTED
    if following < len(shelf.verified):
        more = button(MORE, LIST_ACTION, f"{shelf.network.id}:{following}")
        shown.append(buttons(more))
    return modal(say(LIST_TITLE), shown)


def waiting_view(
    network: Network, waiting: Sequence[PeerAnswer], offset: int = 0
) -> dict[str, Any]:
    """Return the modal that lists what waits for a steward, a page of it."""
    shown = [] if waiting[offset:] else list(context_blocks(say(NOTHING_WAITS)))
    for answer in waiting[offset : offset + MOST_LISTED]:
        shown += _to_be_verified(answer)
    following = offset + MOST_LISTED
    if following < len(waiting):
        shown.append(buttons(button(MORE, WAITING_ACTION, f"{network.id}:{following}")))
    return modal(say(WAITING_TITLE), [heading_block(name(network.name, LONGEST_NAME)), *shown])


def set_aside_view(network: Network, answers: Sequence[PeerAnswer]) -> dict[str, Any]:
    """Return the modal that lists what a steward marked as not for reuse."""
    shown = [] if answers else list(context_blocks(say(NOTHING_SET_ASIDE)))
    for answer in answers[: MOST_LISTED * 2]:
        shown += peer_blocks(answer)
        shown.append(buttons(button(FOR_REUSE, TAKE_UP_ACTION, str(answer.id))))
    return modal(say(SET_ASIDE_TITLE), [heading_block(name(network.name, LONGEST_NAME)), *shown])


def verified_view(answer: VerifiedAnswer, network: Network) -> dict[str, Any]:
    """Return the modal that shows a verified answer, word for word, and who stands behind it."""
    shown = [
        heading_block(name(answer.question, LONGEST_QUESTION)),
        *context_blocks(_of(PEER_EXPERIENCE, network)),
        *mark_blocks(answer),
        *text_blocks(answer.answer[:LONGEST_SHOWN]),
        *context_blocks(said_by(answer.by, answer.on)),
        line_of(VERIFIED_BY, who=Actor(answer.verifier, SURFACE), at=answer.verified_at),
        *context_blocks(f"{_review(answer)} {say(readers_of(answer.audience))}"),
        *_sources(answer.citations),
        buttons(correct_button(answer.id)),
    ]
    return modal(say(TITLE), shown)


def peer_blocks(answer: PeerAnswer) -> Iterator[Shown]:
    """Show a shared or captured answer: the question, its beginning, who said it."""
    yield _entry(answer.question, answer.note or answer.answer)
    yield from context_blocks(said_by(answer.by, answer.on))


def verified_blocks(answer: VerifiedAnswer, *, is_steward: bool) -> Iterator[Shown]:
    """Show a verified answer's beginning, and the buttons that its reader may press."""
    yield _entry(answer.question, answer.answer)
    yield from context_blocks(f"{said_by(answer.by, answer.on)}. {_review(answer)}")
    yield from mark_blocks(answer)
    value = str(answer.id)
    elements = [button(SHOW_WHOLE, SHOW_ACTION, value)]
    if is_steward:
        elements += _stewards_buttons(answer, value)
    yield buttons(*elements)


def mark_blocks(answer: VerifiedAnswer) -> Sequence[Shown]:
    """Say why a verified answer lapsed, if it did."""
    if answer.lapse is None:
        return ()
    return list(context_blocks(say(LAPSED, reason=say(LAPSES[answer.lapse]))))


def said_by(by: Peer, on: date) -> str:
    """Say who said something and when: by the name, or without one as they chose."""
    author = name(by.name, LONGEST_NAME) if by.name else say(UNNAMED)
    if not by.organisation.strip():
        return say(SAID_BY_ALONE, author=author, day=say_day(on))
    organisation = name(by.organisation, LONGEST_NAME)
    return say(SAID_BY, author=author, organisation=organisation, day=say_day(on))


def readers_of(audience: str) -> str:
    """Return the phrase that says who reads what is for an audience."""
    return {INTERNAL: READ_BY_INTERNAL, PUBLIC: READ_BY_PUBLIC}.get(audience, READ_BY_NETWORK)


def button(label: str, action: str, value: str, confirm: str = "") -> JsonBlock:
    """Return a button with a phrase; with `confirm`, another, it asks first whether it is meant."""
    words = say(label)
    return element(words, words, action, value, say(confirm) if confirm else "")


def _waiting(shelf: Shelf) -> Iterator[Shown]:
    if not shelf.is_steward:
        return
    if shelf.waiting:
        count = f"{len(shelf.waiting):,}"
        called = name(shelf.network.name, LONGEST_NAME)
        yield heading_block(say(TO_VERIFY, network=called, count=count))
    for answer in shelf.waiting[:MOST_WAITING]:
        yield from _to_be_verified(answer)
    if len(shelf.waiting) > MOST_WAITING:
        yield buttons(button(ALL_WAITING, WAITING_ACTION, f"{shelf.network.id}:0"))


def _to_be_verified(answer: PeerAnswer) -> Iterator[Shown]:
    yield from peer_blocks(answer)
    value = str(answer.id)
    yield buttons(
        button(VERIFY, VERIFY_ACTION, value), button(NOT_FOR_REUSE, SET_ASIDE_ACTION, value)
    )


def _verified(shelf: Shelf) -> Iterator[Shown]:
    yield heading_block(_of(OF_NETWORK, shelf.network))
    lapsed = [each for each in shelf.verified if each.lapse is not None]
    others = [each for each in shelf.verified if each.lapse is None]
    for answer in (*lapsed[: MOST_LAPSED if shelf.is_steward else 0], *others[:MOST_NEWEST]):
        yield from verified_blocks(answer, is_steward=shelf.is_steward)
    count = len(shelf.verified)
    words = say_some("{count} answer was verified.", "{count} answers were verified.", count)
    yield from context_blocks(words)
    elements = [button(ALL_VERIFIED, LIST_ACTION, f"{shelf.network.id}:0")] if count else []
    if shelf.is_steward:
        elements.append(button(SHOW_SET_ASIDE, SET_ASIDES_ACTION, shelf.network.id))
    yield buttons(*elements)


def _stewards_buttons(answer: VerifiedAnswer, value: str) -> Iterator[JsonBlock]:
    yield button(CHANGE if answer.lapse is None else RENEW, RENEW_ACTION, value)
    if answer.audience != PUBLIC:
        yield button(WIDEN, WIDEN_ACTION, value)
    if answer.audience in (INTERNAL, PUBLIC):
        yield button(NARROW, NARROW_ACTION, value, NARROW_CONFIRM)
    yield button(RETIRE, RETIRE_ACTION, value, RETIRE_CONFIRM)


def _entry(question: str, beginning: str) -> Shown:
    """Show a question in bold and how what was said to it begins."""
    asked, said = inert(name(question, BEGINNING)), inert(name(beginning, BEGINNING))
    section: JsonBlock = {
        "type": "rich_text_section",
        "elements": [
            {"type": "text", "text": asked, "style": {"bold": True}},
            {"type": "text", "text": f"\n{said}"},
        ],
    }
    return Shown({"type": "rich_text", "elements": [section]}, f"{asked}\n{said}")


def _sources(citations: Iterable[PeerCitation]) -> Iterator[Shown]:
    cited = [each for each in citations if each.line.strip()]
    if cited:
        yield heading_block(say(SOURCES))
    for citation in cited[:MOST_SOURCES]:
        yield from source_blocks(name(citation.line, LONGEST_QUESTION), citation.url)


def _review(answer: VerifiedAnswer) -> str:
    return say(REVIEW_BY, day=say_day(answer.review_by))


def _of(template: str, network: Network) -> str:
    return say(template, network=name(network.name, LONGEST_NAME))
