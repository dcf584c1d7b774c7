"""Definitions that networks propose and agree."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from assistant.domain.networks import Proposal, ProposalState, Vote
from assistant.domain.releases import AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import serialised, transaction
from assistant.store.networks.networks import NetworkRow
from assistant.store.networks.proposals_table import ProposalRow, Showing, VoteRow
from assistant.store.quoting import Quotes

LEASE = timedelta(seconds=60)

# Whether two terms are the same one.
IsSame = Callable[[str, str], bool]


class Proposals:
    """Keeps proposals and who agreed to them; what changes one is audited in the same commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, proposal: Proposal, form: str, entry: AuditEntry) -> Proposal | None:
        """Keep a proposal, whose id is given here; the same `form` again returns the first.

        None where its network is closed.
        """
        with serialised(self._engine) as session:
            there = session.scalar(select(ProposalRow).where(ProposalRow.form == form))
            if there is not None:
                return _proposal(session, there)
            if _stewards(session, proposal.network) is None:
                return None
            row = _row(proposal, form)
            session.add(row)
            session.flush()
            target = f"proposal {row.id} of network {row.network}"
            written = add_entry(session, replace(entry, target=target))
            kept = row.proposal(())
        log_entry(written)
        return kept

    def find(self, proposal_id: int) -> Proposal | None:
        """Return a proposal, None where there is none."""
        with transaction(self._engine) as session:
            row = session.get(ProposalRow, proposal_id)
            return _proposal(session, row) if row is not None else None

    def of_form(self, form: str) -> Proposal | None:
        """Return the proposal that came with a form, None while none did."""
        with transaction(self._engine) as session:
            row = session.scalar(select(ProposalRow).where(ProposalRow.form == form))
            return _proposal(session, row) if row is not None else None

    def of_network(
        self, network_id: str, state: ProposalState | None = None, most: int = 50
    ) -> Sequence[Proposal]:
        """Return a network's proposals in a state, or all, the newest first."""
        wanted = select(ProposalRow).where(ProposalRow.network == network_id)
        if state is not None:
            wanted = wanted.where(ProposalRow.state == state)
        return self._found(wanted.order_by(ProposalRow.id.desc()).limit(most))

    def agreed(self) -> Sequence[Proposal]:
        """Return every definition that is agreed, of networks that are not closed, in order."""
        is_open = NetworkRow.closed_at.is_(None)
        wanted = select(ProposalRow).join(NetworkRow, NetworkRow.id == ProposalRow.network)
        wanted = wanted.where(ProposalRow.state == ProposalState.AGREED, is_open)
        return self._found(wanted.order_by(ProposalRow.id))

    def stamp(self) -> int:
        """Return a number that grows with each change of any proposal; 0 where there is none."""
        with transaction(self._engine) as session:
            return session.scalar(select(func.sum(ProposalRow.version))) or 0

    def at(self, channel: str, ts: str) -> Proposal | None:
        """Return the proposal that a message shows."""
        wanted = select(ProposalRow).where(ProposalRow.posts.is_not(None))
        with transaction(self._engine) as session:
            for row in session.scalars(wanted.order_by(ProposalRow.id.desc())):
                if [channel, ts] in row.posts:
                    return _proposal(session, row)
        return None

    def agree(
        self, proposal_id: int, vote: Vote, is_same: IsSame, entry: AuditEntry
    ) -> Proposal | None:
        """Count a steward's agreement; when more than half of the stewards agree, it is agreed.

        Stewards are those that the network has at that moment. Its agreed definitions of the same
        term are then retired in the same commit. Nothing changes by the word of who is no steward,
        or on a proposal that has ended; None where there is none.
        """
        return self._count(proposal_id, vote, is_same, entry)

    def decline(self, proposal_id: int, vote: Vote, entry: AuditEntry) -> Proposal | None:
        """Count that a steward declines; it is declined when more than half can agree no longer."""
        return self._count(proposal_id, vote, lambda _one, _other: False, entry)

    def retire(self, proposal_id: int, steward: str, entry: AuditEntry) -> Proposal | None:
        """Let an agreed definition hold no longer; None where it is not, or for no steward."""
        with serialised(self._engine) as session:
            row = session.get(ProposalRow, proposal_id)
            if row is None or row.state != ProposalState.AGREED:
                return None
            if steward not in (_stewards(session, row.network) or ()):
                return None
            _end(row, ProposalState.RETIRED, steward, entry.at)
            written = add_entry(session, entry)
            retired = _proposal(session, row)
        log_entry(written)
        return retired

    def take(self, networks: Collection[str]) -> Showing | None:
        """Lease a proposal of these networks that is to be shown anew or told of; None if none is.

        Nobody else gets it for LEASE, or until `let_go`.
        """
        now = datetime.now(UTC)
        due = select(ProposalRow).where(_is_due(now), ProposalRow.network.in_(networks))
        first = due.order_by(ProposalRow.id).limit(1)
        with transaction(self._engine) as session:
            if session.scalar(first) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first)
            if row is None:
                return None
            row.leased_until = now + LEASE
            return row.showing(_votes(session, row.id))

    def note_posted(self, proposal_id: int, channel: str, ts: str) -> None:
        """Note a message that shows it; the first is where it is discussed."""
        with serialised(self._engine) as session:
            row = session.get_one(ProposalRow, proposal_id)
            if [channel, ts] not in row.posts:
                row.posts = [*row.posts, [channel, ts]]

    def note_shown(self, proposal_id: int, version: int) -> None:
        """Note that every message shows it as it stood at a version."""
        with serialised(self._engine) as session:
            row = session.get_one(ProposalRow, proposal_id)
            row.shown_version = max(row.shown_version, version)

    def note_told(self, proposal_id: int, state: ProposalState) -> None:
        """Note that the proposer knows how it ended."""
        with serialised(self._engine) as session:
            session.get_one(ProposalRow, proposal_id).told_of = state

    def let_go(self, proposal_id: int) -> None:
        """Let whoever comes next take it."""
        with serialised(self._engine) as session:
            session.get_one(ProposalRow, proposal_id).leased_until = None

    def withdraw_quoting(self, sentences: Iterable[str]) -> int:
        """Take the words out of proposals that hold a sentence of a purged document; count them.

        They end with it, and are shown without their words.
        """
        quotes, lost = Quotes(sentences), 0
        with serialised(self._engine) as session:
            for row in session.scalars(select(ProposalRow)):
                if not any(quotes.are_in(words) for words in (row.term, row.text, row.whose)):
                    continue
                row.term, row.text, row.whose = "", "", ""
                if row.state in {ProposalState.PROPOSED, ProposalState.AGREED}:
                    _end(row, ProposalState.RETIRED, None, datetime.now(UTC))
                row.version, lost = row.version + 1, lost + 1
            for vote in session.scalars(select(VoteRow)):
                if quotes.are_in(vote.reason):
                    vote.reason = ""
        return lost

    def _found(self, wanted: Select[ProposalRow]) -> Sequence[Proposal]:
        with transaction(self._engine) as session:
            return [_proposal(session, row) for row in session.scalars(wanted)]

    def _count(
        self, proposal_id: int, vote: Vote, is_same: IsSame, entry: AuditEntry
    ) -> Proposal | None:
        with serialised(self._engine) as session:
            row = session.get(ProposalRow, proposal_id)
            if row is None:
                return None
            entries = _counted(session, row, vote, is_same, entry)
            written = [add_entry(session, each) for each in entries]
            proposal = _proposal(session, row)
        for each in written:
            log_entry(each)
        return proposal


