"""Peer answers that stewards verified, and what became of each."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Engine, Index, Select, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.networks import Lapse, Peer, PeerCitation, VerifiedAnswer
from assistant.domain.releases import AuditEntry
from assistant.store.audit import AuditRow, add_entry, log_entry
from assistant.store.database import Base, UtcDateTime, Words, serialised, transaction
from assistant.store.networks.networks import NetworkRow
from assistant.store.quoting import Quotes


class VerifiedAnswerRow(Base):
    """One verified answer; `change` counts the changes of the whole table, from 1."""

    __tablename__ = "verified_answers"
    __table_args__ = (
        Index("ix_verified_answers_network", "network", "retired_at"),
        Index("ix_verified_answers_origin", "origin_id"),
        Index("ix_verified_answers_change", "change"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Words)
    answer: Mapped[str] = mapped_column(Words)
    by_user: Mapped[str] = mapped_column(String(32))
    by_name: Mapped[str | None] = mapped_column(Words)
    by_organisation: Mapped[str] = mapped_column(Words)
    on: Mapped[date] = mapped_column("said_on", Date)
    verifier: Mapped[str] = mapped_column(String(32))
    verified_at: Mapped[datetime] = mapped_column(UtcDateTime)
    review_by: Mapped[date] = mapped_column(Date)
    audience: Mapped[str] = mapped_column(String(64))
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    origin_id: Mapped[int | None]
    lapse: Mapped[str | None] = mapped_column(String(64))
    lapsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_of_lapse_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    change: Mapped[int]

    def verified(self) -> VerifiedAnswer:
        """Return the row as the type that others know."""
        return VerifiedAnswer(
            id=self.id,
            network=self.network,
            question=self.question,
            answer=self.answer,
            by=Peer(self.by_user, self.by_name, self.by_organisation),
            on=self.on,
            verifier=self.verifier,
            verified_at=self.verified_at,
            review_by=self.review_by,
            audience=self.audience,
            citations=tuple(PeerCitation(**each) for each in self.citations),
            origin_id=self.origin_id,
            lapse=Lapse(self.lapse) if self.lapse is not None else None,
            lapsed_at=self.lapsed_at,
            told_of_lapse_at=self.told_of_lapse_at,
            retired_at=self.retired_at,
        )


class VerifiedAnswers:
    """Keeps verified answers; every change is in the audit log in the same commit.

    What changes an answer returns whether it did: nothing is written, in the log neither, when the
    answer is not there, was retired, or is as it is to be already.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, answer: VerifiedAnswer, entry: AuditEntry) -> VerifiedAnswer:
        """Keep an answer under an id of its own, and return it.

        Where one that is not retired was made of the same `origin_id`, that one is returned and
        nothing is kept. An entry without a target gets the answer's document for one.
        """
        with serialised(self._engine) as session:
            known = session.scalar(_of_origin(answer.origin_id))
            if answer.origin_id is not None and known is not None:
                return known.verified()
            row = _row(answer, _next_change(session))
            session.add(row)
            session.flush()
            kept = row.verified()
            written = add_entry(session, _about(entry, kept))
        log_entry(written)
        return kept

    def find(self, answer_id: int) -> VerifiedAnswer | None:
        """Return an answer, retired or not."""
        with transaction(self._engine) as session:
            row = session.get(VerifiedAnswerRow, answer_id)
            return row.verified() if row is not None else None

    def of_origin(self, origin_id: int) -> VerifiedAnswer | None:
        """Return the answer that was made of a shared or captured one and is not retired."""
        with transaction(self._engine) as session:
            row = session.scalar(_of_origin(origin_id))
            return row.verified() if row is not None else None

    def of_network(self, network_id: str) -> Sequence[VerifiedAnswer]:
        """Return a network's answers that are not retired, the newest first."""
        return self._found(_kept().where(VerifiedAnswerRow.network == network_id))[::-1]

    def standing(self) -> Sequence[VerifiedAnswer]:
        """Return every answer that is not retired, of networks that are not closed, in order."""
        closed = select(NetworkRow.id).where(NetworkRow.closed_at.is_not(None))
        return self._found(_kept().where(VerifiedAnswerRow.network.not_in(closed)))

    def untold(self) -> Sequence[VerifiedAnswer]:
        """Return those that lapsed and whose verifier was not told yet, in order."""
        lapsed = VerifiedAnswerRow.lapse.is_not(None)
        return self._found(_kept().where(lapsed, VerifiedAnswerRow.told_of_lapse_at.is_(None)))

    def stamp(self) -> int:
        """Return a number that grows with each change of any answer; 0 where there is none."""
        with transaction(self._engine) as session:
            return session.scalar(select(func.max(VerifiedAnswerRow.change))) or 0

    def revise(self, answer: VerifiedAnswer, entry: AuditEntry) -> bool:
        """Put the words, citations, verifier and dates of `answer` in place of those kept.

        It is verified anew by that, so it has not lapsed any more. Who may read it stays as it was.
        """
        row = _row(answer, 0)
        return self._change(
            answer.id,
            entry,
            question=row.question,
            answer=row.answer,
            by_name=row.by_name,
            by_organisation=row.by_organisation,
            on=row.on,
            verifier=row.verifier,
            verified_at=row.verified_at,
            review_by=row.review_by,
            citations=row.citations,
            **_NOT_LAPSED,
        )

    def lapse(
        self,
        answer_id: int,
        lapse: Lapse,
        entry: AuditEntry,
        *,
        seen: VerifiedAnswer | None = None,
    ) -> bool:
        """Note that an answer's verification no longer holds, and since when by the entry.

        One that has lapsed already keeps the reason that it lapsed for. Where `seen` is given,
        nothing is done when somebody has changed the answer since.
        """

        def may(row: VerifiedAnswerRow) -> bool:
            return row.lapse is None and seen in (None, row.verified())

        return self._change(answer_id, entry, may, lapse=lapse.value, lapsed_at=entry.at)

    def renew(
        self,
        answer_id: int,
        verifier: str,
        review_by: date,
        citations: Sequence[PeerCitation],
        entry: AuditEntry,
    ) -> bool:
        """Verify an answer anew, as it is, with its passages as they are now."""
        return self._change(
            answer_id,
            entry,
            verifier=verifier,
            verified_at=entry.at,
            review_by=review_by,
            citations=[asdict(each) for each in citations],
            **_NOT_LAPSED,
        )

    def open_to(self, answer_id: int, audience: str, entry: AuditEntry) -> bool:
        """Say who may read an answer."""
        return self._change(answer_id, entry, audience=audience)

    def retire(self, answer_id: int, entry: AuditEntry) -> bool:
        """Take an answer out for good."""
        return self._change(answer_id, entry, retired_at=entry.at)

    def erase(self, answer_id: int, entry: AuditEntry) -> bool:
        """Take an answer out for good with its words; one that is retired loses its words."""
        with serialised(self._engine) as session:
            row = session.get(VerifiedAnswerRow, answer_id)
            if row is None:
                return False
            _erase(row, entry.at, _next_change(session))
            written = add_entry(session, _about(entry, row.verified()))
        log_entry(written)
        return True

    def note_told(self, answer_id: int) -> None:
        """Note that the verifier was told that an answer lapsed."""
        with serialised(self._engine) as session:
            row = session.get(VerifiedAnswerRow, answer_id)
            if row is not None and row.lapse is not None:
                row.told_of_lapse_at = datetime.now(UTC)
                row.change = _next_change(session)

    def quoting(self, document: str, sentences: Sequence[str]) -> Sequence[VerifiedAnswer]:
        """Return the answers not retired that cite a document or quote a sentence of it."""
        quotes = Quotes(sentences)
        with transaction(self._engine) as session:
            rows = session.scalars(_kept())
            return [row.verified() for row in rows if _quotes(row, document, quotes)]

    def withdraw_quoting(
        self, document: str, sentences: Sequence[str], entry: AuditEntry
    ) -> Sequence[VerifiedAnswer]:
        """Take out, with their words, the answers that cite a document or quote a sentence of it.

        `sentences` are looked for word for word, whatever the spaces. Returns those answers as
        they were, retired ones too.
        """
        quotes = Quotes(sentences)
        gone: list[VerifiedAnswer] = []
        written: list[AuditRow] = []
        with serialised(self._engine) as session:
            for row in session.scalars(select(VerifiedAnswerRow).order_by(VerifiedAnswerRow.id)):
                if _quotes(row, document, quotes):
                    gone.append(row.verified())
                    _erase(row, entry.at, _next_change(session))
                    written.append(add_entry(session, _about(entry, row.verified())))
        for each in written:
            log_entry(each)
        return gone

    def _found(self, rows: Select[VerifiedAnswerRow]) -> Sequence[VerifiedAnswer]:
        with transaction(self._engine) as session:
            return [row.verified() for row in session.scalars(rows)]

    def _change(
        self,
        answer_id: int,
        entry: AuditEntry,
        may: Callable[[VerifiedAnswerRow], bool] = lambda _: True,
        **fields: Any,
    ) -> bool:
        with serialised(self._engine) as session:
            row = session.get(VerifiedAnswerRow, answer_id)
            if row is None or row.retired_at is not None or not may(row):
                return False
            if all(getattr(row, name) == value for name, value in fields.items()):
                return False
            for name, value in fields.items():
                setattr(row, name, value)
            row.change = _next_change(session)
            written = add_entry(session, _about(entry, row.verified()))
        log_entry(written)
        return True


