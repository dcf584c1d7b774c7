"""What stewards' work on peer answers leaves behind: set aside, asked to open, told to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Engine, String, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.networks import PeerAnswer
from assistant.domain.releases import AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import Base, UtcDateTime, serialised, transaction
from assistant.store.networks.peer_answers_table import PeerAnswerRow
from assistant.store.networks.peer_withdrawing import stands
from assistant.store.networks.verified_answers import VerifiedAnswerRow

LEASE = timedelta(minutes=2)


class OpeningState(StrEnum):
    """Where the wish to let more people read a verified answer is."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    TAKEN_BACK = "taken back"
    UNREACHABLE = "author not reached"


@dataclass(frozen=True, slots=True)
class Opening:
    """A steward's wish that `audience` may read a verified answer, which its author is asked."""

    verified_id: int
    audience: str
    asked_by: str
    asked_at: datetime
    state: OpeningState = OpeningState.ASKED

    @property
    def stamp(self) -> str:
        """When it was wished for, as a word that tells it from other wishes for the answer."""
        return f"{self.asked_at:%Y%m%dT%H%M%S.%f}"


class SetAsideRow(Base):
    """One shared or captured answer that a steward does not want to be reused."""

    __tablename__ = "peer_answers_set_aside"

    answer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    by: Mapped[str] = mapped_column("by_user", String(32))
    at: Mapped[datetime] = mapped_column("set_aside_at", UtcDateTime)


_SET_ASIDE = select(SetAsideRow.answer_id)


class OpeningRow(Base):
    """The latest wish to open a verified answer."""

    __tablename__ = "verified_openings"

    verified_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(32))

    def opening(self) -> Opening:
        """Return the row as the type that others know."""
        state = OpeningState(self.state)
        return Opening(self.verified_id, self.audience, self.asked_by, self.asked_at, state)


class NewsRow(Base):
    """One piece of news about a verified answer: being told until `taken_until`, or told."""

    __tablename__ = "verified_news"

    verified_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    taken_until: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VerifyingNotes:
    """Keeps what is known of answers on the way to being verified, opened and told of."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set_aside(self, answer_id: int, entry: AuditEntry) -> bool:
        """Note that a peer answer is not for reuse; False when it was noted before."""
        with serialised(self._engine) as session:
            if session.get(SetAsideRow, answer_id) is not None:
                return False
            session.add(SetAsideRow(answer_id=answer_id, by=entry.actor.id, at=entry.at))
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def take_up(self, answer_id: int, entry: AuditEntry) -> bool:
        """Note that a peer answer may be reused after all; False when it was not set aside."""
        with serialised(self._engine) as session:
            row = session.get(SetAsideRow, answer_id)
            if row is None:
                return False
            session.delete(row)
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def waiting(self, network_id: str, most: int = 200) -> Sequence[PeerAnswer]:
        """Return a network's answers that no steward has looked at yet, the newest first."""
        return self._unverified(network_id, most, PeerAnswerRow.id.not_in(_SET_ASIDE))

    def set_asides(self, network_id: str, most: int = 200) -> Sequence[PeerAnswer]:
        """Return a network's answers that stewards marked as not for reuse, the newest first."""
        return self._unverified(network_id, most, PeerAnswerRow.id.in_(_SET_ASIDE))

    def _unverified(
        self, network_id: str, most: int, where: ColumnElement[bool]
    ) -> Sequence[PeerAnswer]:
        standing = and_(PeerAnswerRow.network == network_id, stands(), where)
        rows = select(PeerAnswerRow).where(standing, PeerAnswerRow.verified_id.is_(None))
        with transaction(self._engine) as session:
            newest = rows.order_by(PeerAnswerRow.id.desc()).limit(most)
            return [row.peer_answer() for row in session.scalars(newest)]

    def ask_to_open(self, opening: Opening, entry: AuditEntry) -> bool:
        """Keep a wish in the place of the one before; False when the same is asked already."""
        with serialised(self._engine) as session:
            row = session.get(OpeningRow, opening.verified_id)
            if row is None:
                row = OpeningRow(verified_id=opening.verified_id)
                session.add(row)
            elif row.state == OpeningState.ASKED and row.audience == opening.audience:
                return False
            row.audience, row.asked_by = opening.audience, opening.asked_by
            row.asked_at, row.state = opening.asked_at, opening.state.value
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def opening(self, verified_id: int) -> Opening | None:
        """Return the latest wish to open a verified answer, whatever came of it."""
        with transaction(self._engine) as session:
            row = session.get(OpeningRow, verified_id)
            return row.opening() if row is not None else None

    def openings(self) -> Sequence[Opening]:
        """Return the latest wish of every answer that somebody wished to open."""
        rows = select(OpeningRow).order_by(OpeningRow.verified_id)
        with transaction(self._engine) as session:
            return [row.opening() for row in session.scalars(rows)]

    def end_opening(self, opening: Opening, state: OpeningState, entry: AuditEntry) -> bool:
        """Note what came of a wish; False when it is none any more that waits for its author."""
        with serialised(self._engine) as session:
            row = session.get(OpeningRow, opening.verified_id)
            if row is None or row.opening() != opening or opening.state is not OpeningState.ASKED:
                return False
            row.state = state.value
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def agree(self, opening: Opening, entry: AuditEntry) -> bool:
        """Let those read an answer who were wished to, its author having agreed.

        False, and nothing changes, when the wish does not wait any more or the answer was retired.
        """
        with serialised(self._engine) as session:
            row = session.get(OpeningRow, opening.verified_id)
            answer = session.get(VerifiedAnswerRow, opening.verified_id)
            is_asked = row is not None and row.opening() == opening
            if row is None or not is_asked or opening.state is not OpeningState.ASKED:
                return False
            if answer is None or answer.retired_at is not None:
                return False
            row.state = OpeningState.AGREED.value
            answer.audience = opening.audience
            answer.change = (session.scalar(select(func.max(VerifiedAnswerRow.change))) or 0) + 1
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def told(self) -> frozenset[tuple[int, str]]:
        """Return the news that were told, by the verified answer and their kind."""
        rows = select(NewsRow.verified_id, NewsRow.kind).where(NewsRow.told_at.is_not(None))
        with transaction(self._engine) as session:
            return frozenset((row.verified_id, row.kind) for row in session.execute(rows))

    def take_news(self, verified_id: int, kind: str) -> bool:
        """Take it upon oneself to tell something; False when it was told or somebody is at it."""
        now = datetime.now(UTC)
        with serialised(self._engine) as session:
            row = session.get(NewsRow, (verified_id, kind))
            if row is None:
                row = NewsRow(verified_id=verified_id, kind=kind)
                session.add(row)
            elif row.told_at is not None or row.taken_until > now:
                return False
            row.taken_until = now + LEASE
        return True

    def note_told(self, verified_id: int, kind: str) -> None:
        """Note that something was told, or that there is nobody to tell it."""
        self._keep_news(verified_id, kind, timedelta(), datetime.now(UTC))

    def put_off(self, verified_id: int, kind: str, pause: timedelta) -> None:
        """Have what could not be told tried again after a pause."""
        self._keep_news(verified_id, kind, pause, None)

    def _keep_news(
        self, verified_id: int, kind: str, pause: timedelta, told_at: datetime | None
    ) -> None:
        with serialised(self._engine) as session:
            row = session.get(NewsRow, (verified_id, kind))
            if row is not None and row.told_at is None:
                row.taken_until, row.told_at = datetime.now(UTC) + pause, told_at
