"""What is left of feedback when its question is edited or deleted, or a document is purged."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from assistant.store.feedback.rating import changed
from assistant.store.feedback.table import FeedbackRow
from assistant.store.quoting import Quotes

WORDS_WITHDRAWN = "These words were removed because they quote a document that was deleted."


def show_edited(session: Session, inbox_id: int) -> None:
    """Have whoever was told of an answer shown, in an open transaction, that it is another now."""
    for row in session.scalars(select(FeedbackRow).where(FeedbackRow.inbox_id == inbox_id)):
        changed(row, max(row.due_at, datetime.now(UTC)))


def forget_words(session: Session, inbox_id: int) -> None:
    """Take out, in an open transaction, what people wrote of a question that was deleted."""
    for row in session.scalars(select(FeedbackRow).where(FeedbackRow.inbox_id == inbox_id)):
        row.words = row.remark = ""
        changed(row, datetime.now(UTC))


def withdraw_words(session: Session, quotes: Quotes, inbox_ids: Collection[int]) -> None:
    """Take out, in an open transaction, what people wrote that quotes a deleted document.

    Whoever was told of feedback on one of the answers `inbox_ids`, which lost their words, is
    shown it anew.
    """
    written = or_(FeedbackRow.words != "", FeedbackRow.remark != "")
    for row in session.scalars(select(FeedbackRow).where(written)):
        if quotes.are_in(row.words) or quotes.are_in(row.remark):
            row.words = WORDS_WITHDRAWN if quotes.are_in(row.words) else row.words
            row.remark = WORDS_WITHDRAWN if quotes.are_in(row.remark) else row.remark
            changed(row, datetime.now(UTC))
    for inbox_id in inbox_ids:
        for row in session.scalars(select(FeedbackRow).where(FeedbackRow.inbox_id == inbox_id)):
            changed(row, datetime.now(UTC))
