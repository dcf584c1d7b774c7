"""The release train: preview, build, gate, switch, roll back."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from assistant.domain.errors import AssistantError, CorpusError, DocumentError
from assistant.domain.releases import (
    Action,
    Actor,
    AuditEntry,
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
from assistant.ingestion.build import SnapshotDamagedError
from assistant.ingestion.catalogue import owners_in
from assistant.ingestion.files import CorpusFolder
from assistant.ingestion.plan import Plan
from assistant.ingestion.reader import Before, read_corpus
from assistant.operations.expiry import expire
from assistant.operations.findings import findings_of
from assistant.operations.gating import golden_of, seen_of_golden, tested, would_ask
from assistant.operations.golden import GoldenQuestion
from assistant.operations.keeping import snapshots_in
from assistant.operations.offers import keep_offer, take_back
from assistant.operations.publishing import golden_for_peers, plan_of_peers, unpublished
from assistant.operations.purging import purge, refuse_purged
from assistant.operations.rooms import Rooms
from assistant.operations.writing import (
    KNOWN_ERRORS,
    Writing,
    is_writing,
    known_error,
    write_audit,
    writing,
)
from assistant.retrieval.snapshot import read_manifest
from assistant.store.purged import PurgedDocument

# Until a reload has shown how fast the encoder is here.
USUAL_PASSAGES_A_SECOND = 30.0
# Copying, testing and switching, where little is to be embedded.
USUAL_SECONDS = 2.0
# At first the weights are loaded and exported too.
USUAL_SECONDS_AT_FIRST = 20.0
_log = structlog.get_logger()
NOT_CLEARED = "What is kept no longer could not be cleared away; the next reload tries again:"


class Train:
    """Everything that administrators do to the corpus; each in the record and the audit log."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def preview(
        self, actor: Actor, on_progress: OnProgress | None = None, *, folder: Path | None = None
    ) -> Preview:
        """Say what a reload would do and write nothing of it; raises CorpusError."""
        began = time.perf_counter()
        try:
            plan, there = self._plan(folder, _reading(on_progress))
        except AssistantError as error:
            write_audit(self._rooms, actor, Action.PREVIEW, Outcome.FAILED.value, str(error))
            raise
        counts = plan.counts()
        speed = self._rooms.releases.throughput()
        seconds = time.perf_counter() - began
        if not plan.is_unchanged:
            seconds += counts["embedded"] / (speed or USUAL_PASSAGES_A_SECOND)
            seconds += USUAL_SECONDS if speed else USUAL_SECONDS_AT_FIRST
        preview = Preview(
            plan.changes(),
            findings_of(plan),
            counts["passages"],
            counts["embedded"],
            round(seconds, 1),
            plan.base.snapshot if plan.base is not None else None,
            asks=would_ask(self._rooms, plan),
            golden=seen_of_golden(plan, there),
        )
        write_audit(self._rooms, actor, Action.PREVIEW, "done", _counted(counts))
        return preview

    def reload(
        self,
        actor: Actor,
        *,
        folder: Path | None = None,
        allow_shrink: bool = False,
        on_progress: OnProgress | None = None,
    ) -> Release:
        """Build a snapshot of the corpus beside the live one, test it, and make it live.

        Questions meanwhile are answered from the live one; a failed gate is a Release that is
        REFUSED_BY_GATE. Raises IngestBusyError that says who is at it, CorpusError when nothing
        could be read or written; what is live then stays so.
        """
        began = time.perf_counter()
        with writing(self._rooms, Action.RELOAD, actor, on_progress) as run:
            plan, there = self._plan(folder, lambda d, t: run.progress(Step.READ, d, t))
            run.release = replace(
                run.release,
                counts=plan.counts(),
                failed=plan.corpus.failed,
                findings=findings_of(plan),
            )
            if plan.is_unchanged:
                run.release = self._unchanged(run.release)
            else:
                try:
                    self._build(run, plan, there, allow_shrink=allow_shrink)
                except SnapshotDamagedError:
                    # Planned again, it begins with nothing.
                    plan, there = self._plan(folder, lambda d, t: run.progress(Step.READ, d, t))
                    self._build(run, plan, there, allow_shrink=allow_shrink)
            run.release = self._expired(run.release, actor)
            run.release = replace(run.release, seconds=round(time.perf_counter() - began, 3))
        self._peers_looked_at()
        return run.release

    def _expired(self, release: Release, actor: Actor) -> Release:
        """Clear away what is kept no longer; what is live stays so when that fails, and says it."""
        try:
            expire(self._rooms, actor)
        except KNOWN_ERRORS as error:
            sentence = f"{release.sentence} {NOT_CLEARED} {known_error(error)}"
            return replace(release, sentence=sentence)
        return release

    def _plan(
        self, folder: Path | None, on_document: Callable[[int, int], None]
    ) -> tuple[Plan, CorpusFolder]:
        rooms = self._rooms
        there = CorpusFolder(folder or rooms.corpus_folder, rooms.sent_in, rooms.peers())
        live = rooms.pointer.live()
        with rooms.reading() as read:
            corpus = read_corpus(
                there,
                default_audience=rooms.default_audience,
                on_document=lambda _, done, total: on_document(done, total),
                before=self._before(live),
                read=read,
            )
        return rooms.builder.plan(corpus, live), there

    def _before(self, live: str | None) -> Before:
        rooms = self._rooms
        kept_out = {d: _why_purged(p) for d, p in rooms.purged.digests().items()}
        return rooms.builder.before(live, kept_out, rooms.bounds)

    def _build(
        self,
        run: Writing,
        plan: Plan,
        there: CorpusFolder,
        *,
        allow_shrink: bool,
    ) -> None:
        try:
            golden = golden_of(there)
        except DocumentError as error:
            # Said before the passages are embedded, which may take long.
            run.release = _kept_back(run.release, GateReport(failures=(str(error),)))
            return
        self._built(run, plan, golden, allow_shrink=allow_shrink)

    def _built(
        self, run: Writing, plan: Plan, golden: Sequence[GoldenQuestion], *, allow_shrink: bool
    ) -> None:
        rooms = self._rooms
        built = rooms.builder.build(plan, _embedding(run, rooms.releases.throughput()))
        rooms.export_encoder()
        gate = tested(rooms, run, plan, built, golden, allow_shrink=allow_shrink)
        run.release = replace(
            run.release, gate=gate, encoder_seconds=round(built.encoder_seconds, 3)
        )
        if not gate.is_open:
            run.release = _kept_back(run.release, gate)
            return
        run.progress(Step.SWITCH, 0, 1)
        snapshot = built.manifest.snapshot
        run.note(snapshot=snapshot)
        rooms.builder.adopt(built.folder)
        run.switch(snapshot)
        sentence = f"Snapshot {snapshot} is live: {_counted(run.release.counts)}."
        run.release = replace(run.release, outcome=Outcome.LIVE, sentence=sentence)

    def _unchanged(self, release: Release) -> Release:
        sentence = f"Nothing has changed; snapshot {release.before} stays live."
        return replace(
            release, outcome=Outcome.UNCHANGED, snapshot=release.before, sentence=sentence
        )

    def roll_back(self, actor: Actor, snapshot: str | None = None) -> Release:
        """Make a kept snapshot live, by default the newest that is older than the live one.

        Raises CorpusError when there is none, it cannot be opened, or holds a document that was
        purged; what is live then stays so.
        """
        rooms = self._rooms
        with writing(rooms, Action.ROLL_BACK, actor, target=snapshot or "") as run:
            before = run.release.before
            chosen = snapshot or _older(snapshots_in(rooms.snapshots), before)
            if chosen == before:
                raise CorpusError(f"Snapshot {chosen} is live already.")
            if chosen not in snapshots_in(rooms.snapshots):
                raise CorpusError(
                    f"There is no snapshot {chosen}; `assistant snapshots` lists those that are "
                    "kept."
                )
            refuse_purged(rooms, chosen)
            # What cannot be opened must not go live.
            rooms.live.open(rooms.snapshots / chosen)
            run.note(snapshot=chosen)
            run.switch(chosen)
            sentence = f"Snapshot {chosen} is live again, in place of {before}."
            run.release = replace(run.release, outcome=Outcome.LIVE, sentence=sentence)
        self._peers_looked_at()
        return run.release

    def purge(self, actor: Actor, document: str) -> Purged:
        """Take a document out of everything that is kept and prove it; raises CorpusError."""
        purged = purge(self._rooms, actor, document)
        self._peers_looked_at()
        return purged

    def snapshots(self) -> Sequence[SnapshotEntry]:
        """Return the snapshots that are kept, newest first."""
        rooms = self._rooms
        live, names = rooms.pointer.live(), snapshots_in(rooms.snapshots)[::-1]
        made = rooms.releases.of(names)
        entries = []
        for name in names:
            try:
                manifest = read_manifest(rooms.snapshots / name)
            except CorpusError:
                # It went while we looked, or another version made it.
                continue
            entries.append(
                SnapshotEntry(
                    name,
                    datetime.fromisoformat(manifest.created),
                    name == live,
                    len(manifest.documents),
                    manifest.passages,
                    manifest.definitions,
                    made.get(name),
                )
            )
        return entries

    def running(self) -> Release | None:
        """Return what is under way, in whichever process."""
        running = self._rooms.releases.running()
        # What was killed in another container, or on another machine, stands there as running.
        return running if running is not None and is_writing(self._rooms) else None

    def last(self) -> Release | None:
        """Return the last reload that ended, whatever its outcome."""
        return self._rooms.releases.last()

    def offer(self, actor: Actor, name: str, data: bytes, front_matter: Mapping[str, str]) -> str:
        """Keep a file for the corpus until a reload takes it in; return its path there.

        Raises DocumentError when the name is taken or cannot be kept, and when files of this kind
        are not read.
        """
        path = keep_offer(self._rooms, name, data, front_matter)
        write_audit(self._rooms, actor, Action.OFFER, "kept", "", path)
        return path

    def take_back(self, actor: Actor, document: str) -> None:
        """Remove a file that was offered, with its front matter; one that is gone is no error."""
        take_back(self._rooms, document)
        write_audit(self._rooms, actor, Action.OFFER, "taken back", "", document)

    def allow_again(self, actor: Actor, document: str) -> None:
        """Let a document that was purged come back; raises CorpusError when none was."""
        if not self._rooms.purged.allow(document):
            refusal = f"{document} was not purged, so nothing keeps it out."
            write_audit(self._rooms, actor, Action.PURGE, Outcome.FAILED.value, refusal, document)
            raise CorpusError(refusal)
        write_audit(self._rooms, actor, Action.PURGE, "allowed again", "", document)

    def audited(self, most: int) -> Sequence[AuditEntry]:
        """Return the newest lines of the audit log, newest first."""
        return self._rooms.audit.recent(most)

    def audit_breaks(self) -> Sequence[str]:
        """Say where the audit log is not as it was written; nothing when it is whole."""
        return [broken.sentence for broken in self._rooms.audit.verify()]

    def publish(self, actor: Actor) -> Release:
        """Take into the corpus what networks verified and agreed since, and nothing else.

        What changed in the corpus folder stays out. Tested by the gate and switched as a reload
        is; raises as a reload does, and CorpusError when the live snapshot cannot be built upon.
        """
        began = time.perf_counter()
        with writing(self._rooms, Action.PUBLISH, actor) as run:
            plan = plan_of_peers(self._rooms, self._before(run.release.before))
            run.release = replace(run.release, counts=plan.counts(), failed=plan.corpus.failed)
            if plan.is_unchanged:
                run.release = self._unchanged(run.release)
            else:
                self._built(run, plan, golden_for_peers(self._rooms), allow_shrink=False)
            run.release = self._expired(run.release, actor)
            run.release = replace(run.release, seconds=round(time.perf_counter() - began, 3))
        self._peers_looked_at()
        return run.release

    def is_published(self) -> bool:
        """Whether the live snapshot holds what networks verified and agreed, as it stands now."""
        return not self.unpublished()

    def unpublished(self) -> Sequence[str]:
        """Return the documents of networks that are live otherwise than they are now, if any."""
        return unpublished(self._rooms)

    def check_peers(self) -> int:
        """Let verified answers lapse that no longer hold; return how many lapsed by this."""
        return self._rooms.check_peers()

    def _peers_looked_at(self) -> None:
        """Look after a switch whether what was verified still holds; it is looked at again."""
        try:
            self.check_peers()
        except KNOWN_ERRORS as error:
            _log.warning("verified_answers_not_checked", reason=str(known_error(error)))

    def owners(self, documents: Collection[str]) -> Mapping[str, str]:
        """Return who looks after each of these documents, as far as the live snapshot says."""
        live = self._rooms.pointer.live()
        return owners_in(self._rooms.snapshots / live, documents) if live is not None else {}

    def audit(self, entry: AuditEntry) -> None:
        """Write down what was done, or refused, without the train."""
        self._rooms.audit.write(entry)


