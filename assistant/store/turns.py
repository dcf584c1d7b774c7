"""What was said in each thread, for follow-ups, and how each answer was made, for audits."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    Engine,
    Float,
    Index,
    Select,
    String,
    Text,
    and_,
    cast,
    delete,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.store.audit import AuditRow, log_entry
from assistant.store.call_withdrawing import withdraw_calls_of, withdraw_quoting_calls
from assistant.store.database import AnyText, Base, UtcDateTime, Words, serialised, transaction
from assistant.store.feedback import forget_words, show_edited, withdraw_words
from assistant.store.inbox import (
    UNFINISHED,
    AttachedFile,
    InboxQuestion,
    InboxRow,
    InboxState,
    IncomingQuestion,
    complete_row,
    finish_row,
    revise_row,
    withdraw_row,
)
from assistant.store.peer_withdrawing import withdraw_quoting, withdraw_shared_of
from assistant.store.quoting import Quotes
from assistant.store.shares import ShareRow, Way, asked_anew_of, shown_by, unsave

WITHDRAWN = "This answer was withdrawn because a document it rests on was deleted."
QUESTION_WITHDRAWN = "This question was withdrawn because it quotes a document that was deleted."
# A bot may look a moment late at which snapshot is live, and clocks of machines differ.
SWITCH_SECONDS = 60
_ROWS_AT_A_TIME = 1_000
# What was deleted failed without its words.
_FAILED = and_(InboxRow.state == InboxState.FAILED, InboxRow.text != "")
# What is left of a citation of a deleted document: headings are its words.
_LEFT = ("number", "document")

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
    question: Mapped[str] = mapped_column(Words)
    answer: Mapped[str] = mapped_column(Words)
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
class KeptCitation:
    """A source of an answer as it is kept; of a deleted document number and name are left.

    `line` is what a reader is shown of it.
    """

    number: int
    document: str
    section: str
    line: str
    url: str | None
    audience: str | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A question and its answer as they are kept; `ts` is the question's post.

    `answer` is empty where the question failed.
    """

    inbox_id: int
    team: str
    channel: str
    thread_ts: str
    ts: str
    user: str
    question: str
    answer: str
    status: AnswerStatus | None
    citations: tuple[KeptCitation, ...]
    snapshot: str | None
    answered_at: datetime

    @property
    def is_withdrawn(self) -> bool:
        """Whether a document on which it rests was deleted."""
        return self.answer == WITHDRAWN

    @property
    def is_failed(self) -> bool:
        """Whether the question got no answer because something went wrong."""
        return self.status is not None and self.status.value.startswith("error")

    @property
    def may_rest_on_anything(self) -> bool:
        """Whether it names no source: it is from a file, or known from its words alone."""
        return self.status is not None and self.status.answers and not self.citations


@dataclass(slots=True)
class _Found:
    """Ids of what holds a document's words, the last ones that were looked at, and since when."""

    began: datetime
    last_turn: int = 0
    last_question: int = 0
    turns: list[int] = field(default_factory=list)
    quoting_turns: list[int] = field(default_factory=list)
    quoting_questions: list[int] = field(default_factory=list)


