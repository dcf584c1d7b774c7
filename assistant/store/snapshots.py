"""Which snapshot is live: one row, switched in one commit."""

from datetime import UTC, datetime

from sqlalchemy import Engine, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction


class LivePointer(Base):
    """The single row that names the live snapshot."""

    __tablename__ = "live_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot: Mapped[str] = mapped_column(String(64))
    switched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SnapshotPointer:
    """Reads and switches the pointer to the live snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def live(self) -> str | None:
        """Return the live snapshot's id, or None before the first ingest."""
        with transaction(self._engine) as session:
            return live_in(session)

    def switch(self, snapshot: str, *, expected: str | None) -> bool:
        """Make `snapshot` the live one, when `expected` still is; None expects that none is.

        Every question that begins after the commit uses it. Returns False, and changes nothing,
        when somebody else switched meanwhile.
        """
        if expected is None:
            return self._switch_first(snapshot)
        switched = (
            update(LivePointer)
            .where(LivePointer.id == 1, LivePointer.snapshot == expected)
            .values(snapshot=snapshot, switched_at=datetime.now(UTC))
            .execution_options(synchronize_session=False)
            .returning(LivePointer.id)
        )
        with transaction(self._engine) as session:
            return session.scalar(switched) is not None

    def _switch_first(self, snapshot: str) -> bool:
        row = LivePointer(id=1, snapshot=snapshot, switched_at=datetime.now(UTC))
        try:
            with transaction(self._engine) as session:
                session.add(row)
        except IntegrityError:
            if self.live() is None:
                raise
            return False
        return True


def live_in(session: Session) -> str | None:
    """Return in an open transaction which snapshot is live."""
    return session.scalar(select(LivePointer.snapshot).where(LivePointer.id == 1))