def _reading(on_progress: OnProgress | None) -> Callable[[int, int], None]:
    def heard(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(Progress(Step.READ, done, total))

    return heard


def _embedding(run: Writing, speed: float | None) -> Callable[[int, int], None]:
    """Return what hears how many passages are embedded, and tells how long the rest takes."""
    began = time.perf_counter()

    def heard(done: int, total: int) -> None:
        spent = time.perf_counter() - began
        usual = (total - done) / (speed or USUAL_PASSAGES_A_SECOND)
        left = spent / done * (total - done) if done else usual
        run.progress(Step.EMBED, done, total, round(left, 1))

    return heard


def _why_purged(purged: PurgedDocument) -> str:
    day = purged.purged_at.astimezone().strftime("%d %B %Y")
    return (
        f"It was purged on {day} by {purged.actor.id} and has not changed; take it out, or let it "
        f"back in with `assistant purge --allow-again {purged.document}`."
    )


def _older(names: Sequence[str], live: str | None) -> str:
    older = [name for name in names if live is not None and name < live]
    if not older:
        raise CorpusError("There is no older snapshot to go back to.")
    return older[-1]


def _counted(counts: Mapping[str, int]) -> str:
    changed = ", ".join(f"{counts.get(k, 0)} {k}" for k in ("added", "changed", "removed"))
    return (
        f"{counts.get('documents', 0)} documents ({changed}), {counts.get('passages', 0)} passages,"
        f" {counts.get('definitions', 0)} definitions, {counts.get('refused', 0)} refused"
    )


def _kept_back(release: Release, gate: GateReport) -> Release:
    sentence = "The gate kept the new snapshot from going live: " + " ".join(gate.failures)
    return replace(release, gate=gate, outcome=Outcome.REFUSED_BY_GATE, sentence=sentence)
