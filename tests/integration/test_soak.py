"""A small soak: two processes on one database, a Slack that fails on purpose, one of them killed.

`python -m benchmarks.soak` is the large one, with the real answer path.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.store.database import Engine, open_database
from benchmarks.crowd import Crowd
from benchmarks.soak import Bots, wait_until_done
from benchmarks.verdict import verdict
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack
from tests.fakes.slack.troubles import Chaos

pytestmark = [pytest.mark.integration, pytest.mark.sockets]

ROOT = Path(__file__).parents[2]
QUESTIONS = 60
KILLED_AFTER = 25
PATIENCE = 240
CHAOS = Chaos(
    seed=5,
    rate_limited=0.03,
    server_error=0.03,
    lost_reply=0.03,
    dropped=0.03,
    slow=0.05,
    slow_seconds=0.3,
    sockets_dropped=0.02,
    duplicated=0.15,
    delayed=0.1,
    delay_seconds=1.0,
    reordered=0.1,
)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    with FakeSlack(scopes, events=events) as fake:
        fake.redeliver_after = 2.0
        yield fake


@pytest.fixture
def bots(slack: FakeSlack, tmp_path: Path) -> Iterator[Bots]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.url,
        "ASSISTANT_DATA_DIR": str(tmp_path),
        "ASSISTANT_WORKERS": "4",
    }
    bots = Bots(environment, tmp_path / "log", ("-m", "tests.scenarios.bot_process"))
    yield bots
    bots.end()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def test_every_question_is_answered_once_while_slack_fails_and_a_process_is_killed(
    slack: FakeSlack, bots: Bots, engine: Engine
) -> None:
    chance = random.Random(5)  # noqa: S311
    crowd = Crowd(slack, chance, ["What is an outcome?", "Who owns it?", "What is a cycle?"])
    crowd.settle()
    for _ in range(2):
        bots.begin()
    slack.wait_for_connection(60, count=2)
    slack.chaos = CHAOS
    for number in range(QUESTIONS):
        crowd.ask()
        time.sleep(0.05)
        if number == KILLED_AFTER:
            bots.kill_one(chance)
    is_done = wait_until_done(engine, crowd, bots, PATIENCE)
    found = verdict(slack, crowd, engine)
    assert is_done, f"{found}\n{bots.log.read_text(encoding='utf-8')[-4000:]}"
    assert found.is_clean, f"{found}\n{slack.refused}"
    assert found.asked == QUESTIONS
    assert bots.kills == 1
    # The trouble was real.
    assert slack.limited
    assert len(slack.acknowledged) > QUESTIONS
