"""What the command line prints: answers, reports and status, as text and as plain data."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import TextIOWrapper
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from assistant.bootstrap import Services
from assistant.domain.answers import Answer, Citation, Turn
from assistant.domain.ports import AnswersQuestions
from assistant.domain.releases import (
    AuditEntry,
    ChangeKind,
    DocumentChange,
    OnProgress,
    Preview,
    Purged,
    Release,
    SnapshotEntry,
    Step,
)
from assistant.domain.releases import Progress as StepProgress
from assistant.evaluation.evaluate import Evaluation
from assistant.evaluation.question_set import QuestionSet

T = TypeVar("T")
REMEMBERED_TURNS = 6
GREETING = "Ask about commissioning. An empty line or Ctrl-D ends the conversation."


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of a batch."""

    id: Any
    question: str
    history: tuple[Turn, ...]


def asked_in(line: str) -> Asked:
    """Read one line of a batch; raises ValueError with a sentence that says what is wrong."""
    fields = _json_in(line)
    if not isinstance(fields, dict) or not isinstance(fields.get("question"), str):
        raise ValueError(  # noqa: TRY004 - the line is wrong, not a caller's type
            'it must be an object with "id" and "question", both given.'
        )
    history = fields.get("history") or []
    pairs = isinstance(history, list) and all(
        isinstance(turn, list | tuple) and len(turn) == 2 and all(isinstance(t, str) for t in turn)  # noqa: PLR2004
        for turn in history
    )
    if not pairs:
        raise ValueError('"history" must be a list of [question, answer] pairs of texts.')
    turns = tuple(Turn(question, answer) for question, answer in history[-REMEMBERED_TURNS:])
    return Asked(fields.get("id"), fields["question"], turns)


def _json_in(line: str) -> Any:
    """Read a line of JSON so that it can be written as JSON again; half characters become `?`."""
    try:
        fields = json.loads(line.removeprefix("\ufeff"))
        whole = json.dumps(fields, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")
        return json.loads(whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg} at column {error.colno}).") from None
    except RecursionError:
        raise ValueError("it is nested too deeply to be read.") from None
    except ValueError:
        raise ValueError("it holds a number that is too long, or none at all (NaN).") from None


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, in the shape that other programs rely on."""
    fields = asdict(answer)
    fields["status"] = answer.status.value
    for key in ("citations", "nearest"):
        fields[key] = [_plain_dates(citation) for citation in fields[key]]
    fields["statements"] = [
        {**statement, "citations": list(statement["citations"])}
        for statement in fields["statements"]
    ]
    return fields


def _plain_dates(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in fields.items()}


def answer_as_text(answer: Answer) -> str:
    """Return an answer as a reader in a terminal sees it, its sources below."""
    parts = [answer.text]
    if answer.note:
        parts.append(answer.note)
    if answer.citations:
        parts.append("Sources:\n" + "\n".join(map(_citation_line, answer.citations)))
    if answer.nearest:
        parts.append("Nearest sections:\n" + "\n".join(map(_citation_line, answer.nearest)))
    return "\n\n".join(parts)


def _citation_line(citation: Citation) -> str:
    line = f"[{citation.number}] {citation.section}. {citation.source}"
    if citation.mark:
        line += f" ({citation.mark})"
    return f"{line} <{citation.url}>" if citation.url else line


def converse(answer: AnswersQuestions, audiences: Sequence[str], questions: TextIO) -> None:
    """Answer line by line until the input ends; a person in front of a terminal is prompted."""
    if isinstance(questions, TextIOWrapper):
        questions.reconfigure(errors="replace")
    interactive = questions.isatty()
    if interactive:
        click.echo(GREETING)
    history: list[Turn] = []
    for question in _lines(questions, interactive=interactive):
        reply = answer(question, tuple(history[-REMEMBERED_TURNS:]), audiences)
        click.echo(answer_as_text(reply) + "\n")
        sys.stdout.flush()
        history.append(Turn(question, reply.text if reply.status.answers else ""))


def _lines(questions: TextIO, *, interactive: bool) -> Iterable[str]:
    """Yield the questions; an empty line ends a conversation and is skipped in a file."""
    while True:
        if interactive:
            click.echo("> ", nl=False)
        line = questions.readline()
        if not line or (interactive and not line.strip()):
            return
        if line.strip():
            yield line.strip()


def _progress() -> Progress:
    """Return bars on standard error, each with the time that is left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Where nobody watches, a bar would only leave an empty line behind.
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    return Progress(*columns, console=console, transient=True)


