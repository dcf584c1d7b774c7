"""The replies to calls: where they stand and who wrote them, never what they say."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, Select, and_, or_, select
from sqlalchemy.orm import Session

from assistant.domain.networks import NETWORK_PREFIX
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import serialised, transaction
from assistant.store.networks.call_posts import CALLS, add_again, add_post
from assistant.store.networks.call_table import (
    CallPost,
    CallPostRow,
    CallReply,
    CallReplyRow,
    CallRow,
    PostKind,
    ReplyState,
)

_MAY_BE_CAPTURED = (ReplyState.TAKEN, ReplyState.DECLINED)


class CallReplies:
    """Writes down who replied where, and what came of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hear(self, reply: CallReply) -> bool:
        """Write down a post in a thread; return whether it is the thread of a call.

        The call is found by the thread. What the asker says in it is no reply. A reply that is
        known is one that was edited: where it was passed on, its words of now are to stand.
        """
        there = and_(CallPostRow.channel == reply.channel, CallPostRow.ts == reply.thread_ts)
        asked = select(CallPostRow.call_id).where(there, CallPostRow.kind.in_(CALLS))
        with transaction(self._engine) as session:
            if session.scalar(asked) is None:
                return False
        with serialised(self._engine) as session:
            call = session.get(CallRow, session.scalar(asked))
            if call is None or call.asker == reply.user:
                return call is not None
            known = session.scalar(_at(reply.channel, reply.ts))
            if known is None:
                session.add(_row(reply, call.id))
            elif known.state != ReplyState.DELETED:
                _pass_on_again(session, known, reply.heard_at)
        return True

    def find(self, reply_id: int) -> CallReply | None:
        """Return a reply by its number."""
        return next(iter(self._found(CallReplyRow.id == reply_id)), None)

    def heard(self, now: datetime) -> CallReply | None:
        """Return a reply of which it is not known yet whether a member wrote it."""
        is_due = and_(CallReplyRow.state == ReplyState.HEARD, CallReplyRow.due_at <= now)
        return next(iter(self._found(is_due)), None)

    def put_off(self, reply: CallReply, until: datetime) -> None:
        """Have a reply that was heard looked at again at `until`."""
        with serialised(self._engine) as session:
            session.get_one(CallReplyRow, reply.id).due_at = until

    def take(
        self, reply: CallReply, entry: AuditEntry, now: datetime, *, has_words: bool = True
    ) -> bool:
        """Take a reply as a member's: pass it to the asker, ask who wrote it for consent.

        Consent is asked for once of each person in a call, and not for a reply without words, whose
        author is told what becomes of it; a closed call passes nothing on. False when it was taken,
        or deleted, before.
        """
        with serialised(self._engine) as session:
            row = session.get(CallReplyRow, reply.id)
            call = session.get(CallRow, reply.call_id)
            if row is None or call is None or row.state != ReplyState.HEARD:
                return False
            if call.closed_at is None:
                kind = PostKind.REPLY
                add_post(session, CallPost(0, call.id, kind, call.asker, reply.id, now))
            row.state = ReplyState.TAKEN
            kind = PostKind.CONSENT if has_words else PostKind.FILE
            if kind is PostKind.FILE or session.scalar(_consent_of(call.id, reply.user)) is None:
                add_post(session, CallPost(0, call.id, kind, reply.user, reply.id, now))
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def refuse(self, reply: CallReply, entry: AuditEntry) -> bool:
        """Note that no member wrote a reply, so that nothing comes of it."""
        return self._change(reply.id, (ReplyState.HEARD,), ReplyState.REFUSED, entry)

    def decline(self, reply_id: int, user: str, entry: AuditEntry) -> bool:
        """Note that who wrote a reply does not let it be kept; False when it is not theirs."""
        before = (ReplyState.TAKEN, ReplyState.CAPTURED)
        return self._change(reply_id, before, ReplyState.DECLINED, entry, user=user)

    def of_person(self, call_id: int, user: str) -> Sequence[CallReply]:
        """Return what a member replied to a call and did not delete, in the order of the posts."""
        theirs = and_(CallReplyRow.call_id == call_id, CallReplyRow.user_id == user)
        known = and_(theirs, CallReplyRow.state.in_([*_MAY_BE_CAPTURED, ReplyState.CAPTURED]))
        return sorted(self._found(known), key=lambda reply: float(reply.ts))

    def of_call(self, call_id: int) -> Sequence[CallReply]:
        """Return every reply to a call, whatever came of it, in the order they were heard of."""
        return self._found(CallReplyRow.call_id == call_id)

    def captured(self, replies: Collection[CallReply], peer_answer_id: int) -> bool:
        """Note what some replies were kept as.

        False when one of them was deleted meanwhile, or the question taken back.
        """
        with serialised(self._engine) as session:
            rows = [session.get_one(CallReplyRow, reply.id) for reply in replies]
            for row in rows:
                row.captured_id = peer_answer_id
                if row.state in _MAY_BE_CAPTURED:
                    row.state = ReplyState.CAPTURED
            calls = [session.get_one(CallRow, row.call_id).call() for row in rows]
            is_there = all(row.state == ReplyState.CAPTURED for row in rows)
            return is_there and not any(call.has_no_words for call in calls)

    def helped(self, reply_id: int, asker: str, entry: AuditEntry, now: datetime) -> bool:
        """Note that a reply helped the asker, and have who wrote it told; False if it is known.

        False too when it is not the asker's call.
        """
        with serialised(self._engine) as session:
            row = session.get(CallReplyRow, reply_id)
            call = session.get(CallRow, row.call_id) if row is not None else None
            if row is None or call is None or call.asker != asker or row.helped_at is not None:
                return False
            if row.state == ReplyState.REFUSED:
                return False
            row.helped_at, call.due_at = now, None
            add_post(session, CallPost(0, call.id, PostKind.HELPED, row.user_id, row.id, now))
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def deleted(self, channel: str, ts: str, now: datetime) -> CallReply | None:
        """Note that a reply was deleted in Slack; return it as it was, None when there is none.

        What was passed on of it is to be taken back. Told once more, as after a crash, it returns
        the reply again.
        """
        with serialised(self._engine) as session:
            row = session.scalar(_at(channel, ts))
            if row is None:
                return None
            before = row.reply()
            if before.state is ReplyState.DELETED:
                return before
            row.state = ReplyState.DELETED
            written = add_entry(session, _deleted(session, row, now))
            passed = select(CallPostRow).where(
                CallPostRow.reply_id == row.id, CallPostRow.kind == PostKind.REPLY
            )
            for post in session.scalars(passed):
                unsaid = CallPost(0, row.call_id, PostKind.UNSAID, post.recipient, row.id, now)
                add_post(session, unsaid)
        log_entry(written)
        return before

    def _change(
        self,
        reply_id: int,
        before: Collection[ReplyState],
        after: ReplyState,
        entry: AuditEntry,
        *,
        user: str | None = None,
    ) -> bool:
        with serialised(self._engine) as session:
            row = session.get(CallReplyRow, reply_id)
            if row is None or row.state not in before or user not in (None, row.user_id):
                return False
            row.state = after
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def _found(self, where: ColumnElement[bool]) -> Sequence[CallReply]:
        query = select(CallReplyRow).where(where).order_by(CallReplyRow.id)
        with transaction(self._engine) as session:
            return [row.reply() for row in session.scalars(query)]


