"""Edits, deletions and private answers end in one right answer, whatever breaks in between."""

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.app import SlackBot
from assistant.slack.posts.lateness import RENEWED
from assistant.slack.questions.aside import MAY_BE_LOST
from assistant.store.database import Engine
from assistant.store.inbox import UNFINISHED, Inbox
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Fault, Posted
from tests.scenarios.conftest import Guidance
from tests.scenarios.test_once import BotProcess

pytestmark = pytest.mark.sockets

NAME = f"<@{BOT_USER}>"
BEFORE, AFTER = "what is an output?", "what is an outcome?"


@pytest.fixture
def process(slack: FakeSlack, tmp_path: Path) -> Iterator[BotProcess]:
    process = BotProcess(slack, tmp_path / "process")
    yield process
    process.clean_up()


def long_answer(question: str, lines: int) -> Answer:
    """Return an answer that takes several messages if it has a few hundred lines."""
    text = "\n".join(f"Line {number} of it." for number in range(lines))
    return Answer(question=question, status=AnswerStatus.ANSWERED, text=f"{question}\n{text}")


def words(slack: FakeSlack, posted: Posted) -> str:
    return "\n".join(answer["text"] for answer in slack.answers(posted))


def settle(slack: FakeSlack, engine: Engine, count: int = 1) -> None:
    """Wait until every question has its end."""
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": count})


def answered(slack: FakeSlack, engine: Engine) -> Posted:
    """Ask and wait until it is noted that it was answered."""
    posted = slack.mention("U1ANN", "C1", BEFORE)
    slack.wait_for_answer(posted)
    settle(slack, engine)
    return posted


