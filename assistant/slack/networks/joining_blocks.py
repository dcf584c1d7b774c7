"""What people are written about joining networks: pure functions."""

from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.networks import Member, Network
from assistant.language import say
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_blocks import (
    invitation_buttons,
    listed_people,
    request_shown,
)
from assistant.slack.shown.blocks import (
    JsonBlock,
    Message,
    context_blocks,
    inert,
    messages_of,
    text_blocks,
)
from assistant.slack.shown.lines import name
from assistant.slack.shown.weaving import woven


class Answer(StrEnum):
    """What became of a request to join."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request to join, and which steward said so."""

    answer: Answer
    by: str = ""


_ANSWERS = {
    Answer.ACCEPTED: words.REQUEST_ACCEPTED,
    Answer.DECLINED: words.REQUEST_DECLINED,
    Answer.GONE: words.REQUEST_GONE,
}


def request_message(network: Network, request: Member) -> Message:
    """Return what a steward is told of somebody who asks to join, with buttons to answer."""
    return messages_of(request_shown(network, request))[0]


def answered_message(network: Network, user: str, answered: Answered) -> Message:
    """Return what takes the place of a request that was answered."""
    named = {} if answered.answer is Answer.GONE else {"steward": _user(answered.by)}
    text = _ANSWERS[answered.answer]
    return messages_of([woven(text, who=_user(user), name=_called(network), **named)])[0]


def told_message(network: Network, answer: Answer) -> Message:
    """Return what who asked to join is told of the answer."""
    told = words.WERE_ACCEPTED if answer is Answer.ACCEPTED else words.WERE_DECLINED
    return messages_of(list(text_blocks(say(told, name=_called(network)))))[0]


def invitation_message(network: Network, invitation: Member) -> Message:
    """Return what somebody is told who is invited, with buttons to answer."""
    return messages_of(
        [
            listed_people(words.INVITATION_TOLD, (invitation.by,), name=_called(network)),
            *text_blocks(name(network.purpose, 500)),
            *context_blocks(say(words.INVITATION_WHAT)),
            invitation_buttons(network),
        ]
    )[0]


def _user(user: str) -> tuple[JsonBlock, str]:
    return {"type": "user", "user_id": user}, user


def _called(network: Network) -> str:
    return inert(name(network.name, 60))