def _at(channel: str, ts: str) -> Select[CallReplyRow]:
    return select(CallReplyRow).where(CallReplyRow.channel == channel, CallReplyRow.ts == ts)


def _consent_of(call_id: int, user: str) -> Select[int]:
    return select(CallPostRow.id).where(
        CallPostRow.call_id == call_id,
        CallPostRow.kind == PostKind.CONSENT,
        CallPostRow.recipient == user,
        or_(CallPostRow.done_at.is_(None), CallPostRow.ts.is_not(None)),
    )


def _deleted(session: Session, row: CallReplyRow, now: datetime) -> AuditEntry:
    call = session.get_one(CallRow, row.call_id)
    target, action = f"{NETWORK_PREFIX}{call.network}, call {call.id}", Action.CALL.value
    actor = Actor(row.user_id, "Slack")
    return AuditEntry(now, actor, action, target, "reply deleted", f"reply {row.id}")


def _pass_on_again(session: Session, row: CallReplyRow, now: datetime) -> None:
    passed = select(CallPostRow).where(
        CallPostRow.reply_id == row.id, CallPostRow.kind == PostKind.REPLY
    )
    for post in session.scalars(passed).all():
        again = CallPost(0, row.call_id, PostKind.CHANGED, post.recipient, row.id, now)
        add_again(session, again)


def _row(reply: CallReply, call_id: int) -> CallReplyRow:
    return CallReplyRow(
        call_id=call_id,
        channel=reply.channel,
        thread_ts=reply.thread_ts,
        ts=reply.ts,
        user_id=reply.user,
        heard_at=reply.heard_at,
        state=ReplyState.HEARD,
        due_at=reply.heard_at,
    )
