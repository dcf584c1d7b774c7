"""Who may be answered and what the answer may use: decisions on facts, nothing else.

An answer may use what everybody who will see it may read. Whatever is not known to be inside is
outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.slack import sentences


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of somebody; `team` is None when Slack does not say."""

    id: str
    team: str | None
    is_guest: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """What Slack says of a channel or direct message; `teams` are all that Slack names in it."""

    id: str
    is_direct: bool
    is_shared: bool
    teams: frozenset[str] = frozenset()


# What only the asker sees, wherever they are: an ephemeral reply, the Home tab.
ALONE = Conversation(id="", is_direct=True, is_shared=False)


def refusal(asker: Person, conversation: Conversation, team: str) -> str | None:
    """Return the sentence that refuses the asker, or None when the question may be answered."""
    if asker.is_bot:
        return sentences.BOT
    if _is_outsider(asker, team):
        return sentences.OUTSIDER
    if asker.is_guest:
        return sentences.GUEST
    if conversation.is_shared or conversation.teams - {team}:
        return sentences.SHARED_CHANNEL
    return None


def audiences(
    conversation: Conversation, members: Sequence[Person] | None, team: str
) -> tuple[str, ...]:
    """Return whose documents the answer may use; `members` is None when they are not all known."""
    if conversation.is_direct:
        return (PUBLIC, INTERNAL)
    if members is None:
        return (PUBLIC,)
    if any(member.is_guest or _is_outsider(member, team) for member in members):
        return (PUBLIC,)
    return (PUBLIC, INTERNAL)


def refusal_alone(asker: Person, team: str) -> str | None:
    """Return the sentence that refuses the asker where nobody else sees what is said."""
    return refusal(asker, ALONE, team)


def is_full_member(person: Person, team: str) -> bool:
    """Whether it is a person who belongs to the workspace and is no guest of it."""
    return refusal_alone(person, team) is None


def _is_outsider(person: Person, team: str) -> bool:
    return person.team != team or person.is_stranger or person.is_deleted