def _advance(progress: Progress, description: str) -> Callable[[int, int], None]:
    """Return a callback that shows how much of a task is done."""
    task = progress.add_task(description, total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


def steps_with_progress(run: Callable[[OnProgress], T]) -> T:
    """Run what tells of its steps, with a progress bar for each."""
    with _progress() as shown:
        tasks: dict[Step, TaskID] = {}

        def heard(progress: StepProgress) -> None:
            if progress.step not in tasks:
                said = progress.step.value.capitalize()
                tasks[progress.step] = shown.add_task(said, total=None)
            task = tasks[progress.step]
            shown.update(task, completed=progress.done, total=progress.total)

        return run(heard)


def evaluate_with_progress(services: Services, questions: QuestionSet, stage: str) -> Evaluation:
    """Evaluate a question set with progress bars."""
    with _progress() as progress:
        embedded = _advance(progress, "Embedding passages")
        asked = _advance(progress, "Asking questions")
        return services.evaluate(questions, stage, embedded, asked)


def evaluation_as_text(evaluation: Evaluation) -> str:
    """Return the figures as a table with their 95 % intervals."""
    lines = [f"{'questions':<18} {evaluation.queries:>9}"]
    for name, figure in evaluation.figures().items():
        said = "   nothing to measure it on"
        if figure is not None:
            said = f" {figure.value:>9.3f}   {figure.low:.3f} to {figure.high:.3f}"
        lines.append(f"{name.replace('_', ' '):<18}{said}")
    return "\n".join(lines)


def release_as_dict(release: Release) -> dict[str, Any]:
    """Return what a run of the train did as plain data."""
    counts = dict(release.counts)
    refused = counts.pop("refused", 0)
    return {
        "snapshot": release.snapshot,
        **counts,
        "refused": refused,
        "failed": [asdict(failed) for failed in release.failed],
        "seconds": release.seconds,
        "encoder_seconds": release.encoder_seconds,
        "outcome": release.outcome.value,
        "sentence": release.sentence,
        "findings": [asdict(finding) for finding in release.findings],
        "gate": asdict(release.gate) if release.gate is not None else None,
        "by": release.actor.id,
        "started_at": release.started_at.isoformat(timespec="seconds"),
    }


def release_as_text(release: Release) -> str:
    """Return what a run of the train did as lines to read; what was left out is said elsewhere."""
    lines = [f"{plain(release.sentence)} ({release.seconds:.1f} s)"]
    lines += [f"Note: {plain(finding.sentence)}" for finding in release.findings]
    if release.gate is not None:
        gate = release.gate
        lines += [f"Golden question: {plain(warning)}" for warning in gate.warnings]
        lines.append(
            f"Gate: {gate.sampled} passages looked for, {gate.passed} of {gate.golden} golden "
            "questions went well."
        )
    return "\n".join(lines)


def preview_as_dict(preview: Preview) -> dict[str, Any]:
    """Return what a reload would do as plain data."""
    fields = asdict(preview)
    return fields | {kind.value: len(preview.of(kind)) for kind in ChangeKind}


def preview_as_text(preview: Preview) -> str:
    """Return what a reload would do as lines to read, unchanged documents as a number."""
    lines = [_change_line(c) for c in preview.changes if c.kind is not ChangeKind.UNCHANGED]
    lines += [f"Note: {plain(finding.sentence)}" for finding in preview.findings]
    counted = ", ".join(f"{len(preview.of(kind))} {kind.value}" for kind in ChangeKind)
    lines.append(
        f"{counted}; {preview.to_embed} of {preview.passages} passages to embed, about "
        f"{preview.seconds:.0f} s. Nothing was written."
    )
    return "\n".join(lines)


def _change_line(change: DocumentChange) -> str:
    line = f"{change.kind.value:<9} {plain(change.document)}"
    if change.reason is not None:
        return f"{line}: {plain(change.reason)}"
    if change.kind is ChangeKind.REMOVED:
        return line
    line += f" ({change.passages} passages, {change.to_embed} to embed; "
    line += ", ".join(change.audiences)
    return line + (f", no more {', '.join(change.moved_from)})" if change.moved_from else ")")


def snapshots_as_dicts(entries: Sequence[SnapshotEntry]) -> list[dict[str, Any]]:
    """Return the snapshots that are kept as plain data."""
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
    """Return the snapshots that are kept, one a paragraph, newest first."""
    return "\n".join(map(_snapshot_lines, entries)) or "Nothing was ingested yet."


def _snapshot_lines(entry: SnapshotEntry) -> str:
    when = entry.created.astimezone().strftime("%Y-%m-%d %H:%M")
    lines = [
        f"{entry.snapshot}{'  live' if entry.is_live else ''}",
        (
            f"  made {when}: {entry.documents} documents, {entry.passages} passages, "
            f"{entry.definitions} definitions"
        ),
    ]
    release = entry.release
    if release is not None:
        changed = ", ".join(
            f"{release.counts.get(kind, 0)} {kind}" for kind in ("added", "changed", "removed")
        )
        gate = release.gate
        went = f"gate: {gate.passed} of {gate.golden} golden questions" if gate else "no gate"
        lines.append(f"  by {plain(release.actor.id)} ({release.actor.surface}): {changed}; {went}")
    return "\n".join(lines)


def purged_as_text(purged: Purged) -> str:
    """Return the proof that a document is gone, or what still holds it."""
    said = (
        f"{plain(purged.document)} is gone: {purged.sentences} of its sentences and "
        f"{purged.vectors} of its vectors were looked for in {purged.files} files and "
        f"{purged.searches} searches, and nothing was found."
    )
    if purged.remains:
        said = f"{plain(purged.document)} remains in {', '.join(purged.remains)}."
    return (
        f"{said} {len(purged.snapshots_removed)} snapshots were removed and "
        f"{purged.answers_withdrawn} answers withdrawn."
    )


def audit_as_dicts(entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Return lines of the audit log as plain data."""
    return [asdict(entry) | {"at": entry.at.isoformat()} for entry in entries]


def audit_as_text(entries: Sequence[AuditEntry]) -> str:
    """Return lines of the audit log, newest first."""
    return "\n".join(
        plain(
            f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.actor.id} ({entry.actor.surface})  "
            f"{entry.action}  {entry.target}  {entry.outcome}  {entry.detail}"
        )
        for entry in entries
    )


def plain(text: str) -> str:
    """Return text in which nothing steers a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def left_out(document: str, reason: str) -> str:
    """Say which file was left out and why; nothing in its name steers a terminal."""
    said = reason if reason.startswith(document) else f"{document}: {reason}"
    return plain(said)


def status_as_dict(services: Services) -> dict[str, Any]:
    """Return what is live as plain data, without secrets.

    Before the first ingest `snapshot` and `last_ingest` are None and the counts 0.
    """
    live = services.live_manifest()
    settings = services.settings
    counts = {
        "documents": len(live.documents) if live else 0,
        "passages": live.passages if live else 0,
        "definitions": live.definitions if live else 0,
        "failed": len(live.failed) if live else 0,
    }
    last = (
        {"at": live.created, "seconds": live.seconds, "failed": dict(live.failed)} if live else None
    )
    return {
        "snapshot": live.snapshot if live else None,
        "counts": counts,
        "models": {
            "encoder": settings.encoder,
            "encoder_digest": live.encoder_digest if live else None,
            "reranker": settings.reranker or "late interaction",
            "chat_model": settings.chat_model,
        },
        "stores": {
            "data_dir": str(settings.data_dir),
            "vectors": "Chroma, embedded",
            "database": "SQLite",
            "audiences": list(live.audiences) if live else [],
        },
        "last_ingest": last,
    }


def status_as_text(described: Mapping[str, Any]) -> str:
    """Return the status as lines to read."""
    last, counts, models, stores = (
        described[key] for key in ("last_ingest", "counts", "models", "stores")
    )
    if last is None:
        return "Nothing was ingested yet; run `assistant ingest` first."
    of_all = ", ".join(f"{count} {name}" for name, count in counts.items())
    lines = [
        f"Snapshot    {described['snapshot']}, ingested {last['at']} in {last['seconds']} s",
        f"Counts      {of_all}",
        f"Encoder     {models['encoder']}",
        f"Reranker    {models['reranker']}",
        f"Chat model  {models['chat_model'] or 'none'}",
        f"Stores      {stores['vectors']}, and {stores['database']}, in {stores['data_dir']}",
        f"Audiences   {', '.join(stores['audiences'])}",
    ]
    lines += [f"Left out    {left_out(*failed)}" for failed in last["failed"].items()]
    return "\n".join(lines)
