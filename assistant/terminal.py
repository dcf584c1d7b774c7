"""What the command line prints: answers, reports and status, as text and as plain data."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from assistant.bootstrap import Services
from assistant.domain.answers import Answer, Citation, Turn
from assistant.domain.ports import AnswersQuestions
from assistant.evaluation.evaluate import Evaluation
from assistant.evaluation.question_set import QuestionSet
from assistant.ingestion.build import IngestReport

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


def ingest_with_progress(services: Services, folder: Path) -> IngestReport:
    """Ingest a folder with progress bars."""
    with _progress() as progress:
        read = _advance(progress, "Reading documents")
        embedded = _advance(progress, "Embedding passages")
        return services.ingest(folder, lambda _, done, total: read(done, total), embedded)


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


def report_as_dict(report: IngestReport) -> dict[str, Any]:
    """Return what an ingest did as plain data."""
    fields = asdict(report)
    fields["failed"] = [asdict(failed) for failed in report.failed]
    return fields


def left_out(document: str, reason: str) -> str:
    """Say which file was left out and why; nothing in its name steers a terminal."""
    said = reason if reason.startswith(document) else f"{document}: {reason}"
    shown = (c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in said)
    return "".join(shown)


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
