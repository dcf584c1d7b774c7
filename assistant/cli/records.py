"""How it stands and what was done: `status`, `audit`."""

from pathlib import Path

import click

from assistant.cli.group import (
    FAILED,
    data_dir_option,
    json_option,
    main,
    print_json,
    services_of,
)


@main.command()
@json_option("the status as one JSON object")
@data_dir_option
@click.pass_context
def status(ctx: click.Context, /, *, as_json: bool, data_dir: Path | None) -> None:
    """Say what is live: snapshot, counts, models, stores; what is under way; the last reload."""
    from assistant.terminal.status import standing, status_as_dict, status_as_text

    now = standing(services_of(ctx, data_dir))
    if as_json:
        print_json(status_as_dict(now))
    else:
        click.echo(status_as_text(now))


@main.command()
@click.option(
    "--last",
    "most",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many lines to show, the newest first.",
)
@json_option("a list of JSON objects")
@data_dir_option
@click.pass_context
def audit(ctx: click.Context, /, *, most: int, as_json: bool, data_dir: Path | None) -> None:
    """Show what was done to the corpus and by whom, and whether the log is whole."""
    from assistant.terminal.records import audit_as_dicts, audit_as_text

    train = services_of(ctx, data_dir).train
    entries, breaks = train.audited(most), train.audit_breaks()
    if as_json:
        print_json(audit_as_dicts(entries))
    else:
        click.echo(audit_as_text(entries))
    for broken in breaks:
        click.echo(f"The log was changed: {broken}", err=True)
    ctx.exit(FAILED if breaks else 0)
