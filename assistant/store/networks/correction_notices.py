"""The messages in which stewards are told of corrections, to be taken back with their words.

A message is noted before it is posted, so that it is found again whatever happens in between. What
was noted is never deleted: its number marks the message for good.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.store.database import Base, UtcDateTime, serialised, transaction
from assistant.store.networks.peer_answers_table import Correction, PeerResponseRow

# Whoever took a message to take it back has ended, or is about to.
LEASE = timedelta(seconds=60)


class CorrectionNoticeRow(Base):
    """One message to one steward: `is_stale` when its words hold no more, due until it says so."""

    __tablename__ = "correction_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(index=True)
    response_id: Mapped[int]
    version: Mapped[int]
    user_id: Mapped[str] = mapped_column(String(32))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str | None] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    is_stale: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """A message to a steward; where it stands is None until its post was noted."""

    id: int
    user: str
    begun_at: datetime
    channel: str | None = None
    message_ts: str | None = None


class CorrectionNotices:
    """Keeps where stewards were told, and hands out what is to be taken back there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, correction: Correction, user: str) -> CorrectionNotice | None:
        """Note that a steward is about to be told, once; None when it was taken back meanwhile."""
        response = correction.response
        with serialised(self._engine) as session:
            there = session.get(PeerResponseRow, response.id)
            if there is None or there.version != correction.version:
                return None
            row = session.scalar(
                select(CorrectionNoticeRow).where(
                    CorrectionNoticeRow.response_id == response.id,
                    CorrectionNoticeRow.version == correction.version,
                    CorrectionNoticeRow.user_id == user,
                    CorrectionNoticeRow.is_stale.is_(False),
                )
            )
            if row is None:
                row = CorrectionNoticeRow(
                    answer_id=response.answer_id,
                    response_id=response.id,
                    version=correction.version,
                    user_id=user,
                    begun_at=datetime.now(UTC),
                    is_stale=False,
                )
                session.add(row)
                session.flush()
            return _notice(row)

    def posted(self, notice: CorrectionNotice, channel: str, ts: str) -> None:
        """Note where a message stands; one that was taken back while it was posted is due."""
        with serialised(self._engine) as session:
            row = session.get_one(CorrectionNoticeRow, notice.id)
            row.channel, row.message_ts = channel, ts
            if row.is_stale:
                row.due_at = datetime.now(UTC)

    def take(self) -> CorrectionNotice | None:
        """Take a message whose words hold no more, the longest due first."""
        due = CorrectionNoticeRow.due_at <= datetime.now(UTC)
        first = select(CorrectionNoticeRow).where(due).order_by(CorrectionNoticeRow.due_at)
        with transaction(self._engine) as session:
            if session.scalar(first.limit(1)) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first.limit(1))
            if row is None:
                return None
            row.due_at = datetime.now(UTC) + LEASE
            return _notice(row)

    def taken_back(self, notice: CorrectionNotice) -> None:
        """Note that a message says it, or cannot be changed any more."""
        with serialised(self._engine) as session:
            row = session.get_one(CorrectionNoticeRow, notice.id)
            # What was posted meanwhile is looked at again.
            if row.message_ts == notice.message_ts:
                row.due_at = None

    def put_off(self, notice: CorrectionNotice, seconds: float) -> None:
        """Have a message looked at again after some seconds."""
        with serialised(self._engine) as session:
            row = session.get_one(CorrectionNoticeRow, notice.id)
            row.due_at = datetime.now(UTC) + timedelta(seconds=seconds)


def make_stale(session: Session, which: ColumnElement[bool]) -> None:
    """Have messages taken back, in an open and serialised transaction."""
    still = CorrectionNoticeRow.is_stale.is_(False)
    for row in session.scalars(select(CorrectionNoticeRow).where(which, still)):
        row.is_stale, row.due_at = True, datetime.now(UTC)


def of_answer(answer_id: int) -> ColumnElement[bool]:
    """Return the condition that a message is about an answer."""
    return CorrectionNoticeRow.answer_id == answer_id


def of_response(response_id: int) -> ColumnElement[bool]:
    """Return the condition that a message is about what one peer said."""
    return CorrectionNoticeRow.response_id == response_id


def _notice(row: CorrectionNoticeRow) -> CorrectionNotice:
    return CorrectionNotice(row.id, row.user_id, row.begun_at, row.channel, row.message_ts)
