"""What is done about definitions of networks: proposed, agreed, declined, retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.errors import AssistantError, NoSnapshotError
from assistant.domain.networks import Network, Proposal, ProposalState, Vote
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.language import say
from assistant.network.agreeing import first_for, is_same_term, is_term, quotes_what_is_kept
from assistant.network.reading import audiences_of
from assistant.slack.networks import agreeing_words as words
from assistant.slack.networks.agreeing_blocks import needed_of
from assistant.slack.networks.agreeing_form import (
    LONGEST_TERM,
    LONGEST_TEXT,
    LONGEST_WHOSE,
    NETWORK,
    TERM,
    TEXT,
    Draft,
    mistakes,
)
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.rights.gatekeeper import UncheckedError
from assistant.slack.shown.lines import SURFACE

_log = structlog.get_logger()


class RefusedError(AssistantError):
    """Something is not done; the message is a phrase of the catalogue that says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a form to propose begins with; `is_kept_back` tells of words that were left out."""

    draft: Draft
    networks: Sequence[Network]
    is_kept_back: bool = False


class Desk:
    """Checks who may, as of now, and does it; every method raises SlackCallError when unsure."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid
        self._home = laid.ground.identity.team

    def opened(self, user: str, channel: str, term: str, network_id: str) -> Opened:
        """Return what the form begins with for who opens it; raises RefusedError without networks.

        It holds only words that everybody in each of their networks may read.
        """
        networks = self._laid.memberships.of(user, channel)
        if not networks:
            raise RefusedError(words.NO_NETWORK)
        draft = Draft(network_id, term, channel=channel)
        answer = self._defined(user, channel, term) if term else None
        if answer is None or not answer.statements:
            return Opened(draft, networks)
        chosen = [each for each in networks if each.id == network_id] or networks
        found = first_for(answer, self._readers(chosen))
        if found is None:
            return Opened(draft, networks, is_kept_back=True)
        draft = Draft(
            network_id, term, found.text[:LONGEST_TEXT], found.whose[:LONGEST_WHOSE], channel
        )
        return Opened(draft, networks)

    def propose(self, user: str, draft: Draft, form: str) -> Proposal | Mapping[str, str]:
        """Keep a proposal, or return what is wrong at which field of the form."""
        networks = self._laid.memberships.of(user, draft.channel)
        network = next((each for each in networks if each.id == draft.network), None)
        if network is None:
            return {NETWORK: say(words.NO_SUCH)}
        there = self._laid.proposals.of_form(form)
        if there is not None:
            return there
        wrong = mistakes(draft) or self._is_there(draft, network)
        is_internal = False if wrong else self._is_internal(user, draft, network)
        if wrong or isinstance(is_internal, str):
            return wrong or {TEXT: str(is_internal)}
        now = datetime.now(UTC)
        proposal = Proposal(
            id=0,
            network=network.id,
            term=draft.term,
            text=draft.text,
            whose=draft.whose,
            state=ProposalState.PROPOSED,
            proposed_by=user,
            proposed_at=now,
            is_internal=is_internal,
        )
        kept = self._laid.proposals.add(proposal, form, self._entry(user, 0, "proposed", now))
        return kept if kept is not None else {NETWORK: say(words.NO_SUCH)}

    def agree(self, user: str, number: int) -> str:
        """Count a steward's agreement; return what they are told, or raise RefusedError."""
        before, _ = self.stewarded(user, number)
        now = datetime.now(UTC)
        vote = Vote(user, agrees=True, at=now)
        entry = self._entry(user, number, "agreed", now, before.network)
        after = self._laid.proposals.agree(number, vote, is_same_term, entry)
        return self._said(user, after, before)

    def decline(self, user: str, number: int, reason: str) -> str:
        """Count that a steward declines; return what they are told, or raise RefusedError."""
        before, _ = self.stewarded(user, number)
        now = datetime.now(UTC)
        vote = Vote(user, agrees=False, at=now, reason=reason)
        entry = self._entry(user, number, "declined", now, before.network)
        return self._said(user, self._laid.proposals.decline(number, vote, entry), before)

    def retire(self, user: str, number: int) -> str:
        """Let an agreed definition hold no longer; return what the steward is told."""
        proposal, _ = self.stewarded(user, number)
        entry = self._entry(user, number, "retired", datetime.now(UTC), proposal.network)
        retired = self._laid.proposals.retire(number, user, entry)
        return say(words.ENDED if retired is None else words.RETIRED_TOLD)

    def stewarded(self, user: str, number: int) -> tuple[Proposal, Network]:
        """Return a proposal and its network for a steward; raises RefusedError, always the same."""
        found = self._found(number)
        if found is None or not self._laid.memberships.is_steward(user, found[1]):
            entry = self._entry(user, number, "refused", datetime.now(UTC))
            self._laid.ground.abilities.train.audit(entry)
            raise RefusedError(words.NOT_YOURS)
        return found

    def readable(self, user: str, number: int, channel: str) -> tuple[Proposal, Network]:
        """Return a proposal and its network for a member; raises RefusedError, always the same."""
        found = self._found(number)
        if found is None or not self._laid.memberships.is_member(user, found[1], channel):
            raise RefusedError(words.NO_SUCH)
        if found[0].is_internal and not self._reads_internal(user, channel):
            raise RefusedError(words.NO_SUCH)
        return found

    def _reads_internal(self, user: str, channel: str) -> bool:
        """Whether somebody may read now what was for all members when it was proposed."""
        try:
            admission = self._laid.ground.gatekeeper.admit_alone(user, channel)
        except UncheckedError:
            return False
        return INTERNAL in admission.audiences

    def network(self, proposal: Proposal) -> Network | None:
        """Return a proposal's network where it is open, as it is now."""
        network = self._laid.networks.find(self._home, proposal.network)
        return network if network is not None and network.closed_at is None else None

    def _found(self, number: int) -> tuple[Proposal, Network] | None:
        proposal = self._laid.proposals.find(number)
        network = self.network(proposal) if proposal is not None else None
        return (proposal, network) if proposal is not None and network is not None else None

    def _said(self, user: str, after: Proposal | None, before: Proposal) -> str:
        if after is None or before.state is not ProposalState.PROPOSED:
            return say(words.ENDED)
        network = self.network(after)
        if network is None or user not in {vote.steward for vote in after.votes}:
            # Somebody else ended it, or their right to it, in the same moment.
            is_ended = after.state is not ProposalState.PROPOSED
            return say(words.ENDED if is_ended else words.NOT_YOURS)
        if after.state is ProposalState.AGREED:
            return say(words.AGREED_TOLD)
        if after.state is not ProposalState.PROPOSED:
            return say(words.DECLINED_TOLD)
        return say(words.COUNTED, agree=len(after.agreed_by), needed=needed_of(network))

    def _is_there(self, draft: Draft, network: Network) -> dict[str, str]:
        """Return why this cannot be proposed, where it is no term or is there already."""
        if not is_term(draft.term):
            return {TERM: say(words.TERM_LENGTH, most=LONGEST_TERM)}
        for state, sentence in (
            (ProposalState.PROPOSED, words.PROPOSED_ALREADY),
            (ProposalState.AGREED, words.AGREED_ALREADY),
        ):
            there = self._laid.proposals.of_network(network.id, state)
            if any(is_same_term(p.term, draft.term) and p.text == draft.text for p in there):
                return {TEXT: say(sentence)}
        return {}

    def _is_internal(self, user: str, draft: Draft, network: Network) -> bool | str:
        """Whether the words are internal ones, or why some members may not read them."""
        answer = self._defined(user, draft.channel, draft.term)
        if answer is None:
            return say(words.WORDS_UNCHECKED)
        said = f"{draft.text}\n{draft.whose}"
        is_internal = quotes_what_is_kept(said, answer, {PUBLIC, network.audience})
        # Who the members are is asked of Slack only where it matters.
        if is_internal and quotes_what_is_kept(said, answer, self._readers([network])):
            return say(words.NOT_FOR_ALL)
        return is_internal

    def _readers(self, networks: Sequence[Network]) -> frozenset[str]:
        """Return the audiences that everybody in each of these networks is in."""
        are_full = self._laid.memberships.are_full_members
        each = [audiences_of(n, are_full_members=are_full(n)) for n in networks]
        return frozenset.intersection(*each)

    def _defined(self, user: str, channel: str, term: str) -> Answer | None:
        """Return what the term means to who asks, None where it cannot be found out."""
        try:
            admission = self._laid.ground.gatekeeper.admit_alone(user, channel)
            return self._laid.ground.abilities.define(term, admission.audiences)
        except NoSnapshotError:
            return Answer(term, AnswerStatus.UNANSWERABLE_NO_PASSAGE, "")
        except AssistantError as error:
            _log.warning("term_not_looked_up", reason=type(error).__name__)
            return None

    def _entry(
        self, user: str, number: int, outcome: str, at: datetime, network: str = ""
    ) -> AuditEntry:
        target = f"proposal {number}" + (f" of network {network}" if network else "")
        return AuditEntry(at, Actor(user, SURFACE), Action.AGREE.value, target, outcome)
