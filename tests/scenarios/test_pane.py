"""The agent's pane: progress that becomes the answer, the stop button, greeting and titles."""

import json
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from assistant.domain.answers import Answer, AnswerStatus, Step
from assistant.domain.errors import ChatModelError
from assistant.domain.releases import Actor, AuditEntry
from assistant.slack import pane
from assistant.slack.api import pacing
from assistant.slack.app import SlackBot
from assistant.slack.home.prompts import ALWAYS_ANSWERED, WELCOME
from assistant.slack.posts.sessions import NOTHING_TO_STOP, STOPPED, TAKEN_BACK
from assistant.slack.shown.sentences import PROMPTS
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from assistant.store.policies import AnswersTo, ChannelPolicy, Policies
from assistant.store.snapshots import SnapshotPointer
from tests.fakes.fake_slack import BOT_TOKEN, TEAM, FakeSlack, Fault, Posted
from tests.fakes.slack.streams import Stream
from tests.scenarios.conftest import Guidance
from tests.scenarios.test_once import BotProcess

pytestmark = pytest.mark.sockets

QUESTION = "what is commissioning?"
ANSWER = f"You asked: {QUESTION}"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a moment takes a shorter one."""
    monkeypatch.setattr(pane, "STATUS_SECONDS", 0.05)
    monkeypatch.setattr(pane, "STREAM_SECONDS", 0.15)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is there before anything is streamed, however slow the machine is."""
    monkeypatch.setattr(pane, "STREAM_SECONDS", 60.0)


class Held:
    """An answer path that waits at writing until it is let go."""

    def __init__(self, guidance: Guidance) -> None:
        self.let_go = threading.Event()
        self.is_writing = threading.Event()
        guidance.during = self._during

    def _during(self, step: Step) -> None:
        if step is Step.WRITING:
            self.is_writing.set()
            assert self.let_go.wait(20)


@pytest.fixture
def held(guidance: Guidance) -> Iterator[Held]:
    held = Held(guidance)
    yield held
    held.let_go.set()


def stream_of(slack: FakeSlack, posted: Posted) -> Stream:
    """Wait until progress is streamed in the thread of a post; return the stream."""

    def found() -> list[Stream]:
        return [s for s in slack.streams.values() if s.message["thread_ts"] == posted.thread_ts]

    slack.wait_until(lambda: bool(found()))
    return found()[-1]


def only_answer(slack: FakeSlack, posted: Posted, words: str = ANSWER) -> dict[str, Any]:
    """Wait until the thread's one message of ours says the answer; return it."""

    def says_it() -> bool:
        return any(words in m["text"] and m.get("metadata") for m in slack.answers(posted))

    slack.wait_until(says_it)
    (message,) = slack.answers(posted)
    return message


def wait_for_state(slack: FakeSlack, engine: Engine, state: str, count: int = 1) -> None:
    slack.wait_until(lambda: Inbox(engine).counts().get(state) == count)


# What is streamed, and when


