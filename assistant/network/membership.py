"""Who belongs to a network: stewards, who joined, and who is in its channels and user groups.

Whoever Slack does not tell of belongs to nothing: no doubt lets anybody in.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import Protocol

import structlog

from assistant.domain.networks import Member, MemberState, Network
from assistant.store.networks.networks import Networks

# So many channels and user groups are looked into to find one person's networks, no more.
MOST_LOOKED_INTO = 20

_log = structlog.get_logger()


class Rank(StrEnum):
    """What somebody is to the workspace: apps, people of others and who left are outside."""

    FULL = "full member"
    GUEST = "guest"
    OUTSIDE = "outside"


class KnowsPeople(Protocol):
    """What Slack, or a double of it, says of people, channels and user groups.

    What is not told for good is answered as if it were not so; each raises when it may be told a
    little later.
    """

    def rank(self, user: str) -> Rank:
        """Return what `user` is to the workspace now."""

    def ranks(self, users: Collection[str]) -> Mapping[str, Rank] | None:
        """Return what people are to it, None when they are too many to be looked up."""

    def is_in(self, user: str, channel: str) -> bool:
        """Whether `user` is in `channel`."""

    def counts(self, channel: str) -> bool:
        """Whether being in `channel` counts: it is not shared, or is opened for all it names."""

    def is_let_in(self, user: str, channel: str) -> bool:
        """Whether somebody outside is in `channel`, opened for them, where all are known."""

    def members(self, channel: str) -> Collection[str] | None:
        """Return the people who are in `channel`, None when they are not all known."""

    def members_of(self, group: str) -> Collection[str]:
        """Return a user group's members."""

    def may_be_said_in(self, channel: str) -> bool:
        """Whether what a channel's networks know may be said there, to all who read it."""


