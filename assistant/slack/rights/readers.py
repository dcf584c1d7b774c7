"""Who may be answered and what the answer may use: decisions on facts, nothing else.

An answer may use what everybody who will see it may read. Whatever is not known to be inside is
outside. Sentences are phrases of the catalogue, put into the reader's language by who shows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.slack.shown import sentences
from assistant.store.policies import ChannelPolicy


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of somebody; `team` and `locale` are None when Slack does not say."""

    id: str
    team: str | None
    is_guest: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    is_deleted: bool = False
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What Slack says of a channel or direct message; `teams` are all that Slack names in it.

    `is_pending` says that somebody is invited who does not read it yet, `is_member` that we are in
    it; `name` is empty where not everybody may know it.
    """

    id: str
    is_direct: bool
    is_shared: bool
    teams: frozenset[str] = frozenset()
    is_pending: bool = False
    is_member: bool = False
    name: str = ""


class Standing(StrEnum):
    """What somebody is to the workspace in which the app is installed."""

    FULL = "full member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked, on one day: the conversation and the policy that holds there.

    `home` is the workspace in which the app is installed; `members` is None when they are not all
    known. `networks` are the audiences that belong to the channel.
    """

    conversation: Conversation
    policy: ChannelPolicy
    home: str
    today: date
    members: Sequence[Person] | None = None
    networks: tuple[str, ...] = ()

    @property
    def others(self) -> frozenset[str]:
        """The other workspaces that Slack names in it."""
        return self.conversation.teams - {self.home}

    @property
    def is_shared(self) -> bool:
        """Whether somebody outside the workspace reads it, or is about to."""
        return self.conversation.is_shared or bool(self.others)

    @property
    def is_opened(self) -> bool:
        """Whether it is shared, and opened for whom it is shared with."""
        opened = self.policy.is_open(self.today) and not self.conversation.is_direct
        return self.is_shared and opened


def standing(person: Person, home: str) -> Standing:
    """Return what somebody is to the workspace `home`; whoever is not known is an outsider."""
    if person.is_bot:
        return Standing.APP
    if _is_outside(person, home):
        return Standing.OUTSIDER
    return Standing.GUEST if person.is_guest else Standing.FULL


def refusal(asker: Person, place: Place, *, is_chosen: bool) -> str | None:
    """Return the sentence that refuses the asker, or None when the question may be answered.

    `is_chosen` says whether the asker is one of those who may ask there by its policy.
    """
    rank = standing(asker, place.home)
    if rank is Standing.APP:
        return sentences.BOT
    refused = _refusal_of_place(rank, place) if place.is_shared else None
    if refused is None and rank is Standing.OUTSIDER and not _is_let_in(asker, place):
        refused = sentences.OUTSIDER
    if refused is None and not is_chosen:
        outside = rank is Standing.OUTSIDER
        refused = sentences.NOT_CHOSEN_OUTSIDE if outside else sentences.NOT_CHOSEN
    return refused


def audiences(readers: Sequence[Person] | None, place: Place) -> tuple[str, ...]:
    """Return whose documents may be used for `readers`, None when they are not all known.

    What is internal needs every reader known as a full member, in a channel that is not shared.
    What a network knows is for the members of its channel; in a shared one, only while everybody
    there is known.
    """
    allowed = place.policy.audiences
    usable = [PUBLIC] if PUBLIC in allowed else []
    if INTERNAL in allowed and _are_all_inside(readers, place):
        usable.append(INTERNAL)
    if are_of_the_channel(readers, place):
        usable.extend(sorted(place.networks))
    return tuple(usable)


def private_audiences(asker: Person, home: str, networks: Sequence[str] = ()) -> tuple[str, ...]:
    """Return whose documents may be used where the asker alone reads, no outsider.

    `networks` are those to which they belong wherever they are.
    """
    inside = (INTERNAL,) if standing(asker, home) is Standing.FULL else ()
    return (PUBLIC, *inside, *networks)


def counts(place: Place) -> bool:
    """Whether who is in a channel may belong to a network by that: all whom it names are let in."""
    if place.conversation.is_direct:
        return False
    return not place.is_shared or _refusal_of_place(Standing.FULL, place) is None


def are_of_the_channel(readers: Sequence[Person] | None, place: Place) -> bool:
    """Whether what belongs to the channel's networks may be said to its readers."""
    if place.conversation.is_direct:
        return False
    if not place.is_shared:
        return not any(_is_outside(reader, place.home) for reader in readers or ())
    return place.is_opened and place.members is not None and not place.conversation.is_pending


def refusal_alone(asker: Person, home: str) -> str | None:
    """Return the sentence that refuses the asker where nobody else sees what is said."""
    return {Standing.APP: sentences.BOT, Standing.OUTSIDER: sentences.OUTSIDER}.get(
        standing(asker, home)
    )


def is_full_member(person: Person, home: str) -> bool:
    """Whether it is a person who belongs to the workspace and is no guest of it."""
    return standing(person, home) is Standing.FULL


def _refusal_of_place(rank: Standing, place: Place) -> str | None:
    """Return the sentence that says why nobody is answered in a shared conversation."""
    if place.conversation.is_direct:
        return sentences.SHARED_DIRECT
    if not place.is_opened:
        if rank is Standing.OUTSIDER:
            return sentences.NOT_OPENED_OUTSIDE
        was_open = place.policy.opened_until is not None
        return sentences.OPENING_ENDED if was_open else sentences.SHARED_CHANNEL
    known = {place.home, *place.policy.opened_teams}
    there = place.others | {member.team for member in place.members or ()}
    return None if there <= known else sentences.SHARED_WITH_MORE


def _is_let_in(asker: Person, place: Place) -> bool:
    """Whether somebody of another workspace asks where that workspace was let in."""
    of_theirs = asker.team is not None and asker.team in place.policy.opened_teams
    return place.is_opened and of_theirs and not asker.is_deleted


def _are_all_inside(readers: Sequence[Person] | None, place: Place) -> bool:
    if readers is None or place.is_shared:
        return False
    return not any(reader.is_guest or _is_outside(reader, place.home) for reader in readers)


def _is_outside(person: Person, home: str) -> bool:
    return person.team != home or person.is_stranger or person.is_deleted
