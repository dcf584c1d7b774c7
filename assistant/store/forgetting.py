"""What goes with a question that is changed or deleted, in an open, serialised transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.store.audit import AuditRow
from assistant.store.feedback.erasing import forget_words, show_edited
from assistant.store.networks.call_withdrawing import withdraw_calls_of
from assistant.store.networks.peer_withdrawing import withdraw_shared_of
from assistant.store.revising import withdraw_row
from assistant.store.shares import asked_anew_of, unsave
from assistant.store.turns_table import TurnRow


def forget_answer(session: Session, inbox_id: int) -> None:
    """Forget what was said to a question before it was changed."""
    session.execute(delete(TurnRow).where(TurnRow.inbox_id == inbox_id))
    unsave(session, inbox_id)
    show_edited(session, inbox_id)


def forget(session: Session, inbox_id: int) -> Sequence[AuditRow]:
    """Forget a deleted question's answer and all that was made of it.

    Returns the entries of the audit log, for `log_entry` after the commit.
    """
    session.execute(delete(TurnRow).where(TurnRow.inbox_id == inbox_id))
    unsave(session, inbox_id)
    forget_words(session, inbox_id)
    calls = withdraw_calls_of(session, inbox_id, datetime.now(UTC))
    return [*withdraw_shared_of(session, inbox_id), *calls]


def forget_anew(session: Session, inbox_id: int, team: str, channel: str) -> list[AuditRow]:
    """Forget what was asked anew from a question, and have its answers taken away.

    Returns the entries of the audit log, for `log_entry` after the commit.
    """
    entries: list[AuditRow] = []
    for anew in asked_anew_of(session, inbox_id):
        copy = withdraw_row(session, team, channel, anew)
        if copy is not None:
            entries += forget(session, copy)
    return entries