class Turns:
    """Remembers the turns of each thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last(
        self,
        team: str,
        channel: str,
        thread_ts: str,
        most: int = 6,
        readable: Collection[str] | None = None,
    ) -> Sequence[Turn]:
        """Return the thread's latest turns, at most `most`, the earliest first.

        The first is what was said alone, where the thread begins with a post that shares it.

        A question that was not answered, or whose answer was withdrawn, has an empty answer: what
        is said then is about us. So has one whose answer cites what is not in the audiences of
        `readable`, or does not say what it rests on: it was for somebody else alone, or others read
        along since.
        """
        latest = (
            select(TurnRow)
            .where(TurnRow.team == team, TurnRow.channel == channel, TurnRow.thread_ts == thread_ts)
            # A question that was edited keeps its place.
            .order_by(TurnRow.inbox_id.desc())
            .limit(most)
        )
        with transaction(self._engine) as session:
            rows = session.scalars(latest).all()
            if len(rows) < most:
                rows = [*rows, *session.scalars(_shared_at(team, channel, thread_ts))]
            return [_turn(row, readable) for row in rows][::-1]

    def revise(
        self,
        post: tuple[str, str, str],
        text: str,
        files: Sequence[AttachedFile] = (),
        edited_ts: str = "",
    ) -> bool:
        """Give a question its new words, as `Inbox.revise` does, and forget the old ones at once.

        So they are gone too where the new ones get no answer. What was saved for others, or asked
        anew for them, was another answer.
        """
        entries: list[AuditRow] = []
        with serialised(self._engine) as session:
            question = revise_row(session, post, text, files, edited_ts)
            if question is not None:
                _forget_answer(session, question)
                entries = _forget_anew(session, question, post[0], post[1])
        for entry in entries:
            log_entry(entry)
        return question is not None

    def complete(self, asked: IncomingQuestion) -> bool:
        """Give a question the files that came with a later event of its post, as an edit would.

        Returns False when it has its files already, or was edited, deleted or stopped since.
        """
        with serialised(self._engine) as session:
            question = complete_row(session, asked)
            if question is not None:
                _forget_answer(session, question)
        return question is not None

    def forget(self, team: str, channel: str, ts: str, edited_ts: str | None = None) -> bool:
        """Forget what a deleted post asked and what was said to it, and have the answer taken away.

        So it goes with what was asked anew from it. `edited_ts` is the time of the edit where not a
        deletion but an edit took the question back. Returns False when no question with words is
        known of that post.
        """
        with serialised(self._engine) as session:
            question = withdraw_row(session, team, channel, ts, edited_ts)
            entries: list[AuditRow] = []
            if question is not None:
                entries += _forget(session, question)
                entries += _forget_anew(session, question, team, channel)
        for entry in entries:
            log_entry(entry)
        return question is not None

    def was_shared(self, inbox_id: int) -> bool:
        """Whether the question was shown to others by a post of ours."""
        posted = select(ShareRow.id).where(ShareRow.inbox_id == inbox_id, ShareRow.way != Way.SAVED)
        with transaction(self._engine) as session:
            return session.scalar(posted.limit(1)) is not None

    def unshare(self, inbox_id: int) -> None:
        """Forget that a question was shown to others by posts of ours, which are gone."""
        with transaction(self._engine) as session:
            posted = delete(ShareRow).where(ShareRow.inbox_id == inbox_id)
            session.execute(posted.where(ShareRow.way != Way.SAVED))

    def kept(self, inbox_id: int) -> "KeptAnswer | None":
        """Return what is kept of the answer to a question; None when it was not answered."""
        found = self._kept(_with_asker().where(TurnRow.inbox_id == inbox_id))
        return found[0] if found else None

    def of_person(self, team: str, user: str, most: int) -> "Sequence[KeptAnswer]":
        """Return a person's latest questions that ended, at most `most`, the latest first.

        Those that failed are among them.
        """
        own = select(TurnRow, InboxRow).join_from(
            InboxRow, TurnRow, TurnRow.inbox_id == InboxRow.id, isouter=True
        )
        ended = or_(TurnRow.id.is_not(None), _FAILED)
        own = own.where(InboxRow.team == team, InboxRow.user_id == user, ended)
        with transaction(self._engine) as session:
            rows = session.execute(own.order_by(InboxRow.id.desc()).limit(most))
            return [
                _failed(row) if turn is None else _kept(turn, row.user_id, row.ts)
                for turn, row in rows
            ]

    def without_answer(self, team: str, since: datetime, most: int) -> "Sequence[KeptAnswer]":
        """Return the latest questions since then that the guidance did not answer, or that failed.

        The latest come first.
        """
        unanswered = TurnRow.status.startswith("unanswerable", autoescape=True)
        asked = _with_asker().where(TurnRow.team == team, unanswered, TurnRow.answered_at > since)
        failed = select(InboxRow).where(
            InboxRow.team == team, _FAILED, InboxRow.finished_at > since
        )
        with transaction(self._engine) as session:
            rows = session.scalars(failed.order_by(InboxRow.id.desc()).limit(most))
            found = [_failed(row) for row in rows]
        found += self._kept(asked.order_by(TurnRow.inbox_id.desc()).limit(most))
        return sorted(found, key=lambda kept: -kept.inbox_id)[:most]

    def _kept(self, query: "Select[TurnRow, str, str]") -> "Sequence[KeptAnswer]":
        with transaction(self._engine) as session:
            return [_kept(row, user, ts) for row, user, ts in session.execute(query)]

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
        # What a withdrawal does not see yet must see the withdrawal.
        with serialised(self._engine) as session:
            if not finish_row(session, question, InboxState.ANSWERED, outcome, answer_ts):
                return False
            gone = _gone_meanwhile(session, question, cited)
            is_withdrawn = bool(gone) and AnswerStatus(outcome).answers
            # An edited question has a turn already.
            session.execute(delete(TurnRow).where(TurnRow.inbox_id == question.id))
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

    def cited(self) -> frozenset[str]:
        """Return every document that an answer cites."""
        query = select(TurnRow.citations).where(TurnRow.citations.is_not(None))
        with transaction(self._engine) as session:
            rows = session.scalars(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
            return frozenset(str(c["document"]) for cited in rows for c in cited or ())

    def withdraw(self, document: str, sentences: Iterable[str] = ()) -> int:
        """Take a deleted document's words out of what was said; return how many answers lost them.

        Those are the answers that cite it or hold one of `sentences`, which should stand in no
        document that stays; questions that hold one lose their words too, but for those that are
        still to be answered. What is in hand meanwhile keeps none when it ends. All of it happens
        or nothing. To be called after the switch to a snapshot without the document;
        `compaction.compact` then clears the database's files.
        """
        quotes = Quotes(sentences)
        # Looking takes long and the words of a turn do not change, so that nobody waits for it.
        with transaction(self._engine) as session:
            found = _words_of(session, document, quotes)
        with serialised(self._engine) as session:
            late = _words_of(session, document, quotes, found)
            now = datetime.now(UTC)
            session.merge(WithdrawnRow(document=document, withdrawn_at=now, compacted_at=None))
            lost = _take_out(session, document, found) + _take_out(session, document, late)
            touched = {*found.turns, *found.quoting_turns, *late.turns, *late.quoting_turns}
            withdraw_words(session, quotes, _questions_of(session, touched))
            entries = [
                *withdraw_quoting(session, document, quotes),
                *withdraw_quoting_calls(session, quotes, now),
            ]
        for entry in entries:
            log_entry(entry)
        return lost


def _forget_answer(session: Session, inbox_id: int) -> None:
    """Forget what was said to a question before it was changed."""
    session.execute(delete(TurnRow).where(TurnRow.inbox_id == inbox_id))
    unsave(session, inbox_id)
    show_edited(session, inbox_id)


def _forget(session: Session, inbox_id: int) -> Sequence[AuditRow]:
    session.execute(delete(TurnRow).where(TurnRow.inbox_id == inbox_id))
    unsave(session, inbox_id)
    forget_words(session, inbox_id)
    calls = withdraw_calls_of(session, inbox_id, datetime.now(UTC))
    return [*withdraw_shared_of(session, inbox_id), *calls]


def _forget_anew(session: Session, inbox_id: int, team: str, channel: str) -> list[AuditRow]:
    """Forget what was asked anew from a question, and have its answers taken away."""
    entries: list[AuditRow] = []
    for anew in asked_anew_of(session, inbox_id):
        copy = withdraw_row(session, team, channel, anew)
        if copy is not None:
            entries += _forget(session, copy)
    return entries


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


def _words_of(
    session: Session, document: str, quotes: Quotes, known: _Found | None = None
) -> _Found:
    """Find the turns and questions with words of the document, of those since `known`."""
    now = datetime.now(UTC)
    found = _Found(now, known.last_turn, known.last_question) if known else _Found(now)
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
        is_cited = any(c["document"] == document and len(c) > len(_LEFT) for c in cited or ())
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


def _take_out(session: Session, document: str, found: _Found) -> int:
    """Take the words out of what was found; return how many answers had not lost theirs before."""
    # One that is gone was answered anew since, or its question was deleted.
    turns = list(filter(None, (session.get(TurnRow, turn) for turn in found.turns)))
    lost = sum(turn.answer != WITHDRAWN for turn in turns)
    for turn in turns:
        turn.answer = WITHDRAWN
        turn.citations = _without(turn.citations, {document}) if turn.citations else turn.citations
    for row in found.quoting_turns:
        quoting = session.get(TurnRow, row)
        if quoting is not None:
            quoting.question = QUESTION_WITHDRAWN
    for row in found.quoting_questions:
        question = session.get_one(InboxRow, row, with_for_update=True)
        if question.state not in UNFINISHED:
            question.text = QUESTION_WITHDRAWN
    return lost


def _questions_of(session: Session, turns: Iterable[int]) -> list[int]:
    rows = (session.get(TurnRow, turn) for turn in turns)
    return [row.inbox_id for row in rows if row is not None]


def _without(cited: Sequence[Cited], gone: set[str]) -> list[Cited]:
    """Return the citations, those of documents in `gone` as no more than number and name."""
    return [{name: c[name] for name in _LEFT} if c["document"] in gone else c for c in cited]


def _cited(citation: Citation) -> Cited:
    """Return where a citation points; the digest tells whether the passage still says the same."""
    return {
        "number": citation.number,
        "document": citation.document,
        "section": citation.section,
        "quote_sha256": hashlib.sha256(citation.quote.encode()).hexdigest(),
        "line": citation.line,
        "url": citation.url or "",
        "audience": citation.audience,
    }


def _shared_at(team: str, channel: str, ts: str) -> Select[TurnRow]:
    """Return the query for the turn that was shared by a post of ours."""
    shared = shown_by(team, channel, ts).with_only_columns(ShareRow.inbox_id)
    return select(TurnRow).where(TurnRow.inbox_id.in_(shared)).limit(1)


def _with_asker() -> Select[TurnRow, str, str]:
    return select(TurnRow, InboxRow.user_id, InboxRow.ts).join(
        InboxRow, InboxRow.id == TurnRow.inbox_id
    )


def _failed(row: InboxRow) -> KeptAnswer:
    return KeptAnswer(
        row.id,
        row.team,
        row.channel,
        row.thread_ts,
        row.ts,
        row.user_id,
        row.text,
        "",
        AnswerStatus.ERROR_UNEXPECTED,
        (),
        None,
        row.finished_at or row.received_at,
    )


def _kept(row: TurnRow, user: str, ts: str) -> KeptAnswer:
    return KeptAnswer(
        row.inbox_id,
        row.team,
        row.channel,
        row.thread_ts,
        ts,
        user,
        row.question,
        row.answer,
        AnswerStatus(row.status) if row.status is not None else None,
        tuple(_kept_citation(cited) for cited in row.citations or ()),
        row.snapshot,
        row.answered_at,
    )


def _kept_citation(cited: Cited) -> KeptCitation:
    return KeptCitation(
        int(cited["number"]),
        str(cited["document"]),
        str(cited.get("section", "")),
        str(cited.get("line", "")),
        str(cited.get("url") or "") or None,
        str(cited.get("audience") or "") or None,
    )


def _turn(row: TurnRow, readable: Collection[str] | None = None) -> Turn:
    unanswered = row.status is not None and not AnswerStatus(row.status).answers
    is_withdrawn = row.answer == WITHDRAWN
    audiences = {str(cited["audience"]) for cited in row.citations or () if cited.get("audience")}
    # What is known from its words alone may rest on anything.
    is_known = row.citations is not None and audiences <= set(readable or ())
    is_for_others = readable is not None and not is_known
    is_empty = unanswered or is_withdrawn or is_for_others
    return Turn(row.question, "" if is_empty else row.answer)