def test_a_renewed_answer_is_the_same_message_and_says_that_it_was_renewed(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    posted = answered(slack, engine)
    (before,) = [dict(answer) for answer in slack.answers(posted)]
    assert RENEWED not in before["text"]
    slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
    slack.wait_until(lambda: AFTER in words(slack, posted))
    (after,) = slack.answers(posted)
    assert (after["ts"], after["text"].split("\n")[0]) == (before["ts"], RENEWED)
    assert after["blocks"][0]["elements"][0]["text"] == RENEWED
    assert after["metadata"]["event_payload"]["revision"] == 1


@pytest.mark.parametrize(("first", "then"), [(900, 1), (1, 900), (900, 800)])
def test_an_answer_that_grows_or_shrinks_leaves_no_part_of_the_one_before(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine, first: int, then: int
) -> None:
    guidance.answer = long_answer(BEFORE, first)
    posted = answered(slack, engine)
    guidance.answer = long_answer(AFTER, then)
    slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
    slack.wait_until(lambda: Inbox(engine).find(TEAM, "C1", posted.ts).revision == 1)  # type: ignore[union-attr]
    settle(slack, engine)
    left = slack.answers(posted)
    payloads = [answer["metadata"]["event_payload"] for answer in left]
    assert [(p["part"], p["parts"]) for p in payloads] == [
        (number, len(left)) for number in range(1, len(left) + 1)
    ]
    assert BEFORE not in words(slack, posted)


@pytest.mark.parametrize("code", ["edit_window_closed", "message_not_found", "cant_update_message"])
def test_where_a_message_cannot_be_changed_another_takes_its_place(
    slack: FakeSlack, bot: SlackBot, engine: Engine, code: str
) -> None:
    posted = answered(slack, engine)
    slack.fail_next("chat.update", *[Fault("error", error=code)] * 3)
    slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
    slack.wait_until(lambda: AFTER in words(slack, posted))
    slack.wait_until(lambda: len(slack.answers(posted)) == 1)


@pytest.mark.parametrize("fault", [Fault("lost_reply"), Fault("dropped"), Fault("server_error")])
@pytest.mark.parametrize("method", ["chat.update", "chat.delete"])
def test_a_change_whose_reply_is_lost_is_made(
    slack: FakeSlack, bot: SlackBot, engine: Engine, method: str, fault: Fault
) -> None:
    posted = answered(slack, engine)
    slack.fail_next(method, fault)
    if method == "chat.update":
        slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
        slack.wait_until(lambda: AFTER in words(slack, posted))
        settle(slack, engine)
        assert len(slack.answers(posted)) == 1
    else:
        slack.delete("C1", posted.ts)
        slack.wait_until(lambda: slack.answers(posted) == [], seconds=15)
        slack.wait_until(lambda: Inbox(engine).counts() == {"withdrawn": 1})


def test_an_answer_on_its_way_when_the_question_changes_is_not_left_beside_the_right_one(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    # Slack takes the first answer late: by then the question has other words.
    may_arrive = threading.Event()
    slack.fail_next("chat.postMessage", Fault("late", seconds=10, until=may_arrive))
    posted = slack.mention("U1ANN", "C1", BEFORE)
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    slack.wait_for_acknowledgement(slack.edit("C1", posted.ts, f"{NAME} {AFTER}"))
    may_arrive.set()
    slack.wait_until(lambda: AFTER in words(slack, posted))
    settle(slack, engine)
    assert len(slack.answers(posted)) == 1
    assert BEFORE not in words(slack, posted)
    assert slack.deleted == [], (
        "within one process the next worker waits for the post, and finds it"
    )


@pytest.fixture
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_WORKERS", "1")


@pytest.mark.usefixtures("one_worker")
def test_an_answer_of_another_replica_on_its_way_when_the_question_changes_is_taken_back(
    slack: FakeSlack, start_bot: Callable[[], SlackBot], engine: Engine
) -> None:
    may_arrive = threading.Event()
    for _ in range(2):
        start_bot()
    slack.fail_next("chat.postMessage", Fault("late", seconds=10, until=may_arrive))
    posted = slack.mention("U1ANN", "C1", BEFORE)
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
    slack.wait_until(lambda: AFTER in words(slack, posted))
    may_arrive.set()
    slack.wait_until(lambda: [BEFORE in message["text"] for _, message in slack.deleted] == [True])
    assert BEFORE not in words(slack, posted)
    assert len(slack.answers(posted)) == 1
    settle(slack, engine)


def test_an_answer_on_its_way_when_it_is_told_to_stop_is_taken_back(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    may_arrive = threading.Event()
    slack.fail_next("chat.postMessage", Fault("late", seconds=10, until=may_arrive))
    posted = slack.mention("U1ANN", "C1", BEFORE)
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    assert Inbox(engine).stop(TEAM, "C1", posted.ts) == 1
    may_arrive.set()
    slack.wait_until(lambda: len(slack.deleted) == 1)
    assert slack.answers(posted) == []


def test_killed_while_it_changes_the_answer_it_ends_with_the_right_one(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.start()
    posted = slack.mention("U1ANN", "C1", BEFORE)
    slack.wait_for_answer(posted)
    slack.wait_until(lambda: process.states() == ["answered"])
    slack.fail_next("chat.update", Fault("silent", seconds=10))
    slack.edit("C1", posted.ts, f"{NAME} {AFTER}")
    slack.wait_until(lambda: slack.faults_left("chat.update") == 0)
    process.end(signal.SIGKILL)
    process.start()
    slack.wait_until(lambda: AFTER in words(slack, posted))
    slack.wait_until(lambda: process.states() == ["answered"])
    assert len(slack.answers(posted)) == 1


def test_killed_between_two_parts_it_ends_with_a_whole_answer(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.start()
    slack.fail_next("chat.postMessage", Fault("late", seconds=0), Fault("silent", seconds=10))
    posted = slack.mention("U1ANN", "C1", "long, please")
    slack.wait_for_answer(posted, count=2)
    process.end(signal.SIGKILL)
    process.start()
    slack.wait_until(lambda: process.states() == ["answered"])
    parts = [answer["metadata"]["event_payload"] for answer in slack.answers(posted)]
    assert [part["part"] for part in parts] == list(range(1, parts[0]["parts"] + 1))


def test_killed_while_it_takes_an_answer_back_it_takes_it_back(
    slack: FakeSlack, process: BotProcess
) -> None:
    process.start()
    posted = slack.mention("U1ANN", "C1", "long, please")
    slack.wait_until(lambda: process.states() == ["answered"])
    slack.fail_next("chat.delete", Fault("silent", seconds=10))
    slack.delete("C1", posted.ts)
    slack.wait_until(lambda: slack.faults_left("chat.delete") == 0)
    process.end(signal.SIGKILL)
    process.start()
    slack.wait_until(lambda: process.states() == ["withdrawn"])
    assert slack.answers(posted) == []


def test_a_private_answer_whose_reply_is_lost_is_not_repeated_and_the_asker_is_told(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("response_url", Fault("lost_reply"))
    slack.command("U1ANN", "/ask", BEFORE)
    slack.wait_for_direct("U1ANN", MAY_BE_LOST)
    settle(slack, engine)
    assert len(slack.shown_alone("U1ANN")) == 1
    assert len(slack.told_directly("U1ANN")) == len(slack.everything_posted()) == 1


def test_a_private_answer_that_cannot_be_shown_where_it_was_asked_goes_to_the_asker(
    slack: FakeSlack, bot: SlackBot, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.slack.views.MOST_RESPONSES", 0)
    slack.command("U1ANN", "/ask", BEFORE)
    told = slack.wait_for_direct("U1ANN", f"You asked: {BEFORE}")
    assert told["text"].startswith("You asked me this for you alone, and I could not show you")
    settle(slack, engine)
    assert slack.shown_alone("U1ANN") == []
    assert slack.everything_posted() == slack.told_directly("U1ANN")


def test_when_slack_asks_to_wait_a_private_answer_is_shown_once_afterwards(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.fail_next("response_url", Fault("rate_limited", seconds=2))
    slack.command("U1ANN", "/ask", BEFORE)
    assert BEFORE in slack.wait_for_reply("U1ANN").text
    settle(slack, engine)
    assert (len(slack.shown_alone("U1ANN")), slack.everything_posted()) == (1, [])


@pytest.mark.parametrize("method", ["response_url", "chat.postMessage"])
def test_killed_while_it_tells_somebody_alone_it_says_once_that_it_may_be_lost(
    slack: FakeSlack, process: BotProcess, method: str
) -> None:
    process.start()
    if method == "chat.postMessage":
        slack.fail_next("response_url", Fault("lost_reply"))
    slack.fail_next(method, Fault("silent", seconds=10))
    slack.command("U1ANN", "/ask", BEFORE)
    slack.wait_for_reply("U1ANN")
    if method == "chat.postMessage":
        slack.wait_for_direct("U1ANN", MAY_BE_LOST)
    process.end(signal.SIGKILL)
    process.start()
    slack.wait_for_direct("U1ANN", MAY_BE_LOST)
    # Before it is taken again it is received, and what would be said twice is not said yet.
    slack.wait_until(lambda: not set(UNFINISHED) & set(process.states()))
    assert len(slack.shown_alone("U1ANN")) == 1
    assert len(slack.told_directly("U1ANN")) == 1


def test_the_address_of_a_private_reply_is_not_kept(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.command("U1ANN", "/ask", BEFORE)
    slack.wait_for_reply("U1ANN")
    settle(slack, engine)
    entry = Inbox(engine).by_id(1)
    assert entry is not None
    assert entry.asked == replace(entry.asked, reply_url=None)
