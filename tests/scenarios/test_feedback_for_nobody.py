"""Feedback that cannot be shown to whom it is for: somebody else is told, or it waits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.ports import Abilities
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.feedback.blocks import THANKS_NOT_HELPFUL, THANKS_NOTED
from assistant.slack.feedback.rounds import LONGEST_WAIT
from assistant.store.database import Engine, transaction
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import FeedbackRow
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import seen
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = pytest.mark.sockets

RATER, ADMINISTRATORS, OWNER = "U2BEN", ("U1ANN", "U3CAT"), "U4DAN"
NOTICE = "An answer did not help somebody"
CANNOT = Fault("error", error="cannot_dm_user")


@pytest.fixture
def guidance() -> Guidance:
    cited = replace(SOURCE, audience="public")
    text = "The cycle has four stages. [1]"
    return Guidance(answer=Answer("q", AnswerStatus.ANSWERED, text, citations=(cited,)))


@pytest.fixture
def feedbacks(engine: Engine) -> Feedbacks:
    return Feedbacks(engine)


@pytest.fixture
def bot_of_nobody(
    slack: FakeSlack, settings: Settings, engine: Engine, abilities: Abilities
) -> Iterator[SlackBot]:
    """A bot for which no administrator is named, as after a default install."""
    unnamed = settings.model_copy(update={"admin_users": (), "admin_groups": ()})
    bot = SlackBot(unnamed, engine, abilities)
    bot.start()
    slack.wait_for_connection()
    yield bot
    bot.stop()


def rated(slack: FakeSlack) -> str:
    """Rate an answer and say why; return the thanks."""
    answer = slack.wait_for_answer(slack.mention(RATER, "C1", "What is a commissioning cycle?"))
    slack.rate(RATER, answer, "C1", helpful=False)
    thanks = seen(slack.wait_for_reply(RATER).text)
    slack.submit(RATER, slack.wait_for_modal(), reason="outdated", words="It is from 2010.")
    return thanks


def wait_until_it_waits(slack: FakeSlack, engine: Engine) -> None:
    """Wait until a round found nobody who could be told, and left it for later."""

    def is_left() -> bool:
        with transaction(engine) as session:
            row = session.scalars(select(FeedbackRow)).one()
            is_later = row.due_at - row.given_at > timedelta(minutes=30)
            return bool(row.words) and is_later and row.version > row.shown_version

    slack.wait_until(is_left)


def make_due(engine: Engine, **values: Any) -> None:
    with transaction(engine) as session:
        session.execute(update(FeedbackRow).values(due_at=FeedbackRow.given_at, **values))


def notices(slack: FakeSlack, user: str) -> int:
    return sum(NOTICE in seen(each["text"]) for each in slack.told_directly(user))


@pytest.mark.usefixtures("bot")
def test_where_the_owner_cannot_be_written_to_the_administrators_are_told(
    slack: FakeSlack, train: ScriptedTrain
) -> None:
    slack.add_person(OWNER)
    train.owned_by["guidance/cycle.md"] = OWNER
    # The one who is written to first.
    slack.fail_next("conversations.open", CANNOT)
    assert rated(slack) == THANKS_NOT_HELPFUL
    for administrator in ADMINISTRATORS:
        slack.wait_for_direct(administrator, NOTICE)
    assert not notices(slack, OWNER)


@pytest.mark.usefixtures("bot")
def test_what_no_administrator_could_be_told_is_told_later(
    slack: FakeSlack, engine: Engine
) -> None:
    with slack.failing("conversations.open", CANNOT):
        rated(slack)
        wait_until_it_waits(slack, engine)
    assert not any(notices(slack, each) for each in ADMINISTRATORS)
    make_due(engine)
    for administrator in ADMINISTRATORS:
        slack.wait_for_direct(administrator, NOTICE)
        assert notices(slack, administrator) == 1


def test_where_nobody_is_named_the_rater_is_promised_nothing_and_it_waits_for_somebody(
    slack: FakeSlack,
    bot_of_nobody: SlackBot,
    engine: Engine,
    start_bot: Callable[[], SlackBot],
) -> None:
    assert rated(slack) == THANKS_NOTED
    wait_until_it_waits(slack, engine)
    bot_of_nobody.stop()
    make_due(engine)
    start_bot()
    for administrator in ADMINISTRATORS:
        slack.wait_for_direct(administrator, NOTICE)


def test_the_rater_is_promised_an_end_where_the_document_has_an_owner(
    slack: FakeSlack, bot_of_nobody: SlackBot, train: ScriptedTrain
) -> None:
    slack.add_person(OWNER)
    train.owned_by["guidance/cycle.md"] = OWNER
    assert rated(slack) == THANKS_NOT_HELPFUL
    slack.wait_for_direct(OWNER, NOTICE)


def test_what_waited_for_a_week_is_on_the_list_alone(
    slack: FakeSlack, bot_of_nobody: SlackBot, engine: Engine, feedbacks: Feedbacks
) -> None:
    rated(slack)
    wait_until_it_waits(slack, engine)
    (before,) = feedbacks.open(1)
    make_due(engine, given_at=before.given_at - LONGEST_WAIT)

    def is_left_alone() -> bool:
        (now,) = feedbacks.open(1)
        return now.shown_version == now.version

    slack.wait_until(is_left_alone)
    assert feedbacks.take() is None
