"""What a person is shown of networks, looked up in the database and in Slack."""

from dataclasses import dataclass

from assistant.domain.characters import skeleton
from assistant.domain.networks import Member, MemberState, Network
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.managing_blocks import Facts, Listing
from assistant.slack.networks.managing_rights import (
    RefusedError,
    Rights,
    is_of_the_workspace,
    may_join,
)
from assistant.slack.rights.readers import Standing


@dataclass(frozen=True, slots=True)
class Shelf:
    """Finds the networks of people, and what is known of a network."""

    laid: NetworkGround
    rights: Rights

    def listing(self, user: str, *, in_short: bool) -> Listing:
        """Return what somebody finds; raises RefusedError when they cannot be checked.

        Where it is to be short, nobody is counted.
        """
        standing = self.rights.standing(user)
        if not is_of_the_workspace(standing):
            raise RefusedError(words.NO_SUCH)
        own = self._own(user)
        known = {network.id for network in own}
        others = [each for each in self._all() if each.id not in known]
        rows = {each.id: self.laid.networks.member(each.id, user) for each in others}
        invited = tuple(each for each in others if _is(rows[each.id], MemberState.INVITED))
        joinable = tuple(
            each for each in others if each not in invited and may_join(each, standing)
        )
        return Listing(
            own=tuple(
                self._few(user, each) if in_short else self.facts(user, each) for each in own
            ),
            invited=invited,
            joinable=joinable,
            asked=tuple(each.id for each in joinable if _is(rows[each.id], MemberState.REQUESTED)),
        )

    def facts(self, user: str, network: Network) -> Facts:
        """Return what a member is shown of a network; raises RefusedError."""
        networks = self.laid.networks
        try:
            people = self.laid.memberships.people(network)
        except SlackCallError:
            people = None
        return Facts(
            network=network,
            is_steward=user in network.stewards and self.rights.standing(user) is Standing.FULL,
            joined=len(networks.members(network.id, MemberState.MEMBER)),
            people=None if people is None else len(people),
            waiting=len(networks.members(network.id, MemberState.REQUESTED)),
            topics=tuple(networks.topics(network.id)),
        )

    def named(self, user: str, typed: str) -> Listing:
        """Return the one network that somebody may see by this name or id, in its place in a list.

        Raises RefusedError, with the same words whether there is another by that name or not.
        """
        listing, wanted = self.listing(user, in_short=True), skeleton(" ".join(typed.split()))
        own = next((f for f in listing.own if _is_named(f.network, wanted)), None)
        if own is not None:
            return Listing(own=(self.facts(user, own.network),))
        invited = tuple(each for each in listing.invited if _is_named(each, wanted))
        joinable = tuple(each for each in listing.joinable if _is_named(each, wanted))
        if not invited and not joinable:
            raise RefusedError(words.NO_SUCH)
        return Listing(invited=invited[:1], joinable=joinable[:1], asked=listing.asked)

    def _few(self, user: str, network: Network) -> Facts:
        is_steward = user in network.stewards
        waiting = (
            self.laid.networks.members(network.id, MemberState.REQUESTED) if is_steward else ()
        )
        return Facts(network, is_steward, waiting=len(waiting))

    def _own(self, user: str) -> tuple[Network, ...]:
        try:
            return tuple(self.laid.memberships.of(user))
        except SlackCallError as error:
            raise RefusedError(words.NOT_LOOKED_UP) from error

    def _all(self) -> tuple[Network, ...]:
        return tuple(self.laid.networks.all(self.laid.ground.identity.team))


def _is(row: Member | None, state: MemberState) -> bool:
    return row is not None and row.state is state


def _is_named(network: Network, wanted: str) -> bool:
    return wanted in (network.id, skeleton(network.name))
