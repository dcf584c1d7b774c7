"""A bot that poses as a person and answers everything ends: the breaker of threads and channels."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from assistant.slack.app import SlackBot
from assistant.slack.questions import breaker
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from tests.fakes.fake_slack import BOT_USER, FakeSlack, Fault, Posted
from tests.scenarios.conftest import Guidance
from tests.scenarios.waiting import at_rest

pytestmark = pytest.mark.sockets

MOST = 3


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack takes about a message a second in a channel, and a test is not to take minutes."""
    monkeypatch.setattr(breaker, "MOST_IN_A_THREAD", MOST)
    monkeypatch.setattr(breaker, "MOST_IN_A_CHANNEL", MOST + 2)
    monkeypatch.setattr(breaker, "MOST_IN_A_DIRECT_MESSAGE", MOST + 1)


@contextmanager
def answering_everything(slack: FakeSlack, reply: Callable[[str], object]) -> Iterator[list[str]]:
    """Let somebody answer whatever the bot posts, at once; give the posts answered."""
    answered: list[str] = []
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            for message in slack.everything_posted():
                if message["ts"] not in answered:
                    answered.append(message["ts"])
                    reply(message.get("thread_ts") or message["ts"])

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    yield answered
    over.set()
    worker.join(5)


def ended(slack: FakeSlack, engine: Engine, count: int) -> None:
    """Wait until so many questions have ended and nothing is left to do."""
    inbox = Inbox(engine)
    slack.wait_until(lambda: sum(inbox.counts().values()) == count, seconds=20)
    slack.wait_until(lambda: set(inbox.counts()) == {"answered"}, seconds=20)


def test_in_a_thread_a_loop_ends_with_one_sentence_that_says_until_when(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    def reply(thread_ts: str) -> None:
        slack.post("U1ANN", "C1", "what is an output?", thread_ts=thread_ts)

    with answering_everything(slack, reply):
        first = slack.mention("U1ANN", "C1", "what is commissioning?")
        ended(slack, engine, MOST + 2)
    answers = slack.answers(first)
    assert len(guidance.asked) == MOST
    assert len(answers) == MOST + 1
    assert f"I have answered {MOST} times in this thread within 10 minutes" in answers[-1]["text"]
    (section,) = answers[-1]["blocks"][0]["elements"]
    (date,) = [each for each in section["elements"] if each["type"] == "date"]
    assert date["format"] == "{time}"
    assert "UTC" not in answers[-1]["text"]


def test_in_new_threads_a_loop_ends_by_the_breaker_of_the_channel(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    def reply(_: str) -> None:
        # What is posted but not yet noted as answered is not counted: each worker may have one.
        at_rest(slack, engine)
        slack.post("U1ANN", "C1", f"<@{BOT_USER}> what is an output?")

    with answering_everything(slack, reply):
        slack.mention("U1ANN", "C1", "what is commissioning?")
        ended(slack, engine, MOST + 4)
    assert len(guidance.asked) == MOST + 2
    said = [m["text"] for m in slack.everything_posted()]
    assert sum("in this channel within 10 minutes" in text for text in said) == 1
    assert len(said) == MOST + 3


def test_in_a_direct_message_there_is_a_limit_too_and_others_are_answered(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    for number in range(MOST + 3):
        slack.direct_message("U1ANN", f"what is output {number}?")
    ended(slack, engine, MOST + 3)
    slack.wait_for_direct("U1ANN", "I have answered you")
    assert len(guidance.asked) <= MOST + 2, "each worker may have had one in hand"
    assert len(slack.told_directly("U1ANN")) == len(guidance.asked) + 1
    slack.wait_for_answer(slack.direct_message("U2BEN", "what is an outcome?"))


def test_words_that_stop_and_refusals_are_counted_too(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    ended(slack, engine, 1)
    for number in range(MOST + 2):
        slack.mention("U1ANN", "C1", "stop", thread_ts=first.ts)
        ended(slack, engine, number + 2)
    assert len(slack.answers(first)) == MOST + 1
    assert "I pause here until" in slack.answers(first)[-1]["text"]


def test_a_question_edited_during_a_pause_has_its_answer_replaced_and_not_taken_away(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    for number in range(MOST + 1):
        ended(slack, engine, number + 1)
        if number < MOST:
            slack.mention("U1ANN", "C1", "what is an output?", thread_ts=first.ts)
    slack.edit("C1", first.ts, f"<@{BOT_USER}> what is an outcome?")
    slack.wait_until(lambda: "times in this thread" in slack.answers(first)[0]["text"])
    assert len(slack.answers(first)) == MOST + 1


def paused(slack: FakeSlack, engine: Engine, *, in_thread: bool) -> Posted:
    """Ask as Ann until there is a pause; return the first question."""
    first = slack.mention("U1ANN", "C1", "what is commissioning?")
    for number in range(1, MOST + 1 if in_thread else MOST + 3):
        ended(slack, engine, number)
        slack.mention("U1ANN", "C1", "what is it?", thread_ts=first.ts if in_thread else None)
    slack.wait_until(lambda: any("so I pause" in m["text"] for m in slack.everything_posted()))
    at_rest(slack, engine)
    return first


def test_in_a_paused_thread_a_colleague_is_told_of_the_pause_once_and_alone(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    first = paused(slack, engine, in_thread=True)
    for _ in range(2):
        post = slack.mention("U2BEN", "C1", "what is an output?", thread_ts=first.ts)
        at_rest(slack, engine, post.envelope)
    (told,) = slack.shown_alone("U2BEN")
    assert f"I have answered {MOST} times in this thread" in told.text
    assert len(slack.answers(first)) == MOST + 1


def test_in_a_paused_channel_no_question_is_met_with_silence(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    paused(slack, engine, in_thread=False)
    before = len(slack.everything_posted())
    for user in ("U1ANN", "U2BEN", "U2BEN"):
        at_rest(slack, engine, slack.mention(user, "C1", "what is an output?").envelope)
    shown = [*slack.shown_alone("U1ANN"), *slack.shown_alone("U2BEN")]
    assert len(shown) == 3
    assert all("in this channel within 10 minutes" in each.text for each in shown)
    assert len(slack.everything_posted()) == before


def test_a_pause_that_cannot_be_told_in_the_channel_is_told_directly_for_what_it_is(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    first = paused(slack, engine, in_thread=True)
    slack.fail_next("chat.postEphemeral", Fault("error", error="user_not_in_channel"))
    slack.mention("U2BEN", "C1", "what is an output?", thread_ts=first.ts)
    told = slack.wait_for_direct("U2BEN", "I could not answer you there: what is an output?")
    assert "so I pause here" in told["text"]
    assert "for you alone" not in told["text"]
