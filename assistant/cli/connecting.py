"""What Slack is told of the app: `manifest`."""

import click

from assistant.cli.group import main


@main.command()
@click.option(
    "--url",
    help="Address at which Slack reaches the assistant over HTTP; without it, for Socket Mode.",
)
def manifest(url: str | None) -> None:
    """Print the app's manifest, to be pasted into Slack."""
    from assistant.slack.ways.manifest import manifest_text

    click.echo(manifest_text(url))