_NOT_LAPSED: dict[str, Any] = {"lapse": None, "lapsed_at": None, "told_of_lapse_at": None}


def _kept() -> Select[VerifiedAnswerRow]:
    kept = VerifiedAnswerRow.retired_at.is_(None)
    return select(VerifiedAnswerRow).where(kept).order_by(VerifiedAnswerRow.id)


def _of_origin(origin_id: int | None) -> Select[VerifiedAnswerRow]:
    return _kept().where(VerifiedAnswerRow.origin_id == origin_id).limit(1)


def _next_change(session: Session) -> int:
    return (session.scalar(select(func.max(VerifiedAnswerRow.change))) or 0) + 1


def _about(entry: AuditEntry, answer: VerifiedAnswer) -> AuditEntry:
    return entry if entry.target else replace(entry, target=answer.document)


def _row(answer: VerifiedAnswer, change: int) -> VerifiedAnswerRow:
    return VerifiedAnswerRow(
        network=answer.network,
        question=answer.question,
        answer=answer.answer,
        by_user=answer.by.user,
        by_name=answer.by.name,
        by_organisation=answer.by.organisation,
        on=answer.on,
        verifier=answer.verifier,
        verified_at=answer.verified_at,
        review_by=answer.review_by,
        audience=answer.audience,
        citations=[asdict(each) for each in answer.citations],
        origin_id=answer.origin_id,
        lapse=answer.lapse.value if answer.lapse is not None else None,
        lapsed_at=answer.lapsed_at,
        told_of_lapse_at=answer.told_of_lapse_at,
        retired_at=answer.retired_at,
        change=change,
    )


def _quotes(row: VerifiedAnswerRow, document: str, quotes: Quotes) -> bool:
    cited = any(each["document"] == document for each in row.citations)
    lines = "\n".join(each["line"] for each in row.citations)
    return cited or quotes.are_in(f"{row.question}\n{row.answer}\n{lines}")


def _erase(row: VerifiedAnswerRow, at: datetime, change: int) -> None:
    row.question = row.answer = row.by_organisation = ""
    row.by_name = None
    row.citations = []
    row.retired_at = row.retired_at or at
    row.change = change
