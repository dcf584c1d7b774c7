"""The tables of what networks propose and agree, and their rows as types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.domain.networks import Proposal, ProposalState, Vote
from assistant.store.database import Base, UtcDateTime, Words


@dataclass(frozen=True, slots=True)
class Showing:
    """A proposal that is not yet shown as it stands, or whose proposer is not told how it ended.

    `posts` are the messages that show it, as conversations and times; `version` is what is to be
    shown, and `is_shown` that these do. `is_told` is that nobody has to be told.
    """

    proposal: Proposal
    posts: tuple[tuple[str, str], ...]
    version: int
    is_shown: bool
    is_told: bool


class ProposalRow(Base):
    """One proposal; `form` is the form that it came with, which may come twice."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_network", "network", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(64), unique=True)
    network: Mapped[str] = mapped_column(String(40))
    term: Mapped[str] = mapped_column(Words)
    text: Mapped[str] = mapped_column(Words)
    whose: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(32))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_on: Mapped[date | None]
    ended_by: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_internal: Mapped[bool] = mapped_column(default=False)
    posts: Mapped[list[list[str]]] = mapped_column(JSON)
    version: Mapped[int]
    shown_version: Mapped[int]
    # The end that the proposer was told of.
    told_of: Mapped[str | None] = mapped_column(String(16))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_told(self) -> bool:
        """Whether the proposer knows how it ended, if it did: of a later end nobody is told."""
        return self.told_of is not None or self.state == ProposalState.PROPOSED

    def proposal(self, votes: Sequence["VoteRow"]) -> Proposal:
        """Return the row, with the votes on it, as the type that others know."""
        channel, ts = self.posts[0] if self.posts else (None, None)
        return Proposal(
            id=self.id,
            network=self.network,
            term=self.term,
            text=self.text,
            whose=self.whose,
            state=ProposalState(self.state),
            proposed_by=self.proposed_by,
            proposed_at=self.proposed_at,
            agreed_by=tuple(vote.steward for vote in votes if vote.agrees),
            agreed_on=self.agreed_on,
            channel=channel,
            message_ts=ts,
            votes=tuple(vote.vote() for vote in votes),
            ended_by=self.ended_by,
            ended_at=self.ended_at,
            is_internal=self.is_internal,
        )

    def showing(self, votes: Sequence["VoteRow"]) -> Showing:
        """Return what is to be shown of it, and where."""
        return Showing(
            self.proposal(votes),
            tuple((str(channel), str(ts)) for channel, ts in self.posts),
            self.version,
            self.shown_version == self.version,
            self.is_told,
        )


class VoteRow(Base):
    """One steward's word on one proposal."""

    __tablename__ = "proposal_votes"

    proposal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    steward: Mapped[str] = mapped_column(String(32), primary_key=True)
    agrees: Mapped[bool]
    reason: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    def vote(self) -> Vote:
        """Return the row as the type that others know."""
        return Vote(self.steward, self.agrees, self.at, self.reason)
