"""A release train without a corpus on disk: documents in memory, one passage a line.

It keeps the contract of the real one (`tests/contracts/test_trains.py`), and what is hard to bring
about in that one - a gate that is shut, work that takes long - happens here when a test says so.
"""

import itertools
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from assistant.domain.documents import FailedDocument
from assistant.domain.errors import CorpusError, DocumentError, IngestBusyError
from assistant.domain.networks import PEERS, PeerDocument
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    ChangeKind,
    DocumentChange,
    GateReport,
    OnProgress,
    Outcome,
    Preview,
    Progress,
    Purged,
    Release,
    SnapshotEntry,
    Step,
)

KINDS = (".md", ".txt", ".pdf", ".docx")
KEPT = 3
_UNDER = f"{PEERS}/"


@dataclass
class ScriptedTrain:
    """Documents by path; a text that holds the word `broken` cannot be read."""

    documents: dict[str, str] = field(default_factory=dict)
    gate_failures: tuple[str, ...] = ()
    while_reloading: Callable[[], object] = lambda: None
    entries: list[AuditEntry] = field(default_factory=list)
    offered: dict[str, Mapping[str, str]] = field(default_factory=dict)
    owned_by: dict[str, str] = field(default_factory=dict)
    peers: Callable[[], Sequence[PeerDocument]] = tuple
    lapsing: Callable[[], int] = int

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._kept: dict[str, tuple[dict[str, str], Release]] = {}
        self._live: str | None = None
        self._last: Release | None = None
        self._running: Release | None = None
        self._lock = threading.Lock()

    def preview(self, actor: Actor, on_progress: OnProgress | None = None) -> Preview:
        """Compare what is there with what is live."""
        changes = self._changes({**self.documents, **self._peers()})
        _tell(on_progress, Step.READ, len(self.documents))
        self._write(actor, Action.PREVIEW, "done")
        to_embed = sum(change.to_embed for change in changes)
        passages = sum(change.passages for change in changes)
        return Preview(changes, (), passages, to_embed, 0.1 * to_embed, self._live)

    def reload(
        self, actor: Actor, *, allow_shrink: bool = False, on_progress: OnProgress | None = None
    ) -> Release:
        """Take in what can be read, unless the gate is shut."""
        with self._writing(Action.RELOAD, actor) as begun:
            _tell(on_progress, Step.READ, len(self.documents))
            self.while_reloading()
            there = {**self.documents, **self._peers()}
            return self._built(begun, there, on_progress, allow_shrink=allow_shrink)

    def publish(self, actor: Actor) -> Release:
        """Take in what networks know, beside the documents that are live."""
        with self._writing(Action.PUBLISH, actor) as begun:
            self.while_reloading()
            return self._built(
                begun, {**_guidance(self._held()), **self._peers()}, None, allow_shrink=False
            )

    def is_published(self) -> bool:
        """Compare what networks know with what is live."""
        held = {p: t for p, t in self._held().items() if p.startswith(_UNDER)}
        return held == self._peers()

    def check_peers(self) -> int:
        """Do what a test set for it."""
        return self.lapsing()

    def _built(
        self,
        begun: Release,
        there: Mapping[str, str],
        on_progress: OnProgress | None,
        *,
        allow_shrink: bool,
    ) -> Release:
        changes = self._changes(there)
        run = replace(begun, counts=_counts(changes), failed=_failed(changes))
        if all(c.kind in (ChangeKind.UNCHANGED, ChangeKind.REFUSED) for c in changes):
            run = replace(run, outcome=Outcome.UNCHANGED, sentence="Nothing has changed.")
            return self._end(run)
        _tell(on_progress, Step.EMBED, sum(change.to_embed for change in changes))
        _tell(on_progress, Step.GATE, 1)
        gate = self._gate(there, allow_shrink=allow_shrink)
        run = replace(run, gate=gate)
        if not gate.is_open:
            sentence = "The gate kept it from going live: " + " ".join(gate.failures)
            run = replace(run, outcome=Outcome.REFUSED_BY_GATE, sentence=sentence)
            return self._end(run)
        _tell(on_progress, Step.SWITCH, 1)
        return self._end(self._switched(run, there))

    def roll_back(self, actor: Actor, snapshot: str | None = None) -> Release:
        """Make a kept snapshot live again."""
        with self._writing(Action.ROLL_BACK, actor) as begun:
            names = list(self._kept)
            older = names[: names.index(self._live)] if self._live else []
            chosen = snapshot or (older[-1] if older else None)
            if chosen is None or chosen not in self._kept:
                raise CorpusError(f"There is no snapshot {chosen or 'before the live one'}.")
            self._live = chosen
            sentence = f"Snapshot {chosen} is live again."
            run = replace(begun, outcome=Outcome.LIVE, snapshot=chosen, sentence=sentence)
            return self._end(run)

    def purge(self, actor: Actor, document: str) -> Purged:
        """Take a document out of every snapshot."""
        with self._writing(Action.PURGE, actor) as run:
            if document not in self.documents and not any(
                document in held for held, _ in self._kept.values()
            ):
                raise CorpusError(f"There is no document {document} in the corpus.")
            text = self.documents.pop(document, "")
            for held, _ in self._kept.values():
                text = held.pop(document, text)
            self._end(replace(run, outcome=Outcome.LIVE, sentence=f"{document} is gone."))
            lines = len(text.splitlines())
            return Purged(document, lines, lines, len(self._kept), lines)

    def snapshots(self) -> Sequence[SnapshotEntry]:
        """Return what is kept, newest first."""
        return [
            SnapshotEntry(
                name,
                release.started_at,
                name == self._live,
                len(held),
                sum(len(text.splitlines()) for text in held.values()),
                0,
                release,
            )
            for name, (held, release) in reversed(self._kept.items())
        ]

    def running(self) -> Release | None:
        """Return what is under way."""
        return self._running

    def last(self) -> Release | None:
        """Return the last reload that ended."""
        return self._last

    def offer(self, actor: Actor, name: str, data: bytes, front_matter: Mapping[str, str]) -> str:
        """Keep a file."""
        path = f"sent/{name}"
        if "/" in name or not name.endswith(KINDS):
            raise DocumentError(f"Files like {name} cannot be read.")
        if path in self.documents:
            raise DocumentError(f"There is a document {name} already.")
        self.documents[path] = data.decode()
        self.offered[path] = dict(front_matter)
        self._write(actor, Action.OFFER, "kept", path)
        return path

    def take_back(self, actor: Actor, document: str) -> None:
        """Forget a file that was offered."""
        if document in self.offered:
            del self.offered[document]
            self.documents.pop(document, None)
        self._write(actor, Action.OFFER, "taken back", document)

    def owners(self, documents: Collection[str]) -> Mapping[str, str]:
        """Return whom a test made owners."""
        return {each: self.owned_by[each] for each in documents if each in self.owned_by}

    def audit(self, entry: AuditEntry) -> None:
        """Keep an entry."""
        self.entries.append(entry)

    def _held(self) -> Mapping[str, str]:
        return self._kept[self._live][0] if self._live else {}

    def _peers(self) -> Mapping[str, str]:
        return {each.path: each.data.decode() for each in self.peers()}

    def _changes(self, there: Mapping[str, str]) -> tuple[DocumentChange, ...]:
        live = self._held()
        found = [_change(path, text, live) for path, text in sorted(there.items())]
        gone = sorted(set(live) - set(there))
        return (*found, *(DocumentChange(path, ChangeKind.REMOVED) for path in gone))

    def _gate(self, there: Mapping[str, str], *, allow_shrink: bool) -> GateReport:
        failures, readable = list(self.gate_failures), _readable(there)
        after, before = _guidance(readable), _guidance(self._held())
        if not allow_shrink and len(after) < len(before) / 2:
            failures.append("The corpus would have less than half of its documents.")
        return GateReport(tuple(failures), (), 2, 0 if failures else 2, len(readable))

    def _switched(self, run: Release, there: Mapping[str, str]) -> Release:
        name = f"snapshot-{next(self._numbers):03d}"
        run = replace(
            run, outcome=Outcome.LIVE, snapshot=name, sentence=f"Snapshot {name} is live."
        )
        self._kept[name] = (_readable(there), run)
        self._live = name
        for old in [each for each in self._kept if each != name][: max(0, len(self._kept) - KEPT)]:
            del self._kept[old]
        return run

    @contextmanager
    def _writing(self, action: Action, actor: Actor) -> Iterator[Release]:
        if not self._lock.acquire(blocking=False):
            at_it = self._running.actor.id if self._running else "somebody"
            self._write(actor, action, "refused")
            raise IngestBusyError(f"{at_it} is at it already; try again when that ends.")
        started = datetime.now(UTC)
        run = Release(next(self._numbers), action, actor, Outcome.RUNNING, started)
        self._running = replace(run, before=self._live)
        try:
            yield self._running
        except BaseException:
            self._write(actor, action, Outcome.FAILED.value)
            raise
        finally:
            self._running = None
            self._lock.release()

    def _end(self, run: Release) -> Release:
        ended = datetime.now(UTC)
        seconds = (ended - run.started_at).total_seconds()
        run = replace(run, ended_at=ended, seconds=seconds)
        if run.action is Action.RELOAD:
            self._last = run
        self._write(run.actor, run.action, run.outcome.value, run.snapshot or "")
        return run

    def _write(self, actor: Actor, action: Action, outcome: str, target: str = "") -> None:
        self.audit(AuditEntry(datetime.now(UTC), actor, action.value, target, outcome))


