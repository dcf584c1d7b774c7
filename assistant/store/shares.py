"""Which answers were shown to others on purpose, by whom, where and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Engine, Select, String, UniqueConstraint, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.store.database import Base, UtcDateTime, transaction

NOWHERE = ""


class Way(StrEnum):
    """How an answer came to others: shown in a channel, asked anew there, or saved for all."""

    CHANNEL = "channel"
    ANEW = "anew"
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Share:
    """An answer that is shared, or about to be: `message_ts` is None until the message is there.

    `channel` is empty where the answer was shown in none.
    """

    id: int
    inbox_id: int
    team: str
    channel: str
    way: Way
    shared_by: str
    shared_at: datetime
    message_ts: str | None = None


class ShareRow(Base):
    """One answer in one place."""

    __tablename__ = "shared_answers"
    __table_args__ = (UniqueConstraint("inbox_id", "way", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int]
    team: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(32))
    message_ts: Mapped[str | None] = mapped_column(String(32))
    way: Mapped[str] = mapped_column(String(16))
    shared_by: Mapped[str] = mapped_column(String(32))
    shared_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def share(self) -> Share:
        """Return the row as the type that others know."""
        return Share(
            self.id,
            self.inbox_id,
            self.team,
            self.channel,
            Way(self.way),
            self.shared_by,
            self.shared_at,
            self.message_ts,
        )


class Shares:
    """Remembers what was shared, so that nothing is shared twice in one place."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self, inbox_id: int, team: str, user: str, way: Way, channel: str = NOWHERE
    ) -> tuple[Share, bool]:
        """Return the answer's share in a place, and whether it is the caller's: new, just now."""
        row = ShareRow(
            inbox_id=inbox_id,
            team=team,
            channel=channel,
            way=way,
            shared_by=user,
            shared_at=datetime.now(UTC),
        )
        try:
            with transaction(self._engine) as session:
                session.add(row)
        except IntegrityError:
            there = self.find(inbox_id, way, channel)
            if there is None:
                raise
            return there, False
        return row.share(), True

    def note(self, share: Share, message_ts: str) -> bool:
        """Note the message that shows it; False when the share was forgotten meanwhile."""
        noted = (
            update(ShareRow)
            .where(ShareRow.id == share.id)
            .values(message_ts=message_ts)
            .returning(ShareRow.id)
        )
        with transaction(self._engine) as session:
            return session.scalar(noted) is not None

    def drop(self, share: Share) -> None:
        """Forget a share that came to nothing."""
        with transaction(self._engine) as session:
            session.execute(delete(ShareRow).where(ShareRow.id == share.id))

    def take_back(self, share: Share) -> None:
        """Forget a share, and with one that was shown in a channel what was saved from there."""
        with transaction(self._engine) as session:
            session.execute(delete(ShareRow).where(ShareRow.id == share.id))
            if share.way is Way.CHANNEL:
                unsave(session, share.inbox_id)

    def of_person(self, team: str, user: str, most: int) -> Sequence[Share]:
        """Return what somebody shared last, at most `most`, the newest first."""
        own = select(ShareRow).where(ShareRow.team == team, ShareRow.shared_by == user)
        with transaction(self._engine) as session:
            newest = session.scalars(own.order_by(ShareRow.id.desc()).limit(most))
            return [row.share() for row in newest]

    def find(self, inbox_id: int, way: Way, channel: str = NOWHERE) -> Share | None:
        """Return the answer's share in a place, None where there is none."""
        wanted = select(ShareRow).where(
            ShareRow.inbox_id == inbox_id, ShareRow.way == way, ShareRow.channel == channel
        )
        return self._one(wanted)

    def by_id(self, number: int) -> Share | None:
        """Return a share, None where it is none or was taken back."""
        return self._one(select(ShareRow).where(ShareRow.id == number))

    def of_message(self, team: str, channel: str, ts: str) -> Share | None:
        """Return the answer that a message of ours shows to everyone, if it is its first."""
        return self._one(shown_by(team, channel, ts).order_by(ShareRow.id.desc()).limit(1))

    def latest(self, team: str, most: int, ways: Sequence[Way] = tuple(Way)) -> Sequence[Share]:
        """Return what was shared last in a workspace, at most `most`, the newest first."""
        newest = (
            select(ShareRow)
            .where(ShareRow.team == team, ShareRow.way.in_(ways))
            .order_by(ShareRow.id.desc())
            .limit(most)
        )
        with transaction(self._engine) as session:
            return [row.share() for row in session.scalars(newest)]

    def _one(self, query: Select[ShareRow]) -> Share | None:
        with transaction(self._engine) as session:
            row = session.scalar(query)
            return row.share() if row is not None else None


def shown_by(team: str, channel: str, ts: str) -> Select[ShareRow]:
    """Return the query for the share that a message of ours shows to everyone."""
    return select(ShareRow).where(
        ShareRow.team == team,
        ShareRow.channel == channel,
        ShareRow.message_ts == ts,
        ShareRow.way == Way.CHANNEL,
    )


def asked_anew_of(session: Session, inbox_id: int) -> Sequence[str]:
    """Return the posts under which a question was asked anew, by their times."""
    anew = select(ShareRow.message_ts).where(
        ShareRow.inbox_id == inbox_id, ShareRow.way == Way.ANEW, ShareRow.message_ts.is_not(None)
    )
    return [str(ts) for ts in session.scalars(anew)]


def unsave(session: Session, inbox_id: int) -> None:
    """Take an answer, in an open transaction, from those that were saved for others."""
    saved = delete(ShareRow).where(ShareRow.inbox_id == inbox_id, ShareRow.way == Way.SAVED)
    session.execute(saved)
