"""Where something is said: a conversation, what administrators decided for it, its networks."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from assistant.domain.networks import Network
from assistant.slack.rights.readers import Conversation, Place
from assistant.store.networks.networks import Networks
from assistant.store.policies import ChannelPolicy, Policies


def today_utc() -> date:
    """Return the day by which openings of channels end, the same for everybody."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Places:
    """Puts together what holds in a conversation; `home` is the app's workspace.

    A network that was made in Slack has the channels and members that its stewards gave it. A
    policy that names its audience gives nothing, whether it is closed or not: an administrator's
    slip lets nobody read what peers told each other.
    """

    policies: Policies
    networks: Networks
    home: str
    today: Callable[[], date] = today_utc

    def of(self, conversation: Conversation) -> Place:
        """Return the place, its members not looked up."""
        policy = self.policies.of(self.home, conversation.id)
        made = self.networks.all(self.home, closed=True)
        networks = sorted({*_by_policy(policy, made), *_of_channel(conversation.id, made)})
        return Place(conversation, policy, self.home, self.today(), networks=tuple(networks))

    def by_policy(self) -> Sequence[tuple[str, frozenset[str]]]:
        """Return the channels to which networks belong by an administrator's word, with these."""
        made = self.networks.all(self.home, closed=True)
        named = ((p.channel, _by_policy(p, made)) for p in self.policies.all(self.home))
        return [(channel, networks) for channel, networks in named if networks]


def _of_channel(channel: str, made: Collection[Network]) -> frozenset[str]:
    open_here = (n for n in made if n.closed_at is None and channel in n.channels)
    return frozenset(network.audience for network in open_here)


def _by_policy(policy: ChannelPolicy, made: Collection[Network]) -> frozenset[str]:
    return frozenset(policy.networks) - {network.audience for network in made}
