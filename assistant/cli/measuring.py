"""Figures on a question set: `evaluate`."""

from dataclasses import asdict
from pathlib import Path

import click

from assistant.cli.group import json_option, main, print_json, services_of


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option("the figures as one JSON object")
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
    from assistant.terminal.evaluation import evaluation_as_text
    from assistant.terminal.progress import evaluate_with_progress

    services = services_of(ctx, None)
    probe = read_probe(abstain) if abstain is not None else None
    evaluation = evaluate_with_progress(services, read_question_set(folder, probe, limit), stage)
    if as_json:
        print_json(asdict(evaluation))
    else:
        click.echo(evaluation_as_text(evaluation))
