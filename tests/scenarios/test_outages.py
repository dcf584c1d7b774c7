"""Slack, the database or a worker may be away for a while: nothing is lost, and it is said once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from assistant.slack.app import SlackBot
from assistant.slack.questions.aside import MAY_BE_LOST
from assistant.store.database import Engine, transaction
from assistant.store.inbox import Inbox, IncomingQuestion
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault, Posted
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

QUESTION = "what is the budget of Elm House?"


@contextmanager
def no_inbox(engine: Engine) -> Iterator[None]:
    """Let the inbox be away for the length of a block."""
    with transaction(engine) as session:
        session.execute(text("ALTER TABLE inbox RENAME TO away"))
    yield
    with transaction(engine) as session:
        session.execute(text("ALTER TABLE away RENAME TO inbox"))


def named(events: list[Any], name: str) -> list[Any]:
    return [event for event in events if event["event"] == name]


def put_off(engine: Engine) -> int:
    """Return how often the question was put off."""
    with transaction(engine) as session:
        return int(session.execute(text("SELECT postponed FROM inbox")).scalar() or 0)


def asked_long_ago(slack: FakeSlack, engine: Engine, **ago: float) -> Posted:
    """Let a question be in the inbox for so long, put off once because Slack was away."""
    posted = Posted("C1", slack.say("U1ANN", "C1", QUESTION), "", "", {})
    at = datetime.now(UTC) - timedelta(**ago)
    ts = f"{at.timestamp():.6f}"
    slack.message("C1", posted.ts)["ts"] = ts
    Inbox(engine).receive(IncomingQuestion("Ev1", TEAM, "C1", "channel", ts, ts, "U1ANN", QUESTION))
    with transaction(engine) as session:
        session.execute(text("UPDATE inbox SET postponed = 1, attempts = 1"))
    return Posted("C1", ts, ts, "", {})


def test_an_answer_after_an_outage_is_marked_late_with_when_it_was_asked_and_why(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]
) -> None:
    posted = asked_long_ago(slack, engine, hours=5)
    start_bot()
    answer = slack.wait_for_answer(posted)
    when = f"<!date^{int(float(posted.ts))}^{{date_short_pretty}} at {{time}}|earlier>"
    said = f"This answer is late: your question is from {when}, and Slack could not be reached"
    assert answer["text"].startswith(said)
    assert answer["blocks"][0]["elements"][0]["text"].startswith(said)
    assert f"You asked: {QUESTION}" in answer["text"]


def test_after_a_day_the_asker_is_told_that_the_question_was_not_answered(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot], guidance: Guidance
) -> None:
    posted = asked_long_ago(slack, engine, hours=25)
    start_bot()
    answer = slack.wait_for_answer(posted)
    assert answer["text"].startswith("Your question from <!date^")
    assert answer["text"].endswith("could not be reached for a day. Please ask it again.")
    slack.wait_until(lambda: Inbox(engine).counts() == {"failed": 1})
    assert guidance.asked == []


@pytest.mark.parametrize("slack_is", ["back", "away"])
def test_outages_do_not_count_against_a_question(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot], slack_is: str
) -> None:
    posted = asked_long_ago(slack, engine, hours=5)
    with transaction(engine) as session:
        session.execute(text("UPDATE inbox SET postponed = 40, attempts = 40"))
    if slack_is == "away":
        with slack.failing("users.info", Fault("dropped")):
            start_bot()
            slack.wait_until(lambda: put_off(engine) == 41)
            assert slack.answers(posted) == []
    else:
        start_bot()
        assert QUESTION in slack.wait_for_answer(posted)["text"]


def test_while_slack_does_not_say_who_reads_the_question_waits_and_is_answered_later(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    with capture_logs() as events:
        with slack.failing("users.info", Fault("dropped")):
            posted = slack.mention("U1ANN", "C1", QUESTION)
            slack.wait_until(lambda: put_off(engine) == 1)
        answer = slack.wait_for_answer(posted, seconds=20)
        # It is said after the row says that the question was answered.
        slack.wait_until(lambda: bool(named(events, "slack_back")))
    assert Inbox(engine).counts() == {"answered": 1}
    assert "You asked" in answer["text"]
    assert len(slack.answers(posted)) == 1
    assert not slack.calls_of("conversations.replies"), "nothing can be there to look for"
    assert len(named(events, "slack_away")) == len(named(events, "slack_back")) == 1


def test_what_may_be_there_is_looked_for_after_an_outage_in_the_midst_of_posting(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    slack.fail_next("conversations.replies", Fault("dropped"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1}, seconds=30)
    assert put_off(engine) == 1
    assert len(slack.answers(posted)) == 1


def test_what_slack_calls_its_own_error_every_time_ends_in_a_sentence(
    slack: FakeSlack, engine: Engine, start_bot: Callable[[], SlackBot]
) -> None:
    posted = asked_long_ago(slack, engine, seconds=10)
    with transaction(engine) as session:
        session.execute(text("UPDATE inbox SET attempts = 6"))
    slack.fail_next("chat.postMessage", *[Fault("error", error="internal_error")] * 3)
    start_bot()
    answer = slack.wait_for_answer(posted, seconds=20)
    assert answer["text"].startswith("Something went wrong on our side")


def test_an_inbox_that_is_away_for_a_moment_is_logged_once_and_loses_nothing(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})
    with capture_logs() as events:
        with no_inbox(engine):
            slack.wait_until(lambda: bool(named(events, "inbox_not_read")))
            time.sleep(2.5)
        slack.wait_until(lambda: bool(named(events, "inbox_read_again")))
        slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert len(named(events, "inbox_not_read")) == 1
    assert len(named(events, "inbox_read_again")) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_dies_without_a_word_is_replaced_and_its_question_answered(
    slack: FakeSlack, bot: SlackBot, engine: Engine, guidance: Guidance
) -> None:
    def die(_: str) -> None:
        guidance.before_answering = lambda _: None
        raise SystemExit

    guidance.before_answering = die
    with capture_logs() as events:
        posted = slack.mention("U1ANN", "C1", QUESTION)
        slack.wait_until(lambda: bool(named(events, "worker_died")))
        with transaction(engine) as session:
            session.execute(text("UPDATE inbox SET leased_until = '2000-01-01 00:00:00'"))
        slack.wait_for_answer(posted)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})
    assert len(slack.answers(posted)) == 1


def test_no_log_event_holds_a_private_question_or_the_address_of_its_reply(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.fail_next("response_url", Fault("lost_reply"))
    with capture_logs() as events:
        slack.command("U1ANN", "/ask", QUESTION)
        slack.wait_for_direct("U1ANN", MAY_BE_LOST)
    assert named(events, "answer_not_shown_alone")
    for secret in ("Elm House", "/commands/", "U1ANN"):
        assert secret not in str(events)