def _stewards(session: Session, network_id: str) -> Sequence[str] | None:
    """Return who a network's stewards are now, None when it is closed."""
    network = session.get(NetworkRow, network_id)
    return network.stewards if network is not None and network.closed_at is None else None


def _counted(
    session: Session, row: ProposalRow, vote: Vote, is_same: IsSame, entry: AuditEntry
) -> Sequence[AuditEntry]:
    """Put a vote with the others and return what is to be audited: nothing if nothing changed."""
    stewards = _stewards(session, row.network) or ()
    if row.state != ProposalState.PROPOSED or vote.steward not in stewards:
        return ()
    gone = VoteRow.steward.not_in(stewards)
    session.execute(delete(VoteRow).where(VoteRow.proposal_id == row.id, gone))
    is_new = _put(session, row.id, vote)
    state = _outcome(_votes(session, row.id), len(stewards))
    if state is None:
        row.version += is_new
        return (entry,) if is_new else ()
    if state is ProposalState.DECLINED:
        _end(row, state, vote.steward, entry.at)
        return entry, replace(entry, outcome="declined by its stewards")
    row.state, row.agreed_on, row.version = state, entry.at.astimezone(UTC).date(), row.version + 1
    agreed = replace(entry, outcome="agreed by its stewards")
    return entry, agreed, *_replaced(session, row, vote.steward, is_same, entry)


