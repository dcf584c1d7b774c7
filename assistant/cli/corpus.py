"""What changes the corpus: `ingest`, `rollback`, `purge`, and `snapshots` to choose from."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.group import (
    FAILED,
    data_dir_option,
    json_option,
    main,
    print_json,
    services_of,
)

if TYPE_CHECKING:
    from assistant.bootstrap import Services


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@json_option("what was done, or would be, as one JSON object")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--allow-shrink", is_flag=True, help="Let the corpus become much smaller.")
@data_dir_option
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
    services = services_of(ctx, data_dir)
    act = preview_folder if dry_run else ingest_folder
    ctx.exit(act(services, folder, as_json=as_json, allow_shrink=allow_shrink))


def preview_folder(
    services: "Services", folder: Path | None, *, as_json: bool, allow_shrink: bool
) -> int:
    """Print what an ingest would do; return the status to exit with."""
    from assistant.bootstrap import operator
    from assistant.domain.releases import ChangeKind
    from assistant.terminal.previews import preview_as_dict, preview_as_text
    from assistant.terminal.progress import steps_with_progress

    preview = steps_with_progress(
        lambda heard: services.train.preview(operator(), heard, folder=folder)
    )
    if as_json:
        print_json(preview_as_dict(preview))
    else:
        click.echo(preview_as_text(preview))
    is_asked = bool(preview.asks) and not allow_shrink
    return FAILED if preview.of(ChangeKind.REFUSED) or preview.golden or is_asked else 0


def ingest_folder(
    services: "Services", folder: Path | None, *, as_json: bool = False, allow_shrink: bool = False
) -> int:
    """Ingest a folder and print how that went; return the status to exit with."""
    from assistant.bootstrap import operator
    from assistant.domain.releases import Outcome
    from assistant.terminal.plain import left_out
    from assistant.terminal.progress import steps_with_progress
    from assistant.terminal.releases import release_as_dict, release_as_text

    release = steps_with_progress(
        lambda heard: services.train.reload(
            operator(), folder=folder, allow_shrink=allow_shrink, on_progress=heard
        )
    )
    if as_json:
        print_json(release_as_dict(release))
    else:
        click.echo(release_as_text(release))
    for failed in release.failed:
        click.echo(f"Left out: {left_out(failed.document, failed.reason)}", err=True)
    return FAILED if release.failed or release.outcome is Outcome.REFUSED_BY_GATE else 0


@main.command()
@click.argument("snapshot", required=False)
@json_option("what was done as one JSON object")
@data_dir_option
@click.pass_context
def rollback(
    ctx: click.Context, /, *, snapshot: str | None, as_json: bool, data_dir: Path | None
) -> None:
    """Make SNAPSHOT live again; without a name, the one before the live one."""
    from assistant.bootstrap import operator
    from assistant.terminal.releases import release_as_text, roll_back_as_dict

    release = services_of(ctx, data_dir).train.roll_back(operator(), snapshot)
    if as_json:
        print_json(roll_back_as_dict(release))
    else:
        click.echo(release_as_text(release))


@main.command()
@json_option("a list of JSON objects")
@data_dir_option
@click.pass_context
def snapshots(ctx: click.Context, /, *, as_json: bool, data_dir: Path | None) -> None:
    """List the snapshots that are kept: when, by whom, what changed, how the gate went."""
    from assistant.terminal.releases import snapshots_as_dicts, snapshots_as_text

    entries = services_of(ctx, data_dir).train.snapshots()
    if as_json:
        print_json(snapshots_as_dicts(entries))
    else:
        click.echo(snapshots_as_text(entries))


@main.command()
@click.argument("document")
@click.option("--allow-again", is_flag=True, help="Purge nothing; let DOCUMENT come back.")
@json_option("the proof as one JSON object")
@data_dir_option
@click.pass_context
def purge(
    ctx: click.Context, /, *, document: str, allow_again: bool, as_json: bool, data_dir: Path | None
) -> None:
    """Take DOCUMENT out of everything that is kept, and prove that it is gone."""
    from assistant.bootstrap import operator
    from assistant.terminal.plain import plain
    from assistant.terminal.records import purged_as_dict, purged_as_text

    if allow_again and as_json:
        raise click.UsageError("--allow-again purges nothing, so there is no proof to print.")
    train = services_of(ctx, data_dir).train
    if allow_again:
        train.allow_again(operator(), document)
        click.echo(f"{plain(document)} may come back with the next ingest.")
        return
    purged = train.purge(operator(), document)
    if as_json:
        print_json(purged_as_dict(purged))
    else:
        click.echo(purged_as_text(purged))
    ctx.exit(FAILED if purged.remains else 0)
