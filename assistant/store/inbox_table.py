"""A question on its way to an answer: its row, and the types in which others see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, Words


class InboxState(StrEnum):
    """Where a question is on its way to an answer."""

    RECEIVED = "received"
    ANSWERING = "answering"
    ANSWERED = "answered"
    FAILED = "failed"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


class Task(StrEnum):
    """What is to be done about a row: answer the question, or take the answer away."""

    ANSWER = "answer"
    WITHDRAW = "withdraw"


class Surface(StrEnum):
    """Where the answer goes: into the thread, or to the asker alone."""

    THREAD = "thread"
    ALONE = "alone"


UNFINISHED = (InboxState.RECEIVED, InboxState.ANSWERING)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that came with a question: Slack's id of it and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class IncomingQuestion:
    """A question as it arrived; `thread_ts` is the thread in which it is to be answered.

    `reply_url` is the address by which the asker alone is answered, where the surface says so.
    """

    event_id: str
    team: str
    channel: str
    channel_type: str
    ts: str
    thread_ts: str
    user: str
    text: str
    files: tuple[AttachedFile, ...] = ()
    surface: Surface = Surface.THREAD
    reply_url: str | None = None


@dataclass(frozen=True, slots=True)
class InboxQuestion:
    """A question that a worker has taken: `attempts` counts from 1, `lease` proves whose it is.

    `postponed` of the attempts ended because Slack was away, `unposted` of them, the first ones,
    surely before anything was posted; `revision` counts the edits of the
    question, of which the last was at `edited_ts`; `answer_ts` is the first message of ours about
    it, as far as it was noted.
    """

    id: int
    lease: str
    attempts: int
    received_at: datetime
    asked: IncomingQuestion
    task: Task = Task.ANSWER
    revision: int = 0
    postponed: int = 0
    answer_ts: str | None = None
    edited_ts: str | None = None
    unposted: int = 0

    @property
    def is_untold(self) -> bool:
        """Whether surely no message of ours about it is there: none has to be looked for."""
        is_first = self.attempts == self.unposted + 1
        return is_first and not self.revision and self.answer_ts is None


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A question as it stands, for who only looks; `answer_ts` is of a message in its thread."""

    id: int
    asked: IncomingQuestion
    state: InboxState
    outcome: str | None
    answer_ts: str | None
    received_at: datetime
    finished_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that nobody has taken yet and its place in the queue, from 1."""

    id: int
    asked: IncomingQuestion
    received_at: datetime
    place: int


class InboxRow(Base):
    """One question."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("team", "channel", "ts"),
        Index("ix_inbox_state", "state", "ts"),
        Index("ix_inbox_person", "team", "user_id", "taken_at"),
        Index("ix_inbox_thread", "team", "channel", "thread_ts", "state", "ts"),
        Index("ix_inbox_channel", "team", "channel", "finished_at"),
        Index("ix_inbox_answer", "team", "channel", "answer_ts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), unique=True)
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    channel_type: Mapped[str] = mapped_column(String(16))
    ts: Mapped[str] = mapped_column(String(32))
    thread_ts: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Words)
    files: Mapped[list[dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    surface: Mapped[str] = mapped_column(
        String(16), default=Surface.THREAD, server_default=Surface.THREAD.value
    )
    reply_url: Mapped[str | None] = mapped_column(Text)
    task: Mapped[str] = mapped_column(
        String(16), default=Task.ANSWER, server_default=Task.ANSWER.value
    )
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    edited_ts: Mapped[str | None] = mapped_column(String(32))
    postponed: Mapped[int] = mapped_column(default=0, server_default="0")
    unposted: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(String(16), default=InboxState.RECEIVED)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(64))
    answer_ts: Mapped[str | None] = mapped_column(String(32))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def asked(self) -> IncomingQuestion:
        """Return what was asked."""
        return IncomingQuestion(
            event_id=self.event_id,
            team=self.team,
            channel=self.channel,
            channel_type=self.channel_type,
            ts=self.ts,
            thread_ts=self.thread_ts,
            user=self.user_id,
            text=self.text,
            files=tuple(AttachedFile(f["id"], f["name"]) for f in self.files or ()),
            surface=Surface(self.surface),
            reply_url=self.reply_url,
        )

    def question(self) -> InboxQuestion:
        """Return the row as the type that workers know."""
        return InboxQuestion(
            self.id,
            self.lease or "",
            self.attempts,
            self.received_at,
            self.asked(),
            Task(self.task),
            self.revision,
            self.postponed,
            self.answer_ts,
            self.edited_ts,
            self.unposted,
        )

    def entry(self) -> InboxEntry:
        """Return the row as the type that lookers-on know."""
        return InboxEntry(
            self.id,
            self.asked(),
            InboxState(self.state),
            self.outcome,
            # What was told aside is noted in words, for the worker alone.
            self.answer_ts if (self.answer_ts or "")[:1].isdigit() else None,
            self.received_at,
            self.finished_at,
            self.revision,
        )
