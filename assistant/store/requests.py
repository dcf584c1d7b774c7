"""Signatures of requests that came in: one that is sent a second time is a replay."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction

# A signature holds for five minutes, and a clock may be five minutes behind that of its maker.
KEPT = timedelta(minutes=10)
CLEARED_EVERY = timedelta(minutes=1)


class SeenRequestRow(Base):
    """One signature and when it came."""

    __tablename__ = "seen_requests"

    signature: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeenRequests:
    """Remembers signatures for every process that shares the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cleared_at = datetime.min.replace(tzinfo=UTC)

    def remember(self, signature: str) -> bool:
        """Write a signature down; return False when it is there already, whoever wrote it."""
        now = datetime.now(UTC)
        self._clear(now)
        try:
            with transaction(self._engine) as session:
                session.add(SeenRequestRow(signature=signature, seen_at=now))
        except IntegrityError:
            return False
        return True

    def forget(self, signature: str) -> None:
        """Take a signature back, since what it came with was not done."""
        with transaction(self._engine) as session:
            session.execute(delete(SeenRequestRow).where(SeenRequestRow.signature == signature))

    def _clear(self, now: datetime) -> None:
        if now - self._cleared_at < CLEARED_EVERY:
            return
        self._cleared_at = now
        with transaction(self._engine) as session:
            session.execute(delete(SeenRequestRow).where(SeenRequestRow.seen_at < now - KEPT))
