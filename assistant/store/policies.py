"""What administrators decided for a channel: who may ask, where answers go, what they may use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, Engine, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.domain.networks import NETWORK_PREFIX
from assistant.domain.releases import AuditEntry
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import Base, UtcDateTime, Words, serialised, transaction


class Askers(StrEnum):
    """Who may ask in a channel."""

    EVERYONE = "everyone"
    ADMINISTRATORS = "administrators"
    NAMED = "named"


class AnswersTo(StrEnum):
    """Where answers go in a channel: into the thread, or to the asker alone."""

    THREAD = "thread"
    ASKER = "asker"


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """What holds in one channel; without further words, what holds where nothing was decided.

    `named` are Slack's ids of people and user groups. `audiences` are all that an answer there may
    ever use. `opened_for` names whom a channel that is shared with others was opened for,
    `opened_until` is the last day (UTC) on which it is, `opened_teams` their workspaces' ids.
    """

    team: str
    channel: str
    askers: Askers = Askers.EVERYONE
    named: tuple[str, ...] = ()
    answers_to: AnswersTo = AnswersTo.THREAD
    audiences: tuple[str, ...] = (PUBLIC, INTERNAL)
    opened_for: str | None = None
    opened_until: date | None = None
    opened_teams: tuple[str, ...] = ()
    set_by: str = ""
    set_at: datetime | None = None

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that belong to the channel."""
        return networks_in(self.audiences)

    def is_open(self, today: date) -> bool:
        """Whether the channel, if it is shared with others, is open to them on that day."""
        return self.opened_until is not None and today <= self.opened_until


def networks_in(audiences: Iterable[str]) -> tuple[str, ...]:
    """Return those of some audiences that are networks."""
    return tuple(each for each in audiences if each.startswith(NETWORK_PREFIX))


class PolicyRow(Base):
    """The policy of one channel."""

    __tablename__ = "channel_policies"

    team: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    askers: Mapped[str] = mapped_column(String(16))
    named: Mapped[list[str]] = mapped_column(JSON)
    answers_to: Mapped[str] = mapped_column(String(16))
    audiences: Mapped[list[str]] = mapped_column(JSON)
    opened_for: Mapped[str | None] = mapped_column(Words)
    opened_until: Mapped[date | None] = mapped_column(Date)
    opened_teams: Mapped[list[str]] = mapped_column(JSON)
    set_by: Mapped[str] = mapped_column(String(32))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def policy(self) -> ChannelPolicy:
        """Return the row as the type that others know."""
        return ChannelPolicy(
            team=self.team,
            channel=self.channel,
            askers=Askers(self.askers),
            named=tuple(self.named),
            answers_to=AnswersTo(self.answers_to),
            audiences=tuple(self.audiences),
            opened_for=self.opened_for,
            opened_until=self.opened_until,
            opened_teams=tuple(self.opened_teams),
            set_by=self.set_by,
            set_at=self.set_at,
        )


class Policies:
    """Keeps the policy of each channel, by the ids of its workspace and its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, team: str, channel: str) -> ChannelPolicy:
        """Return what holds in a channel, decided or not."""
        with transaction(self._engine) as session:
            row = session.get(PolicyRow, (team, channel))
            return row.policy() if row is not None else ChannelPolicy(team, channel)

    def all(self, team: str) -> Sequence[ChannelPolicy]:
        """Return every policy that was set in a workspace, in the order of the channels' ids."""
        rows = select(PolicyRow).where(PolicyRow.team == team).order_by(PolicyRow.channel)
        with transaction(self._engine) as session:
            return [row.policy() for row in session.scalars(rows)]

    def set(self, policy: ChannelPolicy, entry: AuditEntry, seen: datetime | None) -> bool:
        """Put a policy in the place of the one that was set at `seen`, None where none was.

        The entry goes into the audit log in the same commit. Returns False, and changes nothing,
        when somebody else has set one since.
        """
        with serialised(self._engine) as session:
            if not _is_as_seen(session, policy, seen):
                return False
            session.merge(_row(policy))
            written = add_entry(session, entry)
        log_entry(written)
        return True

    def forget(self, team: str, channel: str) -> None:
        """Let hold in a channel what holds where nothing was decided."""
        gone = delete(PolicyRow).where(PolicyRow.team == team, PolicyRow.channel == channel)
        with transaction(self._engine) as session:
            session.execute(gone)


def _is_as_seen(session: Session, policy: ChannelPolicy, seen: datetime | None) -> bool:
    there = session.get(PolicyRow, (policy.team, policy.channel))
    return (there.set_at if there is not None else None) == seen


def _row(policy: ChannelPolicy) -> PolicyRow:
    return PolicyRow(
        team=policy.team,
        channel=policy.channel,
        askers=policy.askers,
        named=list(policy.named),
        answers_to=policy.answers_to,
        audiences=list(policy.audiences),
        opened_for=policy.opened_for,
        opened_until=policy.opened_until,
        opened_teams=list(policy.opened_teams),
        set_by=policy.set_by,
        set_at=policy.set_at or datetime.now(UTC),
    )
