"""What Slack is told of a thread at work, and when it is not."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from assistant.slack.posts.sessions import Sessions
from assistant.store.inbox import IncomingQuestion
from tests.fakes.fake_slack import BOT_TOKEN, FakeSlack, Fault

pytestmark = pytest.mark.sockets


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN")
        fake.add_channel("C1", "U1ANN")
        yield fake


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault("rate_limited", seconds=30), 30),
        (Fault("error", error="unknown_method"), 3600),
    ],
)
def test_slack_is_told_nothing_before_it_wants_to_hear_of_it(
    slack: FakeSlack, fault: Fault, seconds: float
) -> None:
    told: list[int] = []
    moments = [0.0, seconds - 1, seconds + 1]
    client = WebClient(BOT_TOKEN, base_url=slack.url, retry_handlers=[])
    sessions = Sessions(client, lambda: moments[len(told)])
    thread = slack.mention("U1ANN", "C1", "what is it?")
    asked = IncomingQuestion(
        "Ev1", "T0HOME", "C1", "channel", thread.ts, thread.ts, "U1ANN", "what is it?"
    )
    slack.fail_next("agents.sessions.setStatus", fault)
    for _ in moments:
        sessions.processing(asked)
        told.append(len(slack.calls_of("agents.sessions.setStatus")))
    assert told[1] == told[0]
    assert told[2] == told[1] + 1
