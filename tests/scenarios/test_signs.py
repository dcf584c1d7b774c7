"""The first sign of life: a place in the queue while others are before, then what is done."""

import re
import threading
from collections.abc import Iterator
from itertools import pairwise

import pytest

from assistant.language import say
from assistant.settings import Settings
from assistant.slack.api.clients import courtesy_client
from assistant.slack.api.pacing import Pace
from assistant.slack.app import SlackBot
from assistant.slack.posts.signs import READING, Signs
from assistant.store.database import Engine
from assistant.store.inbox import Inbox, IncomingQuestion
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Fault, Posted
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

QUESTION = "what is commissioning?"
IN_QUEUE = re.compile(r"has your question at number (\d+) in the queue…")


@pytest.fixture
def gate(guidance: Guidance) -> Iterator[threading.Semaphore]:
    """What every answer waits for; each release lets one through."""
    gate = threading.Semaphore(0)
    guidance.before_answering = lambda _: gate.acquire(timeout=60)
    yield gate
    gate.release(100)


def signs(slack: FakeSlack, posted: Posted) -> list[str]:
    """Return what the thread of a post was shown, in order."""
    return [
        str(call.arguments["status"])
        for call in slack.calls_of("assistant.threads.setStatus")
        if call.arguments["thread_ts"] == posted.thread_ts
    ]


def places(slack: FakeSlack, posted: Posted) -> list[int]:
    return [int(found[1]) for each in signs(slack, posted) if (found := IN_QUEUE.match(each))]


def ask(slack: FakeSlack, count: int) -> list[Posted]:
    """Let so many people ask, each in their direct message."""
    people = [slack.add_person(f"U20{n}") for n in range(count)]
    return [slack.direct_message(person, QUESTION) for person in people]


def test_while_the_workers_are_busy_everybody_sees_their_place(
    slack: FakeSlack, bot: SlackBot, gate: threading.Semaphore
) -> None:
    ask(slack, 2)
    slack.wait_until(lambda: len(slack.calls_of("assistant.threads.setStatus")) >= 2)
    waiting = [slack.direct_message(slack.add_person(f"U30{n}"), QUESTION) for n in range(4)]
    # Who comes in over the faster connection is first until the one before is there.
    slack.wait_until(
        lambda: [places(slack, posted)[-1:] for posted in waiting] == [[1], [2], [3], [4]],
        seconds=20,
    )


def test_a_place_that_moves_is_shown_anew_and_gives_way_to_what_is_done(
    slack: FakeSlack, bot: SlackBot, gate: threading.Semaphore
) -> None:
    ask(slack, 2)
    slack.wait_until(lambda: len(slack.calls_of("assistant.threads.setStatus")) >= 2)
    waiting = [slack.direct_message(slack.add_person(f"U30{n}"), QUESTION) for n in range(2)]
    slack.wait_until(lambda: places(slack, waiting[1])[-1:] == [2])
    gate.release()
    slack.wait_until(lambda: places(slack, waiting[1])[-2:] == [2, 1])
    gate.release()
    slack.wait_until(lambda: IN_QUEUE.match(signs(slack, waiting[1])[-1]) is None)
    moments = [
        call.at
        for call in slack.calls_of("assistant.threads.setStatus")
        if call.arguments["thread_ts"] == waiting[1].thread_ts
    ]
    assert all(later - earlier > 1.9 for earlier, later in pairwise(moments))


def test_nothing_is_shown_after_the_answer(
    slack: FakeSlack, bot: SlackBot, gate: threading.Semaphore
) -> None:
    # The sign is still on its way when the answer is there, so it has to be taken away.
    is_answered = threading.Event()
    slack.fail_next("assistant.threads.setStatus", Fault("late", seconds=10, until=is_answered))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: slack.faults_left("assistant.threads.setStatus") == 0)
    gate.release()
    slack.wait_for_answer(posted)
    is_answered.set()
    slack.wait_until(lambda: signs(slack, posted)[-1:] == [""])
    assert len(signs(slack, posted)) == 2


@pytest.mark.parametrize(("spoke_at", "shown"), [(4.0, [say(READING), ""]), (6.0, [say(READING)])])
def test_a_sign_that_may_have_come_after_the_answer_is_taken_away(
    slack: FakeSlack, settings: Settings, engine: Engine, spoke_at: float, shown: list[str]
) -> None:
    ts = slack.say("U1ANN", "C1", QUESTION)
    posted = Posted("C1", ts, ts, "", {})
    inbox = Inbox(engine)
    inbox.receive(IncomingQuestion("Ev1", TEAM, "C1", "channel", ts, ts, "U1ANN", QUESTION))
    question = inbox.take()
    assert question is not None
    # By this clock every call has its answer at five.
    shows = Signs(courtesy_client(settings), inbox, Pace(), clock=lambda: 5.0)
    shows.start()
    shows.taken(question)
    slack.wait_until(lambda: shows._signs["C1", ts].shown is not None)
    shows.done(question, spoke_at=spoke_at)
    slack.wait_until(lambda: not shows._signs)
    shows.stop()
    assert signs(slack, posted) == shown


def test_a_renewed_answer_takes_its_sign_away(slack: FakeSlack, bot: SlackBot) -> None:
    posted = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(posted)
    slack.edit("C1", posted.ts, f"<@{BOT_USER}> what is an outcome?")
    slack.wait_until(lambda: "an outcome?" in slack.answers(posted)[0]["text"])
    # Slack takes a status away when a message is posted, not when one is changed.
    slack.wait_until(lambda: not signs(slack, posted) or signs(slack, posted)[-1] == "")


@pytest.mark.usefixtures("nothing_streams")
def test_a_question_that_is_stopped_leaves_no_sign(
    slack: FakeSlack, bot: SlackBot, gate: threading.Semaphore
) -> None:
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: bool(signs(slack, posted)))
    stop = slack.mention("U1ANN", "C1", "stop", thread_ts=posted.ts)
    slack.wait_for_acknowledgement(stop.envelope)
    gate.release(2)
    slack.wait_for_answer(posted)
    slack.wait_for_answer(slack.direct_message("U2BEN", QUESTION))
    assert len(slack.answers(posted)) == 1
    assert "You asked" not in slack.answers(posted)[0]["text"]


@pytest.mark.parametrize(
    "fault", [Fault("error", error="missing_scope"), Fault("dropped"), Fault("server_error")]
)
def test_a_sign_that_fails_costs_nothing_but_the_sign(
    slack: FakeSlack, bot: SlackBot, fault: Fault
) -> None:
    with slack.failing("assistant.threads.setStatus", fault):
        posted = slack.direct_message("U1ANN", QUESTION)
        slack.wait_for_answer(posted)
    assert len(slack.answers(posted)) == 1


def test_what_is_asked_for_oneself_alone_shows_nothing_in_a_thread(
    slack: FakeSlack, bot: SlackBot, gate: threading.Semaphore
) -> None:
    slack.command("U1ANN", "/ask", QUESTION)
    slack.command("U2BEN", "/ask", QUESTION)
    slack.command("U3CAT", "/ask", QUESTION)
    gate.release(3)
    slack.wait_for_reply("U3CAT")
    assert slack.calls_of("assistant.threads.setStatus") == []
