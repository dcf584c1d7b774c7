"""What a press, a reaction and a reason make of somebody's word on an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from assistant.store.feedback.table import FeedbackRow, FeedbackState, Press, Rating

# So long somebody may still be filling in the form that asks why.
SECONDS_FOR_A_REASON = 180


def rate(row: FeedbackRow, press: Press, rating: Rating | None = None) -> None:
    """Put a rating in the place of the one before; pressing the same again changes nothing."""
    rating = rating or press.rating
    is_new = row.rating != rating or (press.reason is not None and row.reason != press.reason)
    now = datetime.now(UTC)
    row.rating, row.way = rating, press.way
    if row.revision != press.revision:
        # What was said before is about another answer.
        row.revision, row.reason, row.words, is_new = press.revision, None, "", True
    if not is_new:
        return
    row.given_at, row.documents, row.snapshot = now, list(press.documents), press.snapshot
    if rating is Rating.NOT_HELPFUL:
        row.reason = press.reason.value if press.reason is not None else row.reason
        reopen(row)
        wait = 0 if row.reason else SECONDS_FOR_A_REASON
    else:
        row.reason, row.words, wait = None, "", 0
        if row.state == FeedbackState.OPEN:
            row.state = FeedbackState.NOTED
    changed(row, now + timedelta(seconds=wait))


def reopen(row: FeedbackRow) -> None:
    """Have it dealt with, again if need be; not before who gave it was told of the last time."""
    if row.state != FeedbackState.DEALT_WITH:
        row.state = FeedbackState.OPEN


def changed(row: FeedbackRow, due_at: datetime) -> None:
    """Have those who were told, or are to be, shown what holds now."""
    row.version += 1
    row.due_at = due_at
    if row.state == FeedbackState.NOTED and not row.notices:
        row.shown_version = row.version


def kept(reaction: str, meaning: Rating) -> str:
    """Return a reaction as it is kept, with what it means."""
    return f"{meaning.value}:{reaction}"


def meant(reactions: Sequence[str]) -> Rating:
    """Return what the latest reaction that is still there means."""
    return Rating(reactions[-1].partition(":")[0]) if reactions else Rating.TAKEN_BACK
