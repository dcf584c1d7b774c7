"""The table of what people say of answers, and its rows as types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, Words


class Rating(StrEnum):
    """What somebody thinks of an answer; they may take it back."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    TAKEN_BACK = "taken_back"


class Way(StrEnum):
    """How they said so."""

    BUTTON = "button"
    REACTION = "reaction"
    SHORTCUT = "shortcut"


class Reason(StrEnum):
    """Why an answer did not help."""

    OUTDATED = "outdated"
    WRONG_SOURCE = "wrong_source"
    INCOMPLETE = "incomplete"
    NOT_MY_AREA = "not_my_area"
    HARD_TO_READ = "hard_to_read"
    OTHER = "other"


class FeedbackState(StrEnum):
    """What is to be done about it; who gave it is told between dealt with and told."""

    NOTED = "noted"
    OPEN = "open"
    DEALT_WITH = "dealt_with"
    TOLD = "told"
    NOT_TOLD = "not_told"


@dataclass(frozen=True, slots=True)
class Press:
    """What somebody says of an answer, and what the answer rests on.

    `revision` counts the edits of the question before the answer.
    """

    inbox_id: int
    team: str
    channel: str
    user: str
    rating: Rating
    way: Way
    reason: Reason | None = None
    documents: tuple[str, ...] = ()
    snapshot: str | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that tells somebody of it; `user` is None in the channel for feedback."""

    user: str | None
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's word on one answer, as it stands.

    `question` is empty where it was deleted. `counted_in` is the feedback whose notice counts it
    among others, itself where that is its own. `lease` proves whose turn it is, `attempts` counts
    the turns since anything was last achieved. Where `is_edited`, the question was edited since,
    and what is kept of it is about the new words.
    """

    id: int
    inbox_id: int
    team: str
    channel: str
    user: str
    rating: Rating
    way: Way
    reason: Reason | None
    words: str
    documents: tuple[str, ...]
    snapshot: str | None
    given_at: datetime
    state: FeedbackState
    dealt_with_by: str | None
    dealt_with_at: datetime | None
    remark: str
    question: str
    notices: tuple[Notice, ...]
    counted_in: int | None
    version: int
    shown_version: int
    lease: str
    attempts: int
    is_edited: bool = False

    @property
    def is_counted_elsewhere(self) -> bool:
        """Whether another one's notice stands for it."""
        return self.counted_in not in (None, self.id)


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """How many said what, and how many still wait for somebody to deal with them."""

    helpful: int
    not_helpful: int
    open: int


class FeedbackRow(Base):
    """One person's word on one answer."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("inbox_id", "user_id"),
        Index("ix_feedback_state", "state", "id"),
        Index("ix_feedback_person", "team", "user_id", "shown_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int]
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    rating: Mapped[str] = mapped_column(String(16))
    way: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Words, default="")
    documents: Mapped[list[str]] = mapped_column(JSON)
    snapshot: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16), default=FeedbackState.NOTED)
    dealt_with_by: Mapped[str | None] = mapped_column(String(32))
    dealt_with_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(Words, default="")
    reactions: Mapped[list[str]] = mapped_column(JSON, default=list)
    reacted_at: Mapped[str] = mapped_column(String(32), default="")
    version: Mapped[int] = mapped_column(default=0)
    shown_version: Mapped[int] = mapped_column(default=0)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_in: Mapped[int | None]
    notices: Mapped[list[dict[str, str | None]]] = mapped_column(JSON, default=list)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)

    def feedback(self, question: str | None, revision: int | None) -> Feedback:
        """Return the row as the type that others know; the question is as it stands now."""
        return Feedback(
            self.id,
            self.inbox_id,
            self.team,
            self.channel,
            self.user_id,
            Rating(self.rating),
            Way(self.way),
            Reason(self.reason) if self.reason else None,
            self.words,
            tuple(self.documents),
            self.snapshot,
            self.given_at,
            FeedbackState(self.state),
            self.dealt_with_by,
            self.dealt_with_at,
            self.remark,
            question or "",
            tuple(Notice(n["user"], str(n["channel"]), str(n["ts"])) for n in self.notices),
            self.counted_in,
            self.version,
            self.shown_version,
            self.lease or "",
            self.attempts,
            bool(question) and revision != self.revision,
        )
