"""The inbox: every question is a row here before Slack is told that it arrived.

A row goes from received to answering, under a lease that is renewed while somebody works on it,
to answered or failed. A lease that runs out gives the row back, so a crash loses nothing.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Engine,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction

WAITING_ROWS_LOOKED_AT = 500


class InboxState(StrEnum):
    """Where a question is on its way to an answer."""

    RECEIVED = "received"
    ANSWERING = "answering"
    ANSWERED = "answered"
    FAILED = "failed"


_RELEASED = {"state": InboxState.RECEIVED, "lease": None, "leased_until": None}


@dataclass(frozen=True, slots=True)
class IncomingQuestion:
    """A question as it arrived; `thread_ts` is the thread in which it is to be answered."""

    event_id: str
    team: str
    channel: str
    channel_type: str
    ts: str
    thread_ts: str
    user: str
    text: str
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class InboxQuestion:
    """A question that a worker has taken: `attempts` counts from 1, `lease` proves whose it is."""

    id: int
    lease: str
    attempts: int
    received_at: datetime
    asked: IncomingQuestion


class InboxRow(Base):
    """One question."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("team", "channel", "ts"),
        Index("ix_inbox_state", "state", "ts"),
        Index("ix_inbox_person", "team", "user_id", "taken_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    channel_type: Mapped[str] = mapped_column(String(16))
    ts: Mapped[str] = mapped_column(String(32))
    thread_ts: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    has_files: Mapped[bool] = mapped_column()
    state: Mapped[str] = mapped_column(String(16), default=InboxState.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(64))
    answer_ts: Mapped[str | None] = mapped_column(String(32))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def question(self) -> InboxQuestion:
        """Return the row as the type that workers know."""
        asked = IncomingQuestion(
            event_id=self.event_id,
            team=self.team,
            channel=self.channel,
            channel_type=self.channel_type,
            ts=self.ts,
            thread_ts=self.thread_ts,
            user=self.user_id,
            text=self.text,
            has_files=self.has_files,
        )
        return InboxQuestion(self.id, self.lease or "", self.attempts, self.received_at, asked)


class Inbox:
    """Writes questions down, hands them out one at a time and notes how each ended."""

    def __init__(self, engine: Engine, lease: timedelta = timedelta(seconds=15)) -> None:
        self._engine = engine
        self.lease = lease

    def receive(self, asked: IncomingQuestion) -> bool:
        """Write the question down; return False when it is there already, by event or by post."""
        if self._holds(asked):
            return False
        row = InboxRow(
            event_id=asked.event_id,
            team=asked.team,
            channel=asked.channel,
            channel_type=asked.channel_type,
            ts=asked.ts,
            thread_ts=asked.thread_ts,
            user_id=asked.user,
            text=asked.text,
            has_files=asked.has_files,
            received_at=datetime.now(UTC),
        )
        try:
            with transaction(self._engine) as session:
                session.add(row)
        except IntegrityError:
            # Two deliveries of one post may pass the first look at the same moment.
            if self._holds(asked):
                return False
            raise
        return True

    def take(self) -> InboxQuestion | None:
        """Lease the next question, or return None when none waits.

        Who has waited longest since their last turn goes first, each person's questions in order;
        a thread's next question waits until the one before it has ended, since it may lean on it.
        """
        while True:
            with transaction(self._engine) as session:
                chosen = _next_in_turn(session)
                if chosen is None:
                    return None
                taken = self._lease_row(session, chosen)
            if taken is not None:
                return taken

    def renew(self, question: InboxQuestion) -> bool:
        """Lengthen the lease; return False when the question is no longer the caller's."""
        with transaction(self._engine) as session:
            return _changed(
                session,
                _still_held(question),
                leased_until=datetime.now(UTC) + self.lease,
            )

    def release(self, question: InboxQuestion) -> None:
        """Give the question back unanswered, as if it had not been taken."""
        with transaction(self._engine) as session:
            _changed(session, _still_held(question), **_RELEASED)

    def release_all(self) -> int:
        """Give back every question in hand and return how many; only for who is sure to be alone.

        Questions that were postponed wait on.
        """
        in_hand = and_(InboxRow.state == InboxState.ANSWERING, InboxRow.lease.is_not(None))
        released = update(InboxRow).where(in_hand).values(**_RELEASED).returning(InboxRow.id)
        with transaction(self._engine) as session:
            return len(session.scalars(released).all())

    def postpone(self, question: InboxQuestion, seconds: float) -> None:
        """Give the question back, to be taken again no sooner than after `seconds`."""
        with transaction(self._engine) as session:
            _changed(
                session,
                _still_held(question),
                lease=None,
                leased_until=datetime.now(UTC) + timedelta(seconds=seconds),
            )

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

    def _holds(self, asked: IncomingQuestion) -> bool:
        same_post = and_(
            InboxRow.team == asked.team,
            InboxRow.channel == asked.channel,
            InboxRow.ts == asked.ts,
        )
        known = select(InboxRow.id).where(or_(InboxRow.event_id == asked.event_id, same_post))
        with transaction(self._engine) as session:
            return session.scalar(known) is not None

    def _lease_row(self, session: Session, row: int) -> InboxQuestion | None:
        """Take the row unless somebody else was quicker."""
        now = datetime.now(UTC)
        lease = uuid.uuid4().hex
        if not _changed(
            session,
            and_(InboxRow.id == row, _free(now)),
            state=InboxState.ANSWERING,
            lease=lease,
            taken_at=now,
            leased_until=now + self.lease,
            attempts=InboxRow.attempts + 1,
        ):
            return None
        found = session.scalar(select(InboxRow).where(InboxRow.id == row, InboxRow.lease == lease))
        return found.question() if found else None


def finish_row(
    session: Session,
    question: InboxQuestion,
    state: InboxState,
    outcome: str,
    answer_ts: str | None,
) -> bool:
    """Note in an open transaction how the question ended; False when it is not the caller's."""
    return _changed(
        session,
        _still_held(question),
        state=state,
        outcome=outcome,
        answer_ts=answer_ts,
        finished_at=datetime.now(UTC),
        lease=None,
        leased_until=None,
    )


def _changed(session: Session, where: ColumnElement[bool], **values: object) -> bool:
    result = session.execute(
        update(InboxRow)
        .where(where)
        .values(**values)
        .execution_options(synchronize_session=False)
        .returning(InboxRow.id)
    )
    return result.first() is not None


def _still_held(question: InboxQuestion) -> ColumnElement[bool]:
    return and_(InboxRow.id == question.id, InboxRow.lease == question.lease)


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(
        InboxRow.state == InboxState.RECEIVED,
        and_(InboxRow.state == InboxState.ANSWERING, InboxRow.leased_until < now),
    )


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    person: tuple[str, str]
    thread: tuple[str, str, str]
    free: bool


def _next_in_turn(session: Session) -> int | None:
    first = _first_of_each_person(_unfinished(session))
    if not first:
        return None
    turns = _last_turns(session, [waiting.person[1] for waiting in first])
    never = datetime.min.replace(tzinfo=UTC)
    return min(first, key=lambda waiting: turns.get(waiting.person, never)).id


def _unfinished(session: Session) -> Sequence[_Waiting]:
    now = datetime.now(UTC)
    rows = session.scalars(
        select(InboxRow)
        .where(InboxRow.state.in_((InboxState.RECEIVED, InboxState.ANSWERING)))
        # Slack's own order: events that arrive together may be written down in any.
        .order_by(InboxRow.ts, InboxRow.id)
        .limit(WAITING_ROWS_LOOKED_AT)
    )
    return [
        _Waiting(
            row.id,
            (row.team, row.user_id),
            (row.team, row.channel, row.thread_ts),
            row.state == InboxState.RECEIVED or (row.leased_until or now) < now,
        )
        for row in rows
    ]


def _first_of_each_person(unfinished: Iterable[_Waiting]) -> list[_Waiting]:
    first: dict[tuple[str, str], _Waiting] = {}
    threads: set[tuple[str, str, str]] = set()
    for waiting in unfinished:
        if waiting.free and waiting.thread not in threads:
            first.setdefault(waiting.person, waiting)
        threads.add(waiting.thread)
    return list(first.values())


def _last_turns(session: Session, users: Sequence[str]) -> dict[tuple[str, str], datetime]:
    rows = session.execute(
        select(InboxRow.team, InboxRow.user_id, func.max(InboxRow.taken_at))
        .where(InboxRow.user_id.in_(users), InboxRow.taken_at.is_not(None))
        .group_by(InboxRow.team, InboxRow.user_id)
    )
    return {(team, user): taken for team, user, taken in rows if taken is not None}
