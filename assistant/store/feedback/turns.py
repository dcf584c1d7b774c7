"""Whose turn it is to be shown or told of feedback, in an open transaction."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from assistant.store.feedback.table import Feedback, FeedbackRow, FeedbackState

MOST_AN_HOUR = 20
SECONDS_BETWEEN_COUNTS = 60


def is_due() -> ColumnElement[bool]:
    """Say of a row that somebody must be shown or told of it now, and nobody has it in hand."""
    now = datetime.now(UTC)
    is_unshown = FeedbackRow.version > FeedbackRow.shown_version
    return and_(
        or_(is_unshown, FeedbackRow.state == FeedbackState.DEALT_WITH),
        FeedbackRow.due_at <= now,
        or_(FeedbackRow.leased_until.is_(None), FeedbackRow.leased_until < now),
    )


def place(session: Session, row: FeedbackRow) -> None:
    """Decide, when it is first to be shown, whether it is shown by itself or counted."""
    if row.shown_at is not None:
        return
    row.shown_at = now = datetime.now(UTC)
    same_person = and_(
        FeedbackRow.team == row.team,
        FeedbackRow.user_id == row.user_id,
        FeedbackRow.shown_at > now - timedelta(hours=1),
        FeedbackRow.id != row.id,
    )
    alone = select(func.count()).where(same_person, FeedbackRow.counted_in.is_(None))
    if (session.scalar(alone) or 0) < MOST_AN_HOUR:
        return
    counting = select(FeedbackRow).where(same_person, FeedbackRow.counted_in == FeedbackRow.id)
    found = session.scalar(counting.limit(1))
    row.counted_in = found.id if found is not None else row.id
    if found is not None:
        found.version += 1
        found.due_at = max(found.due_at, now + timedelta(seconds=SECONDS_BETWEEN_COUNTS))


def held(session: Session, feedback: Feedback) -> FeedbackRow | None:
    """Return the row while it is the caller's turn, else None."""
    row = session.get(FeedbackRow, feedback.id)
    return row if row is not None and row.lease == feedback.lease else None
