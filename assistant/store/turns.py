"""What was said in each thread, so that a follow-up can be understood from it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.answers import Turn
from assistant.store.database import Base, UtcDateTime, create_tables, transaction
from assistant.store.inbox import InboxQuestion, InboxState, finish_row


class TurnRow(Base):
    """One question and its answer in a thread."""

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


class Turns:
    """Remembers the turns of each thread."""

    def __init__(self, engine: Engine) -> None:
        create_tables(engine)
        self._engine = engine

    def last(self, team: str, channel: str, thread_ts: str, most: int = 6) -> Sequence[Turn]:
        """Return the thread's latest turns, at most `most`, the earliest first."""
        latest = (
            select(TurnRow)
            .where(TurnRow.team == team, TurnRow.channel == channel, TurnRow.thread_ts == thread_ts)
            .order_by(TurnRow.id.desc())
            .limit(most)
        )
        with transaction(self._engine) as session:
            return [Turn(row.question, row.answer) for row in session.scalars(latest)][::-1]

    def conclude(
        self, question: InboxQuestion, turn: Turn, outcome: str, answer_ts: str | None
    ) -> bool:
        """Note in one commit that the question is answered and what was said.

        Returns False, and keeps nothing, when the question is no longer the caller's.
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
                )
            )
        return True
