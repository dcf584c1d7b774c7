"""What people see of definitions that are proposed and agreed: pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assistant.domain.networks import Network, Proposal, ProposalState, Vote
from assistant.language import say, say_day
from assistant.slack.networks import agreeing_words as words
from assistant.slack.shown.blocks import (
    LONGEST_TEXT,
    JsonBlock,
    Message,
    Shown,
    context_blocks,
    heading_block,
    inert,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.elements import MOST_VIEW_BLOCKS, button, buttons, modal
from assistant.slack.shown.lines import name
from assistant.slack.shown.weaving import woven

AGREE_ACTION = "agreeing.agree"
DECLINE_ACTION = "agreeing.decline"
RETIRE_ACTION = "agreeing.retire_definition"
SHOW_ACTION = "agreeing.show_definition"
PROPOSE_ACTION = "agreeing.propose"

LONGEST_SHOWN_NAME = 80
LONGEST_TERM_SHOWN = 120
BEGINNING = 160
LONGEST_QUOTED = 1500
MOST_STEWARDS = 20
MOST_AGREED_IN_HOME = 4
MOST_OPEN_IN_HOME = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal in its network, and what it would replace; `is_direct` where no channel shows it.

    `network` says who the stewards are now.
    """

    proposal: Proposal
    network: Network
    replaces: Proposal | None = None
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class HomePart:
    """What a person's Home tab shows: agreed definitions and open proposals, the newest first.

    `waiting` are those that wait for the reader's word; `can_propose` says that they are in a
    network.
    """

    agreed: tuple[Standing, ...] = ()
    proposed: tuple[Standing, ...] = ()
    waiting: tuple[Standing, ...] = ()
    can_propose: bool = False


def needed_of(network: Network) -> int:
    """Return how many stewards must agree: more than half."""
    return len(network.stewards) // 2 + 1


def proposal_message(standing: Standing) -> Message:
    """Return the message below which a proposal is discussed, as the proposal stands."""
    shown = list(_proposal(standing))
    if standing.proposal.state is ProposalState.PROPOSED:
        if standing.is_direct:
            people = standing.network.stewards[:MOST_STEWARDS]
            shown.append(_with_people(words.DISCUSS_DIRECT, people))
        else:
            shown += context_blocks(say(words.DISCUSS))
    return messages_of(shown)[0]


def proposal_view(standing: Standing) -> dict[str, Any]:
    """Return the modal that shows a proposal, with the buttons for stewards."""
    shown = list(_proposal(standing))
    channel = standing.proposal.channel or ""
    if channel.startswith(("C", "G")):
        place: JsonBlock = {"type": "channel", "channel_id": channel}
        shown.append(woven(words.DISCUSSED_IN, place=(place, channel)))
    return modal(say(words.TITLE), shown[:MOST_VIEW_BLOCKS])


def told_message(standing: Standing) -> Message:
    """Return what who proposed a definition is told of its end."""
    proposal, network = standing.proposal, _called(standing.network)
    if not proposal.text:
        return messages_of(list(text_blocks(say(words.YOURS_GONE, network=network))))[0]
    agreed = proposal.agreed_on is not None
    sentence = words.YOURS_AGREED if agreed else words.YOURS_DECLINED
    day = _day(proposal.agreed_on or proposal.ended_at)
    told = say(sentence, network=network, term=_term(proposal), day=day)
    shown = list(text_blocks(told))
    if not agreed:
        shown += [_vote(vote) for vote in proposal.votes if not vote.agrees]
    return messages_of(shown)[0]


def answered_message(standing: Standing) -> Message:
    """Return `told_message` for a thread, where it must be said whom it is for."""
    proposer = _user(standing.proposal.proposed_by)
    section = {"type": "rich_text_section", "elements": [proposer[0]]}
    shown = Shown({"type": "rich_text", "elements": [section]}, proposer[1])
    told = told_message(standing)
    return Message(told.text, (shown.block, *told.blocks))


def home_shown(part: HomePart) -> list[Shown]:
    """Show in the Home tab what was agreed, what is open, and what waits for the reader."""
    if not part.can_propose:
        return []
    shown = [heading_block(say(words.HEADING))]
    waiting = part.waiting[:MOST_OPEN_IN_HOME]
    for each in waiting:
        shown += _with_button(words.WAITS_LINE, each)
    for each in part.proposed[: MOST_OPEN_IN_HOME - len(waiting)]:
        shown += _with_button(words.OPEN_LINE, each)
    for each in part.agreed[:MOST_AGREED_IN_HOME]:
        shown += _with_button(words.AGREED_LINE, each)
    shown.append(buttons(propose_button("")))
    return shown


def propose_button(network_id: str) -> JsonBlock:
    """Return the button that opens the form, for one network where an id is given."""
    label = say(words.PROPOSE_DEFINITION)
    return button(label, say(words.PROPOSE_LABEL), PROPOSE_ACTION, network_id or "-")


