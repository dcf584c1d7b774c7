"""Questions that were put to networks, and the replies to them.

What is to be posted is a row before it is posted, and a stage begins in the commit that makes its
rows, so that no end of a process loses a message or sends one twice. Words are kept of the question
alone, never of replies. Every moment is given by the caller.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select
from sqlalchemy.orm import Session

from assistant.domain.releases import AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import serialised, transaction
from assistant.store.networks.call_posts import CallPosts, add_post
from assistant.store.networks.call_replies import CallReplies
from assistant.store.networks.call_table import (
    Call,
    CallPost,
    CallPostRow,
    CallReply,
    CallReplyRow,
    CallRow,
    PostKind,
    ReplyState,
    Stage,
)
from assistant.store.networks.call_withdrawing import end, erase

__all__ = [
    "Call",
    "CallPost",
    "CallReply",
    "Calls",
    "Move",
    "PostKind",
    "ReplyState",
    "Stage",
]

LEASE = timedelta(seconds=120)

_TAKEN = (ReplyState.TAKEN, ReplyState.DECLINED, ReplyState.CAPTURED)


@dataclass(frozen=True, slots=True)
class Move:
    """What a call goes on to: its next stage, and the messages, each to a user or a channel."""

    stage: Stage
    posts: tuple[tuple[PostKind, str], ...]
    wait_hours: int
    is_at_once: bool = False


class Calls:
    """Keeps calls to networks and what came of them; `posts` and `replies` are theirs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.posts = CallPosts(engine)
        self.replies = CallReplies(engine)

    def ask(self, call: Call, entry: AuditEntry) -> Call:
        """Keep a call and return it with its number; a form that was taken before gives the first.

        `entry` is written with the number of the call behind its target.
        """
        with serialised(self._engine) as session:
            same = select(CallRow).where(CallRow.team == call.team, CallRow.form == call.form)
            row = session.scalar(same)
            if row is not None:
                return row.call()
            row = _row(call)
            session.add(row)
            session.flush()
            session.refresh(row)
            written = add_entry(session, _numbered(entry, row.id))
        log_entry(written)
        return row.call()

    def find(self, call_id: int) -> Call | None:
        """Return a call by its number."""
        with transaction(self._engine) as session:
            row = session.get(CallRow, call_id)
            return row.call() if row is not None else None

    def open_of(self, team: str, user: str, most: int = 10) -> Sequence[Call]:
        """Return the calls of an asker that are not closed, the newest first."""
        theirs = and_(CallRow.team == team, CallRow.asker == user, CallRow.closed_at.is_(None))
        newest = select(CallRow).where(theirs).order_by(CallRow.id.desc()).limit(most)
        with transaction(self._engine) as session:
            return [row.call() for row in session.scalars(newest)]

    def take(self, now: datetime) -> Call | None:
        """Lease a call whose next stage is due, the longest due first."""
        first = select(CallRow).where(_is_due(now)).order_by(CallRow.due_at, CallRow.id).limit(1)
        with transaction(self._engine) as session:
            if session.scalar(first) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first)
            if row is None:
                return None
            row.lease, row.leased_until = uuid.uuid4().hex, now + LEASE
            row.attempts += 1
            return row.call()

    def move(self, call: Call, move: Move, entry: AuditEntry, now: datetime) -> bool:
        """Let a leased call go on, with its messages as rows that are due now.

        False, and nothing is changed, when it is no longer the caller's turn, or somebody replied
        or the asker closed it meanwhile.
        """
        with serialised(self._engine) as session:
            row = session.get(CallRow, call.id)
            if row is None or row.lease != call.lease or row.stage != call.stage:
                return False
            row.lease, row.leased_until, row.attempts = None, None, 0
            if row.closed_at is not None or _is_replied_to(session, row.id):
                return False
            for kind, recipient in move.posts:
                add_post(session, CallPost(0, row.id, kind, recipient, 0, now))
            row.stage, row.is_at_once = move.stage, move.is_at_once
            row.wait_hours = move.wait_hours
            # A stage that asks lasts from its last message on; one that asked nobody is over.
            row.due_at = None if move.stage is Stage.BACK or _asks(move) else now
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def put_off(self, call: Call, until: datetime) -> None:
        """End a turn without success, to be taken again at `until`."""
        with serialised(self._engine) as session:
            row = session.get(CallRow, call.id)
            if row is not None and row.lease == call.lease:
                row.lease = row.leased_until = None
                row.due_at = until

    def close(self, call_id: int, user: str, entry: AuditEntry, now: datetime) -> bool:
        """Note that the asker has what they need; False when it is not theirs or was closed."""
        with serialised(self._engine) as session:
            row = session.get(CallRow, call_id)
            if row is None or row.asker != user or row.closed_at is not None:
                return False
            end(session, row, now)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def take_back(self, call_id: int, user: str, entry: AuditEntry, now: datetime) -> bool:
        """Erase a question for who asked it, and have its messages say so.

        False when it is not theirs, or was taken back before.
        """
        with serialised(self._engine) as session:
            row = session.get(CallRow, call_id)
            if row is None or row.asker != user or row.call().has_no_words:
                return False
            erase(session, row, now)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def to_tell_of(self, peer_answer_id: int, now: datetime | None = None) -> bool:
        """Have the asker of a call told that a reply to it became a verified answer, once.

        False when the peer answer was no reply to a call.
        """
        now = now or datetime.now(UTC)
        captured = select(CallReplyRow).where(CallReplyRow.captured_id == peer_answer_id)
        with serialised(self._engine) as session:
            reply = session.scalar(captured.order_by(CallReplyRow.id).limit(1))
            call = session.get(CallRow, reply.call_id) if reply is not None else None
            if reply is None or call is None:
                return False
            post = CallPost(0, call.id, PostKind.VERIFIED, call.asker, reply.id, now)
            add_post(session, post)
        return True


