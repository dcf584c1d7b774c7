"""Proposals in Slack: each posted once, brought up to date, and its proposer told of its end."""

from collections.abc import Iterator, Mapping

import structlog

from assistant.domain.networks import Network, Proposal, ProposalState
from assistant.network.agreeing import is_same_term
from assistant.slack.api.clients import SlackCallError
from assistant.slack.networks.agreeing_blocks import (
    Standing,
    answered_message,
    proposal_message,
    told_message,
)
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.shown.blocks import Message
from assistant.store.networks.proposals_table import Showing

_log = structlog.get_logger()


class Showings:
    """Does what is due; who else has a proposal in hand is not disturbed, whichever process."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid

    def show_due(self) -> None:
        """Show what changed and tell who is to be told; what Slack does not take comes again."""
        team = self._laid.ground.identity.team
        networks = {network.id: network for network in self._laid.networks.all(team)}
        while networks and (taken := self._laid.proposals.take(networks.keys())) is not None:
            try:
                self._do(taken, networks[taken.proposal.network])
            except SlackCallError as error:
                # It stays taken for a while, and is tried again after that.
                _log.warning("proposal_not_shown", code=error.code, number=taken.proposal.id)
            else:
                self._laid.proposals.let_go(taken.proposal.id)

    def standing(
        self, proposal: Proposal, network: Network, *, is_direct: bool = False
    ) -> Standing:
        """Return a proposal with what it would replace."""
        replaces = None
        if proposal.state is ProposalState.PROPOSED:
            agreed = self._laid.proposals.of_network(network.id, ProposalState.AGREED)
            replaces = next((a for a in agreed if is_same_term(a.term, proposal.term)), None)
        return Standing(proposal, network, replaces, is_direct)

    def _do(self, taken: Showing, network: Network) -> None:
        proposal = taken.proposal
        if not taken.is_shown:
            if taken.posts:
                self._renew(taken, network)
            else:
                self._post(proposal, network)
            self._laid.proposals.note_shown(proposal.id, taken.version)
        if not taken.is_told:
            self._tell(proposal, network)
            self._laid.proposals.note_told(proposal.id, proposal.state)

    def _post(self, proposal: Proposal, network: Network) -> None:
        """Post it in the network's first channel that takes it, else to each of the stewards."""
        message = proposal_message(self.standing(proposal, network))
        for channel in self._laid.memberships.channels(network):
            if self._posted(proposal, channel, message):
                return
        message = proposal_message(self.standing(proposal, network, is_direct=True))
        for steward in network.stewards:
            if self._laid.memberships.is_steward(steward, network):
                self._post_directly(proposal, steward, message)

    def _posted(self, proposal: Proposal, channel: str, message: Message) -> bool:
        """Post it once; False where Slack says for good that nobody may post there."""
        payload = _payload(proposal, "shown")
        try:
            ts = self._laid.posts.post_once(channel, message, payload, proposal.proposed_at)
        except SlackCallError as error:
            if _may_come(error):
                raise
            _log.warning("proposal_not_posted", code=error.code, number=proposal.id)
            return False
        self._laid.proposals.note_posted(proposal.id, channel, ts)
        return True

    def _post_directly(self, proposal: Proposal, person: str, message: Message) -> None:
        try:
            channel = self._laid.posts.direct(person)
        except SlackCallError as error:
            if _may_come(error):
                raise
            _log.warning("steward_not_told", code=error.code, number=proposal.id)
            return
        self._posted(proposal, channel, message)

    def _renew(self, taken: Showing, network: Network) -> None:
        """Bring its messages up to date; where it may not be said any more only its end shows."""
        is_direct = all(channel.startswith("D") for channel, _ in taken.posts)
        standing = self.standing(taken.proposal, network, is_direct=is_direct)
        message = proposal_message(standing)
        allowed = {*(self._direct_places(network) if is_direct else ())}
        allowed.update(self._laid.memberships.channels(network))
        for channel, ts in taken.posts:
            # What has lost its words may be seen by anybody.
            if channel not in allowed and taken.proposal.text:
                continue
            try:
                self._laid.posts.update(channel, ts, message)
            except SlackCallError as error:
                if _may_come(error):
                    raise
                _log.info("proposal_not_renewed", code=error.code, number=taken.proposal.id)
        if is_direct and taken.proposal.state is ProposalState.PROPOSED:
            # Who became a steward since, and whom Slack did not let be told before.
            for channel in sorted(allowed.difference(channel for channel, _ in taken.posts)):
                if channel.startswith("D"):
                    self._posted(taken.proposal, channel, message)

    def _direct_places(self, network: Network) -> Iterator[str]:
        """Yield the direct messages of those who are stewards now."""
        for steward in network.stewards:
            if self._laid.memberships.is_steward(steward, network):
                yield self._laid.posts.direct(steward)

    def _tell(self, proposal: Proposal, network: Network) -> None:
        """Tell who proposed it, if still a member: alone, or else where it is discussed."""
        user = proposal.proposed_by
        standing = Standing(proposal, network)
        for channel, thread, message in self._places(standing, user):
            payload = _payload(proposal, "told")
            since = proposal.proposed_at
            try:
                self._laid.posts.post_once(channel, message, payload, since, thread)
            except SlackCallError as error:
                if _may_come(error):
                    raise
                _log.info("proposer_not_told", code=error.code, number=proposal.id)
            else:
                return

    def _places(self, standing: Standing, user: str) -> Iterator[tuple[str, str | None, Message]]:
        network, memberships = standing.network, self._laid.memberships
        if memberships.is_member(user, network):
            try:
                yield self._laid.posts.direct(user), None, told_message(standing)
            except SlackCallError as error:
                if _may_come(error):
                    raise
        channel, thread = standing.proposal.channel, standing.proposal.message_ts
        if channel is None or channel not in memberships.channels(network):
            return
        if memberships.is_member(user, network, channel):
            yield channel, thread, answered_message(standing)


def _payload(proposal: Proposal, what: str) -> Mapping[str, object]:
    return {"proposal": proposal.id, "what": what}


def _may_come(error: SlackCallError) -> bool:
    """Whether the same call may succeed a little later."""
    return error.is_lost or error.is_outage or error.retry_after is not None
