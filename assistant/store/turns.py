"""What was said in each thread, for follow-ups, and how each answer was made, for audits."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import JSON, Engine, Float, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import Base, UtcDateTime, transaction
from assistant.store.inbox import InboxQuestion, InboxState, finish_row


class TurnRow(Base):
    """One question and its answer in a thread.

    `snapshot`, `confidence` and `citations` are null where the answer is known from its words
    alone, `prompt` also where no chat model wrote it, `status` where it was given before statuses
    were kept.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_thread", "team", "channel", "thread_ts", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(unique=True)
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    thread_ts: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str | None] = mapped_column(String(64))
    prompt: Mapped[str | None] = mapped_column(String(64))
    snapshot: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[float | None] = mapped_column(Float)
    citations: Mapped[list[Mapping[str, str | int]] | None] = mapped_column(JSON(none_as_null=True))


class Turns:
    """Remembers the turns of each thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self, team: str, channel: str, thread_ts: str, most: int = 6) -> Sequence[Turn]:
        """Return the thread's latest turns, at most `most`, the earliest first.

        A question that was not answered has an empty answer: what is said then is about us.
        """
        latest = (
            select(TurnRow)
            .where(TurnRow.team == team, TurnRow.channel == channel, TurnRow.thread_ts == thread_ts)
            .order_by(TurnRow.id.desc())
            .limit(most)
        )
        with transaction(self._engine) as session:
            return [_turn(row) for row in session.scalars(latest)][::-1]

    def conclude(
        self,
        question: InboxQuestion,
        turn: Turn,
        outcome: str,
        answer_ts: str | None,
        answer: Answer | None = None,
    ) -> bool:
        """Note in one commit that the question is answered, what was said and how it was made.

        `answer` is None when all that is left of it are its words in the thread. Returns False,
        and keeps nothing, when the question is no longer the caller's.
        """
        asked = question.asked
        with transaction(self._engine) as session:
            if not finish_row(session, question, InboxState.ANSWERED, outcome, answer_ts):
                return False
            session.add(
                TurnRow(
                    inbox_id=question.id,
                    team=asked.team,
                    channel=asked.channel,
                    thread_ts=asked.thread_ts,
                    question=turn.question,
                    answer=turn.answer,
                    answered_at=datetime.now(UTC),
                    status=outcome,
                    prompt=answer and answer.prompt,
                    snapshot=answer and answer.snapshot,
                    confidence=answer and answer.confidence,
                    citations=answer and [_cited(citation) for citation in answer.citations],
                )
            )
        return True


def _cited(citation: Citation) -> Mapping[str, str | int]:
    """Return where a citation points; the digest tells whether the passage still says the same."""
    return {
        "number": citation.number,
        "document": citation.document,
        "section": citation.section,
        "quote_sha256": hashlib.sha256(citation.quote.encode()).hexdigest(),
    }


def _turn(row: TurnRow) -> Turn:
    unanswered = row.status is not None and not AnswerStatus(row.status).answers
    return Turn(row.question, "" if unanswered else row.answer)
