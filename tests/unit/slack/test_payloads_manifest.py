"""The manifest keeps the form that Slack documents for it.

No package of PyPI or npm carries Slack's JSON Schema of manifests, so this one is ours, written
from the app manifest reference: the parts that we use, closed, so that a key that Slack does not
know, or that we did not look up, is refused. Names of scopes and events are checked too. That its
keys are Slack's own is compiled in test_payloads_types.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assistant.slack.ways.manifest import manifest_text
from tests.fakes.slack.facts import EVENT_SCOPES, SCOPES

ROOT = Path(__file__).parents[3]
KINDS = ("channels", "groups", "im", "mpim")

Schema = Mapping[str, Any]


def text(most: int, pattern: str = "") -> Schema:
    """A string of so many characters."""
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": most}
    return {**schema, "pattern": pattern} if pattern else schema


def closed(required: str, **properties: Schema) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def listed(items: Schema, most: int, least: int = 1) -> Schema:
    """A list of so many different items."""
    return {
        "type": "array",
        "items": items,
        "minItems": least,
        "maxItems": most,
        "uniqueItems": True,
    }


def known_scopes() -> list[str]:
    """Return the names of scopes that any method or event that is known needs."""
    ways = [*SCOPES.values(), *EVENT_SCOPES.values(), ("commands",)]
    return sorted({scope.format(kind=kind) for way in ways for scope in way for kind in KINDS})


FLAG: Schema = {"type": "boolean"}
URL = text(3000, r"^https://")
SCHEMA = closed(
    "display_information features oauth_config settings",
    display_information=closed(
        "name description background_color",
        name=text(35),
        description=text(140),
        long_description={"type": "string", "minLength": 174, "maxLength": 4000},
        background_color=text(7, r"^#[0-9a-fA-F]{6}$"),
    ),
    features=closed(
        "app_home bot_user agent_view",
        app_home=closed(
            "",
            home_tab_enabled=FLAG,
            messages_tab_enabled=FLAG,
            messages_tab_read_only_enabled=FLAG,
        ),
        bot_user=closed("display_name", display_name=text(80), always_online=FLAG),
        agent_view=closed(
            "agent_description",
            agent_description=text(300),
            suggested_prompts=listed(
                closed("title message", title=text(75), message=text(2000)), most=4
            ),
        ),
        slash_commands=listed(
            closed(
                "command description",
                command=text(32, r"^/[a-z0-9_-]+$"),
                description=text(2000),
                usage_hint=text(1000),
                should_escape=FLAG,
                url=URL,
            ),
            most=50,
        ),
        shortcuts=listed(
            closed(
                "name type callback_id description",
                name=text(24),
                type={"enum": ["message", "global"]},
                callback_id=text(255),
                description=text(150),
            ),
            most=10,
        ),
    ),
    oauth_config=closed(
        "scopes", scopes=closed("bot", bot=listed({"enum": known_scopes()}, most=255))
    ),
    settings=closed(
        "event_subscriptions interactivity socket_mode_enabled",
        event_subscriptions=closed(
            "bot_events",
            bot_events=listed({"enum": sorted(EVENT_SCOPES)}, most=100),
            request_url=URL,
        ),
        interactivity=closed(
            "is_enabled", is_enabled=FLAG, request_url=URL, message_menu_options_url=URL
        ),
        org_deploy_enabled=FLAG,
        socket_mode_enabled=FLAG,
        token_rotation_enabled=FLAG,
    ),
)


def mistakes(manifest: Mapping[str, Any]) -> list[str]:
    """Say what in a manifest Slack would not take."""
    return [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(SCHEMA).iter_errors(manifest)
    ]


@pytest.mark.parametrize("url", [None, "https://assistant.example.org"], ids=["sockets", "http"])
def test_the_manifest_keeps_slacks_form_for_either_way_in(url: str | None) -> None:
    assert mistakes(json.loads(manifest_text(url))) == []


def test_the_schema_itself_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("display_information", "name"), "x" * 36),
        (("display_information", "colour"), "#000000"),
        (("features", "assistant_view"), {}),
        (("features", "agent_view", "agent_description"), "x" * 301),
        (("features", "slash_commands"), [{"command": "ask", "description": "a"}]),
        (("oauth_config", "scopes", "bot"), ["channels:read:all"]),
        (("settings", "event_subscriptions", "bot_events"), ["message.everything"]),
    ],
)
def test_a_manifest_that_slack_would_not_take_is_caught(path: tuple[str, ...], value: Any) -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    changed = place = deepcopy(manifest)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert mistakes(changed)
