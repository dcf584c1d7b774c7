"""Proof that a document is gone, and the audit log."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.domain.releases import AuditEntry, Purged
from assistant.terminal.plain import plain


def purged_as_dict(purged: Purged) -> dict[str, Any]:
    """Return the proof that a document is gone as plain data; `remains` is empty when it is."""
    return asdict(purged)


def purged_as_text(purged: Purged) -> str:
    """Return the proof that a document is gone, or what still holds it."""
    tables = f", {purged.tables} tables" if purged.tables else ""
    looked = (
        f"{purged.sentences} of its sentences and {purged.vectors} of its vectors were looked for "
        f"in {purged.files} files{tables} and {purged.searches} searches"
    )
    said = f"{plain(purged.document)} is gone: {looked}, and nothing was found."
    if purged.remains:
        still = plain(", ".join(purged.remains))
        said = f"{plain(purged.document)} is not wholly gone, it remains in {still}: {looked}."
    return (
        f"{said}\nSnapshots removed: {len(purged.snapshots_removed)}. "
        f"Answers withdrawn: {purged.answers_withdrawn}."
    )


def audit_as_dicts(entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Return lines of the audit log as plain data, the newest first."""
    return [asdict(entry) | {"at": entry.at.isoformat()} for entry in entries]


def audit_as_text(entries: Sequence[AuditEntry]) -> str:
    """Return lines of the audit log, the newest first."""
    return "\n".join(map(_audit_line, entries)) or "Nothing was done yet."


def _audit_line(entry: AuditEntry) -> str:
    said = (
        f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}",
        f"{entry.actor.id} ({entry.actor.surface})",
        entry.action,
        entry.target,
        entry.outcome,
        entry.detail,
    )
    return plain("  ".join(part for part in said if part))
