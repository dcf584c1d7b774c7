"""What administrators do to the corpus: a reload's five steps, and what each of them says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from assistant.domain.documents import FailedDocument


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a name on the command line, a user's id in Slack; `surface` says which."""

    id: str
    surface: str = "command line"


class Action(StrEnum):
    """What is authorised and written into the audit log."""

    PREVIEW = "preview"
    RELOAD = "reload"
    ROLL_BACK = "roll back"
    PURGE = "purge"
    EXPIRE = "expire"
    OFFER = "offer a document"
    PUBLISH = "publish what networks know"
    CHANNEL = "set what holds in a channel"
    STATUS = "look at the status"
    FEEDBACK = "deal with feedback"
    NETWORK = "manage a network"
    MEMBERSHIP = "belong to a network"
    SHARE = "share with a network"
    RESPOND = "respond to a shared answer"
    CALL = "ask a network"
    CAPTURE = "keep a reply"
    VERIFY = "verify a peer answer"
    AGREE = "agree a definition"


class ChangeKind(StrEnum):
    """What a reload does to one document."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Step(StrEnum):
    """Where a reload is."""

    READ = "reading documents"
    EMBED = "embedding passages"
    GATE = "testing the new snapshot"
    SWITCH = "switching"


class Outcome(StrEnum):
    """How an operation ended."""

    RUNNING = "running"
    LIVE = "live"
    UNCHANGED = "nothing changed"
    REFUSED_BY_GATE = "refused by the gate"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: `done` of `total`, and the seconds that are left where they are known."""

    step: Step
    done: int
    total: int
    seconds_left: float | None = None


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What a reload does to one document; `reason` is given when it is refused.

    `passages` is how many it then has, `to_embed` how many of them are not known yet. `audiences`
    are those it is then in, `moved_from` those that it leaves.
    """

    document: str
    kind: ChangeKind
    passages: int = 0
    to_embed: int = 0
    audiences: tuple[str, ...] = ()
    moved_from: tuple[str, ...] = ()
    reason: str | None = None


class FindingKind(StrEnum):
    """What is worth an administrator's look, though it keeps nothing out."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near duplicate"
    PAGES_WITHOUT_TEXT = "pages without text"
    TERM_WITHOUT_DEFINITION = "term without a definition"
    DEFINED_TWICE = "defined twice by one owner"
    LEFT_PART = "a part that was left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on documents that go in, as one sentence; `documents` are those it is about."""

    kind: FindingKind
    documents: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a reload would do, document by document; `seconds` estimates how long it would take.

    Each sentence of `asks` is what the gate would ask to be allowed, each of `golden` what can be
    seen already to be wrong with the golden questions.
    """

    changes: tuple[DocumentChange, ...]
    findings: tuple[Finding, ...]
    passages: int
    to_embed: int
    seconds: float
    live: str | None
    asks: tuple[str, ...] = ()
    golden: tuple[str, ...] = ()

    def of(self, kind: ChangeKind) -> tuple[DocumentChange, ...]:
        """Return the changes of one kind, in the order of the documents."""
        return tuple(change for change in self.changes if change.kind is kind)


@dataclass(frozen=True, slots=True)
class GateReport:
    """How a new snapshot did: each sentence of `failures` keeps it from going live.

    `warnings` are what an administrator should know: golden questions that it fails as the live
    one does, a drop that was allowed, a passage that was not found. `golden` is how many were
    asked, `passed` how many of them went well, `sampled` how many passages were looked for.
    """

    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    golden: int = 0
    passed: int = 0
    sampled: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the snapshot may go live."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Release:
    """One run of the train, or a roll back or purge: who, when, what changed, how it ended.

    `snapshot` is the one that it made or switched to, None when it made none. `counts` are numbers
    of documents by ChangeKind's value, and of `passages`, `definitions` and `embedded`. `sentence`
    says to a person how it ended. Seconds are of the wall clock; `encoder_seconds` are those of
    them spent in the encoder, loading it included.
    """

    id: int
    action: Action
    actor: Actor
    outcome: Outcome
    started_at: datetime
    ended_at: datetime | None = None
    snapshot: str | None = None
    before: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[FailedDocument, ...] = ()
    findings: tuple[Finding, ...] = ()
    gate: GateReport | None = None
    progress: Progress | None = None
    seconds: float = 0.0
    encoder_seconds: float = 0.0
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """A snapshot that is kept: what `assistant snapshots` shows of it.

    `release` is the run that made it, None where that is not known any more.
    """

    snapshot: str
    created: datetime
    is_live: bool
    documents: int
    passages: int
    definitions: int
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """The proof that a document is gone: what was looked for, where, and what still holds it.

    `sentences` and `vectors` are how many of the document's own were looked for in `files` files,
    `tables` tables that are in no file of the data folder, and `searches` searches; `remains` names
    what still holds any, which is nothing when all went well.
    """

    document: str
    sentences: int
    vectors: int
    files: int
    searches: int
    snapshots_removed: tuple[str, ...] = ()
    answers_withdrawn: int = 0
    remains: tuple[str, ...] = ()
    tables: int = 0


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action in the audit log: who did what, to what, and how it ended."""

    at: datetime
    actor: Actor
    action: str
    target: str
    outcome: str
    detail: str = ""
