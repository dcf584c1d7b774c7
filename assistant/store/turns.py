"""What was said in each thread, for follow-ups, and how each answer was made, for audits."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, Select, and_, delete, or_, select

from assistant.domain.answers import Answer, AnswerStatus, Turn
from assistant.store.audit import AuditRow, log_entry
from assistant.store.database import serialised, transaction
from assistant.store.feedback.erasing import withdraw_words
from assistant.store.forgetting import forget, forget_anew, forget_answer
from assistant.store.inbox import (
    AttachedFile,
    InboxQuestion,
    InboxRow,
    InboxState,
    IncomingQuestion,
)
from assistant.store.leasing import finish_row
from assistant.store.networks.call_withdrawing import withdraw_quoting_calls
from assistant.store.networks.peer_withdrawing import withdraw_quoting
from assistant.store.quoting import Quotes
from assistant.store.revising import complete_row, revise_row, withdraw_row
from assistant.store.shares import ShareRow, Way, shown_by
from assistant.store.turns_table import KeptAnswer, TurnRow, WithdrawnRow, cited_of
from assistant.store.withdrawing import questions_of, take_out, take_out_gone, words_of

_ROWS_AT_A_TIME = 1_000
# What was deleted failed without its words.
_FAILED = and_(InboxRow.state == InboxState.FAILED, InboxRow.text != "")


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
            return [row.turn(readable) for row in rows][::-1]

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
                forget_answer(session, question)
                entries = forget_anew(session, question, post[0], post[1])
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
                forget_answer(session, question)
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
                entries += forget(session, question)
                entries += forget_anew(session, question, team, channel)
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

    def kept(self, inbox_id: int) -> KeptAnswer | None:
        """Return what is kept of the answer to a question; None when it was not answered."""
        found = self._kept(_with_asker().where(TurnRow.inbox_id == inbox_id))
        return found[0] if found else None

    def of_person(self, team: str, user: str, most: int) -> Sequence[KeptAnswer]:
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
                _failed(row) if turn is None else turn.kept(row.user_id, row.ts)
                for turn, row in rows
            ]

    def without_answer(self, team: str, since: datetime, most: int) -> Sequence[KeptAnswer]:
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

    def _kept(self, query: Select[TurnRow, str, str]) -> Sequence[KeptAnswer]:
        with transaction(self._engine) as session:
            return [row.kept(user, ts) for row, user, ts in session.execute(query)]

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
        # What a withdrawal does not see yet must see the withdrawal.
        with serialised(self._engine) as session:
            if not finish_row(session, question, InboxState.ANSWERED, outcome, answer_ts):
                return False
            row = _row(question, turn, outcome, answer)
            take_out_gone(session, question, row)
            # An edited question has a turn already.
            session.execute(delete(TurnRow).where(TurnRow.inbox_id == question.id))
            session.add(row)
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
            found = words_of(session, document, quotes)
        with serialised(self._engine) as session:
            late = words_of(session, document, quotes, found)
            now = datetime.now(UTC)
            session.merge(WithdrawnRow(document=document, withdrawn_at=now, compacted_at=None))
            lost = take_out(session, document, found) + take_out(session, document, late)
            touched = {*found.turns, *found.quoting_turns, *late.turns, *late.quoting_turns}
            withdraw_words(session, quotes, questions_of(session, touched))
            entries = [
                *withdraw_quoting(session, document, quotes),
                *withdraw_quoting_calls(session, quotes, now),
            ]
        for entry in entries:
            log_entry(entry)
        return lost


def _row(question: InboxQuestion, turn: Turn, outcome: str, answer: Answer | None) -> TurnRow:
    asked = question.asked
    return TurnRow(
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
        citations=None if answer is None else [cited_of(each) for each in answer.citations],
    )


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
