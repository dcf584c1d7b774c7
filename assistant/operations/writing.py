"""One writer at a time: the lock, what a killed one left behind, and the record of the run."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from assistant.domain.errors import AssistantError, CorpusError, IngestBusyError
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
    OnProgress,
    Outcome,
    Progress,
    Release,
    Step,
)
from assistant.operations.keeping import remove_snapshots
from assistant.operations.rooms import Rooms
from assistant.store.database import DatabaseTrouble, reason_of
from assistant.store.locks import DatabaseLock

NOTED_EVERY_SECONDS = 0.5
INTERRUPTED = "It was interrupted; what was live is live still."
BROKE = "It ended by a mistake in the program ({kind}); what was live is live still."
KNOWN_ERRORS = (AssistantError, DatabaseTrouble, OSError, sqlite3.Error)


class Writing:
    """A run under the writer's lock; `release` is what is known of it so far."""

    def __init__(self, rooms: Rooms, release: Release, on_progress: OnProgress | None) -> None:
        self._rooms = rooms
        self._on_progress = on_progress
        self._noted = 0.0
        self.release = release

    def progress(
        self, step: Step, done: int, total: int, seconds_left: float | None = None
    ) -> None:
        """Say how far it is, to who watches and, not too often, to the record."""
        progress = Progress(step, done, total, seconds_left)
        if self._on_progress is not None:
            self._on_progress(progress)
        now = time.monotonic()
        if now - self._noted >= NOTED_EVERY_SECONDS:
            self._noted = now
            self._rooms.releases.progress(self.release.id, progress)

    def note(self, **known: object) -> None:
        """Write down what is known before a switch, so that a crash after it loses nothing.

        Raises CorpusError when the run was ended by somebody else.
        """
        self.release = replace(self.release, **known)  # type: ignore[arg-type]
        if not self._rooms.releases.note(self.release):
            raise CorpusError("Somebody else ended this run; what is live was left as it is.")

    def switch(self, snapshot: str) -> None:
        """Make a snapshot live; raises CorpusError when somebody else switched meanwhile."""
        if not self._rooms.pointer.switch(snapshot, expected=self.release.before):
            raise CorpusError("Another snapshot went live meanwhile; look, and try again.")


@contextmanager
def writing(
    rooms: Rooms,
    action: Action,
    actor: Actor,
    on_progress: OnProgress | None = None,
    *,
    target: str = "",
) -> Iterator[Writing]:
    """Give a run that nobody else's can overlap; what it ends as is in the record and the log.

    `target` is what it is done to, for the log; without one, that is the snapshot. Raises
    IngestBusyError that says who is at it.
    """
    with _alone(rooms) as is_alone:
        if not is_alone:
            busy = IngestBusyError(_who_is_at_it(rooms.releases.running()))
            write_audit(rooms, actor, action, "refused", str(busy), target)
            raise busy
        yield from _recorded(rooms, action, actor, on_progress, target)


def is_writing(rooms: Rooms) -> bool:
    """Whether somebody holds the writer's lock now, in whichever process."""
    try:
        with _lock(rooms):
            return rooms.releases.writers_lock().is_taken()
    except Timeout:
        return True


@contextmanager
def _alone(rooms: Rooms) -> Iterator[bool]:
    """Hold both writer's locks in the block, that of the folder and that of the database.

    Says in place of that when somebody else has one of them.
    """
    in_folder, in_database = _lock(rooms), rooms.releases.writers_lock()
    try:
        yield _taken(in_folder) and _taken_by_database(in_database)
    finally:
        in_database.release()
        in_folder.release()


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire()
    except Timeout:
        return False
    except OSError as error:
        raise _not_written(error) from error
    return True


def _taken_by_database(lock: DatabaseLock) -> bool:
    try:
        return lock.acquire()
    except DatabaseTrouble as error:
        raise _not_reached(error) from error


def _lock(rooms: Rooms) -> FileLock:
    return FileLock(rooms.folder / "ingest.lock", timeout=0, thread_local=False)


