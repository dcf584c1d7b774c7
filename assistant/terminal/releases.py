"""What a run of the train did, and which snapshots are kept."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.domain.releases import (
    ChangeKind,
    Finding,
    GateReport,
    Outcome,
    Release,
    SnapshotEntry,
)
from assistant.terminal.plain import counted, moment, plain

MOST_FINDINGS = 20
LEFT_ALONE = (
    "What was live is live still. Mend the documents, or golden.yaml where what it asks for has "
    "changed, and ingest again."
)
COUNTED = ("documents", "passages", "definitions", "embedded", *(k.value for k in ChangeKind))


def release_as_dict(release: Release) -> dict[str, Any]:
    """Return what a reload or a purge did as plain data; `gate` is None when none was reached."""
    return {
        "snapshot": release.snapshot,
        **{name: release.counts.get(name, 0) for name in COUNTED},
        "failed": [asdict(failed) for failed in release.failed],
        "seconds": release.seconds,
        "encoder_seconds": release.encoder_seconds,
        "outcome": release.outcome.value,
        "sentence": release.sentence,
        "findings": [asdict(finding) for finding in release.findings],
        "gate": asdict(release.gate) if release.gate is not None else None,
        **_when_and_by_whom(release),
    }


def release_as_text(release: Release) -> str:
    """Return what a reload did as lines to read; what was left out is said elsewhere."""
    lines = [f"{plain(release.sentence)} ({release.seconds:.1f} s)"]
    lines += finding_lines(release.findings)
    if release.gate is not None:
        lines += gate_lines(release.gate)
    if release.outcome is Outcome.REFUSED_BY_GATE:
        lines.append(LEFT_ALONE)
    return "\n".join(lines)


def roll_back_as_dict(release: Release) -> dict[str, Any]:
    """Return which snapshot a roll back made live, and in place of which, as plain data."""
    return {
        "snapshot": release.snapshot,
        "before": release.before,
        "seconds": release.seconds,
        "outcome": release.outcome.value,
        "sentence": release.sentence,
        **_when_and_by_whom(release),
    }


def finding_lines(findings: Sequence[Finding], most: int = MOST_FINDINGS) -> list[str]:
    """Return a line for each finding up to `most`, and how many more there are.

    All of them are in the plain data.
    """
    lines = [f"Note: {plain(finding.sentence)}" for finding in findings[:most]]
    more = len(findings) - most
    return [*lines, f"Note: {more} more; --json shows them all."] if more > 0 else lines


def gate_lines(gate: GateReport) -> list[str]:
    """Return what the gate warns of, and what it looked at where it came to look."""
    lines = [f"Warning: {plain(warning)}" for warning in gate.warnings]
    if not gate.sampled:
        return lines
    went = f" and {gate.passed} of {gate.golden} golden questions went well."
    looked = f"Gate: {counted(gate.sampled, 'passage')} looked for"
    return [*lines, looked + (went if gate.golden else "; there are no golden questions.")]


def snapshots_as_dicts(entries: Sequence[SnapshotEntry]) -> list[dict[str, Any]]:
    """Return the snapshots that are kept as plain data, the newest first."""
    return [
        {
            "snapshot": entry.snapshot,
            "created": entry.created.isoformat(),
            "live": entry.is_live,
            "documents": entry.documents,
            "passages": entry.passages,
            "definitions": entry.definitions,
            "release": release_as_dict(entry.release) if entry.release is not None else None,
        }
        for entry in entries
    ]


def snapshots_as_text(entries: Sequence[SnapshotEntry]) -> str:
    """Return the snapshots that are kept, the newest first."""
    if not entries:
        return "Nothing was ingested yet; run `assistant ingest` first."
    return "\n".join(map(_snapshot_lines, entries))


def _snapshot_lines(entry: SnapshotEntry) -> str:
    lines = [
        f"{entry.snapshot}{'  live' if entry.is_live else ''}",
        (
            f"  made {moment(entry.created)}: {counted(entry.documents, 'document')}, "
            f"{counted(entry.passages, 'passage')}, {counted(entry.definitions, 'definition')}"
        ),
    ]
    release = entry.release
    if release is not None:
        changed = ", ".join(
            f"{release.counts.get(kind, 0)} {kind}" for kind in ("added", "changed", "removed")
        )
        lines.append(
            f"  by {plain(release.actor.id)} ({release.actor.surface}), {release.action.value}: "
            f"{changed}; {_gate(release.gate)}"
        )
    return "\n".join(lines)


def _gate(gate: GateReport | None) -> str:
    if gate is None:
        return "not tested by the gate"
    warned = f", {counted(len(gate.warnings), 'warning')}" if gate.warnings else ""
    if not gate.golden:
        return f"gate passed, no golden questions{warned}"
    return f"gate passed, {gate.passed} of {gate.golden} golden questions well{warned}"


def _when_and_by_whom(release: Release) -> dict[str, Any]:
    return {
        "by": release.actor.id,
        "surface": release.actor.surface,
        "started_at": release.started_at.isoformat(timespec="seconds"),
    }
