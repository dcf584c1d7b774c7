"""The manifest says what the code does, no more and no less."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from assistant.settings import load_settings
from assistant.slack.admin.command import read_command
from assistant.slack.administering import DEFINE_COMMAND
from assistant.slack.api.admission import Identity
from assistant.slack.feedback.reactions import REACTION_EVENTS
from assistant.slack.feedback.shortcuts import ASK_ABOUT_THIS, OUT_OF_DATE, SAVE_AS_SHARED
from assistant.slack.heard.asking import Listeners
from assistant.slack.heard.private import ASK_COMMAND
from assistant.slack.heard.reception import Reception
from assistant.slack.networks.room import COMMAND as NETWORK_COMMAND
from assistant.slack.posts.sessions import STOP_EVENT
from assistant.store.database import open_database
from assistant.store.inbox import Inbox
from assistant.store.threads import Threads
from assistant.store.turns import Turns
from tests.fakes.slack.facts import EVENT_SCOPES, SCOPES

ROOT = Path(__file__).parents[3]


@pytest.fixture
def manifest() -> dict[str, Any]:
    return dict(json.loads((ROOT / "manifest.json").read_text()))


def methods_called() -> set[str]:
    """Return the Web API methods that the code names: attributes of clients, and api_call."""
    found = set()
    known = {method.replace(".", "_"): method for method in SCOPES}
    for file in (ROOT / "assistant" / "slack").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and _is_method(node.attr):
                found.add(known[node.attr])
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} & set(SCOPES)
    return found


def _is_method(name: str) -> bool:
    """Whether a WebClient has such a method of Slack's, which has a dot where we have a score."""
    return "_" in name.strip("_") and name != "api_call" and hasattr(WebClient, name)


def test_every_event_has_a_listener_and_every_listener_an_event(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    engine = open_database(tmp_path)
    reception = Reception(Inbox(engine), Turns(engine), lambda: None)
    listeners = Listeners(
        reception,
        Threads(engine),
        Identity("T1", "UBOT", "BBOT"),
        WebClient(),
        lambda _: False,
        lambda _: False,
        lambda _: None,
        lambda _: None,
    )
    events = {*listeners.by_event(), STOP_EVENT, *REACTION_EVENTS}
    assert {event.partition(".")[0] for event in subscribed} == events
    engine.dispose()


def test_scopes_are_those_that_events_and_methods_need(manifest: dict[str, Any]) -> None:
    kinds = ("channels", "groups", "im", "mpim")
    ways = [SCOPES[method] for method in methods_called()]
    ways += [EVENT_SCOPES[e] for e in manifest["settings"]["event_subscriptions"]["bot_events"]]
    # An agent has assistant:write, an app with commands has commands.
    needed = [{"commands"}, {"assistant:write"}]
    needed += [{scope.format(kind=kind) for scope in way} for way in ways if way for kind in kinds]
    asked = set(manifest["oauth_config"]["scopes"]["bot"])
    for way in needed:
        assert asked & way, f"one of {way} is missing"
    assert asked <= set().union(*needed), "what is not needed is not asked for"


def test_the_bot_speaks_in_direct_messages_and_over_a_socket(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert manifest["features"]["bot_user"]["display_name"]


def test_commands_are_those_that_the_code_answers(manifest: dict[str, Any]) -> None:
    commands = manifest["features"]["slash_commands"]
    assert {each["command"] for each in commands} == {
        ASK_COMMAND,
        DEFINE_COMMAND,
        NETWORK_COMMAND,
        load_settings().admin_command,
    }
    for each in commands:
        assert set(each) == {"command", "description", "usage_hint", "should_escape"}
        assert each["should_escape"] is False, "a term or a path stays as it was typed"
        assert 1 <= len(each["description"]) <= 2000
        assert 1 <= len(each["usage_hint"]) <= 1000


def test_shortcuts_are_those_that_the_code_answers(manifest: dict[str, Any]) -> None:
    shortcuts = manifest["features"]["shortcuts"]
    assert [each["callback_id"] for each in shortcuts] == [
        ASK_ABOUT_THIS,
        SAVE_AS_SHARED,
        OUT_OF_DATE,
    ]
    for each in shortcuts:
        assert each["type"] == "message"
        assert 1 <= len(each["name"]) <= 24
        assert 1 <= len(each["description"]) <= 150


def test_the_hint_of_the_administrators_command_names_what_can_be_typed(
    manifest: dict[str, Any],
) -> None:
    (hint,) = [
        each["usage_hint"]
        for each in manifest["features"]["slash_commands"]
        if each["command"] == load_settings().admin_command
    ]
    for typed in hint.split(" | "):
        assert read_command(typed) is not None, typed


def test_buttons_and_the_home_tab_are_switched_on(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["features"]["app_home"]["home_tab_enabled"]


def test_no_question_is_suggested_before_it_is_known_to_be_answered(
    manifest: dict[str, Any],
) -> None:
    assert set(manifest["features"]["agent_view"]) == {"agent_description"}


def test_lengths_are_within_what_slack_takes(manifest: dict[str, Any]) -> None:
    display = manifest["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", display["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    assert len(manifest["features"]["agent_view"]["agent_description"]) <= 300


def test_no_key_is_one_that_slack_does_not_know(manifest: dict[str, Any]) -> None:
    known = {
        "": {"display_information", "features", "oauth_config", "settings"},
        "display_information": {"name", "description", "background_color"},
        "features": {"app_home", "bot_user", "agent_view", "shortcuts", "slash_commands"},
        "features.app_home": {
            "home_tab_enabled",
            "messages_tab_enabled",
            "messages_tab_read_only_enabled",
        },
        "features.bot_user": {"display_name", "always_online"},
        "features.agent_view": {"agent_description"},
        "oauth_config": {"scopes"},
        "oauth_config.scopes": {"bot"},
        "settings": {
            "event_subscriptions",
            "interactivity",
            "org_deploy_enabled",
            "socket_mode_enabled",
            "token_rotation_enabled",
        },
        "settings.event_subscriptions": {"bot_events"},
        "settings.interactivity": {"is_enabled"},
    }

    def check(node: dict[str, Any], path: str) -> None:
        assert set(node) <= known[path], path
        for name, value in node.items():
            if isinstance(value, dict):
                check(value, f"{path}.{name}".lstrip("."))

    check(manifest, "")
