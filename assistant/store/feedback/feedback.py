"""What people say of answers: a row an answer and person, from the press to what came of it.

A row is open until somebody deals with it. Each change of what it says raises its version, so
that whoever was told of it is shown the new version once; a lease keeps two from doing so.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, Select, Text, and_, cast, func, select
from sqlalchemy.orm import Session

from assistant.store.database import serialised, transaction
from assistant.store.feedback.rating import changed, kept, meant, rate, reopen
from assistant.store.feedback.table import (
    Feedback,
    FeedbackCounts,
    FeedbackRow,
    FeedbackState,
    Notice,
    Press,
    Rating,
    Reason,
    Way,
)
from assistant.store.feedback.turns import MOST_AN_HOUR, held, is_due, place
from assistant.store.inbox import InboxRow

LEASE = timedelta(seconds=60)
LONGEST_WORDS = 1000


class Feedbacks:
    """Writes down what people say, who deals with it and who was told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rate(self, press: Press) -> Feedback:
        """Write a rating down in place of the person's earlier one, and return what holds now."""
        with serialised(self._engine) as session:
            row = _row_of(session, press)
            rate(row, press)
            session.flush()
            return row.feedback(*_question(session, row.inbox_id))

    def react(self, press: Press, reaction: str, at: str, *, added: bool) -> Feedback | None:
        """Write down that the asker put a reaction on an answer or took it off.

        `press.rating` is what the reaction means, `at` the moment as Slack orders events. Returns
        what holds now, or None where the reaction changes nothing, as when it is delivered twice.
        """
        with serialised(self._engine) as session:
            row = _row_of(session, press)
            if float(at) <= float(row.reacted_at or 0):
                return None
            others = [each for each in row.reactions if each != kept(reaction, press.rating)]
            row.reactions = [*others, kept(reaction, press.rating)] if added else others
            row.reacted_at = at
            if not added and row.way != Way.REACTION:
                return None
            before = row.rating, row.revision
            rate(row, press, meant(row.reactions))
            session.flush()
            if (row.rating, row.revision) == before:
                return None
            return row.feedback(*_question(session, row.inbox_id))

    def explain(
        self, inbox_id: int, user: str, reason: Reason | None, words: str
    ) -> Feedback | None:
        """Add why the answer did not help; None when the person has not rated it."""
        with serialised(self._engine) as session:
            row = session.scalar(_of_person(inbox_id, user))
            if row is None:
                return None
            row.rating = Rating.NOT_HELPFUL
            row.reason = reason.value if reason is not None else row.reason
            question, revision = _question(session, row.inbox_id)
            # What is written while the question is being deleted goes with it.
            row.words = "" if question == "" else words[:LONGEST_WORDS] or row.words
            reopen(row)
            changed(row, datetime.now(UTC))
            return row.feedback(question, revision)

    def deal_with(self, feedback_id: int, by: str, remark: str) -> bool:
        """Note who dealt with it; False when somebody had already, or nothing is to be done."""
        with serialised(self._engine) as session:
            row = session.get(FeedbackRow, feedback_id)
            if row is None or row.state != FeedbackState.OPEN:
                return False
            now = datetime.now(UTC)
            row.state, row.dealt_with_by, row.dealt_with_at = FeedbackState.DEALT_WITH, by, now
            row.remark = remark[:LONGEST_WORDS]
            changed(row, now)
        return True

    def by_id(self, feedback_id: int) -> Feedback | None:
        """Return one by its number."""
        return next(iter(self._found(FeedbackRow.id == feedback_id, 1)), None)

    def of_person(self, inbox_id: int, user: str) -> Feedback | None:
        """Return what a person said of the answer to a question."""
        same = and_(FeedbackRow.inbox_id == inbox_id, FeedbackRow.user_id == user)
        return next(iter(self._found(same, 1)), None)

    def told_by(self, channel: str, ts: str) -> Feedback | None:
        """Return what a message of ours tells of; None unless it is a notice of feedback."""
        named = cast(FeedbackRow.notices, Text).contains(ts, autoescape=True)
        found = self._found(named, MOST_AN_HOUR)
        return next(
            (f for f in found if (channel, ts) in {(n.channel, n.ts) for n in f.notices}), None
        )

    def open(self, most: int) -> Sequence[Feedback]:
        """Return what nobody has dealt with, at most `most`, the latest first."""
        return self._found(FeedbackRow.state == FeedbackState.OPEN, most)

    def counted_in(self, feedback_id: int) -> int:
        """Return how many are counted in one's notice, itself among them."""
        query = select(func.count()).where(FeedbackRow.counted_in == feedback_id)
        with transaction(self._engine) as session:
            return session.scalar(query) or 0

    def counts(self) -> FeedbackCounts:
        """Return how many rated answers how, and how many are open."""
        with transaction(self._engine) as session:
            by_rating = select(FeedbackRow.rating, func.count()).group_by(FeedbackRow.rating)
            ratings: Mapping[str, int] = dict(session.execute(by_rating).all())
            is_open = FeedbackRow.state == FeedbackState.OPEN
            waiting = session.scalar(select(func.count()).where(is_open)) or 0
        return FeedbackCounts(
            ratings.get(Rating.HELPFUL, 0), ratings.get(Rating.NOT_HELPFUL, 0), waiting
        )

    def take(self) -> Feedback | None:
        """Lease what somebody must be shown or told of now, the longest due first."""
        first = select(FeedbackRow).where(is_due()).order_by(FeedbackRow.due_at, FeedbackRow.id)
        with transaction(self._engine) as session:
            if session.scalar(first.limit(1)) is None:
                return None
        with serialised(self._engine) as session:
            row = session.scalar(first.limit(1))
            if row is None:
                return None
            row.lease, row.leased_until = uuid.uuid4().hex, datetime.now(UTC) + LEASE
            row.attempts += 1
            place(session, row)
            session.flush()
            return row.feedback(*_question(session, row.inbox_id))

    def note(self, feedback: Feedback, notice: Notice) -> bool:
        """Note a message that tells of it; False when it is no longer the caller's turn."""
        with serialised(self._engine) as session:
            row = held(session, feedback)
            if row is None:
                return False
            known = {"user": notice.user, "channel": notice.channel, "ts": notice.ts}
            row.notices = [*row.notices, known]
        return True

    def shown(self, feedback: Feedback) -> bool:
        """Note that every notice shows what `feedback` says; its turn ends if nobody is to be told.

        Whoever deals with it meanwhile leaves a further turn to be taken.
        """
        with serialised(self._engine) as session:
            row = held(session, feedback)
            if row is None:
                return False
            row.shown_version = feedback.version
            if feedback.state is not FeedbackState.DEALT_WITH:
                row.lease, row.leased_until, row.attempts = None, None, 0
        return True

    def told(self, feedback: Feedback, state: FeedbackState) -> bool:
        """Note that the person was told what came of it, or cannot be."""
        with serialised(self._engine) as session:
            row = held(session, feedback)
            if row is None:
                return False
            row.state, row.lease, row.leased_until, row.attempts = state, None, None, 0
        return True

    def put_off(self, feedback: Feedback, seconds: float) -> None:
        """End a turn without success, to be taken again after `seconds`."""
        with serialised(self._engine) as session:
            row = held(session, feedback)
            if row is not None:
                row.lease = row.leased_until = None
                row.due_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def wait(self, feedback: Feedback, seconds: float) -> None:
        """End a turn in which nobody could be told; after `seconds` it is as if never tried."""
        with serialised(self._engine) as session:
            row = held(session, feedback)
            if row is not None:
                row.lease, row.leased_until, row.attempts = None, None, 0
                row.due_at = datetime.now(UTC) + timedelta(seconds=seconds)
                # Who was told of nothing is not flooded with it.
                row.shown_at = row.shown_at if row.counted_in is not None else None

    def _found(self, where: ColumnElement[bool], most: int) -> Sequence[Feedback]:
        query = (
            select(FeedbackRow, InboxRow.text, InboxRow.revision)
            .outerjoin(InboxRow, InboxRow.id == FeedbackRow.inbox_id)
            .where(where)
            .order_by(FeedbackRow.id.desc())
            .limit(most)
        )
        with transaction(self._engine) as session:
            found = session.execute(query)
            return [row.feedback(text, revision) for row, text, revision in found]


