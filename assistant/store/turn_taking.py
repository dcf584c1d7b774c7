"""Whose question is next: who has waited longest since their last turn goes first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from assistant.store.inbox_table import (
    UNFINISHED,
    InboxRow,
    InboxState,
    Surface,
    Task,
    Waiting,
)

WAITING_ROWS_LOOKED_AT = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


def free(now: datetime) -> ColumnElement[bool]:
    """Say of a row that anybody may take it: it waits, or who had it is gone."""
    return or_(
        InboxRow.state == InboxState.RECEIVED,
        and_(InboxRow.state == InboxState.ANSWERING, InboxRow.leased_until < now),
    )


def next_in_turn(session: Session, busy: Collection[str] = ()) -> int | None:
    """Return the row whose turn it is, None when none may be taken; `busy` channels wait.

    Each person's questions are taken in order, and a thread's next one waits until the one before
    it has ended, since it may lean on it.
    """
    before = aliased(InboxRow)
    is_held_back = exists().where(
        before.team == InboxRow.team,
        before.channel == InboxRow.channel,
        before.thread_ts == InboxRow.thread_ts,
        before.state.in_(UNFINISHED),
        before.ts < InboxRow.ts,
    )
    rows = select(InboxRow.id).where(free(datetime.now(UTC)), ~is_held_back)
    if busy:
        alone = InboxRow.surface == Surface.ALONE
        rows = rows.where(or_(InboxRow.channel.not_in(busy), alone))
    # Slack's own order: events that arrive together may be written down in any.
    turns = rows.order_by(_last_turn().nulls_first(), InboxRow.ts, InboxRow.id)
    return session.scalar(turns.limit(1))


def _last_turn() -> ScalarSelect[datetime | None]:
    """Say of a row when a question of its asker was last taken, null where none was."""
    earlier = aliased(InboxRow)
    theirs = and_(earlier.team == InboxRow.team, earlier.user_id == InboxRow.user_id)
    return select(func.max(earlier.taken_at)).where(theirs).scalar_subquery()


def queue(session: Session) -> Sequence[Waiting]:
    """Return the questions that nobody has taken yet, everybody's first, then their second."""
    waiting = select(InboxRow, _last_turn()).where(
        InboxRow.state == InboxState.RECEIVED, InboxRow.task == Task.ANSWER
    )
    ordered = waiting.order_by(InboxRow.ts, InboxRow.id).limit(WAITING_ROWS_LOOKED_AT)
    earlier: dict[tuple[str, str], int] = defaultdict(int)
    keyed: list[tuple[int, datetime, str, InboxRow]] = []
    for row, last_turn in session.execute(ordered):
        person = (row.team, row.user_id)
        keyed.append((earlier[person], last_turn or _NEVER, row.ts, row))
        earlier[person] += 1
    keyed.sort(key=lambda key: key[:3])
    return [
        Waiting(row.id, row.asked(), row.received_at, place)
        for place, (*_, row) in enumerate(keyed, start=1)
    ]