def _asks(move: Move) -> bool:
    return any(kind.is_call for kind, _ in move.posts)


def _is_due(now: datetime) -> ColumnElement[bool]:
    unsent = exists().where(
        CallPostRow.call_id == CallRow.id,
        CallPostRow.kind.in_((PostKind.FIRST, PostKind.WIDER)),
        CallPostRow.done_at.is_(None),
    )
    replied = exists().where(CallReplyRow.call_id == CallRow.id, _counts())
    is_free = or_(CallRow.leased_until.is_(None), CallRow.leased_until <= now)
    is_open = and_(CallRow.closed_at.is_(None), CallRow.stage != Stage.BACK)
    return and_(CallRow.due_at <= now, is_open, is_free, ~unsent, ~replied)


def _is_replied_to(session: Session, call_id: int) -> bool:
    replies = select(CallReplyRow.id).where(CallReplyRow.call_id == call_id, _counts())
    return session.scalar(replies.limit(1)) is not None


def _counts() -> ColumnElement[bool]:
    """Return whether a reply keeps its call where it is.

    One that is not judged yet does, and a member's, unless it could not be passed on.
    """
    given_up = exists().where(
        CallPostRow.reply_id == CallReplyRow.id,
        CallPostRow.kind == PostKind.REPLY,
        CallPostRow.done_at.is_not(None),
        CallPostRow.ts.is_(None),
    )
    is_taken = and_(CallReplyRow.state.in_(_TAKEN), ~given_up)
    return or_(CallReplyRow.state == ReplyState.HEARD, is_taken)


def _row(call: Call) -> CallRow:
    return CallRow(
        team=call.team,
        network=call.network,
        asker=call.asker,
        question=call.question,
        name=call.name,
        organisation=call.organisation,
        asked_in=call.asked_in,
        form=call.form,
        asked_at=call.asked_at,
        stage=call.stage,
        due_at=call.asked_at,
        wait_hours=call.wait_hours,
        is_at_once=False,
        attempts=0,
        inbox_id=call.inbox_id,
    )


def _numbered(entry: AuditEntry, number: int) -> AuditEntry:
    return AuditEntry(
        entry.at,
        entry.actor,
        entry.action,
        f"{entry.target}, call {number}",
        entry.outcome,
        entry.detail,
    )
