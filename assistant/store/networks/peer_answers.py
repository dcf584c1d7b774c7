"""Answers that were shared with networks, and what peers say of them.

A row of an answer has a version for what its message should show, and whoever shows it takes it
for a while. Withdrawing erases the words at once; the row stays, without them, for the audit log.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, select
from sqlalchemy.orm import Session

from assistant.domain.networks import Origin, PeerAnswer, Response, ResponseKind
from assistant.domain.releases import AuditEntry
from assistant.store.audit import AuditRow, add_entry, log_entry
from assistant.store.database import serialised, transaction
from assistant.store.networks.correction_notices import CorrectionNotices, make_stale, of_response
from assistant.store.networks.peer_answers_table import (
    Correction,
    PeerAnswerRow,
    PeerResponseRow,
    Showing,
    once_of,
    row_of,
)
from assistant.store.networks.peer_withdrawing import changed, erase, stands
from assistant.store.turns_table import WITHDRAWN, TurnRow

# Whoever took something to show or tell has ended, or is about to.
LEASE = timedelta(seconds=60)


class PeerAnswers:
    """Keeps what was shared and captured, and the responses to it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.notices = CorrectionNotices(engine)

    def add(self, answer: PeerAnswer, entry: AuditEntry) -> PeerAnswer:
        """Keep an answer and return it with its number; one that is there already is returned."""
        with serialised(self._engine) as session:
            kept, written = _added(session, answer, entry)
        if written is not None:
            log_entry(written)
        return kept

    def share(self, answer: PeerAnswer, entry: AuditEntry) -> PeerAnswer | None:
        """Keep an answer of ours as `add` does; None when the one it is of is gone meanwhile."""
        ours = select(TurnRow.answer).where(TurnRow.inbox_id == answer.inbox_id)
        with serialised(self._engine) as session:
            if session.scalar(ours) in (None, WITHDRAWN):
                return None
            kept, written = _added(session, answer, entry)
        if written is not None:
            log_entry(written)
        return kept

    def find(self, answer_id: int) -> PeerAnswer | None:
        """Return an answer by its number, withdrawn or not."""
        with transaction(self._engine) as session:
            row = session.get(PeerAnswerRow, answer_id)
            return row.peer_answer() if row is not None else None

    def at(self, channel: str, ts: str) -> PeerAnswer | None:
        """Return the answer that a message shows."""
        here = and_(PeerAnswerRow.channel == channel, PeerAnswerRow.message_ts == ts)
        return next(iter(self._found(here, 1)), None)

    def of_network(
        self, network_id: str, most: int = 50, origin: Origin | None = None
    ) -> Sequence[PeerAnswer]:
        """Return a network's latest answers, the newest first, without the withdrawn.

        Only those that come from `origin`, where it is given.
        """
        theirs = and_(PeerAnswerRow.network == network_id, stands())
        if origin is not None:
            theirs = and_(theirs, PeerAnswerRow.origin == origin)
        return self._found(theirs, most)

    def shared_by(self, user: str, most: int = 20) -> Sequence[PeerAnswer]:
        """Return what somebody shared or let be kept, the newest first, without the withdrawn."""
        return self._found(and_(PeerAnswerRow.user_id == user, stands()), most)

    def note_posted(self, answer_id: int, channel: str, ts: str) -> None:
        """Note which message shows an answer.

        One that was withdrawn while it was posted is to be shown as it is now.
        """
        with serialised(self._engine) as session:
            row = session.get_one(PeerAnswerRow, answer_id)
            row.channel, row.message_ts = channel, ts
            if row.withdrawn_at is not None:
                changed(row)

    def note_verified(self, answer_id: int, verified_id: int) -> None:
        """Note what a steward made of an answer."""
        with serialised(self._engine) as session:
            session.get_one(PeerAnswerRow, answer_id).verified_id = verified_id

    def withdraw(self, answer_id: int, user: str, entry: AuditEntry) -> PeerAnswer | None:
        """Erase an answer's words, and those of the responses to it, for who shared it.

        Returns it without them, None when it is not theirs or was withdrawn before.
        """
        with serialised(self._engine) as session:
            row = session.get(PeerAnswerRow, answer_id)
            if row is None or row.user_id != user or row.withdrawn_at is not None:
                return None
            erase(session, row)
            left, written = row.peer_answer(), add_entry(session, entry)
        log_entry(written)
        return left

    def withdrawn_but_verified(self) -> Sequence[PeerAnswer]:
        """Return the answers that were withdrawn and of which a verified answer was made."""
        withdrawn = PeerAnswerRow.withdrawn_at.is_not(None)
        return self._found(and_(withdrawn, PeerAnswerRow.verified_id.is_not(None)), None)

    def note_parted(self, answer_id: int) -> None:
        """Note that nothing is left to be done about what was made of a withdrawn answer."""
        with serialised(self._engine) as session:
            session.get_one(PeerAnswerRow, answer_id).verified_id = None

    def respond(self, response: Response, entry: AuditEntry) -> Response | None:
        """Keep what a peer says, in place of what they said in the same way before.

        Returns it with its number, None when the answer was withdrawn. Saying the same again
        changes nothing.
        """
        with serialised(self._engine) as session:
            answer = session.get(PeerAnswerRow, response.answer_id)
            if answer is None or answer.withdrawn_at is not None:
                return None
            row = _response_row(session, response)
            if row.version and _says_the_same(row.response(), response):
                return row.response()
            _fill(row, response)
            changed(answer)
            session.flush()
            make_stale(session, of_response(row.id))
            kept, written = row.response(), add_entry(session, entry)
        log_entry(written)
        return kept

    def take_back(self, response_id: int, user: str, entry: AuditEntry) -> Response | None:
        """Delete what somebody said; None when it is not theirs."""
        with serialised(self._engine) as session:
            row = session.get(PeerResponseRow, response_id)
            if row is None or row.user_id != user:
                return None
            taken = row.response()
            make_stale(session, of_response(row.id))
            session.delete(row)
            answer = session.get(PeerAnswerRow, row.answer_id)
            if answer is not None:
                changed(answer)
            written = add_entry(session, entry)
        log_entry(written)
        return taken

    def response(self, response_id: int) -> Response | None:
        """Return a response by its number."""
        with transaction(self._engine) as session:
            row = session.get(PeerResponseRow, response_id)
            return row.response() if row is not None else None

    def responses(self, answer_id: int) -> Sequence[Response]:
        """Return every response to an answer, the newest first."""
        return self._responses(PeerResponseRow.answer_id == answer_id)

    def corrections(self, network_id: str) -> Sequence[Response]:
        """Return the open corrections of a network's answers, the newest first."""
        of_network = select(PeerAnswerRow.id).where(PeerAnswerRow.network == network_id, stands())
        is_open = PeerResponseRow.dealt_with_at.is_(None)
        return self._responses(
            and_(_is_correction(), is_open, PeerResponseRow.answer_id.in_(of_network))
        )

    def deal_with(self, response_id: int, user: str, entry: AuditEntry, remark: str = "") -> bool:
        """Note who dealt with a correction; False when somebody had, or it was taken back."""
        with serialised(self._engine) as session:
            row = session.get(PeerResponseRow, response_id)
            is_open = row is not None and row.dealt_with_at is None
            if row is None or not is_open or row.kind != ResponseKind.WRONG:
                return False
            now = datetime.now(UTC)
            row.dealt_with_by, row.dealt_with_at, row.remark = user, now, remark
            row.version, row.due_at = row.version + 1, now
            answer = session.get(PeerAnswerRow, row.answer_id)
            if answer is not None:
                changed(answer)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def take_showing(self) -> Showing | None:
        """Take an answer whose message does not show what holds now, the longest due first."""
        unshown = PeerAnswerRow.version > PeerAnswerRow.shown_version
        due = and_(unshown, PeerAnswerRow.due_at <= datetime.now(UTC))
        first = select(PeerAnswerRow).where(due).order_by(PeerAnswerRow.due_at, PeerAnswerRow.id)
        with serialised(self._engine) as session:
            row = session.scalar(first.limit(1))
            if row is None:
                return None
            row.due_at = datetime.now(UTC) + LEASE
            return Showing(row.peer_answer(), row.version)

    def show_anew(self, answer_ids: Collection[int]) -> None:
        """Have the messages of some answers made anew, for who reads them now."""
        with serialised(self._engine) as session:
            for row in session.scalars(
                select(PeerAnswerRow).where(PeerAnswerRow.id.in_(answer_ids), stands())
            ):
                changed(row)

    def shown(self, showing: Showing) -> None:
        """Note that an answer's message shows what held when it was taken."""
        with serialised(self._engine) as session:
            row = session.get_one(PeerAnswerRow, showing.answer.id)
            row.shown_version = max(row.shown_version, showing.version)
            row.due_at = datetime.now(UTC)

    def put_off_showing(self, showing: Showing, seconds: float) -> None:
        """Have an answer's message looked at again after some seconds."""
        with serialised(self._engine) as session:
            row = session.get_one(PeerAnswerRow, showing.answer.id)
            row.due_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def take_correction(self) -> Correction | None:
        """Take a correction of which somebody is to be told, the longest due first."""
        untold = PeerResponseRow.version > PeerResponseRow.told_version
        due = and_(_is_correction(), untold, PeerResponseRow.due_at <= datetime.now(UTC))
        first = select(PeerResponseRow).where(due)
        first = first.order_by(PeerResponseRow.due_at, PeerResponseRow.id)
        with serialised(self._engine) as session:
            row = session.scalar(first.limit(1))
            if row is None:
                return None
            row.due_at = datetime.now(UTC) + LEASE
            return Correction(row.response(), row.version, row.remark)

    def told(self, correction: Correction) -> None:
        """Note that who is concerned was told of a correction, or cannot be."""
        with serialised(self._engine) as session:
            row = session.get(PeerResponseRow, correction.response.id)
            if row is not None:
                row.told_version = max(row.told_version, correction.version)
                row.due_at = datetime.now(UTC)

    def put_off_telling(self, correction: Correction, seconds: float) -> None:
        """Have a correction told of after some seconds."""
        with serialised(self._engine) as session:
            row = session.get(PeerResponseRow, correction.response.id)
            if row is not None:
                row.due_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def _found(self, where: ColumnElement[bool], most: int | None) -> Sequence[PeerAnswer]:
        query = select(PeerAnswerRow).where(where).order_by(PeerAnswerRow.id.desc()).limit(most)
        with transaction(self._engine) as session:
            return [row.peer_answer() for row in session.scalars(query)]

    def _responses(self, where: ColumnElement[bool]) -> Sequence[Response]:
        newest = PeerResponseRow.at.desc(), PeerResponseRow.id.desc()
        query = select(PeerResponseRow).where(where).order_by(*newest)
        with transaction(self._engine) as session:
            return [row.response() for row in session.scalars(query)]


