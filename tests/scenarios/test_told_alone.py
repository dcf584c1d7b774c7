"""Answers for the asker alone, when their question is edited or deleted afterwards."""

from datetime import UTC, datetime

import pytest

from assistant.domain.releases import Actor, AuditEntry
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.posts.lateness import RENEWED
from assistant.slack.questions import mishaps
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from assistant.store.policies import AnswersTo, ChannelPolicy, Policies
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Fault, Posted
from tests.fakes.slack_limits import seen
from tests.scenarios.waiting import at_rest

pytestmark = pytest.mark.sockets

NAME = f"<@{BOT_USER}>"
NOT_THERE = Fault("error", error="user_not_in_channel")


@pytest.fixture(autouse=True)
def _alone(engine: Engine, bot: SlackBot) -> None:
    """Let answers in the channel go to the asker alone."""
    set_to(engine, AnswersTo.ASKER)


def set_to(engine: Engine, answers_to: AnswersTo) -> None:
    there = Policies(engine).of(TEAM, "C1")
    policy = ChannelPolicy(TEAM, "C1", answers_to=answers_to, set_at=datetime.now(UTC))
    entry = AuditEntry(datetime.now(UTC), Actor("U3CAT", "Slack"), "policy", "C1", "set")
    assert Policies(engine).set(policy, entry, there.set_at)


def directly(slack: FakeSlack) -> list[str]:
    return [seen(message["text"]) for message in slack.told_directly("U2BEN")]


def moved(slack: FakeSlack, engine: Engine, question: str) -> Posted:
    """Ask what is answered in the direct message, since Slack shows nothing in the channel."""
    slack.fail_next("chat.postEphemeral", NOT_THERE)
    posted = slack.mention("U2BEN", "C1", question)
    slack.wait_for_direct("U2BEN", f"You asked: {question}")
    at_rest(slack, engine)
    return posted


def test_a_deleted_question_leaves_nothing_in_the_direct_message_to_which_its_answer_moved(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = moved(slack, engine, "what about the Smith case?")
    other = slack.direct_message("U2BEN", "what is an outcome?")
    slack.wait_for_answer(other)
    at_rest(slack, engine, slack.delete("C1", posted.ts))
    assert Inbox(engine).counts() == {"answered": 1, "withdrawn": 1}
    (left,) = directly(slack)
    assert "You asked: what is an outcome?" in left


def test_an_edited_question_leaves_none_of_its_old_words_in_the_direct_message(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = moved(slack, engine, "what about the Smith case?")
    slack.edit("C1", posted.ts, f"{NAME} what is an outcome?")
    shown = slack.wait_for_reply("U2BEN")
    at_rest(slack, engine)
    assert "You asked: what is an outcome?" in shown.text
    assert directly(slack) == []


def test_an_edited_question_whose_answer_moves_again_is_there_once_and_marked(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = moved(slack, engine, "what about the Smith case?")
    slack.fail_next("chat.postEphemeral", NOT_THERE)
    slack.edit("C1", posted.ts, f"{NAME} what is an outcome?")
    slack.wait_for_direct("U2BEN", "You asked: what is an outcome?")
    at_rest(slack, engine)
    (only,) = directly(slack)
    assert say(RENEWED) in only
    assert "You asked me this for you alone" in only


def test_a_deleted_question_is_taken_back_where_its_asker_cannot_be_written_to_any_more(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = moved(slack, engine, "what about the Smith case?")
    slack.fail_next("conversations.open", Fault("error", error="user_disabled"))
    at_rest(slack, engine, slack.delete("C1", posted.ts))
    assert Inbox(engine).counts() == {"withdrawn": 1}


@pytest.mark.parametrize("times", [1, 2])
def test_a_renewed_answer_for_the_asker_alone_is_marked_since_the_old_one_stays_above_it(
    slack: FakeSlack, engine: Engine, times: int
) -> None:
    posted = slack.mention("U2BEN", "C1", "what is an output?")
    assert say(RENEWED) not in slack.wait_for_reply("U2BEN").text
    at_rest(slack, engine)
    for number in range(times):
        slack.edit("C1", posted.ts, f"{NAME} what is outcome {number}?")
        shown = slack.wait_for_reply("U2BEN", number + 2)
        at_rest(slack, engine)
        assert seen(shown.text).startswith(say(RENEWED))
        assert f"You asked: what is outcome {number}?" in shown.text


def test_a_renewed_answer_is_marked_though_slack_let_it_wait(
    slack: FakeSlack, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is held in hand, so the question is taken from the inbox once more.
    monkeypatch.setattr(mishaps, "HELD_SECONDS", 0.0)
    posted = slack.mention("U2BEN", "C1", "what is an output?")
    slack.wait_for_reply("U2BEN")
    at_rest(slack, engine)
    slack.fail_next("chat.postEphemeral", Fault("rate_limited", seconds=1))
    slack.edit("C1", posted.ts, f"{NAME} what is an outcome?")
    assert say(RENEWED) in seen(slack.wait_for_reply("U2BEN", 2, seconds=30).text)


def test_an_edited_question_is_answered_in_the_thread_once_that_holds_and_linked_there(
    slack: FakeSlack, engine: Engine
) -> None:
    posted = slack.mention("U2BEN", "C1", "what is an output?")
    slack.wait_for_reply("U2BEN")
    at_rest(slack, engine)
    unposted = Inbox(engine).find(TEAM, "C1", posted.ts)
    assert unposted is not None
    assert unposted.answer_ts is None
    set_to(engine, AnswersTo.THREAD)
    slack.edit("C1", posted.ts, f"{NAME} what is an outcome?")
    answer = slack.wait_for_answer(posted)
    at_rest(slack, engine)
    entry = Inbox(engine).find(TEAM, "C1", posted.ts)
    assert entry is not None
    assert entry.answer_ts == answer["ts"]
