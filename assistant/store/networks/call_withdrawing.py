"""How a question to a network ends before its time, and what is left of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.domain.networks import NETWORK_PREFIX
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditRow, add_entry
from assistant.store.networks.call_posts import show_ended
from assistant.store.networks.call_table import TAKEN_BACK, WORDS_WITHDRAWN, CallRow
from assistant.store.quoting import Quotes

_ASSISTANT = Actor("assistant", "store")


def withdraw_quoting_calls(session: Session, quotes: Quotes, now: datetime) -> Sequence[AuditRow]:
    """Erase, in an open and serialised transaction, the questions that quote a deleted document.

    A call without its words goes to nobody any more. Returns the entries of the audit log, for
    `log_entry` after the commit.
    """
    entries = []
    rows = session.scalars(select(CallRow).where(CallRow.question != WORDS_WITHDRAWN)).all()
    for row in rows:
        if quotes.are_in(row.question):
            erase(session, row, now, WORDS_WITHDRAWN)
            reason = "it quotes a document that was deleted"
            entries.append(_withdrawn(session, row, reason, now))
    return entries


def withdraw_calls_of(session: Session, inbox_id: int, now: datetime) -> Sequence[AuditRow]:
    """Erase, in an open and serialised transaction, what was asked of networks for a question.

    For a question to the assistant that was deleted in Slack. Returns the entries of the audit log,
    for `log_entry` after the commit.
    """
    rows = session.scalars(select(CallRow).where(CallRow.inbox_id == inbox_id)).all()
    entries = []
    for row in rows:
        if not row.call().has_no_words:
            erase(session, row, now)
            entries.append(_withdrawn(session, row, "its question was deleted", now))
    return entries


def _withdrawn(session: Session, row: CallRow, reason: str, now: datetime) -> AuditRow:
    target = f"{NETWORK_PREFIX}{row.network}, call {row.id}"
    action = Action.CALL.value
    return add_entry(session, AuditEntry(now, _ASSISTANT, action, target, "withdrawn", reason))


def erase(session: Session, row: CallRow, now: datetime, left: str = TAKEN_BACK) -> None:
    """Take the words out of a question, in an open, serialised transaction, which ends it."""
    row.question, row.name, row.organisation = left, None, ""
    end(session, row, now)


def end(session: Session, row: CallRow, now: datetime) -> None:
    """Let a question go no further, in an open, serialised transaction; its messages say so."""
    row.closed_at, row.due_at = row.closed_at or now, None
    row.lease = row.leased_until = None
    show_ended(session, row.id, now)