def _recorded(
    rooms: Rooms, action: Action, actor: Actor, on_progress: OnProgress | None, target: str
) -> Iterator[Writing]:
    try:
        _clean_up(rooms)
        before = rooms.pointer.live()
        run = Writing(rooms, rooms.releases.begin(action, actor, before), on_progress)
    except OSError as error:
        raise _not_written(error) from error
    try:
        yield run
    except BaseException as error:
        known = known_error(error)
        sentence = str(known) if known is not None else _unknown(error)
        _remove_what_never_went_live(rooms, run.release)
        _end(rooms, _ended_by(rooms, run.release, sentence), target)
        if known is not None and known is not error:
            raise known from error
        raise
    finally:
        rooms.builder.clean_drafts()
    _end(rooms, run.release, target)


def _ended_by(rooms: Rooms, release: Release, sentence: str) -> Release:
    """Return how a run ended that an error ended; what it had switched to is live all the same."""
    if release.snapshot is None or release.snapshot != rooms.pointer.live():
        return replace(release, outcome=Outcome.FAILED, sentence=sentence)
    if release.action is Action.PURGE:
        sentence = f"It did not end, so purge it again: {sentence}"
        return replace(release, outcome=Outcome.FAILED, sentence=sentence)
    sentence = f"Snapshot {release.snapshot} is live, but what comes after failed: {sentence}"
    return replace(release, outcome=Outcome.LIVE, sentence=sentence)


def _end(rooms: Rooms, release: Release, target: str) -> None:
    rooms.releases.end(release, _entry(release, target))


def _entry(release: Release, target: str = "") -> AuditEntry:
    return AuditEntry(
        datetime.now(UTC),
        release.actor,
        release.action.value,
        target or release.snapshot or release.before or "",
        release.outcome.value,
        release.sentence,
    )


def known_error(error: BaseException) -> AssistantError | None:
    """Return what went wrong as a sentence, None for an interruption or a mistake of ours."""
    if isinstance(error, AssistantError):
        return error
    if isinstance(error, DatabaseTrouble):
        return _not_reached(error)
    return _not_written(error) if isinstance(error, OSError | sqlite3.Error) else None


def _unknown(error: BaseException) -> str:
    return BROKE.format(kind=type(error).__name__) if isinstance(error, Exception) else INTERRUPTED


def _not_reached(error: DatabaseTrouble) -> CorpusError:
    return CorpusError(f"The database could not be read or written: {reason_of(error)}.")


def _not_written(error: OSError | sqlite3.Error) -> CorpusError:
    reason = getattr(error, "strerror", None) or error
    return CorpusError(f"The snapshot could not be written: {reason}.")


def _clean_up(rooms: Rooms) -> None:
    """Write down which runs were killed, and remove what they left that never went live."""
    rooms.builder.clean_drafts()
    ended = rooms.releases.mark_killed()
    for release in ended:
        _remove_what_never_went_live(rooms, release)
    if rooms.compaction_is_due():
        rooms.compact()


def _remove_what_never_went_live(rooms: Rooms, release: Release) -> None:
    """Remove the snapshot that a run made and did not switch to; a roll back makes none."""
    snapshot = release.snapshot
    if snapshot is None or release.action is Action.ROLL_BACK or snapshot == rooms.pointer.live():
        return
    remove_snapshots(rooms.snapshots, [snapshot], rooms.vectors)


def _who_is_at_it(running: Release | None) -> str:
    if running is None:
        return "Another process is writing the corpus; try again when it ends."
    since = running.started_at.astimezone().strftime("%H:%M")
    doing = f"{running.progress.step.value}" if running.progress else "at work"
    return (
        f"{running.actor.id} ({running.actor.surface}) has been at it since {since} "
        f"({running.action.value}, {doing}); try again when that ends."
    )


def write_audit(
    rooms: Rooms, actor: Actor, action: Action, outcome: str, detail: str, target: str = ""
) -> None:
    """Write one line into the audit log."""
    entry = AuditEntry(datetime.now(UTC), actor, action.value, target, outcome, detail)
    rooms.audit.write(entry)
