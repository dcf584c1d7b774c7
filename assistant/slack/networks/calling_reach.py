"""Who a call to a network reaches: those whose topics fit first, then everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import structlog

from assistant.domain.errors import AssistantError
from assistant.domain.networks import MemberState, Network, Topic
from assistant.slack.networks.ground import NetworkGround
from assistant.store.networks.calls import Call

MOST_FIRST = 5
MOST_MEMBERS = 50

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class First:
    """Whose topics fit a question, the best first, and the names of these topics."""

    people: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wider:
    """Everybody: the network's channels or, where it has none, members by themselves."""

    channels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """To whom it goes: channels or users."""
        return self.channels or self.people


class Reach:
    """Looks up who is reached as of now; every method raises SlackCallError."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid

    def may_ask(self, user: str, network: Network, channel: str) -> bool:
        """Whether somebody who asked in a channel is a member of a network that is open."""
        return self._laid.memberships.is_member(user, network, channel)

    def topics(self, network: Network, question: str) -> Sequence[Topic]:
        """Return the topics that fit a question, best first.

        Where that cannot be found out no topic fits: a question that goes to everybody is better
        than one that stays where it is.
        """
        try:
            known = self._laid.networks.topics(network.id)
            return self._laid.ground.abilities.route(question, known)
        except AssistantError as error:
            _log.error("question_not_routed", network=network.id, reason=type(error).__name__)
            return ()

    def first(self, network: Network, question: str, asker: str) -> First:
        """Return the members whose topics fit, at most five and not the asker.

        Of the people of one topic those come first who were asked longest ago.
        """
        asked = self._laid.calls.posts.asked_first(network.id)
        people: list[str] = []
        topics: list[str] = []
        for topic in self.topics(network, question):
            new = [user for user in topic.people if user not in (asker, *people)]
            in_turn = sorted(new, key=lambda user: asked.get(user, 0))
            members = (user for user in in_turn if self._laid.memberships.is_member(user, network))
            found = list(islice(members, MOST_FIRST - len(people)))
            if any(user in people for user in topic.people) or found:
                topics.append(topic.name)
            people.extend(found)
            if len(people) >= MOST_FIRST:
                break
        return First(tuple(people), tuple(topics))

    def wider(self, network: Network, asker: str, asked: Sequence[str] = ()) -> Wider:
        """Return everybody else: channels in which it may be said, or members one by one."""
        channels = tuple(self._laid.memberships.channels(network))
        if channels:
            return Wider(channels)
        members = [user for user in self._members(network) if user not in (asker, *asked)]
        return Wider(people=tuple(members[:MOST_MEMBERS]))

    def wider_of(self, call: Call, network: Network) -> Wider:
        """Return everybody to whom a call has not gone yet."""
        asked = [post.recipient for post in self._laid.calls.posts.of_call(call.id)]
        return self.wider(network, call.asker, asked)

    def _members(self, network: Network) -> Sequence[str]:
        """Return the members that may be written to; the named ones where not all are known."""
        # Who belongs to it in one channel alone is not written to by themselves.
        known = self._laid.memberships.anywhere(network)
        if known is not None:
            return known
        joined = self._laid.networks.members(network.id, MemberState.MEMBER)
        named = dict.fromkeys([*network.stewards, *(member.user for member in joined)])
        return [user for user in named if self._laid.memberships.is_member(user, network)]
