"""The tables of shared answers and of what peers say of them, and the types they are read as."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.networks import (
    Origin,
    Peer,
    PeerAnswer,
    PeerCitation,
    Response,
    ResponseKind,
)
from assistant.store.database import Base, UtcDateTime, Words


@dataclass(frozen=True, slots=True)
class Showing:
    """A shared answer whose message does not show what holds now; `version` is what holds."""

    answer: PeerAnswer
    version: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction of which somebody is to be told.

    While it is open these are the stewards, afterwards who made it: `remark` is for them.
    """

    response: Response
    version: int
    remark: str = ""


class PeerAnswerRow(Base):
    """One answer that a network shares; `once` keeps it from being there twice."""

    __tablename__ = "peer_answers"
    __table_args__ = (
        Index("ix_peer_answers_network", "network", "id"),
        Index("ix_peer_answers_message", "channel", "message_ts"),
        Index("ix_peer_answers_inbox", "inbox_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str | None] = mapped_column(String(128), unique=True)
    network: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(Words)
    answer: Mapped[str] = mapped_column(Words)
    note: Mapped[str] = mapped_column(Words)
    user_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(Words)
    organisation: Mapped[str] = mapped_column(Words)
    on: Mapped[date] = mapped_column(Date)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    inbox_id: Mapped[int | None]
    call_id: Mapped[int | None]
    channel: Mapped[str | None] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    shown_version: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def peer_answer(self) -> PeerAnswer:
        """Return the row as the type that others know."""
        return PeerAnswer(
            id=self.id,
            network=self.network,
            origin=Origin(self.origin),
            question=self.question,
            answer=self.answer,
            by=Peer(self.user_id, self.name, self.organisation),
            on=self.on,
            note=self.note,
            citations=tuple(PeerCitation(**cited) for cited in self.citations),
            inbox_id=self.inbox_id,
            call_id=self.call_id,
            channel=self.channel,
            message_ts=self.message_ts,
            withdrawn_at=self.withdrawn_at,
            verified_id=self.verified_id,
        )


class PeerResponseRow(Base):
    """What one person says of one answer, in one of the three ways."""

    __tablename__ = "peer_responses"
    __table_args__ = (UniqueConstraint("answer_id", "user_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(Words)
    organisation: Mapped[str] = mapped_column(Words)
    what: Mapped[str] = mapped_column(Words)
    when: Mapped[date | None] = mapped_column(Date)
    link: Mapped[str | None] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    dealt_with_by: Mapped[str | None] = mapped_column(String(32))
    dealt_with_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(Words, default="")
    version: Mapped[int] = mapped_column(default=0)
    told_version: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def response(self) -> Response:
        """Return the row as the type that others know."""
        return Response(
            id=self.id,
            answer_id=self.answer_id,
            kind=ResponseKind(self.kind),
            by=Peer(self.user_id, self.name, self.organisation),
            what=self.what,
            when=self.when,
            link=self.link,
            at=self.at,
            dealt_with_by=self.dealt_with_by,
            dealt_with_at=self.dealt_with_at,
        )


def row_of(answer: PeerAnswer, now: datetime) -> PeerAnswerRow:
    """Return a new row for an answer; a captured reply is shown by who wrote it, not by us."""
    is_shown = answer.origin is Origin.CAPTURED
    return PeerAnswerRow(
        once=once_of(answer),
        network=answer.network,
        origin=answer.origin,
        question=answer.question,
        answer=answer.answer,
        note=answer.note,
        user_id=answer.by.user,
        name=answer.by.name,
        organisation=answer.by.organisation,
        on=answer.on,
        citations=[asdict(cited) for cited in answer.citations],
        inbox_id=answer.inbox_id,
        call_id=answer.call_id,
        channel=answer.channel,
        message_ts=answer.message_ts,
        version=1,
        shown_version=1 if is_shown else 0,
        due_at=now,
    )


def once_of(answer: PeerAnswer) -> str:
    """Return what is there once: an answer a network and sharer, or a reply to a call."""
    if answer.origin is Origin.SHARED:
        return f"{answer.network} {answer.inbox_id} {answer.by.user}"
    return f"{answer.network} {answer.call_id} {answer.channel} {answer.message_ts}"
