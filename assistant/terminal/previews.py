"""What a reload would do, document by document."""

from dataclasses import asdict
from typing import Any

from assistant.domain.releases import ChangeKind, DocumentChange, Preview
from assistant.terminal.plain import counted, duration, left_out, plain
from assistant.terminal.releases import finding_lines

WIDTH = max(len(kind.value) for kind in ChangeKind)


def preview_as_dict(preview: Preview) -> dict[str, Any]:
    """Return what a reload would do as plain data, with how many documents of each kind of change.

    A reason is None where nothing is refused.
    """
    counts = {kind.value: len(preview.of(kind)) for kind in ChangeKind}
    return counts | asdict(preview)


def preview_as_text(preview: Preview) -> str:
    """Return what a reload would do as lines to read, unchanged documents as a number."""
    lines = [_change_line(c) for c in preview.changes if c.kind is not ChangeKind.UNCHANGED]
    lines += finding_lines(preview.findings)
    lines += [f"Will be asked: {plain(sentence)}" for sentence in preview.asks]
    lines += [f"Golden questions: {plain(sentence)}" for sentence in preview.golden]
    counted = ", ".join(f"{len(preview.of(kind))} {kind.value}" for kind in ChangeKind)
    lines.append(
        f"{counted}; {preview.to_embed} of {preview.passages} passages to embed, about "
        f"{duration(preview.seconds)}. Nothing was written."
    )
    return "\n".join(lines)


def _change_line(change: DocumentChange) -> str:
    kind = f"{change.kind.value:<{WIDTH}}"
    if change.reason is not None:
        return f"{kind} {left_out(change.document, change.reason)}"
    line = f"{kind} {plain(change.document)}"
    if change.kind is ChangeKind.REMOVED:
        return line
    said = f"{counted(change.passages, 'passage')}, {change.to_embed} to embed; "
    said += ", ".join(change.audiences)
    said += f", no longer {', '.join(change.moved_from)}" if change.moved_from else ""
    return f"{line} ({said})"