def _proposal(standing: Standing) -> Iterator[Shown]:
    proposal = standing.proposal
    yield heading_block(say(words.PROPOSED_IN, network=_called(standing.network)))
    if not proposal.text:
        yield from text_blocks(say(words.WORDS_GONE))
        return
    yield heading_block(_term(proposal))
    yield _quoted(proposal.text)
    if proposal.whose:
        yield from context_blocks(say(words.SOURCE, whose=name(proposal.whose)))
    day = say_day(proposal.proposed_at)
    yield woven(words.BY, who=_user(proposal.proposed_by), day=day)
    yield from _replaced(standing)
    yield from _state(standing)
    yield from _buttons(proposal)


def _replaced(standing: Standing) -> Iterator[Shown]:
    older = standing.replaces
    if older is not None and standing.proposal.state is ProposalState.PROPOSED:
        yield from context_blocks(say(words.REPLACES, day=_day(older.agreed_on)))
        yield _quoted(older.text)


def _state(standing: Standing) -> Iterator[Shown]:
    proposal, votes = standing.proposal, standing.proposal.votes
    if proposal.state is ProposalState.PROPOSED:
        # Who is a steward no longer is not counted.
        votes = tuple(vote for vote in votes if vote.steward in standing.network.stewards)
        count, needed = len(standing.network.stewards), needed_of(standing.network)
        needs = say(words.NEEDS, needed=needed, count=count) if count > 1 else say(words.NEEDS_ONE)
        yield from context_blocks(needs)
        if not votes:
            yield from context_blocks(say(words.NOBODY_YET))
    elif proposal.agreed_on is not None:
        yield from text_blocks(say(words.IS_AGREED, day=_day(proposal.agreed_on)))
    elif proposal.state is ProposalState.DECLINED:
        yield from text_blocks(say(words.IS_DECLINED, day=_day(proposal.ended_at)))
    if proposal.state is ProposalState.RETIRED:
        yield from text_blocks(say(words.IS_RETIRED, day=_day(proposal.ended_at)))
    for vote in votes[:MOST_STEWARDS]:
        yield _vote(vote)


def _buttons(proposal: Proposal) -> Iterator[Shown]:
    value = str(proposal.id)
    if proposal.state is ProposalState.PROPOSED:
        yield buttons(
            button(say(words.AGREE), say(words.AGREE_LABEL), AGREE_ACTION, value),
            button(say(words.DECLINE), say(words.DECLINE_LABEL), DECLINE_ACTION, value),
        )
    elif proposal.state is ProposalState.AGREED:
        label = say(words.RETIRE)
        yield buttons(button(label, label, RETIRE_ACTION, value, say(words.RETIRE_SURE)))


def _vote(vote: Vote) -> Shown:
    day = say_day(vote.at)
    if vote.agrees:
        return woven(words.HAS_AGREED, who=_user(vote.steward), day=day)
    reason = inert(name(vote.reason, 500)).replace("\0", "")
    return woven(words.HAS_DECLINED, who=_user(vote.steward), day=day, reason=reason)


def _with_button(text: str, standing: Standing) -> Iterator[Shown]:
    proposal = standing.proposal
    day = _day(proposal.agreed_on) if proposal.agreed_on is not None else ""
    line = say(
        text,
        term=_term(proposal),
        network=_called(standing.network),
        day=day,
        text=name(proposal.text, BEGINNING),
    )
    yield from text_blocks(line)
    yield buttons(button(say(words.SHOW), say(words.SHOW_LABEL), SHOW_ACTION, str(proposal.id)))


def _quoted(text: str) -> Shown:
    # What is made inert may be twice as long.
    said = inert(text.strip()[:LONGEST_QUOTED]) or "\u2026"
    pieces = [said[at : at + LONGEST_TEXT] for at in range(0, len(said), LONGEST_TEXT)]
    texts = [{"type": "text", "text": piece} for piece in pieces]
    quote = {"type": "rich_text_quote", "elements": texts}
    return Shown({"type": "rich_text", "elements": [quote]}, said)


def _with_people(text: str, people: Sequence[str]) -> Shown:
    """Show a phrase with people in the place of {who}."""
    before, _, after = say(text, who="\0").partition("\0")
    elements: list[JsonBlock] = [{"type": "text", "text": before}]
    for number, person in enumerate(people):
        if number:
            elements.append({"type": "text", "text": ", "})
        elements.append(_user(person)[0])
    elements.append({"type": "text", "text": after or " "})
    section = {"type": "rich_text_section", "elements": elements}
    spoken = f"{before}{', '.join(people)}{after}"
    return Shown({"type": "rich_text", "elements": [section]}, spoken)


def _user(person: str) -> tuple[JsonBlock, str]:
    return {"type": "user", "user_id": person}, person


def _called(network: Network) -> str:
    return inert(name(network.name, LONGEST_SHOWN_NAME))


def _term(proposal: Proposal) -> str:
    return inert(name(proposal.term, LONGEST_TERM_SHOWN))


def _day(day: date | datetime | None) -> str:
    return say_day(day) if day is not None else "\u2013"
