"""What was done to the corpus: a row for each reload, roll back and purge, from its start."""

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Engine, Float, Index, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningUpdate

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    Finding,
    FindingKind,
    GateReport,
    Outcome,
    Progress,
    Release,
    Step,
)
from assistant.store.audit import add_entry, log_entry
from assistant.store.database import AnyText, Base, UtcDateTime, serialised, transaction
from assistant.store.locks import DatabaseLock
from assistant.store.postgresql import WRITING
from assistant.store.snapshots import live_in

WENT_LIVE = "It went live; the process ended before it could say more."
ENDED_EARLY = "The process ended before it was done."
RELOADS_LOOKED_AT = 20
RELOADS_THAT_COUNT = 3


class ReleaseRow(Base):
    """One release, and which process is at it; `heartbeat_at` is its last sign of life."""

    __tablename__ = "releases"
    __table_args__ = (
        Index("ix_releases_outcome", "outcome", "action", "id"),
        Index("ix_releases_snapshot", "snapshot", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(32))
    actor_id: Mapped[str] = mapped_column(AnyText)
    surface: Mapped[str] = mapped_column(AnyText)
    outcome: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    host: Mapped[str] = mapped_column(AnyText)
    pid: Mapped[int] = mapped_column()
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snapshot: Mapped[str | None] = mapped_column(String(64))
    before: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    failed: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    gate: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    seconds: Mapped[float] = mapped_column(Float)
    encoder_seconds: Mapped[float] = mapped_column(Float)
    sentence: Mapped[str] = mapped_column(AnyText)

    def release(self) -> Release:
        """Return the row as the type that others know."""
        return Release(
            id=self.id,
            action=Action(self.action),
            actor=Actor(self.actor_id, self.surface),
            outcome=Outcome(self.outcome),
            started_at=self.started_at,
            ended_at=self.ended_at,
            snapshot=self.snapshot,
            before=self.before,
            counts=dict(self.counts),
            failed=tuple(FailedDocument(**f) for f in self.failed),
            findings=tuple(_finding(f) for f in self.findings),
            gate=_gate(self.gate) if self.gate is not None else None,
            progress=_progress(self.progress) if self.progress is not None else None,
            seconds=self.seconds,
            encoder_seconds=self.encoder_seconds,
            sentence=self.sentence,
        )


class Releases:
    """Writes down each release while it runs and tells of those that were.

    Only who holds the writer's lock calls `begin`, `progress`, `note`, `end` and `mark_killed`;
    everybody may read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def writers_lock(self) -> DatabaseLock:
        """Return the writer's lock among replicas that may have no folder in common."""
        return DatabaseLock(self._engine, WRITING)

    def begin(self, action: Action, actor: Actor, before: str | None) -> Release:
        """Write down that `action` runs now, in this process; `before` is the live snapshot."""
        now = datetime.now(UTC)
        row = ReleaseRow(
            action=action.value,
            actor_id=actor.id,
            surface=actor.surface,
            outcome=Outcome.RUNNING.value,
            started_at=now,
            host=socket.gethostname(),
            pid=os.getpid(),
            heartbeat_at=now,
            before=before,
            counts={},
            failed=[],
            findings=[],
            seconds=0.0,
            encoder_seconds=0.0,
            sentence="",
        )
        with transaction(self._engine) as session:
            session.add(row)
        return row.release()

    def progress(self, release: int, progress: Progress) -> bool:
        """Write down how far it is; return False when it does not count as running any more."""
        return self._change(release, progress=_plain_progress(progress))

    def note(self, release: Release) -> bool:
        """Write down what is known so far: before a switch, so that a crash after it loses nothing.

        Returns False when the release does not count as running any more, which a writer takes as
        a sign that it lost its lock.
        """
        return self._change(release.id, **_known(release))

    def end(self, release: Release, entry: AuditEntry | None = None) -> Release:
        """Write down how the release ended, as `release` says, and return it as it stands then.

        `ended_at`, and `seconds` where they are 0, are filled in; `entry` goes into the audit log
        by the same commit. What somebody else has ended stays as they left it, and adds no entry.
        Raises ValueError when its outcome is that it runs.
        """
        if release.outcome is Outcome.RUNNING:
            raise ValueError("A release that ends needs another outcome than that it runs.")
        now = datetime.now(UTC)
        seconds = release.seconds or (now - release.started_at).total_seconds()
        ended = _changed(
            release.id,
            **_known(release),
            outcome=release.outcome.value,
            ended_at=now,
            seconds=max(0.0, seconds),
            sentence=release.sentence,
            progress=None,
        )
        with serialised(self._engine) as session:
            is_ours = session.scalar(ended) is not None
            row = add_entry(session, entry) if is_ours and entry is not None else None
            stands = session.get_one(ReleaseRow, release.id).release()
        if row is not None:
            log_entry(row)
        return stands

    def mark_killed(self) -> Sequence[Release]:
        """End every release that still counts as running, and return them as they then are.

        For the holder of the writer's lock, before it begins its own: nobody else can be at any.
        One whose snapshot is live had switched already, so it is live and not killed; a purge is
        killed all the same, since more comes after its switch. Each is in the audit log by the
        same commit, since who was killed could not write there.
        """
        with serialised(self._engine) as session:
            live = live_in(session)
            rows = session.scalars(select(ReleaseRow).where(_is_running())).all()
            for row in rows:
                went_live = row.snapshot == live is not None and row.action != Action.PURGE
                row.outcome = (Outcome.LIVE if went_live else Outcome.KILLED).value
                row.sentence = WENT_LIVE if went_live else ENDED_EARLY
                row.ended_at = row.heartbeat_at
                row.seconds = max(0.0, (row.heartbeat_at - row.started_at).total_seconds())
            marked = tuple(row.release() for row in rows)
            entries = [add_entry(session, _audited(release)) for release in marked]
        for entry in entries:
            log_entry(entry)
        return marked

    def running(self) -> Release | None:
        """Return the release that runs now, in whichever process; None when none does.

        One whose process is known to be gone from this machine does not count.
        """
        newest = select(ReleaseRow).where(_is_running()).order_by(ReleaseRow.id.desc()).limit(1)
        with transaction(self._engine) as session:
            row = session.scalar(newest)
            return row.release() if row is not None and not _is_gone(row) else None

    def last(self, action: Action = Action.RELOAD) -> Release | None:
        """Return the newest release of that kind that has ended, however it did."""
        ended = select(ReleaseRow).where(ReleaseRow.action == action.value, ~_is_running())
        with transaction(self._engine) as session:
            row = session.scalar(ended.order_by(ReleaseRow.id.desc()).limit(1))
            return row.release() if row is not None else None

    def of(self, snapshots: Sequence[str]) -> Mapping[str, Release]:
        """Return the release that made each snapshot, where that is known."""
        # A later one found the snapshot as it was, and of those there may be very many.
        earliest = (
            select(func.min(ReleaseRow.id))
            .where(ReleaseRow.snapshot.in_(snapshots), ReleaseRow.action != Action.ROLL_BACK.value)
            .group_by(ReleaseRow.snapshot)
        )
        made = select(ReleaseRow).where(ReleaseRow.id.in_(earliest))
        with transaction(self._engine) as session:
            return {str(row.snapshot): row.release() for row in session.scalars(made)}

    def recent(self, most: int = 10) -> Sequence[Release]:
        """Return the newest releases, at most `most`, the newest first, a running one included."""
        newest = select(ReleaseRow).order_by(ReleaseRow.id.desc()).limit(most)
        with transaction(self._engine) as session:
            return tuple(row.release() for row in session.scalars(newest))

    def throughput(self) -> float | None:
        """Return how many passages the encoder embeds a second, loading included; None if unknown.

        It is that of the largest of the latest reloads, since small ones tell of the loading.
        """
        latest = (
            select(ReleaseRow.counts, ReleaseRow.encoder_seconds)
            .where(ReleaseRow.action == Action.RELOAD.value, ReleaseRow.encoder_seconds > 0)
            .order_by(ReleaseRow.id.desc())
            .limit(RELOADS_LOOKED_AT)
        )
        with transaction(self._engine) as session:
            pairs = [(c.get("embedded", 0), s) for c, s in session.execute(latest)]
        largest = sorted(pairs, reverse=True)[:RELOADS_THAT_COUNT]
        embedded = sum(passages for passages, _ in largest)
        return embedded / sum(seconds for _, seconds in largest) if embedded else None

    def _change(self, release: int, **values: object) -> bool:
        with transaction(self._engine) as session:
            return session.scalar(_changed(release, **values)) is not None


def _changed(release: int, **values: object) -> ReturningUpdate[tuple[int]]:
    """Change a release that runs, and none that somebody else has ended; its id comes back."""
    return (
        update(ReleaseRow)
        .where(ReleaseRow.id == release, _is_running())
        .values(heartbeat_at=datetime.now(UTC), **values)
        .execution_options(synchronize_session=False)
        .returning(ReleaseRow.id)
    )


def _is_running() -> ColumnElement[bool]:
    return ReleaseRow.outcome == Outcome.RUNNING.value


def _is_gone(row: ReleaseRow) -> bool:
    """Whether the process that is at the release ran on this machine and does not any more."""
    if os.name != "posix" or row.host != socket.gethostname():
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _audited(release: Release) -> AuditEntry:
    return AuditEntry(
        at=datetime.now(UTC),
        actor=release.actor,
        action=release.action.value,
        target=release.snapshot or release.before or "",
        outcome=release.outcome.value,
        detail=release.sentence,
    )


def _known(release: Release) -> Mapping[str, object]:
    """Return the columns that say what the release made, as the database takes them."""
    gate = release.gate
    return {
        "snapshot": release.snapshot,
        "counts": dict(release.counts),
        "failed": [{"document": f.document, "reason": f.reason} for f in release.failed],
        "findings": [
            {"kind": f.kind.value, "documents": list(f.documents), "sentence": f.sentence}
            for f in release.findings
        ],
        "gate": gate
        and {
            "failures": list(gate.failures),
            "warnings": list(gate.warnings),
            "golden": gate.golden,
            "passed": gate.passed,
            "sampled": gate.sampled,
        },
        "encoder_seconds": release.encoder_seconds,
    }


def _plain_progress(progress: Progress) -> Mapping[str, object]:
    return {
        "step": progress.step.value,
        "done": progress.done,
        "total": progress.total,
        "seconds_left": progress.seconds_left,
    }


def _finding(plain: Mapping[str, Any]) -> Finding:
    return Finding(FindingKind(plain["kind"]), tuple(plain["documents"]), plain["sentence"])


def _gate(plain: Mapping[str, Any]) -> GateReport:
    texts = {name: tuple(plain[name]) for name in ("failures", "warnings")}
    return GateReport(**{**plain, **texts})


def _progress(plain: Mapping[str, Any]) -> Progress:
    return Progress(Step(plain["step"]), plain["done"], plain["total"], plain["seconds_left"])
