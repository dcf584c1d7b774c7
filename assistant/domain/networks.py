"""Peer networks: who belongs to one, what its peers said, and what of it was verified."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from assistant.domain.documents import INTERNAL, PUBLIC
from assistant.language import say, say_day

NETWORK_PREFIX = "network-"
# The folder under which a snapshot holds what networks verified and agreed.
PEERS = "peers"


class Openness(StrEnum):
    """How somebody becomes a member: by joining, by asking to join, or only when invited."""

    OPEN = "open"
    RESTRICTED = "restricted"
    PRIVATE = "private"


class MemberState(StrEnum):
    """Where a person is on the way into a network that they are not in by a channel or group."""

    INVITED = "invited"
    REQUESTED = "requested"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Network:
    """A peer network of one workspace.

    `id` is made of its first name and never changes: small letters, digits and hyphens, at most
    40. Who is in one of `channels` or user groups (`groups`, Slack's ids) is a member; stewards
    are too. `wait_hours` is how long a question waits at each stage before it goes on.
    """

    id: str
    team: str
    name: str
    purpose: str
    openness: Openness
    stewards: tuple[str, ...]
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    wait_hours: int = 48
    created_by: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def audience(self) -> str:
        """Who may read what the network knows."""
        return NETWORK_PREFIX + self.id


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who was invited, asks to join, or joined; members by channel or group have none."""

    network: str
    user: str
    state: MemberState
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Topic:
    """What some members know about: words of the stewards, and Slack's ids of these people."""

    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """Who said something: `name` is None where they are not to be named; `user` is never shown."""

    user: str
    name: str | None
    organisation: str


class Origin(StrEnum):
    """Where a peer answer comes from: an answer of ours that was shared, or a reply to a call."""

    SHARED = "shared"
    CAPTURED = "captured"


@dataclass(frozen=True, slots=True)
class PeerCitation:
    """A passage that a peer answer rests on, as it was when it was shared or verified.

    `line` is what a reader is shown of it; `digest` is a SHA-256 of the words of the section, empty
    where it was not looked up.
    """

    number: int
    document: str
    section: str
    line: str
    url: str | None = None
    audience: str | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """A question and an answer that a network shares: an answer of ours, or a member's reply.

    `note` is what who shared it says of their own context. `inbox_id` is the question that was
    answered, `call_id` the call to the network that was replied to. `channel` and `message_ts` are
    where it is shown. `withdrawn_at` is set when who shared it took it back: its words are gone
    then. `verified_id` is what a steward made of it.
    """

    id: int
    network: str
    origin: Origin
    question: str
    answer: str
    by: Peer
    on: date
    note: str = ""
    citations: tuple[PeerCitation, ...] = ()
    inbox_id: int | None = None
    call_id: int | None = None
    channel: str | None = None
    message_ts: str | None = None
    withdrawn_at: datetime | None = None
    verified_id: int | None = None


class ResponseKind(StrEnum):
    """What a peer says of a shared answer."""

    WORKED = "worked"
    DIFFERENTLY = "differently"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Response:
    """What a peer said of a shared answer: what happened, when, and a link; WRONG is a correction.

    A correction is open until a steward has dealt with it (`dealt_with_by`).
    """

    id: int
    answer_id: int
    kind: ResponseKind
    by: Peer
    what: str
    when: date | None
    link: str | None
    at: datetime
    dealt_with_by: str | None = None
    dealt_with_at: datetime | None = None


class Lapse(StrEnum):
    """Why a verification no longer holds."""

    REVIEW_DUE = "its review date has passed"
    PASSAGE_CHANGED = "a passage that it cites has changed"
    PASSAGE_SUPERSEDED = "a passage that it cites no longer holds"
    PASSAGE_GONE = "a passage that it cites is gone"


@dataclass(frozen=True, slots=True)
class VerifiedAnswer:
    """A peer answer as a steward verified it, word for word.

    `on` is the day on which the peer said it. `audience` is its network's unless a steward opened
    it more widely. `lapse` says why it lapsed, None while it holds; `retired_at` that it was taken
    out for good.
    """

    id: int
    network: str
    question: str
    answer: str
    by: Peer
    on: date
    verifier: str
    verified_at: datetime
    review_by: date
    audience: str
    citations: tuple[PeerCitation, ...] = ()
    origin_id: int | None = None
    lapse: Lapse | None = None
    lapsed_at: datetime | None = None
    told_of_lapse_at: datetime | None = None
    retired_at: datetime | None = None

    @property
    def document(self) -> str:
        """Its path in the corpus."""
        return f"{PEERS}/{self.network}/answer-{self.id}.md"

    @property
    def readers(self) -> frozenset[str]:
        """The audiences in all of which somebody has to be to read it.

        Its own, and those of what it rests on: whoever comes into the network later may not read
        all that its members could when it was verified.
        """
        cited = {each.audience or INTERNAL for each in self.citations}
        return frozenset({self.audience, *(cited - {PUBLIC})})


class ProposalState(StrEnum):
    """Where a proposed definition is."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Vote:
    """A steward's word on a proposal; `reason` is why they declined."""

    steward: str
    agrees: bool
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A definition that a network may adopt: proposed, discussed in a thread, agreed by stewards.

    `whose` names the source that the words come from. `agreed_by` are the stewards who agreed so
    far, `votes` what each of them said; `agreed_on` is the day on which they were enough.
    `ended_by` is who declined it as the last, or retired it. `is_internal` says that it holds words
    which only full members of the workspace may read.
    """

    id: int
    network: str
    term: str
    text: str
    whose: str
    state: ProposalState
    proposed_by: str
    proposed_at: datetime
    agreed_by: tuple[str, ...] = ()
    agreed_on: date | None = None
    channel: str | None = None
    message_ts: str | None = None
    votes: tuple[Vote, ...] = ()
    ended_by: str | None = None
    ended_at: datetime | None = None
    is_internal: bool = False

    @property
    def readers(self) -> frozenset[str]:
        """The audiences in all of which somebody has to be to read it."""
        inside = {INTERNAL} if self.is_internal else set()
        return frozenset({NETWORK_PREFIX + self.network, *inside})

    @property
    def document(self) -> str:
        """Its path in the corpus once it is agreed."""
        return f"{PEERS}/{self.network}/definition-{self.id}.yaml"


@dataclass(frozen=True, slots=True)
class PeerDocument:
    """A document that networks add to the corpus, as it stands now, whatever a snapshot holds.

    `data` are its bytes, `mark` what a reader must know before relying on it. Whoever reads it is
    in `audience` and in all of `readers`.
    """

    path: str
    audience: str
    data: bytes = field(repr=False)
    mark: str | None = None
    readers: frozenset[str] = frozenset()

    def is_for(self, audiences: Collection[str]) -> bool:
        """Whether readers of `audiences` may read it and all that it rests on."""
        return {self.audience, *self.readers}.issubset(audiences)


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """A verified answer to the same question, word for word, and who stands behind it.

    `sources` are the lines of the passages that it cites, `answer_id` is the number of the verified
    answer, 0 where it is not known.
    """

    question: str
    text: str
    document: str
    audience: str
    network: str
    author: str | None
    organisation: str
    on: date
    verified_on: date
    review_by: date
    sources: tuple[str, ...] = ()
    answer_id: int = 0

    @property
    def line(self) -> str:
        """Who stands behind it, since when and until when, and what it is not."""
        author = self.author or say("a member who is not named")
        return say(
            "Verified peer answer of {network}: {author}, said on {said}, verified on {verified}, "
            "review by {review}; this is peer experience, not guidance.",
            network=self.network,
            author=", ".join(filter(None, (author, self.organisation))),
            said=say_day(self.on),
            verified=say_day(self.verified_on),
            review=say_day(self.review_by),
        )
