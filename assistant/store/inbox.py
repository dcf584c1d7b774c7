"""The inbox: every question is a row here before Slack is told that it arrived.

A row goes from received to answering, under a lease that is renewed while somebody works on it,
to answered or failed. A lease that runs out gives the row back, so a crash loses nothing. An edit
gives it back with its new words, a deletion with none, so that the answer is taken away too.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from assistant.store.database import serialised, transaction
from assistant.store.inbox_table import (
    UNFINISHED,
    AttachedFile,
    InboxEntry,
    InboxQuestion,
    InboxRow,
    InboxState,
    IncomingQuestion,
    Surface,
    Task,
    Waiting,
)
from assistant.store.leasing import change_held, finish_row, lease_row
from assistant.store.revising import FOR_GOOD, of_post, revise_row, row_of
from assistant.store.turn_taking import next_in_turn, queue

__all__ = [
    "UNFINISHED",
    "AttachedFile",
    "Inbox",
    "InboxEntry",
    "InboxQuestion",
    "InboxRow",
    "InboxState",
    "IncomingQuestion",
    "Surface",
    "Task",
    "Waiting",
]

_RELEASED = {"state": InboxState.RECEIVED, "lease": None, "leased_until": None}


class Inbox:
    """Writes questions down, hands them out one at a time and notes how each ended."""

    def __init__(self, engine: Engine, lease: timedelta = timedelta(seconds=15)) -> None:
        self._engine = engine
        self.lease = lease

    def receive(self, asked: IncomingQuestion, edited_ts: str | None = None) -> bool:
        """Write the question down; return False when it is there already, by event or by post.

        `edited_ts` is the time of the edit that made its words what they are.
        """
        return self._add(asked, row_of(asked, edited_ts))

    def bury(self, asked: IncomingQuestion, edited_ts: str | None = None) -> bool:
        """Write down without its words a post whose end arrived first, so that it is not answered.

        `edited_ts` is the time of the edit that ended it, None where it was deleted. Returns False
        when the post is there already.
        """
        wordless = replace(asked, text="", files=(), reply_url=None)
        row = row_of(wordless, edited_ts or FOR_GOOD)
        row.state, row.task, row.outcome = InboxState.WITHDRAWN, Task.WITHDRAW, Task.WITHDRAW
        row.finished_at = row.received_at
        return self._add(asked, row)

    def _add(self, asked: IncomingQuestion, row: InboxRow) -> bool:
        if self._holds(asked):
            return False
        try:
            with transaction(self._engine) as session:
                session.add(row)
        except IntegrityError:
            # Two deliveries of one post may pass the first look at the same moment.
            if self._holds(asked):
                return False
            raise
        return True

    def revise(
        self,
        post: tuple[str, str, str],
        text: str,
        files: Sequence[AttachedFile] = (),
        edited_ts: str = "",
    ) -> bool:
        """Give a question its new words and have it answered anew; False when nothing changed.

        `post` is team, channel and time of the question, `edited_ts` the time of the edit: one that
        a later edit has overtaken changes nothing, and a later one asks anew what an edit took
        back. Whoever has the question in hand loses it. False too when there is no such question.
        """
        with serialised(self._engine) as session:
            return revise_row(session, post, text, files, edited_ts) is not None

    def stop(
        self,
        team: str,
        channel: str,
        thread_ts: str | None,
        asker: str | None = None,
        before: str | None = None,
    ) -> int:
        """End what waits or is in hand in a thread without an answer; return how many.

        Without a thread, in the whole channel. With `asker`, what this person asked and nothing
        else. What was posted later than `before` goes on.
        """
        there = [InboxRow.team == team, InboxRow.channel == channel]
        if thread_ts is not None:
            there.append(InboxRow.thread_ts == thread_ts)
        if before is not None:
            there.append(InboxRow.ts < before)
        stopped = (
            update(InboxRow)
            .where(
                *there,
                InboxRow.task == Task.ANSWER,
                InboxRow.state.in_(UNFINISHED),
                *([InboxRow.user_id == asker] if asker is not None else []),
            )
            .values(
                state=InboxState.STOPPED,
                outcome=InboxState.STOPPED,
                reply_url=None,
                finished_at=datetime.now(UTC),
                lease=None,
                leased_until=None,
            )
            .execution_options(synchronize_session=False)
            .returning(InboxRow.id)
        )
        with transaction(self._engine) as session:
            return len(session.scalars(stopped).all())

    def take(self, busy: Collection[str] = ()) -> InboxQuestion | None:
        """Lease the next question, or return None when none waits; `busy` channels are left alone.

        Who has waited longest since their last turn goes first, each person's questions in order;
        a thread's next question waits until the one before it has ended, since it may lean on it.
        """
        while True:
            with transaction(self._engine) as session:
                chosen = next_in_turn(session, busy)
                if chosen is None:
                    return None
                taken = lease_row(session, chosen, self.lease)
            if taken is not None:
                return taken

    def renew(self, question: InboxQuestion) -> bool:
        """Lengthen the lease; return False when the question is no longer the caller's."""
        with transaction(self._engine) as session:
            return change_held(
                session,
                question,
                leased_until=datetime.now(UTC) + self.lease,
            )

    def release(self, question: InboxQuestion) -> None:
        """Give the question back unanswered, as if it had not been taken."""
        with transaction(self._engine) as session:
            change_held(session, question, **_RELEASED)

    def release_all(self) -> int:
        """Give back every question in hand and return how many; only for who is sure to be alone.

        Questions that were postponed wait on. A database that other machines may use too says
        nothing of who is alone, so there leases run out.
        """
        if self._engine.dialect.name != "sqlite":
            return 0
        in_hand = and_(InboxRow.state == InboxState.ANSWERING, InboxRow.lease.is_not(None))
        released = update(InboxRow).where(in_hand).values(**_RELEASED).returning(InboxRow.id)
        with transaction(self._engine) as session:
            return len(session.scalars(released).all())

    def postpone(
        self, question: InboxQuestion, seconds: float, *, is_unposted: bool = False
    ) -> None:
        """Give the question back, to be taken again no sooner than after `seconds`.

        `is_unposted` says that this attempt surely posted nothing.
        """
        is_untold = is_unposted and question.attempts == question.unposted + 1
        with transaction(self._engine) as session:
            change_held(
                session,
                question,
                lease=None,
                postponed=InboxRow.postponed + 1,
                unposted=InboxRow.unposted + int(is_untold),
                leased_until=datetime.now(UTC) + timedelta(seconds=seconds),
            )

    def note_posted(self, question: InboxQuestion, ts: str) -> bool:
        """Note the first message about the question as soon as it is there."""
        with transaction(self._engine) as session:
            return change_held(session, question, answer_ts=ts)

    def finish(
        self, question: InboxQuestion, state: InboxState, outcome: str, answer_ts: str | None
    ) -> bool:
        """Note how the question ended; return False when it is no longer the caller's."""
        with transaction(self._engine) as session:
            return finish_row(session, question, state, outcome, answer_ts)

    def counts(self) -> dict[str, int]:
        """Return how many questions are in each state."""
        with transaction(self._engine) as session:
            rows = session.execute(select(InboxRow.state, func.count()).group_by(InboxRow.state))
            return dict(rows.all())

    def waiting(self) -> Sequence[Waiting]:
        """Return the questions that nobody has taken yet, in the order of their turns."""
        with transaction(self._engine) as session:
            return queue(session)

    def finished_since(
        self,
        team: str,
        channel: str,
        since: datetime,
        thread_ts: str | None = None,
    ) -> int:
        """Return how many questions of a channel ended since then, or of one of its threads."""
        ended = select(func.count()).where(
            InboxRow.team == team,
            InboxRow.channel == channel,
            InboxRow.surface == Surface.THREAD,
            InboxRow.finished_at >= since,
        )
        if thread_ts is not None:
            ended = ended.where(InboxRow.thread_ts == thread_ts)
        with transaction(self._engine) as session:
            return session.scalar(ended) or 0

    def has_ended(self, asked: IncomingQuestion, outcome: str, since: datetime) -> bool:
        """Whether a question of the same person in the same thread ended so since then."""
        ended = select(InboxRow.id).where(
            InboxRow.team == asked.team,
            InboxRow.channel == asked.channel,
            InboxRow.thread_ts == asked.thread_ts,
            InboxRow.user_id == asked.user,
            InboxRow.surface == Surface.THREAD,
            InboxRow.outcome == outcome,
            InboxRow.finished_at >= since,
        )
        with transaction(self._engine) as session:
            return session.scalar(ended.limit(1)) is not None

    def find(self, team: str, channel: str, ts: str) -> InboxEntry | None:
        """Return the question of a post, if it is one."""
        return self._entry(of_post(team, channel, ts))

    def by_id(self, inbox_id: int) -> InboxEntry | None:
        """Return a question by its number."""
        return self._entry(select(InboxRow).where(InboxRow.id == inbox_id))

    def of_answer(self, team: str, channel: str, answer_ts: str) -> InboxEntry | None:
        """Return the question that a message of ours answers, if it is the first of its answer."""
        return self._entry(
            select(InboxRow)
            .where(
                InboxRow.team == team,
                InboxRow.channel == channel,
                InboxRow.answer_ts == answer_ts,
            )
            .order_by(InboxRow.id.desc())
            .limit(1)
        )

    def _entry(self, query: Select[InboxRow]) -> InboxEntry | None:
        with transaction(self._engine) as session:
            row = session.scalar(query)
            return row.entry() if row is not None else None

    def _holds(self, asked: IncomingQuestion) -> bool:
        same_post = and_(
            InboxRow.team == asked.team,
            InboxRow.channel == asked.channel,
            InboxRow.ts == asked.ts,
        )
        known = select(InboxRow.id).where(or_(InboxRow.event_id == asked.event_id, same_post))
        with transaction(self._engine) as session:
            return session.scalar(known) is not None
