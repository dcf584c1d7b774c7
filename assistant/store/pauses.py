"""Pauses: while one lasts, nothing is answered in a thread or in a channel, on any machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction

WHOLE_CHANNEL = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in a thread, or in the whole channel, and the question to which it is told."""

    thread_ts: str
    until: datetime
    said_to: int


class PauseRow(Base):
    """The latest pause in one place."""

    __tablename__ = "pauses"

    team: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    thread_ts: Mapped[str] = mapped_column(String(32), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    said_to: Mapped[int]


class Pauses:
    """Remembers the latest pause in each place."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self, team: str, channel: str, thread_ts: str) -> Sequence[Pause]:
        """Return the latest pauses of a thread and of its channel, over or not."""
        query = select(PauseRow).where(
            PauseRow.team == team,
            PauseRow.channel == channel,
            PauseRow.thread_ts.in_((thread_ts, WHOLE_CHANNEL)),
        )
        with transaction(self._engine) as session:
            return [Pause(row.thread_ts, row.until, row.said_to) for row in session.scalars(query)]

    def at(self, team: str, channel: str, thread_ts: str) -> Pause | None:
        """Return the latest pause of one thread, or of the whole channel."""
        with transaction(self._engine) as session:
            row = session.get(PauseRow, (team, channel, thread_ts))
            return Pause(row.thread_ts, row.until, row.said_to) if row is not None else None

    def begin(self, team: str, channel: str, pause: Pause, now: datetime) -> bool:
        """Begin a pause; return False when somebody else has begun one that still lasts."""
        place = {"team": team, "channel": channel, "thread_ts": pause.thread_ts}
        over = (
            update(PauseRow)
            .where(
                PauseRow.team == team,
                PauseRow.channel == channel,
                PauseRow.thread_ts == pause.thread_ts,
                PauseRow.until <= now,
            )
            .values(until=pause.until, said_to=pause.said_to)
            .execution_options(synchronize_session=False)
            .returning(PauseRow.channel)
        )
        try:
            with transaction(self._engine) as session:
                if session.execute(over).first() is None:
                    session.add(PauseRow(**place, until=pause.until, said_to=pause.said_to))
        except IntegrityError:
            return False
        return True
