"""What was said in each thread, for follow-ups, and how each answer was made, for audits."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import JSON, Engine, Float, Index, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.database import AnyText, Base, UtcDateTime, serialised, transaction
from assistant.store.inbox import InboxQuestion, InboxRow, InboxState, finish_row
from assistant.store.quoting import Quotes

WITHDRAWN = "This answer was withdrawn because a document it rests on was deleted."
QUESTION_WITHDRAWN = "This question was withdrawn because it quotes a document that was deleted."
# A bot may look a moment late at which snapshot is live, and clocks of machines differ.
SWITCH_SECONDS = 60
_ROWS_AT_A_TIME = 1_000

Cited = Mapping[str, str | int]


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
    citations: Mapped[list[Cited] | None] = mapped_column(JSON(none_as_null=True))


class WithdrawnRow(Base):
    """A document whose words were taken out of the answers.

    `compacted_at` is null until no file of the database holds them any more.
    """

    __tablename__ = "withdrawn_documents"

    document: Mapped[str] = mapped_column(AnyText, primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    compacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a turn loses: new values of its columns, and whether its answer goes."""

    turn: int
    values: Mapping[str, object]
    is_answer: bool


class Turns:
    """Remembers the turns of each thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(self, team: str, channel: str, thread_ts: str, most: int = 6) -> Sequence[Turn]:
        """Return the thread's latest turns, at most `most`, the earliest first.

        A question that was not answered, or whose answer was withdrawn, has an empty answer: what
        is said then is about us.
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
        and keeps nothing, when the question is no longer the caller's. The words are not kept when
        the document was deleted on which they rest, while they were written.
        """
        asked = question.asked
        cited = None if answer is None else [_cited(citation) for citation in answer.citations]
        with transaction(self._engine) as session:
            if not finish_row(session, question, InboxState.ANSWERED, outcome, answer_ts):
                return False
            gone = _gone_meanwhile(session, question, cited)
            is_withdrawn = bool(gone) and AnswerStatus(outcome).answers
            session.add(
                TurnRow(
                    inbox_id=question.id,
                    team=asked.team,
                    channel=asked.channel,
                    thread_ts=asked.thread_ts,
                    question=turn.question,
                    answer=WITHDRAWN if is_withdrawn else turn.answer,
                    answered_at=datetime.now(UTC),
                    status=outcome,
                    prompt=answer and answer.prompt,
                    snapshot=answer and answer.snapshot,
                    confidence=answer and answer.confidence,
                    citations=_without(cited, gone) if cited else cited,
                )
            )
        return True

    def withdraw(self, document: str, sentences: Iterable[str] = ()) -> int:
        """Take a deleted document's words out of what was said; return how many answers lost them.

        Those are the answers that cite it or hold one of `sentences`, which should stand in no
        document that stays; questions that hold one lose their words too, once they are answered.
        What is in hand meanwhile keeps none when it ends. To be called after the switch to a
        snapshot without the document; `compaction.compact` then clears the database's files.
        """
        quotes = Quotes(sentences)
        with serialised(self._engine) as session:
            session.merge(WithdrawnRow(document=document, withdrawn_at=datetime.now(UTC)))
            changes = list(_changes(session, document, quotes))
            for change in changes:
                session.execute(
                    update(TurnRow).where(TurnRow.id == change.turn).values(**change.values)
                )
            _withdraw_questions(session, quotes)
        return sum(change.is_answer for change in changes)


def _gone_meanwhile(
    session: Session, question: InboxQuestion, cited: Sequence[Cited] | None
) -> set[str]:
    """Return the documents withdrawn since the question was taken, of those that are cited.

    Where it is not known what is cited, they are all that were withdrawn since it was asked.
    """
    since = question.received_at
    taken_at = session.scalar(select(InboxRow.taken_at).where(InboxRow.id == question.id))
    if cited is not None and taken_at is not None:
        since = taken_at
    late = since - timedelta(seconds=SWITCH_SECONDS)
    withdrawn = select(WithdrawnRow.document).where(WithdrawnRow.withdrawn_at > late)
    gone = set(session.scalars(withdrawn))
    return gone if cited is None else gone & {str(c["document"]) for c in cited}


def _changes(session: Session, document: str, quotes: Quotes) -> Iterable[_Change]:
    rows = session.execute(
        select(TurnRow.id, TurnRow.question, TurnRow.answer, TurnRow.citations),
        execution_options={"yield_per": _ROWS_AT_A_TIME},
    )
    for turn, question, answer, cited in rows:
        values: dict[str, object] = {}
        without = _without(cited or [], {document})
        if without != (cited or []):
            values["citations"] = without
        is_answer = answer != WITHDRAWN and (bool(values) or quotes.are_in(answer))
        if is_answer:
            values["answer"] = WITHDRAWN
        if quotes.are_in(question):
            values["question"] = QUESTION_WITHDRAWN
        if values:
            yield _Change(turn, values, is_answer)


def _withdraw_questions(session: Session, quotes: Quotes) -> None:
    ended = InboxRow.state.in_((InboxState.ANSWERED, InboxState.FAILED))
    rows = session.execute(select(InboxRow.id, InboxRow.text).where(ended)).all()
    for question, text in rows:
        if quotes.are_in(text):
            emptied = update(InboxRow).where(InboxRow.id == question)
            session.execute(emptied.values(text=QUESTION_WITHDRAWN))


def _without(cited: Sequence[Cited], gone: set[str]) -> list[Cited]:
    """Return the citations, those of documents in `gone` as no more than number and name."""
    return [
        {"number": c["number"], "document": c["document"]} if c["document"] in gone else c
        for c in cited
    ]


def _cited(citation: Citation) -> Cited:
    """Return where a citation points; the digest tells whether the passage still says the same."""
    return {
        "number": citation.number,
        "document": citation.document,
        "section": citation.section,
        "quote_sha256": hashlib.sha256(citation.quote.encode()).hexdigest(),
    }


def _turn(row: TurnRow) -> Turn:
    unanswered = row.status is not None and not AnswerStatus(row.status).answers
    is_withdrawn = row.answer == WITHDRAWN
    return Turn(row.question, "" if unanswered or is_withdrawn else row.answer)
