"""Who belongs to a network: stewards, who joined, and who is in its channels and user groups."""

from collections.abc import Sequence
from typing import Protocol

from assistant.domain.networks import Network
from assistant.store.networks import Networks


class KnowsPeople(Protocol):
    """What Slack, or a double of it, says of channels and user groups."""

    def is_in(self, user: str, channel: str) -> bool:
        """Whether `user` is in `channel`; raises when it may be told a little later."""

    def members_of(self, group: str) -> frozenset[str]:
        """Return a user group's members; raises when it is not told."""


class Memberships:
    """Looks up who is what to a network, as of now."""

    def __init__(self, networks: Networks, people: KnowsPeople, team: str) -> None:
        self._networks = networks
        self._people = people
        self._team = team

    def of(self, user: str) -> Sequence[Network]:
        """Return the open networks of which `user` is a member."""
        raise NotImplementedError

    def is_member(self, user: str, network: Network) -> bool:
        """Whether `user` belongs to a network that is not closed."""
        raise NotImplementedError

    def is_steward(self, user: str, network: Network) -> bool:
        """Whether `user` is a steward of a network that is not closed."""
        raise NotImplementedError
