"""Whose question is next: who has waited longest since their last turn goes first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
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
    first: dict[tuple[str, str], int] = {}
    for row, team, user in session.execute(_takeable(busy)):
        first.setdefault((team, user), row)
    if not first:
        return None
    turns = last_turns(session, {user for _, user in first})
    return first[min(first, key=lambda person: turns.get(person, _NEVER))]


def _takeable(busy: Collection[str]) -> Select[int, str, str]:
    """Select what nobody has in hand and nothing before it in its thread holds back."""
    before = aliased(InboxRow)
    is_held_back = exists().where(
        before.team == InboxRow.team,
        before.channel == InboxRow.channel,
        before.thread_ts == InboxRow.thread_ts,
        before.state.in_(UNFINISHED),
        or_(before.ts < InboxRow.ts, and_(before.ts == InboxRow.ts, before.id < InboxRow.id)),
    )
    rows = select(InboxRow.id, InboxRow.team, InboxRow.user_id)
    rows = rows.where(free(datetime.now(UTC)), ~is_held_back)
    if busy:
        alone = InboxRow.surface == Surface.ALONE
        rows = rows.where(or_(InboxRow.channel.not_in(busy), alone))
    # Slack's own order: events that arrive together may be written down in any.
    return rows.order_by(InboxRow.ts, InboxRow.id).limit(WAITING_ROWS_LOOKED_AT)


def waiting_rows(session: Session) -> Sequence[InboxRow]:
    """Return the questions that nobody has taken yet, in Slack's order."""
    waiting = select(InboxRow).where(
        InboxRow.state == InboxState.RECEIVED, InboxRow.task == Task.ANSWER
    )
    ordered = waiting.order_by(InboxRow.ts, InboxRow.id).limit(WAITING_ROWS_LOOKED_AT)
    return session.scalars(ordered).all()


def queue(rows: Iterable[InboxRow], turns: Mapping[tuple[str, str], datetime]) -> Sequence[Waiting]:
    """Put questions in the order of turns: everybody's first, then everybody's second."""
    earlier: dict[tuple[str, str], int] = defaultdict(int)
    keyed: list[tuple[int, datetime, str, InboxRow]] = []
    for row in rows:
        person = (row.team, row.user_id)
        keyed.append((earlier[person], turns.get(person, _NEVER), row.ts, row))
        earlier[person] += 1
    keyed.sort(key=lambda key: key[:3])
    return [
        Waiting(row.id, row.asked(), row.received_at, place)
        for place, (*_, row) in enumerate(keyed, start=1)
    ]


def last_turns(session: Session, users: Collection[str]) -> dict[tuple[str, str], datetime]:
    """Return when a question of each person was last taken, of those who had one."""
    rows = session.execute(
        select(InboxRow.team, InboxRow.user_id, func.max(InboxRow.taken_at))
        .where(InboxRow.user_id.in_(users), InboxRow.taken_at.is_not(None))
        .group_by(InboxRow.team, InboxRow.user_id)
    )
    return {(team, user): taken for team, user, taken in rows if taken is not None}
