"""Stewards who were named and are still to be told so: kept in the commit that names them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.store.database import Base, UtcDateTime, serialised, transaction

LEASE = timedelta(seconds=120)


class NewStewardRow(Base):
    """One steward to be told, not before `due_at`."""

    __tablename__ = "network_new_stewards"

    network: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]


@dataclass(frozen=True, slots=True)
class NewSteward:
    """Somebody who was named a steward; `attempts` is how often it was tried to tell them."""

    network: str
    user: str
    named_at: datetime
    attempts: int


class NewStewards:
    """Hands out who is to be told that they are a steward, to one at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, now: datetime) -> NewSteward | None:
        """Lease somebody who is to be told, the longest due first."""
        first = select(NewStewardRow).where(NewStewardRow.due_at <= now)
        first = first.order_by(NewStewardRow.due_at, NewStewardRow.user_id).limit(1)
        with transaction(self._engine) as session:
            if session.scalar(first) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first)
            if row is None:
                return None
            row.due_at = now + LEASE
            row.attempts += 1
            return NewSteward(row.network, row.user_id, row.named_at, row.attempts)

    def put_off(self, steward: NewSteward, until: datetime) -> None:
        """Have somebody told later who could not be told."""
        with serialised(self._engine) as session:
            row = _still(session, steward)
            if row is not None:
                row.due_at = until

    def settled(self, steward: NewSteward) -> None:
        """Note that somebody was told, or that there is nothing to tell them any more."""
        with serialised(self._engine) as session:
            row = _still(session, steward)
            if row is not None:
                session.delete(row)


def note_new_stewards(
    session: Session, network: str, stewards: Collection[str], now: datetime
) -> None:
    """Have people told, in an open and serialised transaction, that they are stewards."""
    for user in stewards:
        session.merge(
            NewStewardRow(network=network, user_id=user, named_at=now, due_at=now, attempts=0)
        )


def _still(session: Session, steward: NewSteward) -> NewStewardRow | None:
    """Return what is kept of somebody unless they were named once more, or another is at it."""
    row = session.get(NewStewardRow, (steward.network, steward.user))
    is_same = row is not None and row.named_at == steward.named_at
    return row if is_same and row is not None and row.attempts == steward.attempts else None
