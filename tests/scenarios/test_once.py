"""One question, one answer: duplicates, crashes, lost replies and restarts."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.store.database import Engine, transaction
from assistant.store.inbox import Inbox
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Fault
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

ROOT = Path(__file__).parents[2]
QUESTION = "what is commissioning?"


class BotProcess:
    """A bot in a process of its own, with its own data folder."""

    def __init__(self, slack: FakeSlack, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": slack.url,
            "ASSISTANT_DATA_DIR": str(data_dir),
        }
        data_dir.mkdir(exist_ok=True)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.bot_process"],
            cwd=self.data_dir,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the exit status and what went to standard error."""
        assert self._process is not None
        self._process.send_signal(how)
        _, errors = self._process.communicate(timeout=30)
        status = self._process.returncode
        self._process = None
        return status, errors

    def clean_up(self) -> None:
        """Kill what is left."""
        if self._process is not None:
            self.end(signal.SIGKILL)

    @property
    def hold(self) -> Path:
        """The file that keeps questions unanswered while it is there."""
        return self.data_dir / "hold"

    def noted(self) -> list[str | None]:
        """Return the first message of ours about each of the inbox's rows, as far as noted."""
        with closing(sqlite3.connect(self.data_dir / "assistant.sqlite3")) as database:
            return [ts for (ts,) in database.execute("SELECT answer_ts FROM inbox ORDER BY id")]

    def states(self) -> list[str]:
        """Return the states of the inbox's rows."""
        with closing(sqlite3.connect(self.data_dir / "assistant.sqlite3")) as database:
            return [state for (state,) in database.execute("SELECT state FROM inbox ORDER BY id")]


@pytest.fixture
def process(slack: FakeSlack, tmp_path: Path) -> Iterator[BotProcess]:
    process = BotProcess(slack, tmp_path / "process")
    yield process
    process.clean_up()


