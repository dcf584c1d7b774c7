"""The messages of calls to networks: rows before they are posted, and where they then stand."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select
from sqlalchemy.orm import Session

from assistant.store.database import serialised, transaction
from assistant.store.networks.call_table import CallPost, CallPostRow, CallRow, PostKind

LEASE = timedelta(seconds=120)
CALLS = (PostKind.FIRST, PostKind.WIDER)
# What holds the question or is about it.
_SHOWN = (*CALLS, PostKind.ASKED, PostKind.AT_ONCE, PostKind.BACK, PostKind.REPLY)


class CallPosts:
    """Hands out what is to be posted, to one at a time, and remembers where it stands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, now: datetime) -> CallPost | None:
        """Lease a message that is due, the longest due first."""
        is_free = or_(CallPostRow.leased_until.is_(None), CallPostRow.leased_until <= now)
        is_due = and_(CallPostRow.done_at.is_(None), CallPostRow.due_at <= now, is_free)
        first = select(CallPostRow).where(is_due)
        first = first.order_by(CallPostRow.due_at, CallPostRow.id).limit(1)
        with transaction(self._engine) as session:
            if session.scalar(first) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first)
            if row is None:
                return None
            row.lease, row.leased_until = uuid.uuid4().hex, now + LEASE
            row.attempts += 1
            return row.post()

    def posted(self, post: CallPost, channel: str, ts: str, now: datetime) -> bool:
        """Note where a message stands; False when it is no longer the caller's turn."""
        return self._end(post, now, channel=channel, ts=ts)

    def given_up(self, post: CallPost, code: str, now: datetime) -> bool:
        """Note that a message cannot be posted, and why; False when it is not the caller's turn."""
        return self._end(post, now, code=code)

    def put_off(self, post: CallPost, until: datetime) -> None:
        """End a turn without success, to be taken again at `until`."""
        with serialised(self._engine) as session:
            row = session.get(CallPostRow, post.id)
            if row is not None and row.lease == post.lease:
                row.lease = row.leased_until = None
                row.due_at = until

    def at(self, channel: str, ts: str) -> CallPost | None:
        """Return the message of a call that stands there, if it asks a network."""
        here = and_(CallPostRow.channel == channel, CallPostRow.ts == ts)
        found = self._found(and_(here, CallPostRow.kind.in_(CALLS)))
        return next(iter(found), None)

    def of_call(self, call_id: int, kind: PostKind | None = None) -> Sequence[CallPost]:
        """Return the messages of a call, of one kind or all, in the order in which they were made.

        Those that are not posted yet are among them.
        """
        where = CallPostRow.call_id == call_id
        return self._found(where if kind is None else and_(where, CallPostRow.kind == kind))

    def under_way(self, recipient: str) -> Sequence[CallPost]:
        """Return the questions to a user or channel that may stand there and are not noted."""
        to_them = and_(CallPostRow.recipient == recipient, CallPostRow.kind.in_(CALLS))
        is_begun = and_(CallPostRow.attempts > 0, CallPostRow.ts.is_(None))
        return self._found(and_(to_them, is_begun, CallPostRow.done_at.is_(None)))

    def asked_first(self, network: str) -> Mapping[str, int]:
        """Return of each person who was asked first in a network a number: higher when later."""
        newest = select(CallPostRow.recipient, func.max(CallPostRow.id).label("newest"))
        newest = newest.join(CallRow, CallRow.id == CallPostRow.call_id)
        of_network = and_(CallRow.network == network, CallPostRow.kind == PostKind.FIRST)
        with transaction(self._engine) as session:
            rows = session.execute(newest.where(of_network).group_by(CallPostRow.recipient))
            return {row.recipient: row.newest for row in rows}

    def seen(self, post_id: int, channel: str, ts: str) -> None:
        """Note where a message was seen to stand, whosever turn it is to post it."""
        with serialised(self._engine) as session:
            row = session.get_one(CallPostRow, post_id)
            row.channel, row.ts = channel, ts

    def of_reply(self, reply_id: int, kind: PostKind) -> CallPost | None:
        """Return the message of a kind that is about a reply."""
        found = self._found(and_(CallPostRow.reply_id == reply_id, CallPostRow.kind == kind))
        return next(iter(found), None)

    def _end(self, post: CallPost, now: datetime, **fields: str) -> bool:
        with serialised(self._engine) as session:
            row = session.get(CallPostRow, post.id)
            if row is None or row.lease != post.lease:
                return False
            for name, value in fields.items():
                setattr(row, name, value)
            row.done_at, row.lease, row.leased_until = now, None, None
            session.flush()
            if post.kind.is_call:
                _settle(session, post, now)
        return True

    def _found(self, where: ColumnElement[bool]) -> Sequence[CallPost]:
        query = select(CallPostRow).where(where).order_by(CallPostRow.id)
        with transaction(self._engine) as session:
            return [row.post() for row in session.scalars(query)]


def add_post(session: Session, post: CallPost) -> None:
    """Have a message posted, in an open, serialised transaction, unless it is there already.

    It is due at the moment that it names; it is looked for in Slack by when its row was made.
    """
    same = select(CallPostRow.id).where(
        CallPostRow.call_id == post.call_id,
        CallPostRow.kind == post.kind,
        CallPostRow.recipient == post.recipient,
        CallPostRow.reply_id == post.reply_id,
    )
    if session.scalar(same) is None:
        session.add(
            CallPostRow(
                call_id=post.call_id,
                kind=post.kind,
                recipient=post.recipient,
                reply_id=post.reply_id,
                made_at=datetime.now(UTC),
                due_at=post.made_at,
                attempts=0,
            )
        )
        session.flush()


def add_again(session: Session, post: CallPost) -> None:
    """Have what a message does done once more, in an open, serialised transaction."""
    same = and_(
        CallPostRow.call_id == post.call_id,
        CallPostRow.kind == post.kind,
        CallPostRow.recipient == post.recipient,
        CallPostRow.reply_id == post.reply_id,
    )
    row = session.scalar(select(CallPostRow).where(same))
    if row is None:
        add_post(session, post)
        return
    row.due_at, row.attempts = post.made_at, 0
    row.done_at = row.code = row.lease = row.leased_until = None


def show_ended(session: Session, call_id: int, now: datetime) -> None:
    """Have every message of a call say what became of it, in an open, serialised transaction."""
    of_call = and_(CallPostRow.call_id == call_id, CallPostRow.kind.in_(_SHOWN))
    for row in session.scalars(select(CallPostRow).where(of_call)).all():
        kind = PostKind.CHANGED if row.kind == PostKind.REPLY else PostKind.ENDED
        add_again(session, CallPost(0, call_id, kind, row.recipient, row.reply_id, now))


def _settle(session: Session, post: CallPost, now: datetime) -> None:
    """Let the waiting begin when the last message of a stage is there; if none is, it is over."""
    of_stage = and_(CallPostRow.call_id == post.call_id, CallPostRow.kind == post.kind)
    rows = list(session.scalars(select(CallPostRow).where(of_stage)))
    call = session.get(CallRow, post.call_id)
    if call is None or call.closed_at is not None or any(row.done_at is None for row in rows):
        return
    is_there = any(row.ts is not None for row in rows)
    call.due_at = now + timedelta(hours=call.wait_hours) if is_there else now