def _readable(there: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in there.items() if "broken" not in text}


def _guidance(documents: Mapping[str, str]) -> Mapping[str, str]:
    return {path: text for path, text in documents.items() if not path.startswith(_UNDER)}


def _change(path: str, text: str, live: Mapping[str, str]) -> DocumentChange:
    if "broken" in text:
        return DocumentChange(path, ChangeKind.REFUSED, reason=f"{path} cannot be read.")
    passages = len(text.splitlines())
    if live.get(path) == text:
        return DocumentChange(path, ChangeKind.UNCHANGED, passages)
    kind = ChangeKind.CHANGED if path in live else ChangeKind.ADDED
    return DocumentChange(path, kind, passages, passages)


def _counts(changes: Sequence[DocumentChange]) -> Mapping[str, int]:
    kinds = [change.kind for change in changes]
    counts = {kind.value: kinds.count(kind) for kind in ChangeKind}
    counts["passages"] = sum(change.passages for change in changes)
    counts["embedded"] = sum(change.to_embed for change in changes)
    return counts


def _failed(changes: Sequence[DocumentChange]) -> tuple[FailedDocument, ...]:
    return tuple(FailedDocument(c.document, c.reason) for c in changes if c.reason is not None)


def _tell(on_progress: OnProgress | None, step: Step, total: int) -> None:
    if on_progress is not None:
        on_progress(Progress(step, total, total))
