"""How long a user group is remembered, and who is a full member."""

from collections.abc import Iterator

import pytest

from assistant.settings import load_settings
from assistant.slack.api.clients import courtesy_client
from assistant.slack.rights.administrators import GROUP_KEPT_SECONDS, Administrators
from assistant.slack.shown import admin_sentences
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, TEAM, FakeSlack

pytestmark = pytest.mark.sockets


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U3CAT")
        fake.add_group("S1", "U3CAT")
        yield fake


def test_who_leaves_the_group_is_no_administrator_within_a_minute(slack: FakeSlack) -> None:
    settings = load_settings(
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack.url,
        admin_groups="S1",
    )
    clock = Clock()
    administrators = Administrators(settings, courtesy_client(settings), TEAM, clock)
    assert administrators.is_one("U3CAT")
    slack.add_group("S1")
    clock.now = GROUP_KEPT_SECONDS - 1
    assert administrators.is_one("U3CAT")
    assert len(slack.calls_of("usergroups.users.list")) == 1
    clock.now = GROUP_KEPT_SECONDS + 1
    assert administrators.refusal("U3CAT") == admin_sentences.NOT_ADMINISTRATOR
    assert GROUP_KEPT_SECONDS <= 60


def test_who_becomes_a_guest_is_none_at_the_next_action(slack: FakeSlack) -> None:
    settings = load_settings(
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack.url,
        admin_groups="S1",
    )
    administrators = Administrators(settings, courtesy_client(settings), TEAM)
    assert administrators.is_one("U3CAT")
    slack.change_person("U3CAT", is_restricted=True)
    assert not administrators.is_one("U3CAT")


def test_who_is_named_nowhere_costs_no_call_when_there_are_no_groups(slack: FakeSlack) -> None:
    settings = load_settings(
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=slack.url,
        admin_users="U1ANN",
    )
    administrators = Administrators(settings, courtesy_client(settings), TEAM)
    assert not administrators.is_one("U3CAT")
    assert slack.calls == []
