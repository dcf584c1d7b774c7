"""Who is an administrator, for every action by every way: typed, pressed, submitted."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from assistant.domain.ports import Abilities
from assistant.domain.releases import Action
from assistant.settings import Settings
from assistant.slack.admin.blocks import ACTION_PREFIX
from assistant.slack.admin.command import Subcommand
from assistant.slack.admin.offer_form import VIEW, SentFile, offer_view
from assistant.slack.app import SlackBot
from assistant.slack.shown import admin_sentences
from assistant.store.database import Engine
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain

pytestmark = pytest.mark.sockets

COMMAND = "/commissioning-admin"
TYPED = (
    *("", "help", "status", "preview", "reload", "reload allow-shrink", "rollback"),
    *("rollback snapshot-002", "snapshots", "failed", "purge cycle.md", "nonsense"),
)
PRESSED: dict[Subcommand, str] = {
    **{each: each.value for each in Subcommand},
    Subcommand.ROLL_BACK: "snapshot-002",
    Subcommand.PURGE: "cycle.md",
    Subcommand.PURGE_CONFIRMED: "cycle.md",
    Subcommand.OFFER: json.dumps({"file": "F1", "name": "outcome.md"}),
}
NOBODY: dict[str, dict[str, Any]] = {
    "U2BEN": {},
    "U4EX": {},
    "U5GUEST": {"is_restricted": True},
    "U6AWAY": {"team_id": "T9AWAY"},
    "U7APP": {"is_bot": True},
    "U8GONE": {"deleted": True},
    "U9GROUPGUEST": {"is_ultra_restricted": True},
    "U9STRANGER": {"is_stranger": True},
}


def everything(slack: FakeSlack, user: str) -> int:
    """Ask for everything in every way; return how many replies that asks for."""
    for text in TYPED:
        slack.command(user, COMMAND, text)
    for subcommand, value in PRESSED.items():
        message = {"ts": "1.1", "thread_ts": "1.0"}
        slack.press(user, f"{ACTION_PREFIX}{subcommand.value}", value, message, "C1")
        slack.press(user, f"{ACTION_PREFIX}{subcommand.value}", value)
    file = SentFile("F1", "outcome.md", slack.direct_channel(user), "1.0")
    slack.submit(user, offer_view(file, date.today()))  # noqa: DTZ011
    return len(TYPED) + 2 * len(PRESSED) + 1


@pytest.mark.parametrize("user", NOBODY)
def test_who_is_none_is_refused_each_action_in_one_sentence_and_nothing_is_done(
    slack: FakeSlack, bot: SlackBot, train: ScriptedTrain, user: str
) -> None:
    slack.add_person(user, **NOBODY[user])
    # In the group of old; of the guest and the stranger, in it now.
    slack.add_group("S1ADMINS", "U3CAT", "U9GROUPGUEST", "U9STRANGER")
    before = (train.snapshots(), dict(train.documents), train.last())
    count = everything(slack, user)
    slack.wait_until(lambda: len(train.entries) == count, seconds=30)
    slack.wait_until(lambda: len(slack.shown_alone(user)) + len(slack.told_directly(user)) == count)
    here = [shown.text for shown in slack.shown_alone(user)]
    direct = [each["text"] for each in slack.told_directly(user)]
    assert set(here) | set(direct) == {admin_sentences.NOT_ADMINISTRATOR}
    assert {entry.outcome for entry in train.entries} == {"refused"}
    assert {entry.actor.id for entry in train.entries} == {user}
    assert {entry.action for entry in train.entries} == {each.action.value for each in Subcommand}
    assert (train.snapshots(), train.documents, train.last()) == before
    assert slack.modals == []
    assert slack.downloads == []
    assert slack.homes == {}


@pytest.mark.parametrize("user", ["U1ANN", "U3CAT"], ids=["by id", "by group"])
def test_who_is_one_may_do_everything(
    slack: FakeSlack, bot: SlackBot, train: ScriptedTrain, user: str
) -> None:
    file = slack.add_file("outcomes.md", b"An outcome lasts.")
    for text in TYPED:
        slack.command(user, COMMAND, text)
    for subcommand, value in PRESSED.items():
        held = json.dumps({"file": file["id"], "name": "x.md"}) if "file" in value else value
        slack.press(user, f"{ACTION_PREFIX}{subcommand.value}", held, {"ts": "1.1"}, "C1")
    # Forms of several subcommands open, in any order.
    slack.wait_until(lambda: any(each["callback_id"] == VIEW for each in slack.modals))
    slack.submit(user, next(each for each in slack.modals if each["callback_id"] == VIEW))
    done = {Action.PREVIEW, Action.RELOAD, Action.ROLL_BACK, Action.PURGE, Action.STATUS}
    slack.wait_until(lambda: done <= {Action(e.action) for e in train.entries}, seconds=30)
    slack.wait_until(lambda: bool(slack.downloads), seconds=30)
    everything_said = [shown.text for shown in slack.shown_alone(user)]
    everything_said += [each["text"] for each in slack.told_directly(user)]
    assert admin_sentences.NOT_ADMINISTRATOR not in everything_said
    assert {entry.actor.id for entry in train.entries} == {user}


@pytest.mark.parametrize(
    ("user", "method"), [("U1ANN", "users.info"), ("U3CAT", "usergroups.users.list")]
)
def test_when_slack_does_not_say_who_somebody_is_nothing_is_done(
    slack: FakeSlack, bot: SlackBot, train: ScriptedTrain, user: str, method: str
) -> None:
    with slack.failing(method, Fault("error", error="fatal_error")):
        slack.command(user, COMMAND, "purge cycle.md")
        shown = slack.wait_for_reply(user)
    assert shown.text == admin_sentences.ADMINISTRATOR_UNCHECKED
    slack.wait_until(lambda: [entry.outcome for entry in train.entries] == ["refused"])


def test_a_group_that_slack_does_not_know_keeps_nobody_of_another_out(
    slack: FakeSlack, start: Callable[..., SlackBot], settings: Settings
) -> None:
    start(settings.model_copy(update={"admin_groups": ("S9NONE", "S1ADMINS")}))
    slack.command("U3CAT", COMMAND, "status")
    assert slack.wait_for_reply("U3CAT").text.startswith("Live:")


def test_without_administrators_in_the_settings_nobody_is_one(
    slack: FakeSlack, start: Callable[..., SlackBot], settings: Settings
) -> None:
    start(settings.model_copy(update={"admin_users": (), "admin_groups": ()}))
    slack.command("U1ANN", COMMAND, "status")
    assert slack.wait_for_reply("U1ANN").text == admin_sentences.NOT_ADMINISTRATOR


def test_the_command_has_the_name_of_the_settings(
    slack: FakeSlack, start: Callable[..., SlackBot], settings: Settings
) -> None:
    start(settings.model_copy(update={"admin_command": "/corpus"}))
    slack.command("U1ANN", "/corpus", "help")
    assert "/corpus with one of these words" in slack.wait_for_reply("U1ANN").text


@pytest.fixture
def start(
    slack: FakeSlack,
    engine: Engine,
    abilities: Abilities,
    request: pytest.FixtureRequest,
) -> Callable[..., SlackBot]:
    """Give a way to start a bot with other settings."""

    def start(settings: Settings) -> SlackBot:
        bot = SlackBot(settings, engine, abilities)
        bot.start()
        request.addfinalizer(bot.stop)
        slack.wait_for_connection()
        return bot

    return start
