"""What networks know and what of it is live: `networks`."""

from pathlib import Path

import click

from assistant.cli.group import data_dir_option, json_option, main, print_json, services_of


@main.command()
@json_option("a JSON object")
@data_dir_option
@click.pass_context
def networks(ctx: click.Context, /, *, as_json: bool, data_dir: Path | None) -> None:
    """List peer networks: what they verified and agreed, what lapsed, what waits to be live.

    Who belongs to them is known in Slack alone.
    """
    from assistant.terminal.networks import networks_as_dict, networks_as_text

    services = services_of(ctx, data_dir)
    known, waiting = services.peers.networks(), services.train.unpublished()
    if as_json:
        print_json(networks_as_dict(known, waiting))
    else:
        click.echo(networks_as_text(known, waiting))
