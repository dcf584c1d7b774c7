"""Every failure ends in one plain sentence: in the thread, or for who starts the bot."""

import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from assistant.domain.errors import ChatModelError, SlackError
from assistant.domain.ports import Abilities
from assistant.settings import Settings, load_settings
from assistant.slack.api.admission import Identity
from assistant.slack.app import SlackBot
from assistant.slack.heard.hearing import read_post
from assistant.slack.questions.delivery import MOST_ATTEMPTS
from assistant.store.database import Engine, transaction
from assistant.store.inbox import Inbox
from tests.fakes.fake_slack import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, TEAM, FakeSlack, Fault
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

QUESTION = "what is the budget of Elm House?"


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), ChatModelError("secret")])
def test_an_answer_path_that_fails_ends_in_one_sentence_with_a_reference(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine, error: Exception
) -> None:
    def fail(_: str) -> None:
        raise error

    guidance.before_answering = fail
    with capture_logs() as events:
        answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
        slack.wait_until(lambda: Inbox(engine).counts() == {"failed": 1})
    found = re.fullmatch(
        r"Something went wrong on our side and your question was not answered\. "
        r"Please ask again in a few minutes\. Reference: (\w+)",
        answer["text"],
    )
    assert found
    (event,) = [event for event in events if event["event"] == "question_failed"]
    assert event["reference"] == found[1]
    assert event["exc_info"] is error


