"""The tables of questions that were put to networks, and their rows as types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.database import Base, UtcDateTime, Words


class Stage(StrEnum):
    """Whom a call has gone to: nobody yet, those whose topics fit, everybody; or back."""

    NEW = "new"
    FIRST = "first"
    WIDER = "wider"
    BACK = "back"


class PostKind(StrEnum):
    """What a message of a call is: the call itself, or what its asker or a replier is told."""

    FIRST = "first"
    WIDER = "wider"
    ASKED = "asked"
    AT_ONCE = "at once"
    BACK = "back"
    REPLY = "reply"
    UNSAID = "unsaid"
    CHANGED = "changed"
    ENDED = "ended"
    CONSENT = "consent"
    FILE = "file"
    HELPED = "helped"
    VERIFIED = "verified"

    @property
    def is_call(self) -> bool:
        """Whether it is the call itself, which is replied to in its thread."""
        return self in (PostKind.FIRST, PostKind.WIDER)


# What stands in the place of a question whose words are gone: none where who asked took it back.
WORDS_WITHDRAWN = "This question was removed because it quotes a document that was deleted."
TAKEN_BACK = ""


class ReplyState(StrEnum):
    """What is known of a reply: heard of, taken as a member's or not, and kept or not."""

    HEARD = "heard"
    TAKEN = "taken"
    REFUSED = "refused"
    DECLINED = "declined"
    CAPTURED = "captured"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Call:
    """A question that was put to a network, edited by who asks it.

    `name` is None where the asker is not to be named; `asker` is then told to nobody. `asked_in` is
    the channel in which they asked for it. `form` names the form that it came from, so that no form
    is taken twice. `wait_hours` is how long a stage
    lasts; `due_at` when the next begins, None when none does. `is_at_once` says that it went to
    everybody without a first stage. `lease` proves whose turn it is, `attempts` counts the turns of
    this stage. `inbox_id` is the question to the assistant that it was made of, None where that is
    not known.
    """

    id: int
    team: str
    network: str
    asker: str
    question: str
    name: str | None
    organisation: str
    asked_in: str
    form: str
    asked_at: datetime
    stage: Stage = Stage.NEW
    due_at: datetime | None = None
    wait_hours: int = 48
    is_at_once: bool = False
    closed_at: datetime | None = None
    lease: str = ""
    attempts: int = 0
    inbox_id: int | None = None

    @property
    def has_no_words(self) -> bool:
        """Whether the question was taken back, by who asked or for them."""
        return self.question in (TAKEN_BACK, WORDS_WITHDRAWN)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is told who asks."""
        return self.name is None


@dataclass(frozen=True, slots=True)
class CallPost:
    """A message that is to be posted once; `done_at` is set when it is, or when it cannot be.

    `recipient` is a user, or a channel where everybody is asked. `reply_id` is the reply that it is
    about, 0 where it is about none. `channel` and `ts` are where it stands. `code` is why it cannot
    be posted.
    """

    id: int
    call_id: int
    kind: PostKind
    recipient: str
    reply_id: int
    made_at: datetime
    channel: str | None = None
    ts: str | None = None
    done_at: datetime | None = None
    code: str | None = None
    lease: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class CallReply:
    """Where a reply to a call stands and who wrote it; never its words."""

    id: int
    call_id: int
    channel: str
    thread_ts: str
    ts: str
    user: str
    heard_at: datetime
    state: ReplyState = ReplyState.HEARD
    captured_id: int | None = None
    helped_at: datetime | None = None


class CallRow(Base):
    """One question to a network."""

    __tablename__ = "calls"
    __table_args__ = (UniqueConstraint("team", "form"), Index("ix_calls_due", "due_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(String(32))
    network: Mapped[str] = mapped_column(String(64))
    asker: Mapped[str] = mapped_column(String(32))
    question: Mapped[str] = mapped_column(Words)
    name: Mapped[str | None] = mapped_column(Words)
    organisation: Mapped[str] = mapped_column(Words)
    asked_in: Mapped[str] = mapped_column(String(32))
    form: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wait_hours: Mapped[int]
    is_at_once: Mapped[bool]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    inbox_id: Mapped[int | None] = mapped_column(index=True)

    def call(self) -> Call:
        """Return the row as the type that others know."""
        return Call(
            id=self.id,
            team=self.team,
            network=self.network,
            asker=self.asker,
            question=self.question,
            name=self.name,
            organisation=self.organisation,
            asked_in=self.asked_in,
            form=self.form,
            asked_at=self.asked_at,
            stage=Stage(self.stage),
            due_at=self.due_at,
            wait_hours=self.wait_hours,
            is_at_once=self.is_at_once,
            closed_at=self.closed_at,
            lease=self.lease or "",
            attempts=self.attempts,
            inbox_id=self.inbox_id,
        )


class CallPostRow(Base):
    """One message of a call."""

    __tablename__ = "call_posts"
    __table_args__ = (
        UniqueConstraint("call_id", "kind", "recipient", "reply_id"),
        Index("ix_call_posts_due", "done_at", "due_at"),
        Index("ix_call_posts_place", "channel", "ts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(32))
    reply_id: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    channel: Mapped[str | None] = mapped_column(String(32))
    ts: Mapped[str | None] = mapped_column(String(32))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code: Mapped[str | None] = mapped_column(String(64))
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int]

    def post(self) -> CallPost:
        """Return the row as the type that others know."""
        return CallPost(
            id=self.id,
            call_id=self.call_id,
            kind=PostKind(self.kind),
            recipient=self.recipient,
            reply_id=self.reply_id,
            made_at=self.made_at,
            channel=self.channel,
            ts=self.ts,
            done_at=self.done_at,
            code=self.code,
            lease=self.lease or "",
            attempts=self.attempts,
        )


class CallReplyRow(Base):
    """One reply: where it stands, who wrote it, and what came of it."""

    __tablename__ = "call_replies"
    __table_args__ = (
        UniqueConstraint("channel", "ts"),
        Index("ix_call_replies_call", "call_id", "state"),
        Index("ix_call_replies_captured", "captured_id"),
        Index("ix_call_replies_state", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(32))
    thread_ts: Mapped[str] = mapped_column(String(32))
    ts: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str] = mapped_column(String(32))
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    captured_id: Mapped[int | None]
    helped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def reply(self) -> CallReply:
        """Return the row as the type that others know."""
        return CallReply(
            id=self.id,
            call_id=self.call_id,
            channel=self.channel,
            thread_ts=self.thread_ts,
            ts=self.ts,
            user=self.user_id,
            heard_at=self.heard_at,
            state=ReplyState(self.state),
            captured_id=self.captured_id,
            helped_at=self.helped_at,
        )
