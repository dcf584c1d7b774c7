"""Calls that Slack asked to wait with: what one replica was told, all of them keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, String, bindparam, delete, func, select, type_coerce
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction
from assistant.store.postgresql import POSTGRESQL


@dataclass(frozen=True, slots=True)
class Hold:
    """A method that is not to be called for `seconds`, in one channel or, where empty, at all."""

    method: str
    channel: str
    seconds: float


class HoldRow(Base):
    """One wait that Slack asked for, and when it is over."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(32))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Holds:
    """Remembers waits for every process that shares the database.

    By the database's clock, so that those of the replicas may differ; SQLite is one machine's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._now = _clock_of(engine)
        # Made once, since it is asked before most calls.
        self._lasting = select(
            HoldRow.method, HoldRow.channel, HoldRow.until, self._now.label("now")
        ).where(HoldRow.until > self._now)

    def note(self, hold: Hold) -> None:
        """Write a wait down, and take away what is over.

        Each is a row of its own, so that nobody waits for who else was told.
        """
        with transaction(self._engine) as session:
            now = session.scalars(select(self._now)).one()
            session.execute(delete(HoldRow).where(HoldRow.until <= now))
            until = now + timedelta(seconds=hold.seconds)
            session.add(HoldRow(method=hold.method, channel=hold.channel, until=until))

    def held(self) -> Sequence[Hold]:
        """Return every wait that is not over, with what is left of it."""
        with self._engine.connect() as connection:
            rows = connection.execute(self._lasting).all()
        return [
            Hold(row.method, row.channel, (row.until - row.now).total_seconds()) for row in rows
        ]


def _clock_of(engine: Engine) -> ColumnElement[datetime]:
    """Return what is the moment, in UTC, whenever a statement with it is carried out."""
    if engine.dialect.name == POSTGRESQL:
        return type_coerce(func.timezone("UTC", func.clock_timestamp()), UtcDateTime)
    return bindparam("now", callable_=lambda: datetime.now(UTC), type_=UtcDateTime)
