"""The command that prints the manifest, for either way in."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assistant.cli import main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def manifest() -> dict[str, Any]:
    return dict(json.loads((ROOT / "manifest.json").read_text(encoding="utf-8")))


def test_the_command_prints_the_manifest_as_it_is_in_the_file() -> None:
    done = CliRunner().invoke(main, ["manifest"])
    assert done.exit_code == 0
    assert done.output == (ROOT / "manifest.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "url",
    [
        "https://assistant.example.org/at",
        "https://assistant.example.org/at/",
        "https://assistant.example.org/at/slack/events",
    ],
)
def test_for_http_every_request_goes_to_one_address_and_nothing_else_differs(
    manifest: dict[str, Any], url: str
) -> None:
    done = CliRunner().invoke(main, ["manifest", "--url", url])
    made = json.loads(done.output)
    address = "https://assistant.example.org/at/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"].pop("request_url") == address
    interactivity = made["settings"]["interactivity"]
    assert interactivity.pop("request_url") == address
    assert interactivity.pop("message_menu_options_url") == address
    assert [each.pop("url") for each in made["features"]["slash_commands"]] == [address] * len(
        manifest["features"]["slash_commands"]
    )
    made["settings"]["socket_mode_enabled"] = True
    assert made == manifest


@pytest.mark.parametrize(
    "url",
    [
        "http://assistant.example.org",
        "assistant.example.org",
        "https://",
        "https://ann:secret@example.org",
        "https://example.org/?a=1",
        "https://[",
    ],
)
def test_an_address_that_slack_would_not_call_is_one_sentence(url: str) -> None:
    done = CliRunner().invoke(main, ["manifest", "--url", url])
    assert done.exit_code == 1
    assert done.output.startswith("Error: Slack sends requests to https addresses only")
    assert "secret" not in done.output
