"""Slack's limits are kept: what must wait keeps nobody else waiting, and nothing comes too soon."""

import time

import pytest

from assistant.slack.api.pacing import POST
from assistant.slack.app import SlackBot
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from tests.fakes.fake_slack import BOT_USER, FakeSlack, Fault
from tests.fakes.slack.troubles import RateTiers
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

QUESTION = "what is commissioning?"


def told_to_wait(slack: FakeSlack, bot: SlackBot) -> None:
    """Wait until Slack has asked for patience in the channel and the bot knows of it.

    Another call on its way in that moment would not.
    """
    slack.wait_until(lambda: "C1" in bot._delivery._poster.pace.busy(POST))


def test_a_channel_that_must_wait_keeps_nobody_else_waiting(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=60))
    waiting = [slack.mention("U1ANN", "C1", QUESTION)]
    told_to_wait(slack, bot)
    waiting += [slack.mention("U1ANN", "C1", QUESTION) for _ in range(2)]
    for number in range(3):
        other = slack.direct_message("U2BEN", f"question {number}?")
        slack.wait_for_answer(other, seconds=15)
    assert not any(slack.answers(posted) for posted in waiting)


def test_what_is_ready_is_held_for_a_moment_and_not_made_anew(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=3))
    waiting = [slack.mention("U1ANN", "C1", QUESTION)]
    told_to_wait(slack, bot)
    waiting += [slack.mention("U1ANN", "C1", QUESTION) for _ in range(2)]
    for posted in waiting:
        slack.wait_for_answer(posted, seconds=20)
        assert len(slack.answers(posted)) == 1
    assert slack.early == []
    assert len(guidance.asked) == 3


def test_nothing_is_made_for_a_channel_that_must_wait(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    made: list[tuple[str, float]] = []
    guidance.before_answering = lambda question: made.append((question, time.monotonic()))
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=3))
    waiting = [slack.mention("U1ANN", "C1", QUESTION)]
    told_to_wait(slack, bot)
    waiting += [slack.mention("U2BEN", "C1", QUESTION), slack.mention("U3CAT", "C1", QUESTION)]
    slack.wait_for_answer(slack.direct_message("U1ANN", "and now?"))
    for posted in waiting:
        slack.wait_for_answer(posted, seconds=20)
    (limited,) = slack.limited
    _, *later = [at for question, at in made if question == QUESTION]
    assert len(later) == 2
    assert min(later) >= limited.at + 3
    assert slack.early == []


def test_a_long_wait_gives_the_question_back_and_it_is_answered_afterwards(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=6))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    told_to_wait(slack, bot)
    slack.wait_for_answer(posted, seconds=20)
    assert (len(slack.answers(posted)), slack.early) == (1, [])
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})


def test_a_burst_of_questions_in_one_channel_stays_within_what_slack_allows(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.tiers = RateTiers()
    people = [slack.add_person(f"U10{n}") for n in range(6)]
    slack.add_channel("C2", *people)
    posted = [slack.mention(person, "C2", QUESTION) for person in people]
    for each in posted:
        slack.wait_for_answer(each, seconds=20)
        assert len(slack.answers(each)) == 1
    assert [each.method for each in slack.limited] == []


def test_a_change_that_slack_asks_to_wait_with_is_made_afterwards(
    slack: FakeSlack, bot: SlackBot
) -> None:
    posted = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(posted)
    slack.fail_next("chat.update", Fault("rate_limited", seconds=2))
    slack.edit("C1", posted.ts, f"<@{BOT_USER}> what is an outcome?")
    slack.wait_until(lambda: "an outcome?" in slack.answers(posted)[0]["text"])
    assert (len(slack.answers(posted)), slack.early) == (1, [])


def test_looking_into_a_thread_waits_as_long_as_slack_asks(slack: FakeSlack, bot: SlackBot) -> None:
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    slack.fail_next("conversations.replies", Fault("rate_limited", seconds=2))
    posted = slack.direct_message("U1ANN", QUESTION)
    slack.wait_until(lambda: len(slack.calls_of("conversations.replies")) == 1)
    slack.wait_for_answer(slack.direct_message("U1ANN", "and now?"))
    assert (len(slack.answers(posted)), slack.early) == (1, [])


def test_told_to_end_it_posts_what_waits_for_a_moment(slack: FakeSlack, bot: SlackBot) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=2))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    told_to_wait(slack, bot)
    bot.stop()
    assert (len(slack.answers(posted)), slack.early) == (1, [])


def test_an_answer_that_is_held_is_thrown_away_when_the_question_changes(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=4))
    posted = slack.mention("U1ANN", "C1", "what is an output?")
    told_to_wait(slack, bot)
    slack.edit("C1", posted.ts, f"<@{BOT_USER}> what is an outcome?")
    assert "an outcome?" in slack.wait_for_answer(posted)["text"]
    slack.wait_for_answer(slack.direct_message("U2BEN", "and now?"))
    assert len(slack.answers(posted)) == 1
    assert slack.early == []
