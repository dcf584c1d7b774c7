"""What each operation of the release train says to an administrator: pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.documents import FailedDocument
from assistant.domain.releases import (
    ChangeKind,
    DocumentChange,
    Finding,
    GateReport,
    Outcome,
    Preview,
    Purged,
    Release,
    SnapshotEntry,
)
from assistant.slack import admin_sentences
from assistant.slack.admin_blocks import (
    RELOAD_CONFIRM,
    Section,
    Told,
    button,
    buttons,
    counted,
    line,
    main_buttons,
    name,
    sentence_told,
    told,
)
from assistant.slack.admin_command import Subcommand
from assistant.slack.blocks import Shown, text_blocks

_CHANGES = ("added", "changed", "removed", "unchanged", "refused")
_SHOWN_CHANGES = (
    (ChangeKind.REFUSED, "Would be refused"),
    (ChangeKind.ADDED, "Would be added"),
    (ChangeKind.CHANGED, "Would be changed"),
    (ChangeKind.REMOVED, "Would be removed"),
)


@dataclass(frozen=True, slots=True)
class CorpusState:
    """What the train says of itself at one moment; `snapshots` are newest first."""

    snapshots: tuple[SnapshotEntry, ...]
    running: Release | None
    last: Release | None

    @property
    def live(self) -> SnapshotEntry | None:
        """The snapshot that is live."""
        return next((entry for entry in self.snapshots if entry.is_live), None)


def status_lines(state: CorpusState) -> list[Shown]:
    """Show what is live, what is under way and how the last reload ended."""
    lines = [*_live_lines(state.live)]
    if state.running is not None:
        run = state.running
        lines.append(line("Under way: ", _what(run), " by ", run.actor, " since ", run.started_at))
        if run.progress is not None:
            lines.append(line(admin_sentences.progress(_what(run), run.progress)))
    if state.last is not None:
        lines += _last_lines(state.last)
    return lines


def status_told(state: CorpusState) -> Told:
    """Say what is live, what is under way and how the last reload ended."""
    sections = _release_sections(state.last) if state.last is not None else []
    return told(status_lines(state), sections, [main_buttons()])


def preview_told(preview: Preview) -> Told:
    """Say what a reload would do, document by document."""
    kinds = {kind.value: len(preview.of(kind)) for kind in ChangeKind}
    opening = [line(f"A reload would give: {counted(kinds, *_CHANGES)}.")]
    if set(kinds) - {ChangeKind.UNCHANGED.value} == {k for k, n in kinds.items() if not n}:
        opening.append(line(admin_sentences.NO_CHANGES))
    opening.append(
        line(
            f"{preview.to_embed:,} of {preview.passages:,} passages would be embedded; "
            f"it would take {admin_sentences.duration(preview.seconds)}."
        )
    )
    sections = [
        Section("What the gate would ask", preview.asks),
        Section("Golden questions that would go wrong", preview.golden),
    ]
    sections += [
        Section(title, tuple(_change(change) for change in preview.of(kind)))
        for kind, title in _SHOWN_CHANGES
    ]
    sections.append(_findings(preview.findings))
    reload = button("Reload now", Subcommand.RELOAD, confirm=RELOAD_CONFIRM)
    return told(opening, sections, [buttons(reload)])


def release_told(release: Release, first: Sequence[Shown] = ()) -> Told:
    """Say how a reload or a roll back ended: what changed, what failed and why, and the gate."""
    opening = [*first, *_outcome_lines(release), *_figure_lines(release)]
    closing = [_after_refusal()] if release.outcome is Outcome.REFUSED_BY_GATE else []
    return told(opening, _release_sections(release), closing)


def snapshots_told(entries: Sequence[SnapshotEntry]) -> Told:
    """List the snapshots that are kept, each but the live one with a button to roll back to it."""
    if not entries:
        return sentence_told(admin_sentences.NO_SNAPSHOTS)
    return told([shown for entry in entries for shown in snapshot_blocks(entry)])


def snapshot_blocks(entry: SnapshotEntry) -> list[Shown]:
    """Show one snapshot: what is in it, who made it and how its gate went."""
    is_live = ", live" if entry.is_live else ""
    shown = [
        line(f"{name(entry.snapshot)}{is_live}, made ", entry.created, f": {_contents(entry)}.")
    ]
    run = entry.release
    if run is not None:
        words = _sentences(_changes(run), _gate(run.gate))
        shown.append(line("By ", run.actor, f". {words}" if words else "."))
    if not entry.is_live:
        confirm = f"{name(entry.snapshot, 100)} goes live. The corpus folder stays as it is."
        label = "Roll back to this"
        shown.append(buttons(button(label, Subcommand.ROLL_BACK, entry.snapshot, confirm)))
    return shown


def failed_told(last: Release | None) -> Told:
    """List the documents that did not go in at the last reload, each with its reason."""
    if last is None:
        return sentence_told(admin_sentences.NO_RELOAD_YET)
    if not last.failed:
        return sentence_told(admin_sentences.NONE_FAILED)
    opening = [line("The reload that ended ", last.ended_at or last.started_at, " left out:")]
    return told(opening, [failed_section(last.failed)])


def failed_section(failed: Sequence[FailedDocument]) -> Section:
    """Return the documents that did not go in, with their reasons."""
    return Section("Documents that did not go in", tuple(_failed(each) for each in failed))


def purged_told(purged: Purged) -> Told:
    """Say that a document is gone and how that was checked, or what still holds some of it."""
    searched = (
        f"{purged.sentences:,} sentences and {purged.vectors:,} vectors of it were looked for, in "
        f"{purged.files:,} files and by {purged.searches:,} searches."
    )
    opening = [
        line(f"{name(purged.document)} is {'not wholly ' if purged.remains else ''}gone."),
        line(searched),
    ]
    if purged.snapshots_removed:
        opening.append(line(f"{len(purged.snapshots_removed)} older snapshots were removed."))
    if purged.answers_withdrawn:
        opening.append(line(f"{purged.answers_withdrawn} kept answers that quoted it were too."))
    return told(opening, [Section("What still holds some of it", purged.remains)])


def _live_lines(live: SnapshotEntry | None) -> list[Shown]:
    if live is None:
        return [line(admin_sentences.NOTHING_YET)]
    since = live.created
    return [line(f"Live: {name(live.snapshot)}, made ", since), line(f"{_contents(live)}.")]


def _last_lines(last: Release) -> list[Shown]:
    ended = last.ended_at or last.started_at
    head = line("Last reload: ", last.outcome.value, ", by ", last.actor, ", ended ", ended)
    return [head, *_figure_lines(last)]


def _outcome_lines(release: Release) -> list[Shown]:
    if release.outcome is Outcome.REFUSED_BY_GATE:
        # The reasons stand below, one a line.
        return list(text_blocks(admin_sentences.GATE_SHUT))
    said = name(release.sentence, 1000) if release.sentence else ""
    return list(text_blocks(said or f"{_what(release)}: {release.outcome.value}."))


def _figure_lines(release: Release) -> list[Shown]:
    took = f"It took {_seconds(release.seconds)}." if release.seconds else ""
    words = _sentences(_changes(release), _passages(release), _gate(release.gate), took)
    return [line(words)] if words else []


def _release_sections(release: Release) -> list[Section]:
    gate = release.gate or GateReport()
    return [
        Section("Why it did not go live", gate.failures),
        failed_section(release.failed),
        Section("What the gate noticed", gate.warnings),
        _findings(release.findings),
    ]


def _after_refusal() -> Shown:
    confirm = f"{RELOAD_CONFIRM} It may be much smaller than the live one."
    again = button("Reload, allow to shrink", Subcommand.RELOAD_SMALLER, confirm=confirm)
    shown = buttons(again)
    return Shown(shown.block, f"{admin_sentences.SHRINK_HINT} {shown.words}")


def _findings(findings: Sequence[Finding]) -> Section:
    return Section("Worth a look", tuple(finding.sentence for finding in findings))


def _change(change: DocumentChange) -> str:
    if change.reason is not None:
        return _failed(FailedDocument(change.document, change.reason))
    said = change.document
    if change.to_embed:
        said += f", {change.to_embed:,} of {change.passages:,} passages to embed"
    if change.moved_from:
        said += f", from {', '.join(change.moved_from)} to {', '.join(change.audiences)}"
    return said


def _failed(failed: FailedDocument) -> str:
    reason = failed.reason
    return reason if reason.startswith(failed.document) else f"{failed.document}: {reason}"


def _contents(entry: SnapshotEntry) -> str:
    return (
        f"{entry.documents:,} documents, {entry.passages:,} passages, "
        f"{entry.definitions:,} definitions"
    )


def _what(release: Release) -> str:
    return release.action.value.capitalize()


def _changes(release: Release) -> str:
    said = counted(release.counts, *_CHANGES)
    return f"Documents: {said}." if said else ""


def _passages(release: Release) -> str:
    counts = release.counts
    if "passages" not in counts:
        return ""
    return f"{counts['passages']:,} passages, {counts.get('embedded', 0):,} embedded anew."


def _gate(gate: GateReport | None) -> str:
    if gate is None:
        return ""
    state = "open" if gate.is_open else "shut"
    golden = f"{gate.passed:,} of {gate.golden:,} golden questions went well"
    return f"Gate {state}: {golden}, {gate.sampled:,} passages were looked for."


def _seconds(seconds: float) -> str:
    most = 60
    return f"{seconds:.1f} s" if seconds < most else admin_sentences.duration(seconds)


def _sentences(*said: str) -> str:
    return " ".join(sentence for sentence in said if sentence)
