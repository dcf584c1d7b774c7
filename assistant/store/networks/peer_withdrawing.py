"""Taking the words out of what was shared with networks: when, and what is left."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from assistant.domain.networks import NETWORK_PREFIX, Origin
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import AuditRow, add_entry
from assistant.store.networks.correction_notices import make_stale, of_answer, of_response
from assistant.store.networks.peer_answers_table import PeerAnswerRow, PeerResponseRow
from assistant.store.quoting import Quotes

QUESTION_DELETED = "its question was deleted"
DOCUMENT_PURGED = "it quotes a document that was deleted"

_ASSISTANT = Actor("assistant", "store")


def withdraw_shared_of(session: Session, inbox_id: int) -> Sequence[AuditRow]:
    """Erase, in an open and serialised transaction, what was shared of a deleted question.

    Returns the entries of the audit log, for `log_entry` after the commit.
    """
    of_question = PeerAnswerRow.inbox_id == inbox_id
    return _withdraw_all(session, of_question, lambda _: True, QUESTION_DELETED)


def withdraw_quoting(session: Session, document: str, quotes: Quotes) -> Sequence[AuditRow]:
    """Erase, in an open and serialised transaction, what cites a purged document or quotes it.

    What peers say loses its words alone. Returns the entries of the audit log, for `log_entry`
    after the commit.
    """

    def holds_it(row: PeerAnswerRow) -> bool:
        is_cited = any(cited["document"] == document for cited in row.citations)
        return is_cited or any(map(quotes.are_in, (row.question, row.answer, row.note)))

    for response in session.scalars(select(PeerResponseRow)):
        if quotes.are_in(response.what) or quotes.are_in(response.remark):
            response.what = "" if quotes.are_in(response.what) else response.what
            response.remark = "" if quotes.are_in(response.remark) else response.remark
            make_stale(session, of_response(response.id))
            changed(session.get_one(PeerAnswerRow, response.answer_id))
    return _withdraw_all(session, stands(), holds_it, DOCUMENT_PURGED)


def erase(session: Session, row: PeerAnswerRow) -> None:
    """Take the words out of an answer, in an open transaction, and the responses with them."""
    row.question = row.answer = row.note = row.organisation = ""
    row.name, row.citations, row.once = None, [], None
    row.withdrawn_at = datetime.now(UTC)
    make_stale(session, of_answer(row.id))
    session.execute(delete(PeerResponseRow).where(PeerResponseRow.answer_id == row.id))
    changed(row)


def changed(row: PeerAnswerRow) -> None:
    """Have an answer's message show what holds now; a captured reply is no message of ours."""
    if row.origin == Origin.SHARED:
        row.version += 1
        row.due_at = datetime.now(UTC)


def stands() -> ColumnElement[bool]:
    """Return the condition that an answer was not withdrawn."""
    return PeerAnswerRow.withdrawn_at.is_(None)


def _withdraw_all(
    session: Session,
    where: ColumnElement[bool],
    is_meant: Callable[[PeerAnswerRow], bool],
    reason: str,
) -> Sequence[AuditRow]:
    rows = [r for r in session.scalars(select(PeerAnswerRow).where(where, stands())) if is_meant(r)]
    return [_withdrawn(session, row, reason) for row in rows]


def _withdrawn(session: Session, row: PeerAnswerRow, reason: str) -> AuditRow:
    erase(session, row)
    target = f"shared answer {row.id} of {NETWORK_PREFIX}{row.network}"
    action = Action.SHARE if row.origin == Origin.SHARED else Action.CAPTURE
    now = datetime.now(UTC)
    return add_entry(
        session, AuditEntry(now, _ASSISTANT, action.value, target, "withdrawn", reason)
    )
