"""Who has a question in hand, in an open transaction: a lease, held until it ends or runs out."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from assistant.store.inbox_table import InboxQuestion, InboxRow, InboxState
from assistant.store.turn_taking import free


def lease_row(session: Session, row: int, lasting: timedelta) -> InboxQuestion | None:
    """Take a row for `lasting` unless somebody else was quicker."""
    now = datetime.now(UTC)
    lease = uuid.uuid4().hex
    if not _changed(
        session,
        and_(InboxRow.id == row, free(now)),
        state=InboxState.ANSWERING,
        lease=lease,
        taken_at=now,
        leased_until=now + lasting,
        attempts=InboxRow.attempts + 1,
    ):
        return None
    found = session.scalar(select(InboxRow).where(InboxRow.id == row, InboxRow.lease == lease))
    return found.question() if found else None


def change_held(session: Session, question: InboxQuestion, **values: object) -> bool:
    """Change columns of a question's row; False when it is no longer the caller's."""
    is_held = and_(InboxRow.id == question.id, InboxRow.lease == question.lease)
    return _changed(session, is_held, **values)


def finish_row(
    session: Session,
    question: InboxQuestion,
    state: InboxState,
    outcome: str,
    answer_ts: str | None,
) -> bool:
    """Note how the question ended; False when it is not the caller's."""
    return change_held(
        session,
        question,
        state=state,
        outcome=outcome,
        answer_ts=answer_ts,
        # Who has the address can speak to the asker, so it is not kept.
        reply_url=None,
        finished_at=datetime.now(UTC),
        lease=None,
        leased_until=None,
    )


def _changed(session: Session, where: ColumnElement[bool], **values: object) -> bool:
    result = session.execute(
        update(InboxRow)
        .where(where)
        .values(**values)
        .execution_options(synchronize_session=False)
        .returning(InboxRow.id)
    )
    return result.first() is not None