def _put(session: Session, proposal_id: int, vote: Vote) -> bool:
    """Keep a steward's word in the place of an earlier one; False when it is the same."""
    there = session.get(VoteRow, (proposal_id, vote.steward))
    if there is not None and (there.agrees, there.reason) == (vote.agrees, vote.reason):
        return False
    session.merge(
        VoteRow(
            proposal_id=proposal_id,
            steward=vote.steward,
            agrees=vote.agrees,
            reason=vote.reason,
            at=vote.at,
        )
    )
    session.flush()
    return True


def _outcome(votes: Sequence[VoteRow], stewards: int) -> ProposalState | None:
    """Return what the votes come to, None while it is open."""
    agree = sum(vote.agrees for vote in votes)
    if 2 * agree > stewards:
        return ProposalState.AGREED
    # More than half can agree no longer.
    return ProposalState.DECLINED if 2 * (len(votes) - agree) >= stewards else None


def _replaced(
    session: Session, row: ProposalRow, steward: str, is_same: IsSame, entry: AuditEntry
) -> Sequence[AuditEntry]:
    """Retire the network's other agreed definitions of the term; return what is to be audited."""
    others = select(ProposalRow).where(
        ProposalRow.network == row.network,
        ProposalRow.state == ProposalState.AGREED,
        ProposalRow.id != row.id,
    )
    older = [other for other in session.scalars(others) if is_same(other.term, row.term)]
    for other in older:
        _end(other, ProposalState.RETIRED, steward, entry.at)
    return [
        replace(
            entry,
            target=f"proposal {other.id} of network {other.network}",
            outcome="retired",
            detail=f"replaced by proposal {row.id}",
        )
        for other in older
    ]


def _end(row: ProposalRow, state: ProposalState, by: str | None, at: datetime) -> None:
    row.state, row.ended_by, row.ended_at = state, by, at
    row.version += 1


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_changed = ProposalRow.version != ProposalRow.shown_version
    has_ended = ProposalRow.state != ProposalState.PROPOSED
    is_to_tell = has_ended & ProposalRow.told_of.is_(None)
    is_free = or_(ProposalRow.leased_until.is_(None), ProposalRow.leased_until < now)
    return or_(is_changed, is_to_tell) & is_free


def _proposal(session: Session, row: ProposalRow) -> Proposal:
    return row.proposal(_votes(session, row.id))


def _votes(session: Session, proposal_id: int) -> Sequence[VoteRow]:
    votes = select(VoteRow).where(VoteRow.proposal_id == proposal_id)
    return session.scalars(votes.order_by(VoteRow.at, VoteRow.steward)).all()


def _row(proposal: Proposal, form: str) -> ProposalRow:
    return ProposalRow(
        form=form,
        network=proposal.network,
        term=proposal.term,
        text=proposal.text,
        whose=proposal.whose,
        state=ProposalState.PROPOSED,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        is_internal=proposal.is_internal,
        posts=[],
        version=1,
        shown_version=0,
    )
