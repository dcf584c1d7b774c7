"""What is known of the threads in which the assistant was spoken to; it outlives a restart.

Of what others write there nothing is kept but that somebody did.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Select, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction


@dataclass(frozen=True, slots=True)
class Place:
    """A thread: its workspace, its channel, and the time of its first post."""

    team: str
    channel: str
    thread_ts: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Who first spoke to the assistant in a thread, with which post, and what came of it.

    `joined` says that somebody else spoke there too. `stopped_ts` is the time of the post that told
    the assistant to stay out. `seen_at` is when it was sure that nobody else had spoken there; None
    while what was said before is not known.
    """

    asker: str
    since_ts: str
    joined: bool = False
    stopped_ts: str | None = None
    seen_at: datetime | None = None


class ThreadRow(Base):
    """One thread in which the assistant was spoken to."""

    __tablename__ = "threads"

    team: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    thread_ts: Mapped[str] = mapped_column(String(32), primary_key=True)
    asker: Mapped[str] = mapped_column(String(32))
    since_ts: Mapped[str] = mapped_column(String(32))
    joined: Mapped[bool]
    stopped_ts: Mapped[str | None] = mapped_column(String(32))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Threads:
    """Remembers the threads; every change may be made twice."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, place: Place) -> Thread | None:
        """Return what is known of a thread, or None where the assistant was never spoken to."""
        with transaction(self._engine) as session:
            row = session.scalar(_row_of(place))
            if row is None:
                return None
            return Thread(row.asker, row.since_ts, row.joined, row.stopped_ts, row.seen_at)

    def begin(self, place: Place, thread: Thread) -> None:
        """Write down a thread in which the assistant is spoken to for the first time.

        Where the thread is known already, somebody else than its asker has joined it.
        """
        if not self._change(place, joined_by=thread.asker):
            try:
                with transaction(self._engine) as session:
                    session.add(
                        ThreadRow(
                            team=place.team,
                            channel=place.channel,
                            thread_ts=place.thread_ts,
                            asker=thread.asker,
                            since_ts=thread.since_ts,
                            joined=thread.joined,
                            stopped_ts=thread.stopped_ts,
                            seen_at=thread.seen_at,
                        )
                    )
            except IntegrityError:
                # Another delivery of the same post may write the row at the same moment.
                self._change(place, joined_by=thread.asker)

    def join(self, place: Place) -> None:
        """Note that somebody else than the asker has spoken in the thread."""
        self._change(place, joined_by="")

    def stop(self, place: Place, ts: str) -> None:
        """Note that a post told the assistant to stay out."""
        with transaction(self._engine) as session:
            row = session.scalar(_row_of(place).with_for_update())
            if row is not None:
                row.stopped_ts = max(row.stopped_ts or "", ts)

    def note_seen(self, place: Place, at: datetime, *, joined: bool) -> None:
        """Note what the thread's posts say: whether somebody else had spoken there by `at`."""
        with transaction(self._engine) as session:
            row = session.scalar(_row_of(place).with_for_update())
            if row is not None:
                row.seen_at, row.joined = at, row.joined or joined

    def _change(self, place: Place, joined_by: str) -> bool:
        """Note who speaks in a thread that is known; return False where it is not."""
        with transaction(self._engine) as session:
            row = session.scalar(_row_of(place))
            if row is not None and row.asker != joined_by:
                row.joined = True
            return row is not None


def _row_of(place: Place) -> Select[ThreadRow]:
    return select(ThreadRow).where(
        ThreadRow.team == place.team,
        ThreadRow.channel == place.channel,
        ThreadRow.thread_ts == place.thread_ts,
    )
