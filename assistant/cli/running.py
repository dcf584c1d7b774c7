"""Answering until stopped: `serve`, `run`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.corpus import ingest_folder
from assistant.cli.group import data_dir_option, main, services_of
from assistant.domain.errors import SettingsError

if TYPE_CHECKING:
    from assistant.bootstrap import Services


@main.command()
@data_dir_option
@click.pass_context
def serve(ctx: click.Context, data_dir: Path | None) -> None:
    """Answer in Slack until stopped."""
    _serve(services_of(ctx, data_dir))


def _serve(services: "Services") -> None:
    from assistant.slack.app import serve as serve_slack

    if not services.settings.speaks_slack:
        raise SettingsError(
            "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set; put both into .env, or for HTTP "
            "SLACK_SIGNING_SECRET instead of the second, as docs/slack.md describes, or ask in the "
            "terminal with `assistant chat`."
        )
    services.require_snapshot()
    services.warm_up()
    with services.following():
        serve_slack(
            services.settings,
            services.engine,
            services.abilities,
            "Ready in Slack.",
        )


@main.command()
@data_dir_option
@click.pass_context
def run(ctx: click.Context, data_dir: Path | None) -> None:
    """Ingest the corpus if that was not done, then answer in Slack or in the terminal."""
    from assistant.terminal.conversation import converse

    services = services_of(ctx, data_dir)
    if services.live_manifest() is None:
        ingest_folder(services, None)
    if services.settings.speaks_slack:
        _serve(services)
    else:
        converse(services.answerer, services.audiences(()), sys.stdin)