def test_a_slow_answer_shows_its_progress_and_its_message_becomes_the_answer(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    assert stream.recipient == "U1ANN"
    # On a slow machine the stream begins before the second step does.
    slack.wait_until(lambda: len(stream.tasks) == 2)
    assert [(t["status"], t["title"]) for t in stream.tasks.values()] == [
        ("complete", "Looking for passages"),
        ("in_progress", "Writing the answer"),
    ]
    details = [task.get("details") for task in stream.tasks.values()]
    assert details == ["Found 3 passages: The commissioning cycle; Four worlds", None]
    slack.wait_until(lambda: Inbox(engine).of_answer(TEAM, "C1", stream.message["ts"]) is not None)
    held.let_go.set()
    message = only_answer(slack, posted)
    assert message["ts"] == stream.message["ts"]
    assert message["metadata"]["event_payload"]["status"] == "answered"
    assert slack.calls_of("chat.postMessage") == []
    wait_for_state(slack, engine, "answered")


def test_no_word_of_the_answer_is_streamed_before_it_is_checked(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream_of(slack, posted)
    held.let_go.set()
    only_answer(slack, posted)
    for method in ("chat.startStream", "chat.appendStream"):
        for call in slack.calls_of(method):
            assert {chunk["type"] for chunk in call.arguments["chunks"]} == {"task_update"}
            assert "You asked" not in json.dumps(dict(call.arguments))
            assert "markdown_text" not in call.arguments


def test_steps_that_follow_are_added_to_the_stream(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    searched = threading.Event()
    guidance.during = lambda step: searched.wait(20) if step is Step.SEARCHING else None
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    assert [task["status"] for task in stream.tasks.values()] == ["in_progress"]
    searched.set()
    only_answer(slack, posted)
    assert [task["status"] for task in stream.tasks.values()] == ["complete", "in_progress"]
    assert len(slack.calls_of("chat.appendStream")) == 1


@pytest.mark.usefixtures("quick")
def test_a_quick_answer_is_posted_without_a_stream(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    wait_for_state(slack, engine, "answered")
    assert slack.streams == {}
    assert len(slack.calls_of("chat.postMessage")) == 1


def test_in_a_direct_message_nobody_needs_to_be_named(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    stream_of(slack, posted)
    held.let_go.set()
    only_answer(slack, posted)
    (call,) = slack.calls_of("chat.startStream")
    assert not {"recipient_user_id", "recipient_team_id"} & set(call.arguments)


def test_the_status_says_what_is_being_done_before_there_is_a_stream(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: ("C1", posted.ts, "is writing…") in slack.statuses)
    stream_of(slack, posted)
    held.let_go.set()
    only_answer(slack, posted)


def test_where_the_asker_alone_is_answered_the_thread_sees_no_progress(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    policy = ChannelPolicy(TEAM, "C1", answers_to=AnswersTo.ASKER)
    entry = AuditEntry(datetime.now(UTC), Actor("U3CAT", "Slack"), "policy", "C1", "set")
    assert Policies(engine).set(policy, entry, None)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    assert held.is_writing.wait(10)
    assert not threading.Event().wait(0.4)
    assert slack.streams == {}
    held.let_go.set()
    slack.wait_until(lambda: not Inbox(engine).counts().get("answering"))
    assert posted.ts


def test_a_failure_after_progress_was_shown_is_said_in_the_same_message(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, held: Held
) -> None:
    def fail(_: str) -> None:
        raise ChatModelError("The model is away.")

    guidance.before_answering = fail
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    message = only_answer(slack, posted, "Something went wrong")
    assert message["ts"] == stream.message["ts"]


def test_a_long_answer_begins_in_the_stream_and_goes_on_below_it(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, held: Held
) -> None:
    text = "\n".join(" ".join(f"word{n}" for n in range(40)) for _ in range(100))
    guidance.answer = Answer(QUESTION, AnswerStatus.ANSWERED, text)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    slack.wait_until(lambda: len(slack.answers(posted)) >= 3)
    parts = [m["metadata"]["event_payload"]["part"] for m in slack.answers(posted)]
    assert parts == list(range(1, len(parts) + 1))
    assert slack.answers(posted)[0]["ts"] == stream.message["ts"]


# Streams that break


def test_a_stream_that_slack_has_ended_is_changed_into_the_answer(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    slack.stream_idle_seconds = 0.01
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    assert not threading.Event().wait(0.1)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]
    assert stream.state == "expired"


@pytest.mark.parametrize("kind", ["lost_reply", "dropped", "server_error"])
def test_a_stream_whose_end_is_not_heard_of_becomes_one_answer(
    slack: FakeSlack, bot: SlackBot, held: Held, kind: Any, engine: Engine
) -> None:
    slack.fail_next("chat.stopStream", Fault(kind))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]
    wait_for_state(slack, engine, "answered")
    assert len(slack.answers(posted)) == 1
    assert slack.calls_of("conversations.replies") == [], "what is known need not be looked for"


def test_a_message_that_cannot_be_changed_makes_way_for_another(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    gone = Fault("error", error="message_not_found")
    slack.fail_next("chat.stopStream", gone)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] != stream.message["ts"]
    wait_for_state(slack, engine, "answered")


def test_an_end_that_slack_asks_to_wait_with_is_waited_for(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    slack.fail_next("chat.stopStream", Fault("rate_limited", seconds=1))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rate_limited", seconds=1),
        Fault("error", error="unknown_method"),
        Fault("dropped"),
        Fault("server_error"),
    ],
)
def test_without_a_stream_the_answer_is_posted(
    slack: FakeSlack, bot: SlackBot, held: Held, fault: Fault
) -> None:
    slack.fail_next("chat.startStream", fault)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    held.let_go.set()
    only_answer(slack, posted)
    assert slack.streams == {}


def test_a_stream_that_began_unheard_is_found_and_becomes_the_answer(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    slack.fail_next("chat.startStream", Fault("lost_reply"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]


def test_without_room_for_another_stream_the_answer_is_posted(
    slack: FakeSlack, bot: SlackBot, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pacing.RATES, pacing.START_STREAM, pacing.Rate(1, 0))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: ("C1", posted.ts) in slack.sessions)
    held.let_go.set()
    only_answer(slack, posted)
    assert slack.streams == {}


def test_an_end_that_must_wait_for_its_turn_still_comes(
    slack: FakeSlack, bot: SlackBot, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    monkeypatch.setitem(pacing.RATES, pacing.STOP_STREAM, pacing.Rate(60, 1))
    monkeypatch.setitem(pacing.RATES, pacing.UPDATE, pacing.Rate(60, 1))
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]
    assert len(slack.calls_of("chat.stopStream")) == 1


def test_a_message_that_makes_way_is_deleted_although_slack_was_away(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    gone = Fault("error", error="edit_window_closed")
    slack.fail_next("chat.stopStream", gone, gone)
    slack.fail_next("chat.update", gone)
    slack.fail_next("chat.delete", Fault("rate_limited", seconds=1))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] != stream.message["ts"]
    wait_for_state(slack, engine, "answered")


def test_an_edit_meanwhile_is_answered_in_the_message_that_is_there(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    stream = stream_of(slack, posted)
    ts = stream.message["ts"]
    channel = posted.channel
    slack.wait_until(lambda: Inbox(engine).of_answer(TEAM, channel, ts) is not None)
    slack.wait_for_acknowledgement(slack.edit(channel, posted.ts, "what is an outcome?"))
    held.let_go.set()
    assert only_answer(slack, posted, "You asked: what is an outcome?")["ts"] == ts
    key = (channel, posted.ts)
    slack.wait_until(lambda: slack.sessions[key].title == "what is an outcome?")


def test_a_stream_that_began_unheard_becomes_the_answer_to_the_edited_question(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, held: Held
) -> None:
    slack.fail_next("chat.startStream", Fault("lost_reply"))
    posted = slack.direct_message("U1ANN", QUESTION)
    stream = stream_of(slack, posted)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    slack.wait_for_acknowledgement(slack.edit(posted.channel, posted.ts, "what is an outcome?"))
    slack.wait_until(lambda: len(guidance.asked) == 2)
    assert not threading.Event().wait(0.4)
    held.let_go.set()
    message = only_answer(slack, posted, "You asked: what is an outcome?")
    assert message["ts"] == stream.message["ts"]
    assert len(slack.calls_of("chat.startStream")) == 1


def test_a_stream_that_began_unheard_goes_with_its_question(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    slack.fail_next("chat.startStream", Fault("lost_reply"))
    posted = slack.direct_message("U1ANN", QUESTION)
    stream_of(slack, posted)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    slack.wait_for_acknowledgement(slack.delete(posted.channel, posted.ts))
    held.let_go.set()
    wait_for_state(slack, engine, "withdrawn")
    assert slack.answers(posted) == []


def test_a_stream_that_was_on_its_way_when_the_question_was_edited_does_not_stay(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    # So long it is on its way, whatever the machine's speed: who waits for it waits too.
    bot._administration._direct.courtesy.timeout = 60
    is_edited = threading.Event()
    slack.fail_next("chat.startStream", Fault("late", seconds=60, until=is_edited))
    posted = slack.direct_message("U1ANN", QUESTION)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    slack.wait_for_acknowledgement(slack.edit(posted.channel, posted.ts, "what is an outcome?"))
    is_edited.set()
    stream = stream_of(slack, posted)
    slack.wait_until(lambda: bool(slack.deleted))
    assert [message["ts"] for _, message in slack.deleted] == [stream.message["ts"]]
    held.let_go.set()
    only_answer(slack, posted, "You asked: what is an outcome?")
    wait_for_state(slack, engine, "answered")
    assert len(slack.answers(posted)) == 1


def test_an_edited_question_does_not_take_the_stream_of_the_next_one(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    first = slack.direct_message("U1ANN", QUESTION)
    wait_for_state(slack, engine, "answered")
    client = WebClient(BOT_TOKEN, base_url=slack.url)
    client.chat_delete(channel=first.channel, ts=slack.answers(first)[0]["ts"])
    held = Held(guidance)
    second = slack.direct_message("U1ANN", "and then?", thread_ts=first.ts)
    stream = stream_of(slack, second)
    ts = stream.message["ts"]
    slack.wait_until(lambda: Inbox(engine).of_answer(TEAM, first.channel, ts) is not None)
    slack.wait_for_acknowledgement(slack.edit(first.channel, first.ts, "what is an outcome?"))
    slack.wait_until(lambda: len(guidance.asked) == 3)
    held.let_go.set()
    wait_for_state(slack, engine, "answered", 2)
    said = {message["ts"]: message["text"] for message in slack.answers(first)}
    assert "and then?" in said.pop(ts)
    assert ["what is an outcome?" in text for text in said.values()] == [True]


# The process is killed


@pytest.fixture
def process(slack: FakeSlack, tmp_path: Path) -> Iterator[BotProcess]:
    process = BotProcess(slack, tmp_path / "process")
    yield process
    process.clean_up()


def test_killed_while_it_streams_it_goes_on_in_the_same_message(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.hold.touch()
    process.start()
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    slack.wait_until(lambda: process.noted() == [stream.message["ts"]])
    process.end(signal.SIGKILL)
    process.hold.unlink()
    process.start()
    assert only_answer(slack, posted, "Asked: ")["ts"] == stream.message["ts"]
    assert process.end(signal.SIGTERM)[0] == 0
    assert process.states() == ["answered"]
    assert len(slack.answers(posted)) == 1


def test_killed_before_the_stream_is_noted_it_leaves_nothing_half(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.hold.touch()
    process.start()
    slack.fail_next("chat.startStream", Fault("silent", seconds=3))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    process.end(signal.SIGKILL)
    assert process.noted() == [None]
    process.hold.unlink()
    process.start()
    assert only_answer(slack, posted, "Asked: ")["ts"] == stream.message["ts"]
    process.end(signal.SIGTERM)
    assert process.states() == ["answered"]
    assert len(slack.answers(posted)) == 1


# The stop button


def test_who_asked_can_stop_and_what_is_found_afterwards_is_thrown_away(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    slack.wait_for_acknowledgement(slack.press_stop("U1ANN", "C1", posted.ts))
    wait_for_state(slack, engine, "stopped")
    slack.wait_until(lambda: stream.message["text"] == STOPPED)
    held.let_go.set()
    slack.wait_until(lambda: slack.sessions["C1", posted.ts].status == "active")
    guidance_done = slack.mention("U1ANN", "C1", "and now?")
    slack.wait_until(lambda: len(slack.answers(guidance_done)) == 1)
    assert [m["text"] for m in slack.answers(posted)] == [STOPPED]
    assert Inbox(engine).counts()["stopped"] == 1


def test_after_the_button_was_pressed_no_further_step_is_taken(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    taken: list[Step] = []
    pressed = threading.Event()

    def during(step: Step) -> None:
        taken.append(step)
        assert pressed.wait(20)

    guidance.during = during
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream_of(slack, posted)
    slack.press_stop("U1ANN", "C1", posted.ts)
    wait_for_state(slack, engine, "stopped")
    pressed.set()
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert taken == [Step.SEARCHING, Step.SEARCHING, Step.WRITING]


def test_stopped_before_anything_was_streamed_it_is_said_in_a_message(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    slack.fail_next("chat.startStream", Fault("rate_limited", seconds=60))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: slack.faults_left("chat.startStream") == 0)
    slack.press_stop("U1ANN", "C1", posted.ts)
    assert slack.wait_for_answer(posted)["text"] == STOPPED
    held.let_go.set()
    wait_for_state(slack, engine, "stopped")
    assert len(slack.answers(posted)) == 1


def test_nobody_else_takes_away_an_answer_that_somebody_waits_for(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream = stream_of(slack, posted)
    slack.press_stop("U2BEN", "C1", posted.ts)
    assert slack.wait_for_reply("U2BEN").text == NOTHING_TO_STOP
    held.let_go.set()
    assert only_answer(slack, posted)["ts"] == stream.message["ts"]


def test_a_question_asked_after_the_button_was_pressed_is_answered(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    stream_of(slack, posted)
    pressed = {
        "type": "agent_session_stopped",
        "channel": posted.channel,
        "thread_ts": posted.ts,
        "user": "U1ANN",
        "streaming_message_ts": [],
        "event_ts": "1000000000.000001",
    }
    slack.wait_for_acknowledgement(slack.tell(pressed))
    held.let_go.set()
    only_answer(slack, posted)
    wait_for_state(slack, engine, "answered")


def test_told_to_stop_in_words_the_message_under_way_says_so(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    stream = stream_of(slack, posted)
    slack.direct_message("U1ANN", "stop", thread_ts=posted.ts)
    wait_for_state(slack, engine, "stopped")
    held.let_go.set()
    slack.wait_until(lambda: stream.message["text"] == STOPPED)


def test_a_question_deleted_while_it_is_answered_leaves_nothing(
    slack: FakeSlack, bot: SlackBot, held: Held, engine: Engine
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    stream_of(slack, posted)
    slack.wait_for_acknowledgement(slack.delete("C1", posted.ts))
    held.let_go.set()
    slack.wait_until(lambda: slack.answers(posted) == [])
    wait_for_state(slack, engine, "withdrawn")
    assert slack.answers(posted) == []
    slack.wait_until(lambda: slack.sessions["C1", posted.ts].title == TAKEN_BACK)


# Sessions


@pytest.mark.usefixtures("quick")
def test_a_thread_has_the_title_of_its_first_question(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    key = (posted.channel, posted.ts)
    slack.wait_until(lambda: key in slack.sessions)
    slack.direct_message("U1ANN", "and who is in it?", thread_ts=posted.ts)
    slack.wait_until(lambda: len(slack.answers(posted)) == 2)
    assert slack.sessions[key].title == QUESTION
    assert slack.sessions[key].history == ["active"]


def test_a_slow_thread_is_processing_until_it_is_answered(
    slack: FakeSlack, bot: SlackBot, held: Held
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    key = ("C1", posted.ts)
    slack.wait_until(lambda: key in slack.sessions)
    assert slack.sessions[key].status == "processing"
    held.let_go.set()
    slack.wait_until(lambda: slack.sessions[key].history == ["processing", "active"])


def test_a_workspace_without_sessions_is_not_asked_again_for_a_while(
    slack: FakeSlack, bot: SlackBot
) -> None:
    unknown = Fault("error", error="unknown_method")
    slack.fail_next("agents.sessions.setStatus", unknown, unknown)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    slack.wait_until(lambda: slack.faults_left("agents.sessions.setStatus") == 1)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    # What is done for Slack's sake after an answer is done in the order of the answers.
    slack.open_messages_tab("U1ANN", tab="home")
    slack.wait_until(lambda: "U1ANN" in slack.homes)
    assert slack.faults_left("agents.sessions.setStatus") == 1


# Greeting


@pytest.fixture
def live(engine: Engine) -> None:
    SnapshotPointer(engine).switch("snapshot-1", expected=None)


def suggested_to(slack: FakeSlack, user: str, count: int) -> list[str]:
    """Return what is suggested to somebody, once it is so much."""
    channel = slack.direct_channel(user)

    def suggested() -> list[str]:
        return [each["message"] for each in slack.prompts.get(channel, {}).get("prompts", ())]

    slack.wait_until(lambda: len(suggested()) == count)
    return suggested()


@pytest.mark.usefixtures("live")
def test_who_opens_the_messages_tab_is_greeted_with_four_questions(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    slack.open_messages_tab("U1ANN")
    suggested = suggested_to(slack, "U1ANN", 4)
    assert len(set(suggested)) == 4
    assert set(suggested) <= {question for question, _, _ in guidance.asked}
    assert slack.prompts[slack.direct_channel("U1ANN")]["title"] == WELCOME
    for call in slack.calls_of("assistant.threads.setSuggestedPrompts"):
        assert "thread_ts" not in call.arguments


@pytest.mark.usefixtures("live")
def test_who_comes_first_is_greeted_before_it_is_known_what_is_answered(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    known = threading.Event()
    guidance.before_answering = lambda _: known.wait(20)
    slack.open_messages_tab("U1ANN")
    try:
        assert suggested_to(slack, "U1ANN", 1) == [ALWAYS_ANSWERED]
        assert slack.prompts[slack.direct_channel("U1ANN")]["title"] == WELCOME
    finally:
        known.set()
    assert ALWAYS_ANSWERED not in suggested_to(slack, "U1ANN", 4)


@pytest.mark.usefixtures("live")
def test_questions_are_looked_for_before_anybody_comes(
    slack: FakeSlack, guidance: Guidance, start_bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pane, "AHEAD_SECONDS", 0.05)
    start_bot()
    slack.wait_until(lambda: len(guidance.asked) == 4)
    assert {audiences for _, _, audiences in guidance.asked} == {("internal", "public")}


@pytest.mark.usefixtures("live")
def test_a_guest_is_suggested_what_public_documents_answer(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    slack.add_person("U5GUEST", is_restricted=True)
    slack.open_messages_tab("U5GUEST")
    suggested = suggested_to(slack, "U5GUEST", 4)
    assert {audiences for _, _, audiences in guidance.asked} == {("public",)}
    assert "secret" not in json.dumps(suggested)


@pytest.mark.usefixtures("live")
def test_where_nothing_is_answered_nothing_of_the_guidance_is_suggested_and_nobody_is_ungreeted(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    guidance.answer = Answer(QUESTION, AnswerStatus.UNANSWERABLE_LOW_SCORE, "I do not know.")
    slack.add_person("U6OUT", team_id="T9AWAY", is_stranger=True)
    for user in ("U1ANN", "U6OUT"):
        slack.wait_for_acknowledgement(slack.open_messages_tab(user))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    slack.wait_until(lambda: len(guidance.asked) > len(PROMPTS))
    assert suggested_to(slack, "U1ANN", 1) == [ALWAYS_ANSWERED]
    assert slack.direct_channel("U6OUT") not in slack.prompts


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("fault", [Fault("server_error"), Fault("rate_limited"), Fault("dropped")])
def test_a_greeting_that_slack_does_not_take_costs_nothing(
    slack: FakeSlack, bot: SlackBot, fault: Fault
) -> None:
    slack.fail_next("assistant.threads.setSuggestedPrompts", fault)
    slack.wait_for_acknowledgement(slack.open_messages_tab("U1ANN"))
    slack.wait_until(lambda: slack.faults_left("assistant.threads.setSuggestedPrompts") == 0)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
