"""What a person finds of peer answers and of verified ones: as of now, and only if it is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.documents import INTERNAL
from assistant.domain.networks import Network, PeerAnswer, VerifiedAnswer
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.networks.verifying_blocks import Shelf
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.store.networks.verifying import VerifyingNotes


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks up what a person may see and do; raises SlackCallError when Slack may tell later."""

    laid: NetworkGround
    notes: VerifyingNotes

    def network(self, network_id: str) -> Network | None:
        """Return a network of this workspace that is not closed."""
        network = self.laid.networks.find(self.laid.ground.identity.team, network_id)
        return network if network is not None and network.closed_at is None else None

    def shelves(self, user: str) -> Sequence[Shelf]:
        """Return what the networks of a person hold; raises SlackCallError."""
        memberships = self.laid.memberships
        return [
            self.shelf(user, network, is_steward=memberships.is_steward(user, network))
            for network in memberships.of(user)
        ]

    def shelf(self, user: str, network: Network, *, is_steward: bool) -> Shelf:
        """Return what a member may read of what was verified, the lapsed first, and what waits."""
        known = self._readable(user, self.laid.verified.of_network(network.id))
        verified = sorted(known, key=lambda answer: answer.lapse is None)
        waiting = self.waiting(network, user) if is_steward else ()
        return Shelf(network, is_steward, tuple(verified), tuple(waiting))

    def waiting(self, network: Network, user: str) -> Sequence[PeerAnswer]:
        """Return what was shared or captured and not looked at by a steward yet, newest first.

        What a steward said themselves is for another steward, so it comes last.
        """
        return sorted(self.notes.waiting(network.id), key=lambda answer: answer.by.user == user)

    def set_asides(self, network: Network) -> Sequence[PeerAnswer]:
        """Return what stewards marked as not for reuse."""
        return self.notes.set_asides(network.id)

    def shared(self, user: str, number: int) -> tuple[Network, PeerAnswer] | None:
        """Return an answer that a steward may verify; None for anybody and anything else."""
        answer = self.laid.answers.find(number)
        network = self.network(answer.network) if answer is not None else None
        if answer is None or network is None or answer.withdrawn_at or answer.verified_id:
            return None
        return (network, answer) if self.laid.memberships.is_steward(user, network) else None

    def verified(self, user: str, number: int) -> tuple[Network, VerifiedAnswer] | None:
        """Return a verified answer that a steward may change; None for anybody and any other."""
        found = self.standing(number)
        is_theirs = found is not None and self.laid.memberships.is_steward(user, found[0])
        return found if is_theirs else None

    def standing(self, number: int) -> tuple[Network, VerifiedAnswer] | None:
        """Return a verified answer that was not retired, whoever asks, with its network."""
        answer = self.laid.verified.find(number)
        if answer is None or answer.retired_at is not None:
            return None
        network = self.network(answer.network)
        return (network, answer) if network is not None else None

    def readable(self, user: str, number: int) -> tuple[Network, VerifiedAnswer] | None:
        """Return a verified answer of a network that a person is a member of, if they may read it.

        Not every member may read what it rests on, where guests came in since.
        """
        found = self.standing(number)
        if found is None or not self.laid.memberships.is_member(user, found[0]):
            return None
        return found if self._readable(user, [found[1]]) else None

    def _readable(self, user: str, answers: Sequence[VerifiedAnswer]) -> Sequence[VerifiedAnswer]:
        """Return those of a network's answers of which a member may read what they rest on."""
        # Slack is asked only where it matters.
        if not any(INTERNAL in each.readers for each in answers):
            return answers
        try:
            admission = self.laid.ground.gatekeeper.admit_alone(user, "")
        except UncheckedError:
            may_read_internal = False
        else:
            may_read_internal = INTERNAL in admission.audiences
        return [each for each in answers if may_read_internal or INTERNAL not in each.readers]