def _added(
    session: Session, answer: PeerAnswer, entry: AuditEntry
) -> tuple[PeerAnswer, AuditRow | None]:
    row = session.scalar(select(PeerAnswerRow).where(PeerAnswerRow.once == once_of(answer)))
    if row is not None:
        return row.peer_answer(), None
    row = row_of(answer, datetime.now(UTC))
    session.add(row)
    session.flush()
    return row.peer_answer(), add_entry(session, entry)


def _response_row(session: Session, response: Response) -> PeerResponseRow:
    same = select(PeerResponseRow).where(
        PeerResponseRow.answer_id == response.answer_id,
        PeerResponseRow.user_id == response.by.user,
        PeerResponseRow.kind == response.kind,
    )
    row = session.scalar(same)
    if row is None:
        row = PeerResponseRow(version=0, told_version=0)
        session.add(row)
    return row


def _fill(row: PeerResponseRow, response: Response) -> None:
    row.answer_id, row.kind, row.user_id = response.answer_id, response.kind, response.by.user
    row.name, row.organisation = response.by.name, response.by.organisation
    row.what, row.when, row.link, row.at = (
        response.what,
        response.when,
        response.link,
        response.at,
    )
    row.dealt_with_by, row.dealt_with_at, row.remark = None, None, ""
    row.version, row.due_at = row.version + 1, datetime.now(UTC)


def _says_the_same(one: Response, other: Response) -> bool:
    return replace(one, id=other.id, at=other.at) == other


def _is_correction() -> ColumnElement[bool]:
    return PeerResponseRow.kind == ResponseKind.WRONG
