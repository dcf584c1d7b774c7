"""A verified answer that a reader says is wrong: who may, and the shared answer it is noted at."""

from dataclasses import dataclass, replace

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import Network, PeerAnswer, VerifiedAnswer
from assistant.slack.networks.ground import NetworkGround


@dataclass(frozen=True, slots=True)
class VerifiedShelf:
    """Finds verified answers that somebody may read as of now, a member of the network or not."""

    laid: NetworkGround

    def readable(
        self, user: str, number: int, channel: str = ""
    ) -> tuple[VerifiedAnswer, Network] | None:
        """Return an answer that stands and that somebody may read where they are.

        Raises SlackCallError and UncheckedError when Slack does not tell.
        """
        answer = self.laid.verified.find(number)
        if answer is None or answer.retired_at is not None:
            return None
        network = self.laid.networks.find(self.laid.ground.identity.team, answer.network)
        if network is None or network.closed_at is not None:
            return None
        return (answer, network) if self._may_read(user, answer, network, channel) else None

    def origin(self, number: int) -> PeerAnswer | None:
        """Return what an answer was made of, asked as it was verified; None where it is gone."""
        answer = self.laid.verified.find(number)
        if answer is None or answer.origin_id is None:
            return None
        origin = self.laid.answers.find(answer.origin_id)
        if origin is None or origin.withdrawn_at is not None:
            return None
        return replace(origin, question=answer.question)

    def was_open_to(self, user: str, origin: PeerAnswer, network: Network) -> bool:
        """Whether what was made of an answer is, or was, opened to somebody beyond the network.

        Raises SlackCallError and UncheckedError when Slack does not tell.
        """
        answer = self.laid.verified.find(origin.verified_id or 0)
        if answer is None or answer.audience not in (INTERNAL, PUBLIC):
            return False
        # People of other organisations may read nothing outside the channel in which they asked.
        is_public = answer.readers == {PUBLIC}
        return is_public or self._may_read(user, answer, network, "")

    def _may_read(self, user: str, answer: VerifiedAnswer, network: Network, channel: str) -> bool:
        admission = self.laid.ground.gatekeeper.admit_alone(user, channel)
        if admission.refusal is not None:
            return False
        is_member = self.laid.memberships.is_member(user, network, channel)
        own = {network.audience} if is_member else set()
        return answer.readers <= {*admission.audiences, *own}
