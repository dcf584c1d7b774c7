"""Taking a deleted document's words out of questions and answers, in an open transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from assistant.domain.answers import AnswerStatus
from assistant.store.inbox import UNFINISHED, InboxQuestion, InboxRow
from assistant.store.quoting import Quotes
from assistant.store.turns_table import (
    LEFT,
    QUESTION_WITHDRAWN,
    WITHDRAWN,
    Cited,
    TurnRow,
    WithdrawnRow,
    without,
)

# A bot may look a moment late at which snapshot is live, and clocks of machines differ.
SWITCH_SECONDS = 60
_ROWS_AT_A_TIME = 1_000


@dataclass(slots=True)
class Found:
    """Ids of what holds a document's words, the last ones that were looked at, and since when."""

    began: datetime
    last_turn: int = 0
    last_question: int = 0
    turns: list[int] = field(default_factory=list)
    quoting_turns: list[int] = field(default_factory=list)
    quoting_questions: list[int] = field(default_factory=list)


def words_of(session: Session, document: str, quotes: Quotes, known: Found | None = None) -> Found:
    """Find the turns and questions with words of the document, of those since `known`."""
    now = datetime.now(UTC)
    found = Found(now, known.last_turn, known.last_question) if known else Found(now)
    # Clocks differ, and a question that is answered anew keeps its number.
    late = (known.began if known else now) - timedelta(seconds=SWITCH_SECONDS)
    turns = select(TurnRow.id, TurnRow.question, TurnRow.answer, TurnRow.citations)
    if not quotes:
        # Only who cites it matters then, and the database is quick to leave out most of the others.
        named = json.dumps(document)
        turns = turns.where(cast(TurnRow.citations, Text).contains(named, autoescape=True))
    for turn, question, answer, cited in session.execute(
        turns.where(or_(TurnRow.id > found.last_turn, TurnRow.answered_at > late)),
        execution_options={"yield_per": _ROWS_AT_A_TIME},
    ):
        found.last_turn = max(found.last_turn, turn)
        if quotes.are_in(question):
            found.quoting_turns.append(turn)
        is_cited = any(c["document"] == document and len(c) > len(LEFT) for c in cited or ())
        if is_cited or (answer != WITHDRAWN and quotes.are_in(answer)):
            found.turns.append(turn)
    if not quotes:
        return found
    questions = select(InboxRow.id, InboxRow.text)
    for row, text in session.execute(
        questions.where(or_(InboxRow.id > found.last_question, InboxRow.finished_at > late)),
        execution_options={"yield_per": _ROWS_AT_A_TIME},
    ):
        found.last_question = max(found.last_question, row)
        if quotes.are_in(text):
            found.quoting_questions.append(row)
    return found


def take_out(session: Session, document: str, found: Found) -> int:
    """Take the words out of what was found; return how many answers had not lost theirs before."""
    # One that is gone was answered anew since, or its question was deleted.
    turns = list(filter(None, (session.get(TurnRow, turn) for turn in found.turns)))
    lost = sum(turn.answer != WITHDRAWN for turn in turns)
    for turn in turns:
        turn.answer = WITHDRAWN
        turn.citations = without(turn.citations, {document}) if turn.citations else turn.citations
    for row in found.quoting_turns:
        quoting = session.get(TurnRow, row)
        if quoting is not None:
            quoting.question = QUESTION_WITHDRAWN
    for row in found.quoting_questions:
        question = session.get_one(InboxRow, row, with_for_update=True)
        if question.state not in UNFINISHED:
            question.text = QUESTION_WITHDRAWN
    return lost


def questions_of(session: Session, turns: Iterable[int]) -> list[int]:
    """Return the questions of turns that are still there."""
    rows = (session.get(TurnRow, turn) for turn in turns)
    return [row.inbox_id for row in rows if row is not None]


def take_out_gone(session: Session, question: InboxQuestion, row: TurnRow) -> None:
    """Take out of a new answer the words of documents that were withdrawn while it was written."""
    gone = _gone_meanwhile(session, question, row.citations)
    if gone and row.status is not None and AnswerStatus(row.status).answers:
        row.answer = WITHDRAWN
    if row.citations:
        row.citations = without(row.citations, gone)


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
