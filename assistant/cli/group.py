"""The group of all commands: what they share, and how each of them ends."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from assistant.domain.errors import AssistantError
from assistant.terminal.plain import plain

if TYPE_CHECKING:
    from assistant.bootstrap import Services

Command = TypeVar("Command", bound=Callable[..., Any])

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130


class _Sentences(click.Group):
    """Ends every command that fails for a known reason with that one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AssistantError as error:
            click.echo(f"Error: {plain(str(error))}", err=True)
            ctx.exit(FAILED)
        except KeyboardInterrupt:
            click.echo("\nInterrupted; what is live was left as it is.", err=True)
            ctx.exit(INTERRUPTED)


_DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder where everything is kept; ASSISTANT_DATA_DIR otherwise.",
)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="commissioning-assistant")
@_DATA_DIR
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None) -> None:
    """Answer commissioning questions from your organisation's own guidance."""
    ctx.obj = {"data_dir": data_dir}


def data_dir_option(command: Command) -> Command:
    """Let `--data-dir` stand behind the command too."""
    return _DATA_DIR(command)


def json_option(what: str) -> Callable[[Command], Command]:
    """Let the command print plain data instead of lines to read."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what}.")


def services_of(ctx: click.Context, data_dir: Path | None) -> "Services":
    """Return the services by the settings; raises SettingsError."""
    from assistant.bootstrap import Services
    from assistant.settings import load_settings
    from assistant.telemetry import configure_logging

    settings = load_settings(data_dir=data_dir or ctx.obj["data_dir"])
    configure_logging(settings.log_level, as_json=settings.log_json)
    return Services(settings)


def print_json(fields: Any) -> None:
    """Print plain data as one line of JSON."""
    import json

    click.echo(json.dumps(fields, ensure_ascii=False))
