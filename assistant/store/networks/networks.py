"""Peer networks: what they are, who was let in, and who knows what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import JSON, Engine, Index, String, delete, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.networks import Member, MemberState, Network, Openness, Topic
from assistant.domain.releases import AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import Base, UtcDateTime, Words, serialised, transaction
from assistant.store.networks.new_stewards import note_new_stewards

# How far somebody is on the way in: nobody is put back by a step that comes late.
_STEPS = (MemberState.REQUESTED, MemberState.INVITED, MemberState.MEMBER)


class NetworkRow(Base):
    """One network; its id is never used again, whatever becomes of it."""

    __tablename__ = "networks"
    __table_args__ = (Index("ix_networks_team", "team", "closed_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    team: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Words)
    purpose: Mapped[str] = mapped_column(Words)
    openness: Mapped[str] = mapped_column(String(16))
    stewards: Mapped[list[str]] = mapped_column(JSON)
    channels: Mapped[list[str]] = mapped_column(JSON)
    groups: Mapped[list[str]] = mapped_column(JSON)
    wait_hours: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def network(self) -> Network:
        """Return the row as the type that others know."""
        return Network(
            id=self.id,
            team=self.team,
            name=self.name,
            purpose=self.purpose,
            openness=Openness(self.openness),
            stewards=tuple(self.stewards),
            channels=tuple(self.channels),
            groups=tuple(self.groups),
            wait_hours=self.wait_hours,
            created_by=self.created_by,
            created_at=self.created_at,
            changed_at=self.changed_at,
            closed_at=self.closed_at,
        )


class MemberRow(Base):
    """Somebody who is on the way into a network, or in it by joining."""

    __tablename__ = "network_members"
    __table_args__ = (Index("ix_network_members_user", "user_id"),)

    network: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    def member(self) -> Member:
        """Return the row as the type that others know."""
        return Member(self.network, self.user_id, MemberState(self.state), self.by, self.at)


class TopicRow(Base):
    """One topic of a network, in the order that its stewards gave."""

    __tablename__ = "network_topics"

    network: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Words)
    people: Mapped[list[str]] = mapped_column(JSON)


class OrganisationRow(Base):
    """The organisation that somebody named last, to fill forms in with."""

    __tablename__ = "network_organisations"

    team: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    organisation: Mapped[str] = mapped_column(Words)


class Networks:
    """Keeps networks and who belongs to them; each change goes into the audit log with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, network: Network, entry: AuditEntry, *, tell: Collection[str] = ()
    ) -> Network | None:
        """Keep a new network, created when the entry says, and return it; None if its id is taken.

        The stewards in `tell` are to be told that they are. An id stays taken when its network is
        closed: what was for its members is for no others.
        """
        with serialised(self._engine) as session:
            if session.get(NetworkRow, network.id) is not None:
                return None
            row = NetworkRow(
                id=network.id, team=network.team, created_by=network.created_by, created_at=entry.at
            )
            _fill(row, network, entry.at)
            session.add(row)
            note_new_stewards(session, network.id, tell, entry.at)
            written = add_entry(session, entry)
        log_entry(written)
        return replace(network, created_at=entry.at, changed_at=entry.at, closed_at=None)

    def find(self, team: str, id: str) -> Network | None:  # noqa: A002 - as the type has it
        """Return a workspace's network, closed or not."""
        with transaction(self._engine) as session:
            row = session.get(NetworkRow, id)
            return row.network() if row is not None and row.team == team else None

    def all(self, team: str, *, closed: bool = False) -> Sequence[Network]:
        """Return a workspace's networks in the order of their ids, with those that are closed."""
        rows = select(NetworkRow).where(NetworkRow.team == team).order_by(NetworkRow.id)
        if not closed:
            rows = rows.where(NetworkRow.closed_at.is_(None))
        with transaction(self._engine) as session:
            return [row.network() for row in session.scalars(rows)]

    def names(self) -> Mapping[str, str]:
        """Return the name of each network that is not closed, of every workspace, by its id."""
        rows = select(NetworkRow.id, NetworkRow.name).where(NetworkRow.closed_at.is_(None))
        with transaction(self._engine) as session:
            return {row.id: row.name for row in session.execute(rows.order_by(NetworkRow.id))}

    def private(self) -> frozenset[str]:
        """Return the ids of the networks of every workspace that only their members know of."""
        rows = select(NetworkRow.id).where(NetworkRow.openness == Openness.PRIVATE)
        with transaction(self._engine) as session:
            return frozenset(session.execute(rows).scalars())

    def of_channel(self, team: str, channel: str) -> Sequence[Network]:
        """Return the networks that are not closed of which a channel is one."""
        return [network for network in self.all(team) if channel in network.channels]

    def are_any(self, team: str) -> bool:
        """Whether a workspace has a network that is not closed."""
        is_one = exists().where(NetworkRow.team == team, NetworkRow.closed_at.is_(None))
        with transaction(self._engine) as session:
            return bool(session.scalar(select(is_one)))

    def change(
        self,
        network: Network,
        entry: AuditEntry,
        seen: datetime | None,
        *,
        tell: Collection[str] = (),
    ) -> bool:
        """Put a network in the place of itself as it was at `seen`, its `changed_at` then.

        The stewards in `tell` are to be told that they are. Who made it and when stay. Returns
        False, and changes nothing, when somebody has changed or closed it since.
        """
        with serialised(self._engine) as session:
            row = session.get(NetworkRow, network.id)
            if row is None or row.closed_at is not None or row.changed_at != seen:
                return False
            # Later than what was seen, whatever the clock says, or two would see the same.
            _fill(row, network, max(entry.at, row.changed_at + timedelta(microseconds=1)))
            note_new_stewards(session, network.id, tell, entry.at)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def close(self, network: Network, entry: AuditEntry) -> bool:
        """Close a network for good; False when it is closed already."""
        with serialised(self._engine) as session:
            row = session.get(NetworkRow, network.id)
            if row is None or row.closed_at is not None:
                return False
            row.closed_at = entry.at
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def member(self, network_id: str, user: str) -> Member | None:
        """Return where somebody is on the way into a network, None for who is not on it."""
        with transaction(self._engine) as session:
            row = session.get(MemberRow, (network_id, user))
            return row.member() if row is not None else None

    def members(self, network_id: str, state: MemberState | None = None) -> Sequence[Member]:
        """Return who is on the way into a network or joined it, the first who came first."""
        rows = select(MemberRow).where(MemberRow.network == network_id)
        if state is not None:
            rows = rows.where(MemberRow.state == state)
        with transaction(self._engine) as session:
            return [row.member() for row in session.scalars(rows.order_by(*_BY_ARRIVAL))]

    def joined(self, user: str) -> Sequence[Member]:
        """Return somebody's memberships by joining, in networks that are closed too."""
        rows = select(MemberRow).where(MemberRow.user_id == user)
        rows = rows.where(MemberRow.state == MemberState.MEMBER).order_by(MemberRow.network)
        with transaction(self._engine) as session:
            return [row.member() for row in session.scalars(rows)]

    def put_member(
        self, member: Member, entry: AuditEntry, *, only_from: MemberState | None = None
    ) -> bool:
        """Take somebody a step further on the way into a network that is not closed.

        Whoever accepts an invitation stays there by who invited them. Returns False, and changes
        nothing, when they are there or further already, or are not where `only_from` says.
        """
        with serialised(self._engine) as session:
            row = session.get(MemberRow, (member.network, member.user))
            if not _is_step(row, member.state, only_from) or not _is_open(session, member.network):
                return False
            by = row.by if row is not None and row.state == MemberState.INVITED else member.by
            session.merge(
                MemberRow(
                    network=member.network,
                    user_id=member.user,
                    state=member.state,
                    by=by,
                    at=member.at,
                )
            )
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def drop_member(
        self,
        network_id: str,
        user: str,
        entry: AuditEntry,
        *,
        only_from: MemberState | None = None,
    ) -> bool:
        """Take somebody off the way into a network, or out of it.

        Returns False, and changes nothing, when they are not on it, or not where `only_from` says.
        """
        with serialised(self._engine) as session:
            row = session.get(MemberRow, (network_id, user))
            if row is None or (only_from is not None and row.state != only_from):
                return False
            session.delete(row)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def topics(self, network_id: str) -> Sequence[Topic]:
        """Return what people in a network know about, in the stewards' order."""
        with transaction(self._engine) as session:
            return _topics(session, network_id)

    def put_topics(
        self,
        network_id: str,
        topics: Iterable[Topic],
        entry: AuditEntry,
        *,
        seen: Sequence[Topic] | None = None,
    ) -> bool:
        """Put topics in the place of all that a network has.

        Returns False, and changes nothing, when they are no longer those that were `seen`.
        """
        rows = [
            TopicRow(network=network_id, position=position, name=each.name, people=[*each.people])
            for position, each in enumerate(topics)
        ]
        with serialised(self._engine) as session:
            if seen is not None and _topics(session, network_id) != list(seen):
                return False
            session.execute(delete(TopicRow).where(TopicRow.network == network_id))
            session.add_all(rows)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def organisation(self, team: str, user: str) -> str | None:
        """Return the organisation that somebody named last."""
        with transaction(self._engine) as session:
            row = session.get(OrganisationRow, (team, user))
            return row.organisation if row is not None else None

    def note_organisation(self, team: str, user: str, organisation: str) -> None:
        """Remember the organisation that somebody named."""
        row = OrganisationRow(team=team, user_id=user, organisation=organisation)
        with serialised(self._engine) as session:
            session.merge(row)


_BY_ARRIVAL = (MemberRow.at, MemberRow.user_id)


def _fill(row: NetworkRow, network: Network, now: datetime) -> None:
    """Give a row what people decide of a network."""
    row.name, row.purpose = network.name, network.purpose
    row.openness, row.wait_hours = network.openness, network.wait_hours
    row.stewards, row.channels = list(network.stewards), list(network.channels)
    row.groups, row.changed_at = list(network.groups), now


def _topics(session: Session, network_id: str) -> list[Topic]:
    rows = select(TopicRow).where(TopicRow.network == network_id).order_by(TopicRow.position)
    return [Topic(row.name, tuple(row.people)) for row in session.scalars(rows)]


def _is_step(row: MemberRow | None, to: MemberState, only_from: MemberState | None) -> bool:
    if row is None:
        return only_from is None
    if only_from is not None and row.state != only_from:
        return False
    return _STEPS.index(MemberState(row.state)) < _STEPS.index(to)


def _is_open(session: Session, network_id: str) -> bool:
    row = session.get(NetworkRow, network_id)
    return row is not None and row.closed_at is None