def test_the_question_is_written_down_before_slack_is_told(
    slack: FakeSlack, bot: SlackBot, settings: Settings
) -> None:
    with closing(sqlite3.connect(settings.data_dir / "assistant.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        posted = slack.mention("U1ANN", "C1", QUESTION)
        with pytest.raises(TimeoutError):
            slack.wait_for_acknowledgement(posted.envelope, seconds=0.7)
        other.rollback()
    slack.wait_for_acknowledgement(posted.envelope)
    slack.wait_for_answer(posted)


def test_a_question_that_cannot_be_written_down_is_not_acknowledged_until_it_can(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    with transaction(engine) as session:
        session.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    with pytest.raises(TimeoutError):
        slack.wait_for_acknowledgement(posted.envelope, seconds=0.7)
    with transaction(engine) as session:
        session.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    slack.wait_for_acknowledgement(slack.deliver_again(posted))
    slack.wait_for_answer(posted)


def test_the_same_event_three_times_gives_one_answer(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    again = [slack.deliver_again(posted), slack.deliver_again(posted)]
    slack.wait_for_answer(posted)
    again.append(slack.deliver_again(posted))
    for envelope in again:
        slack.wait_for_acknowledgement(envelope)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert len(slack.answers(posted)) == 1
    assert len(guidance.asked) == 2


def test_a_mention_and_a_message_event_of_one_post_give_one_answer(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    posted = slack.direct_message("U1ANN", QUESTION)
    event = {**posted.body["event"], "type": "app_mention"}
    slack.wait_for_acknowledgement(slack.deliver(slack.event_body(event)))
    slack.wait_for_answer(slack.direct_message("U1ANN", "and now?"))
    slack.wait_for_answer(posted)
    assert len(slack.answers(posted)) == 1
    assert sorted(question for question, _, _ in guidance.asked) == ["and now?", QUESTION]


def test_killed_between_acknowledgement_and_answer_it_answers_once_after_a_restart(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.hold.touch()
    process.start()
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_acknowledgement(posted.envelope)
    # A status alone may be that of its place in the queue.
    slack.wait_until(lambda: process.states() == ["answering"])
    process.end(signal.SIGKILL)
    assert process.states() == ["answering"]
    assert slack.answers(posted) == []

    process.hold.unlink()
    process.start()
    slack.wait_for_answer(posted)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert len(slack.answers(posted)) == 1
    status, errors = process.end(signal.SIGTERM)
    assert (status, "Traceback" in errors) == (0, False)
    assert process.states() == ["answered", "answered"]


def test_killed_after_posting_it_finds_its_answer_and_does_not_post_again(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.start()
    slack.fail_next("chat.postMessage", Fault("silent", seconds=10))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    process.end(signal.SIGKILL)
    assert process.states() == ["answering"]

    process.start()
    slack.wait_until(lambda: bool(slack.calls_of("conversations.replies")))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    process.end(signal.SIGTERM)
    assert len(slack.answers(posted)) == 1
    assert process.states() == ["answered", "answered"]


def test_told_to_end_it_finishes_the_question_in_hand(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.hold.touch()
    process.start()
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: process.states() == ["answering"])
    threading.Timer(1.0, process.hold.unlink).start()
    status, _ = process.end(signal.SIGTERM)
    assert status == 0
    assert len(slack.answers(posted)) == 1
    assert process.states() == ["answered"]


def test_credentials_of_another_slack_program_in_the_environment_change_nothing(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.environment |= {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "three"}
    # It is warned where nobody is named to deal with feedback.
    process.environment |= {"ASSISTANT_ADMIN_USERS": "U1ANN"}
    process.start()
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    status, errors = process.end(signal.SIGTERM)
    assert (status, errors) == (0, "")


def test_a_start_asks_slack_for_one_address_a_connection(slack: FakeSlack, bot: SlackBot) -> None:
    slack.wait_until(lambda: slack.connections_opened == 2)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert slack.connections_opened == 2, "the one that proves the token is used"


def test_a_proxy_is_not_used_for_hosts_that_are_excepted_from_it(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    process.start()
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))


def test_a_reply_that_is_lost_does_not_post_the_answer_twice(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: bool(slack.calls_of("conversations.replies")))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert len(slack.answers(posted)) == 1
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 2})


@pytest.mark.parametrize("fault", [Fault("dropped"), Fault("server_error")])
def test_a_post_that_slack_did_not_take_is_looked_for_and_posted_again(
    slack: FakeSlack, bot: SlackBot, fault: Fault
) -> None:
    slack.fail_next("chat.postMessage", fault)
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    assert len(slack.answers(posted)) == 1
    assert len(slack.calls_of("conversations.replies")) == 1


def test_the_search_of_the_thread_reads_every_page(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    slack.page_size = 3

    asked = threading.Event()

    def talk(_: str) -> None:
        asked.wait(5)
        for _number in range(10):
            slack.say("U2BEN", "C1", "so they say", thread_ts=posted.ts)

    guidance.before_answering = talk
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    asked.set()
    slack.wait_until(lambda: len(slack.calls_of("conversations.replies")) >= 4)
    guidance.before_answering = lambda _: None
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))
    assert len(slack.answers(posted)) == 1


def test_an_answer_of_another_app_in_the_thread_is_not_taken_for_ours(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    is_there = threading.Event()
    guidance.before_answering = lambda _: is_there.wait(10)
    slack.fail_next("chat.postMessage", Fault("dropped"))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    forged = {
        "bot_id": "B9OTHER",
        "metadata": {
            "event_type": "commissioning_answer",
            "event_payload": {"inbox_id": 1, "part": 1, "parts": 1, "status": "answered"},
        },
    }
    slack.say("U9OTHER", "C1", "trust me", thread_ts=posted.ts, **forged)
    is_there.set()
    slack.wait_for_answer(posted)
    assert slack.calls_of("conversations.replies")
    assert len(slack.answers(posted)) == 1


def test_too_many_posts_wait_as_long_as_slack_asks(slack: FakeSlack, bot: SlackBot) -> None:
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=2))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    (limited,) = slack.limited
    (call,) = slack.calls_of("chat.postMessage")
    assert call.at - limited.at >= 2
    assert len(slack.answers(posted)) == 1


def test_a_question_asked_while_the_bot_was_away_is_answered_when_it_is_back(
    slack: FakeSlack, start_bot: Callable[[], SlackBot]
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    start_bot()
    slack.wait_for_answer(posted)


def test_after_slack_asks_to_connect_anew_questions_are_answered_as_before(
    slack: FakeSlack, bot: SlackBot
) -> None:
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    opened = slack.connections_opened
    slack.disconnect()
    slack.wait_until(lambda: slack.connections_opened > opened)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "and now?"))


def test_what_a_bot_in_this_data_folder_has_in_hand_is_left_to_it(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], guidance: Guidance
) -> None:
    may_answer = threading.Event()
    guidance.before_answering = lambda _: may_answer.wait(30)
    start_bot()
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: bool(guidance.asked))
    start_bot()
    with pytest.raises(TimeoutError):
        slack.wait_until(lambda: len(guidance.asked) > 1, seconds=1.5)
    may_answer.set()
    slack.wait_for_answer(posted)
    assert len(slack.answers(posted)) == 1