class Memberships:
    """Looks up who is what to a network, as of now, or of a minute ago where Slack is asked.

    A full member of the workspace belongs to a network by being its steward, by having joined, and
    by its channels and user groups. A guest belongs to it wherever they are when a steward let
    them in, and else only in a channel of it; who is outside only in a shared channel of it that
    an administrator opened for them.
    """

    def __init__(self, networks: Networks, people: KnowsPeople, team: str) -> None:
        self._networks = networks
        self._people = people
        self._team = team

    def of(self, user: str, channel: str = "", rank: Rank | None = None) -> Sequence[Network]:
        """Return the networks of which `user` is a member where they are: in `channel`, or alone.

        `rank` saves a look at what they are. Raises what KnowsPeople raises.
        """
        networks = self._networks.all(self._team)
        return self._belonging(user, channel, networks, rank) if networks else ()

    def is_member(self, user: str, network: Network, channel: str = "") -> bool:
        """Whether `user` is a member of a network where they are, as `of` has it."""
        there = self._now(network)
        return there is not None and bool(self._belonging(user, channel, [there]))

    def is_steward(self, user: str, network: Network) -> bool:
        """Whether `user` is a steward of a network that is not closed, and still a full member."""
        there = self._now(network)
        is_named = there is not None and user in there.stewards
        return is_named and self._people.rank(user) is Rank.FULL

    def people(self, network: Network) -> Sequence[str] | None:
        """Return all who may read what a network knows somewhere; None when not all are known."""
        return self._known(network, in_channel=tuple(Rank))

    def anywhere(self, network: Network) -> Sequence[str] | None:
        """Return who belongs to a network wherever they are, so that they may be written to.

        None when not all are known.
        """
        return self._known(network, in_channel=(Rank.FULL,))

    def are_full_members(self, network: Network) -> bool:
        """Whether all who belong to a network are known, and full members of the workspace."""
        people = self.people(network)
        ranks = self._people.ranks(people) if people is not None else None
        return ranks is not None and all(ranks.get(user) is Rank.FULL for user in people or ())

    def channels(self, network: Network) -> Sequence[str]:
        """Return the channels of a network in which what it knows may be said now.

        That is where we are, and where, if it is shared, an administrator opened it for all there.
        """
        there = self._now(network)
        return [c for c in there.channels if self._people.may_be_said_in(c)] if there else ()

    def _now(self, network: Network) -> Network | None:
        """Return a network as it stands, None when it is closed."""
        there = self._networks.find(self._team, network.id)
        return there if there is not None and there.closed_at is None else None

    def _known(self, network: Network, in_channel: Collection[Rank]) -> Sequence[str] | None:
        """Return who belongs to a network, of those in its channels only who is one of some ranks.

        Whoever is in a channel and not known reads it all the same, as an outsider.
        """
        there = self._now(network)
        if there is None:
            return ()
        may_be: dict[str, Collection[Rank]] = dict(self._named(there))
        for channel in filter(self._people.counts, there.channels):
            members = self._people.members(channel)
            if members is None:
                return None
            may_be |= {user: {*in_channel, *may_be.get(user, ())} for user in members}
        ranks = self._people.ranks(sorted(may_be))
        if ranks is None:
            return None
        return sorted(u for u, allowed in may_be.items() if ranks.get(u, Rank.OUTSIDE) in allowed)

    def _named(self, network: Network) -> Mapping[str, Collection[Rank]]:
        """Return who belongs to a network otherwise than by channel, and the ranks that may."""
        joined = self._networks.members(network.id, MemberState.MEMBER)
        by_group = [user for group in network.groups for user in self._people.members_of(group)]
        full = [*network.stewards, *by_group, *(member.user for member in joined)]
        let_in = [member.user for member in joined if _is_let_in_by_another(member)]
        return {
            **dict.fromkeys(full, (Rank.FULL,)),
            **dict.fromkeys(let_in, (Rank.FULL, Rank.GUEST)),
        }

    def _belonging(
        self, user: str, channel: str, networks: Sequence[Network], rank: Rank | None = None
    ) -> Sequence[Network]:
        rank = rank or self._people.rank(user)
        here = [network for network in networks if channel and channel in network.channels]
        if rank is Rank.OUTSIDE:
            return here if here and self._people.is_let_in(user, channel) else ()
        found = self._joined(user, rank, networks)
        if any(network.id not in found for network in here) and self._is_by(user, channel):
            found.update(network.id for network in here)
        if rank is Rank.FULL:
            found.update(self._by_place(user, [n for n in networks if n.id not in found]))
        return [network for network in networks if network.id in found]

    def _joined(self, user: str, rank: Rank, networks: Sequence[Network]) -> set[str]:
        """Return the networks to which somebody belongs by what is kept of them."""
        is_full = rank is Rank.FULL
        joined = {
            member.network
            for member in self._networks.joined(user)
            if is_full or _is_let_in_by_another(member)
        }
        return joined | {network.id for network in networks if is_full and user in network.stewards}

    def _by_place(self, user: str, networks: Sequence[Network]) -> set[str]:
        """Return the networks to which a full member belongs by a channel or a user group."""
        found: set[str] = set()
        answers: dict[str, bool] = {}
        for network, place in _each_in_turn(networks):
            if network in found:
                continue
            if place not in answers:
                if len(answers) == MOST_LOOKED_INTO:
                    _log.warning("networks_not_all_looked_into", networks=len(networks))
                    break
                answers[place] = self._is_by(user, place)
            if answers[place]:
                found.add(network)
        return found

    def _is_by(self, user: str, place: str) -> bool:
        """Whether somebody is in a user group, or in a channel that counts."""
        if place.startswith("S"):
            return user in self._people.members_of(place)
        return self._people.is_in(user, place) and self._people.counts(place)


def _is_let_in_by_another(member: Member) -> bool:
    """Whether a steward let somebody in; who joined by themselves was a full member then."""
    return member.by != member.user


def _each_in_turn(networks: Sequence[Network]) -> Iterator[tuple[str, str]]:
    """Give each network's first channel or group, then each one's second: none keeps others out."""
    of_each = [[(n.id, place) for place in (*n.channels, *n.groups)] for n in networks]
    for in_turn in zip_longest(*of_each):
        yield from (each for each in in_turn if each is not None)
