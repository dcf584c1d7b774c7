"""The command line, a function a command. Heavy imports wait for their command."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.domain.errors import AssistantError, SettingsError

if TYPE_CHECKING:
    from assistant.bootstrap import Services

FAILED = 1
BAD_INPUT = 2


class _Sentences(click.Group):
    """Ends every command that fails for a known reason with that one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AssistantError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(FAILED)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="commissioning-assistant")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder where everything is kept; ASSISTANT_DATA_DIR otherwise.",
)
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None) -> None:
    """Answer commissioning questions from your organisation's own guidance."""
    ctx.obj = {"data_dir": data_dir}


def _data_dir_option(command: Any) -> Any:
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        help="Folder where everything is kept; ASSISTANT_DATA_DIR otherwise.",
    )(command)


def _services(ctx: click.Context, data_dir: Path | None) -> "Services":
    from assistant.bootstrap import Services
    from assistant.settings import load_settings
    from assistant.telemetry import configure_logging

    settings = load_settings(data_dir=data_dir or ctx.obj["data_dir"])
    configure_logging(settings.log_level, as_json=settings.log_json)
    return Services(settings)


@main.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8", errors="replace"),
    help="Read questions as JSON lines (id, question, history); - is standard input.",
)
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    help="Who the answer is for; repeat for several. Default: public and internal.",
)
@_data_dir_option
@click.pass_context
def ask(
    ctx: click.Context,
    /,
    *,
    question: str | None,
    batch: Any,
    as_json: bool,
    audiences: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Answer one QUESTION, or a file of them."""
    if (question is None) == (batch is None):
        raise click.UsageError("Give a question, or --batch with a file of questions.")
    services = _services(ctx, data_dir)
    services.require_snapshot()
    if batch is not None:
        ctx.exit(_ask_batch(services, batch, audiences))
    from assistant.terminal import answer_as_dict, answer_as_text

    answer = services.answerer(question or "", (), services.audiences(audiences))
    if as_json:
        click.echo(json.dumps(answer_as_dict(answer), ensure_ascii=False))
    else:
        click.echo(answer_as_text(answer))


def _ask_batch(services: "Services", lines: Iterator[str], chosen: tuple[str, ...]) -> int:
    """Answer each line; a line that cannot be read is named and the others are answered."""
    from assistant.terminal import answer_as_dict, asked_in

    status = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = asked_in(line)
        except ValueError as error:
            click.echo(f"Line {number} was left out: {error}", err=True)
            status = BAD_INPUT
            continue
        answer = services.answerer(asked.question, asked.history, services.audiences(chosen))
        click.echo(json.dumps({"id": asked.id} | answer_as_dict(answer), ensure_ascii=False))
    return status


@main.command()
@_data_dir_option
@click.pass_context
def chat(ctx: click.Context, data_dir: Path | None) -> None:
    """Hold a conversation in the terminal, or answer the questions on standard input."""
    from assistant.terminal import converse

    services = _services(ctx, data_dir)
    services.require_snapshot()
    converse(services.answerer, services.audiences(()), sys.stdin)


@main.command()
@click.argument("term")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
@_data_dir_option
@click.pass_context
def define(ctx: click.Context, /, *, term: str, as_json: bool, data_dir: Path | None) -> None:
    """Say what TERM means, by whom, the agreed definition first."""
    from assistant.terminal import answer_as_dict, answer_as_text

    services = _services(ctx, data_dir)
    services.require_snapshot()
    answer = services.definer(term, services.audiences(()))
    if as_json:
        click.echo(json.dumps(answer_as_dict(answer), ensure_ascii=False))
    else:
        click.echo(answer_as_text(answer))


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--allow-shrink", is_flag=True, help="Let the corpus become much smaller.")
@_data_dir_option
@click.pass_context
def ingest(
    ctx: click.Context,
    /,
    *,
    folder: Path | None,
    as_json: bool,
    dry_run: bool,
    allow_shrink: bool,
    data_dir: Path | None,
) -> None:
    """Read FOLDER (default: corpus) into a new snapshot, test it, and make it live."""
    services = _services(ctx, data_dir)
    if dry_run:
        ctx.exit(_preview(services, folder, as_json=as_json))
    ctx.exit(_ingest(services, folder, as_json=as_json, allow_shrink=allow_shrink))


def _preview(services: "Services", folder: Path | None, *, as_json: bool) -> int:
    from assistant.bootstrap import operator
    from assistant.domain.releases import ChangeKind
    from assistant.terminal import preview_as_dict, preview_as_text, steps_with_progress

    preview = steps_with_progress(
        lambda heard: services.train.preview(operator(), heard, folder=folder)
    )
    if as_json:
        click.echo(json.dumps(preview_as_dict(preview), ensure_ascii=False))
    else:
        click.echo(preview_as_text(preview))
    return FAILED if preview.of(ChangeKind.REFUSED) else 0


def _ingest(
    services: "Services", folder: Path | None, *, as_json: bool, allow_shrink: bool = False
) -> int:
    from assistant.bootstrap import operator
    from assistant.domain.releases import Outcome
    from assistant.terminal import (
        left_out,
        release_as_dict,
        release_as_text,
        steps_with_progress,
    )

    release = steps_with_progress(
        lambda heard: services.train.reload(
            operator(), folder=folder, allow_shrink=allow_shrink, on_progress=heard
        )
    )
    if as_json:
        click.echo(json.dumps(release_as_dict(release), ensure_ascii=False))
    else:
        click.echo(release_as_text(release))
    for failed in release.failed:
        click.echo(f"Left out: {left_out(failed.document, failed.reason)}", err=True)
    return FAILED if release.failed or release.outcome is Outcome.REFUSED_BY_GATE else 0


@main.command()
@click.argument("snapshot", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
@_data_dir_option
@click.pass_context
def rollback(
    ctx: click.Context, /, *, snapshot: str | None, as_json: bool, data_dir: Path | None
) -> None:
    """Make SNAPSHOT live again; without a name, the one before the live one."""
    from assistant.bootstrap import operator
    from assistant.terminal import release_as_dict, release_as_text

    release = _services(ctx, data_dir).train.roll_back(operator(), snapshot)
    if as_json:
        click.echo(json.dumps(release_as_dict(release), ensure_ascii=False))
    else:
        click.echo(release_as_text(release))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@_data_dir_option
@click.pass_context
def snapshots(ctx: click.Context, /, *, as_json: bool, data_dir: Path | None) -> None:
    """List the snapshots that are kept: when, by whom, what changed, how the gate went."""
    from assistant.terminal import snapshots_as_dicts, snapshots_as_text

    entries = _services(ctx, data_dir).train.snapshots()
    if as_json:
        click.echo(json.dumps(snapshots_as_dicts(entries), ensure_ascii=False))
    else:
        click.echo(snapshots_as_text(entries))


@main.command()
@click.argument("document")
@click.option("--allow-again", is_flag=True, help="Purge nothing; let DOCUMENT come back.")
@click.option("--json", "as_json", is_flag=True, help="Print the proof as one JSON object.")
@_data_dir_option
@click.pass_context
def purge(
    ctx: click.Context, /, *, document: str, allow_again: bool, as_json: bool, data_dir: Path | None
) -> None:
    """Take DOCUMENT out of everything that is kept, and prove that it is gone."""
    from assistant.bootstrap import operator
    from assistant.terminal import purged_as_text

    train = _services(ctx, data_dir).train
    if allow_again:
        train.allow_again(operator(), document)
        click.echo(f"{document} may come back with the next ingest.")
        return
    purged = train.purge(operator(), document)
    if as_json:
        click.echo(json.dumps(asdict(purged), ensure_ascii=False))
    else:
        click.echo(purged_as_text(purged))
    ctx.exit(FAILED if purged.remains else 0)


@main.command()
@click.option("--last", "most", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@_data_dir_option
@click.pass_context
def audit(ctx: click.Context, /, *, most: int, as_json: bool, data_dir: Path | None) -> None:
    """Show what was done to the corpus and by whom, and whether the log is whole."""
    from assistant.terminal import audit_as_dicts, audit_as_text

    train = _services(ctx, data_dir).train
    entries, breaks = train.audited(most), train.audit_breaks()
    if as_json:
        click.echo(json.dumps(audit_as_dicts(entries), ensure_ascii=False))
    else:
        click.echo(audit_as_text(entries))
    for broken in breaks:
        click.echo(f"The log was changed: {broken}", err=True)
    ctx.exit(FAILED if breaks else 0)


@main.command()
@_data_dir_option
@click.pass_context
def serve(ctx: click.Context, data_dir: Path | None) -> None:
    """Answer in Slack until stopped."""
    _serve(_services(ctx, data_dir))


def _serve(services: "Services") -> None:
    from assistant.slack.app import serve as serve_slack

    if not services.settings.speaks_slack:
        raise SettingsError(
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set; put both into .env, as docs/slack.md"
            " describes, or ask in the terminal with `assistant chat`."
        )
    services.require_snapshot()
    services.warm_up()
    with services.following():
        serve_slack(
            services.settings,
            services.engine,
            services.answerer,
            "Ready in Slack.",
            train=services.train,
            define=services.definer,
        )


@main.command()
@_data_dir_option
@click.pass_context
def run(ctx: click.Context, data_dir: Path | None) -> None:
    """Ingest the corpus if that was not done, then answer in Slack or in the terminal."""
    from assistant.terminal import converse

    services = _services(ctx, data_dir)
    if services.live_manifest() is None:
        _ingest(services, None, as_json=False)
    if services.settings.speaks_slack:
        _serve(services)
    else:
        converse(services.answerer, services.audiences(()), sys.stdin)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the status as one JSON object.")
@_data_dir_option
@click.pass_context
def status(ctx: click.Context, /, *, as_json: bool, data_dir: Path | None) -> None:
    """Say what is live: snapshot, counts, models, stores, last ingest."""
    from assistant.terminal import status_as_dict, status_as_text

    described = status_as_dict(_services(ctx, data_dir))
    if as_json:
        click.echo(json.dumps(described, ensure_ascii=False))
    else:
        click.echo(status_as_text(described))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option("--abstain", type=click.Path(path_type=Path), help="A probe for not answering.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask only the first so many questions.")
@click.option(
    "--retriever",
    "stage",
    type=click.Choice(["vectors", "lexical", "hybrid", "hybrid+rerank"]),
    default="hybrid+rerank",
    show_default=True,
    help="Which scores order the passages.",
)
@click.pass_context
def evaluate(
    ctx: click.Context,
    /,
    *,
    folder: Path,
    as_json: bool,
    abstain: Path | None,
    limit: int | None,
    stage: str,
) -> None:
    """Measure retrieval, answers and abstaining on the question set in FOLDER (BEIR's form)."""
    from assistant.evaluation.question_set import read_probe, read_question_set
    from assistant.terminal import evaluate_with_progress, evaluation_as_text

    services = _services(ctx, None)
    probe = read_probe(abstain) if abstain is not None else None
    evaluation = evaluate_with_progress(services, read_question_set(folder, probe, limit), stage)
    if as_json:
        click.echo(json.dumps(asdict(evaluation)))
    else:
        click.echo(evaluation_as_text(evaluation))


if __name__ == "__main__":
    main()