def _of_person(inbox_id: int, user: str) -> Select[FeedbackRow]:
    return select(FeedbackRow).where(FeedbackRow.inbox_id == inbox_id, FeedbackRow.user_id == user)


def _row_of(session: Session, press: Press) -> FeedbackRow:
    """Return the row of an answer and a person, a new one where there is none."""
    row = session.scalar(_of_person(press.inbox_id, press.user))
    if row is None:
        row = FeedbackRow(
            inbox_id=press.inbox_id,
            team=press.team,
            channel=press.channel,
            user_id=press.user,
            rating=Rating.TAKEN_BACK,
            way=press.way,
            words="",
            remark="",
            documents=[],
            revision=press.revision,
            given_at=datetime.now(UTC),
            due_at=datetime.now(UTC),
            state=FeedbackState.NOTED,
            reactions=[],
            reacted_at="",
            notices=[],
            version=0,
            shown_version=0,
            attempts=0,
        )
        session.add(row)
    return row


def _question(session: Session, inbox_id: int) -> tuple[str | None, int | None]:
    """Return a question's words as they stand, and how often they were edited."""
    asked = select(InboxRow.text, InboxRow.revision).where(InboxRow.id == inbox_id)
    found = session.execute(asked).first()
    return (found.text, found.revision) if found is not None else (None, None)
