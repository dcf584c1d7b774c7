"""Questions from the command line: `ask`, `chat`, `define`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.group import (
    BAD_INPUT,
    data_dir_option,
    json_option,
    main,
    print_json,
    services_of,
)

if TYPE_CHECKING:
    from assistant.bootstrap import Services
    from assistant.domain.answers import Answer

_audience_option = click.option(
    "--audience",
    "audiences",
    multiple=True,
    help="Who the answer is for; repeat for several. Default: public and internal.",
)


@main.command()
@click.argument("question", required=False)
@json_option("the answer as one JSON object")
@click.option(
    "--batch",
    type=click.File("r", encoding="utf-8", errors="replace"),
    help="Read questions as JSON lines (id, question, history); - is standard input.",
)
@_audience_option
@data_dir_option
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
    services = services_of(ctx, data_dir)
    services.require_snapshot()
    if batch is not None:
        ctx.exit(_ask_batch(services, batch, audiences))
    _print(
        services.answerer(question or "", (), services.audiences(audiences)),
        as_json=as_json,
    )


def _ask_batch(services: "Services", lines: Iterator[str], chosen: tuple[str, ...]) -> int:
    """Answer each line; a line that cannot be read is named and the others are answered."""
    from assistant.terminal.answers import answer_as_dict
    from assistant.terminal.batch import asked_in

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
        print_json({"id": asked.id} | answer_as_dict(answer))
    return status


@main.command()
@data_dir_option
@click.pass_context
def chat(ctx: click.Context, data_dir: Path | None) -> None:
    """Hold a conversation in the terminal, or answer the questions on standard input."""
    from assistant.terminal.conversation import converse

    services = services_of(ctx, data_dir)
    services.require_snapshot()
    converse(services.answerer, services.audiences(()), sys.stdin)


@main.command()
@click.argument("term")
@json_option("the answer as one JSON object")
@_audience_option
@data_dir_option
@click.pass_context
def define(
    ctx: click.Context,
    /,
    *,
    term: str,
    as_json: bool,
    audiences: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Say what TERM means, by whom, the agreed definition first."""
    services = services_of(ctx, data_dir)
    services.require_snapshot()
    _print(services.definer(term, services.audiences(audiences)), as_json=as_json)


def _print(answer: "Answer", *, as_json: bool) -> None:
    from assistant.terminal.answers import answer_as_dict, answer_as_text

    if as_json:
        print_json(answer_as_dict(answer))
    else:
        click.echo(answer_as_text(answer))