def test_after_a_failure_the_next_question_is_answered(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError

    guidance.before_answering = fail
    first = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(first)
    guidance.before_answering = lambda _: None
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", "again?", thread_ts=first.ts), 2)
    assert "You asked: again?" in answer["text"]
    assert guidance.asked[-1][1] == (), "a failure is no turn of the conversation"


def test_an_answer_that_slack_does_not_take_ends_in_one_sentence(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("chat.postMessage", Fault("error", error="invalid_blocks"))
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert answer["text"].startswith("Something went wrong on our side")
    slack.wait_until(lambda: Inbox(engine).counts() == {"failed": 1})


def test_a_database_that_fails_while_questions_are_in_hand_ends_no_worker(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine, settings: Settings
) -> None:
    def take_away(_: str) -> None:
        guidance.before_answering = lambda _: None
        with transaction(engine) as session:
            session.execute(text("ALTER TABLE inbox RENAME TO away"))

    for count in range(1, settings.workers + 2):
        guidance.before_answering = take_away
        with capture_logs() as events:
            slack.mention("U1ANN", "C1", QUESTION)
            slack.wait_until(partial(_is_logged, events, "question_left"))
            with transaction(engine) as session:
                session.execute(text("ALTER TABLE away RENAME TO inbox"))
                session.execute(text("UPDATE inbox SET leased_until = '2000-01-01 00:00:00'"))
            # Until then a question that is left again is no news, so it would not be logged.
            slack.wait_until(partial(_is_logged, events, "questions_end_again"))
        assert Inbox(engine).counts() == {"answered": count}


def _is_logged(events: list[Any], name: str) -> bool:
    return name in [event["event"] for event in events]


@pytest.mark.parametrize("change", [{"is_archived": True}, {"is_read_only": True}])
def test_where_slack_lets_nobody_post_the_asker_is_told_in_a_direct_message(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine, change: dict[str, bool]
) -> None:
    guidance.before_answering = lambda _: slack.change_channel("C1", **change)
    slack.mention("U1ANN", "C1", QUESTION)
    told = slack.wait_for_direct("U1ANN", "Slack does not let me write where you asked")
    assert f"I could not answer you there: {QUESTION}" in told["text"]
    slack.wait_until(lambda: Inbox(engine).counts() == {"failed": 1})
    assert len(slack.told_directly("U1ANN")) == 1


def test_when_even_the_sentence_cannot_be_posted_the_row_says_failed(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    gone = Fault("error", error="channel_not_found")
    slack.fail_next("chat.postMessage", gone, gone)
    slack.fail_next("chat.postEphemeral", gone)
    with capture_logs() as events:
        slack.mention("U1ANN", "C1", QUESTION)
        slack.wait_until(lambda: Inbox(engine).counts().get("failed") == 1)
    assert "failure_not_told" in [event["event"] for event in events]
    assert slack.told_directly("U1ANN") == []


def test_no_log_event_holds_the_question_or_a_token(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    with capture_logs() as events:
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
        slack.fail_next("chat.postMessage", Fault("error", error="invalid_blocks"))
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert events
    for secret in ("Elm House", BOT_TOKEN, APP_TOKEN, "U1ANN"):
        assert secret not in str(events)


@pytest.mark.parametrize(
    ("name", "token"),
    [("slack_bot_token", "xoxb-wrong"), ("slack_app_token", "xapp-wrong")],
)
def test_a_token_that_slack_refuses_is_one_sentence_that_names_it(
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    capfd: pytest.CaptureFixture[str],
    name: str,
    token: str,
) -> None:
    wrong_settings = settings.model_copy(update={name: SecretStr(token)})
    with pytest.raises(SlackError) as refused:
        SlackBot(wrong_settings, engine, abilities)
    sentence = str(refused.value)
    assert sentence.startswith(
        f"Slack does not accept {name.upper()} (invalid_auth); copy it again"
    )
    assert "wrong" not in sentence
    assert "\n" not in sentence
    assert capfd.readouterr() == ("", "")


def test_a_slack_that_cannot_be_reached_is_one_sentence(
    settings: Settings,
    engine: Engine,
    abilities: Abilities,
    capfd: pytest.CaptureFixture[str],
) -> None:
    nowhere = load_settings(
        data_dir=settings.data_dir,
        slack_api_url="http://user:password@127.0.0.1:9/api/",
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
    )
    with pytest.raises(SlackError, match=r"^Slack cannot be reached at http://127\.0\.0\.1:9/api/"):
        SlackBot(nowhere, engine, abilities)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
def test_a_bot_that_starts_while_slack_is_limited_or_away_waits_as_long_as_is_asked(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], method: str
) -> None:
    slack.fail_next(
        method, Fault("rate_limited", seconds=1), Fault("dropped"), Fault("server_error")
    )
    with capture_logs() as events:
        start_bot()
    asked = [event["seconds"] for event in events if event["event"] == "slack_asks_to_wait"]
    assert asked == [1]
    assert slack.early == []
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))


def test_a_bot_is_not_kept_waiting_for_longer_than_somebody_would_look_at_it(
    slack: FakeSlack, start_bot: Callable[[], SlackBot]
) -> None:
    slack.fail_next("auth.test", Fault("rate_limited", seconds=301))
    with pytest.raises(SlackError, match="ratelimited at the start; try again in a few minutes"):
        start_bot()
    assert len(slack.limited) == 1


def test_what_the_sdk_reports_while_running_reaches_the_log_without_its_content(
    slack: FakeSlack, start_bot: Callable[[], SlackBot]
) -> None:
    start_bot()
    with capture_logs() as events:
        logging.getLogger("assistant.slack.sdk").error("it broke\n%s", QUESTION)
    # What a bot that has just begun has to say may come in between.
    (event,) = [event for event in events if event["event"] == "slack_sdk_error"]
    assert event["message"] == "it broke"
    assert QUESTION not in str(events)


def test_without_a_network_for_a_moment_the_question_is_answered_when_it_is_back(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    dropped = [Fault("dropped")] * 4
    slack.fail_next("chat.postMessage", *dropped)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted, seconds=20)
    assert len(slack.answers(posted)) == 1
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})


def test_a_question_that_ended_every_attempt_is_given_up_with_one_sentence(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], guidance: Guidance, engine: Engine
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION, thread_ts=None)
    post = read_post(posted.body, posted.body["event"], Identity(TEAM, BOT_USER, BOT_ID))
    assert post is not None
    inbox = Inbox(engine)
    inbox.receive(post.question)
    for _ in range(MOST_ATTEMPTS):
        taken = inbox.take()
        assert taken is not None
        inbox.release(taken)
    start_bot()
    answer = slack.wait_for_answer(posted)
    assert answer["text"].startswith("Something went wrong on our side")
    assert guidance.asked == []
    slack.wait_until(lambda: inbox.counts() == {"failed": 1})
