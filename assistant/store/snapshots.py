"""Which snapshot is live: one row, switched in one commit."""

from datetime import UTC, datetime

from sqlalchemy import Engine, String, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, transaction


class LivePointer(Base):
    """The single row that names the live snapshot."""

    __tablename__ = "live_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot: Mapped[str] = mapped_column(String(64))
    switched_at: Mapped[datetime] = mapped_column()


class SnapshotPointer:
    """Reads and switches the pointer to the live snapshot."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def live(self) -> str | None:
        """Return the live snapshot's id, or None before the first ingest."""
        with transaction(self._engine) as session:
            return session.scalar(select(LivePointer.snapshot).where(LivePointer.id == 1))

    def switch(self, snapshot: str) -> None:
        """Make `snapshot` the live one; every question that begins after the commit uses it."""
        with transaction(self._engine) as session:
            session.merge(LivePointer(id=1, snapshot=snapshot, switched_at=datetime.now(UTC)))
