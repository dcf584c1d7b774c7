"""Waits that Slack asked for: kept by every client and every process, also without a database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from slack_sdk import WebClient
from sqlalchemy import event, select, text
from structlog.testing import capture_logs

from assistant.settings import Settings, load_settings
from assistant.slack.api import waits as waiting
from assistant.slack.api.clients import (
    SlackCallError,
    called,
    courtesy_client,
    posting_client,
    reading_client,
)
from assistant.slack.api.pacing import DELETE, POST, STATUS, UPDATE, NotYetError, Pace
from assistant.slack.api.waits import (
    SECONDS_AWAY,
    SECONDS_BETWEEN_LOOKS,
    SECONDS_REMEMBERED,
    Waits,
)
from assistant.store.database import Engine, open_database, transaction
from assistant.store.holds import HoldRow, Holds
from tests.fakes.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Fault


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


def go_by(engine: Engine, clock: Clock, seconds: float) -> None:
    """Let time go by, by the database's clock too."""
    clock.now += seconds
    with transaction(engine) as session:
        for row in session.scalars(select(HoldRow)):
            row.until -= timedelta(seconds=seconds)


@pytest.fixture
def ours(engine: Engine, clock: Clock) -> Waits:
    return Waits(Holds(engine), clock)


@pytest.fixture
def theirs(engine: Engine, clock: Clock) -> Waits:
    """The same in another process on the same database."""
    return Waits(Holds(engine), clock)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN")
        fake.add_channel("C1", "U1ANN")
        fake.add_channel("C2", "U1ANN")
        yield fake


@pytest.fixture
def settings(slack: FakeSlack) -> Settings:
    return load_settings(
        slack_bot_token=BOT_TOKEN, slack_app_token=APP_TOKEN, slack_api_url=slack.url
    )


def posted(client: WebClient, channel: str = "C1") -> object:
    return called(client.chat_postMessage, channel=channel, text="so they say")


def refused(client: WebClient, channel: str = "C1") -> float:
    """Return the seconds for which a post is refused."""
    with pytest.raises(SlackCallError) as told:
        posted(client, channel)
    assert (told.value.code, told.value.is_lost) == ("ratelimited", False)
    return told.value.retry_after or 0.0


def test_what_slack_asks_of_one_process_the_others_keep_from_their_next_call_on(
    ours: Waits, theirs: Waits, clock: Clock
) -> None:
    assert theirs.seconds("users.info") == 0
    ours.learn("users.info", "C1", 30)
    clock.now += SECONDS_BETWEEN_LOOKS
    assert 29 < theirs.seconds("users.info") <= 30
    assert theirs.seconds("users.list") == 0


def test_posts_wait_by_channel_and_all_else_over_all(
    ours: Waits, theirs: Waits, clock: Clock
) -> None:
    ours.learn(POST, "C1", 30)
    ours.learn(UPDATE, "C1", 30)
    assert theirs.seconds(POST, "C1") > 0
    assert theirs.seconds(POST, "C2") == 0
    assert theirs.seconds(UPDATE, "C2") > 0
    assert theirs.channels(POST) == {"C1"}
    assert theirs.channels(UPDATE) == frozenset()


def test_the_database_is_looked_at_no_oftener_than_ten_times_a_second(
    ours: Waits, theirs: Waits, clock: Clock
) -> None:
    theirs.look()
    ours.learn(POST, "C1", 30)
    clock.now += SECONDS_BETWEEN_LOOKS * 0.9
    assert theirs.seconds(POST, "C1") == 0
    clock.now += SECONDS_BETWEEN_LOOKS * 0.2
    assert theirs.seconds(POST, "C1") > 0


def test_a_wait_that_was_longer_stays_so_whoever_tells_of_a_shorter_one(
    ours: Waits, theirs: Waits, clock: Clock
) -> None:
    ours.learn(POST, "C1", 60)
    theirs.learn(POST, "C1", 5)
    assert ours.seconds(POST, "C1") == pytest.approx(60, abs=1)
    assert theirs.seconds(POST, "C1") > 50


def test_waits_that_were_over_long_ago_are_forgotten(clock: Clock) -> None:
    waits = Waits(clock=clock)
    for number in range(50):
        waits.learn(POST, f"C{number}", 1)
    clock.now += SECONDS_REMEMBERED + 2
    waits.learn(POST, "C99", 1)
    assert len(waits._until) == 1


def test_while_the_database_is_away_a_process_keeps_what_it_knows_and_says_so_once(
    engine: Engine, ours: Waits, clock: Clock
) -> None:
    with transaction(engine) as session:
        session.execute(text("ALTER TABLE holds RENAME TO elsewhere"))
    with capture_logs() as log:
        for number in range(5):
            ours.learn(POST, f"C{number}", 300)
            clock.now += SECONDS_AWAY
            assert ours.seconds(POST, f"C{number}") > 0
            assert ours.seconds(POST, "C9") == 0
        with transaction(engine) as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO holds"))
        clock.now += SECONDS_AWAY
        ours.look()
    assert [line["event"] for line in log] == ["waits_not_shared", "waits_shared_again"]


def test_a_database_that_is_away_keeps_nobody_waiting_at_every_call(
    engine: Engine, ours: Waits, clock: Clock
) -> None:
    with transaction(engine) as session:
        session.execute(text("DROP TABLE holds"))
    asked: list[float] = []
    event.listen(engine, "before_cursor_execute", lambda *_: asked.append(clock.now))
    for number in range(9):
        ours.look()
        ours.learn(POST, f"C{number}", 300)
        clock.now += SECONDS_AWAY / 10
    assert asked == [1000.0]
    clock.now += SECONDS_AWAY
    ours.look()
    assert len(asked) == 2


def test_after_a_wait_that_another_was_told_calls_begin_one_by_one(
    engine: Engine, ours: Waits, theirs: Waits, clock: Clock
) -> None:
    paces = [Pace(clock=clock, waits=waits) for waits in (ours, theirs)]
    ours.learn(POST, "C1", 30)
    assert all(pace.busy(POST) == {"C1"} for pace in paces)
    # A little more than Slack asked for: what is left was read a moment before.
    go_by(engine, clock, 30.5)
    made = [0, 0]
    for number, pace in enumerate(paces):
        while not pace.spend(POST, "C1"):
            made[number] += 1
    assert made == [1, 1]


def test_a_wait_that_was_over_before_a_channel_was_known_lets_one_call_through(
    engine: Engine, ours: Waits, theirs: Waits, clock: Clock
) -> None:
    ours.learn(DELETE, "", 30)
    theirs.look()
    go_by(engine, clock, 31)
    pace = Pace(clock=clock, waits=theirs)
    assert (pace.spend(DELETE), pace.spend(DELETE) > 0) == (0, True)


@pytest.mark.sockets
def test_a_call_that_would_come_too_soon_is_made_by_no_client(
    slack: FakeSlack,
    settings: Settings,
    engine: Engine,
    ours: Waits,
    theirs: Waits,
    clock: Clock,
) -> None:
    slack.fail_next(POST, Fault("rate_limited", seconds=30))
    assert refused(posting_client(settings, ours)) == 30
    makers = (posting_client, reading_client, courtesy_client)
    for client in [make(settings, waits) for make in makers for waits in (ours, theirs)]:
        assert 29 < refused(client) <= 31
        assert posted(client, "C2")
    assert (slack.early, len(slack.limited)) == ([], 1)
    go_by(engine, clock, 31)
    assert posted(posting_client(settings, theirs))


@pytest.mark.sockets
def test_a_pace_learns_from_the_client_and_the_client_from_the_pace(
    slack: FakeSlack, settings: Settings, ours: Waits, theirs: Waits, clock: Clock
) -> None:
    slack.fail_next(STATUS, Fault("rate_limited", seconds=30))
    client = courtesy_client(settings, ours)
    pace = Pace(clock=clock, waits=ours)
    told = {"channel_id": "C1", "thread_ts": "1.0", "status": "is reading"}
    for _ in range(2):
        with pytest.raises(NotYetError) as wait:
            pace.call(STATUS, client.assistant_threads_setStatus, **told)
        assert 29 < wait.value.seconds <= 31
    assert (slack.early, len(slack.limited)) == ([], 1)
    assert Pace(clock=clock, waits=theirs).seconds_until(STATUS) > 29


@pytest.mark.sockets
def test_a_client_that_may_repeat_sleeps_through_a_short_wait_and_tells_of_it(
    monkeypatch: pytest.MonkeyPatch, slack: FakeSlack, settings: Settings, clock: Clock
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr("assistant.slack.api.clients.time", SimpleNamespace(sleep=sleep))
    ours = Waits(clock=clock)
    client = reading_client(settings, ours)
    slack.fail_next("users.info", *[Fault("rate_limited", seconds=4)] * 2)
    assert called(client.users_info, user="U1ANN")
    assert [seconds // 1 for seconds in slept] == [4, 4]
    slack.fail_next("users.info", *[Fault("rate_limited", seconds=4)] * 9)
    with pytest.raises(SlackCallError):
        called(client.users_info, user="U1ANN")
    assert len(slept) == 5, "three times, and then it is somebody else's to wait"
    slack.fail_next("users.list", Fault("rate_limited", seconds=6))
    with pytest.raises(SlackCallError):
        called(client.users_list)
    assert (len(slept), round(ours.seconds("users.list"))) == (5, 6)


def test_the_methods_that_wait_by_channel_are_those_of_the_pace() -> None:
    assert waiting.place(POST, "C1") == (POST, "C1")
    assert waiting.place(UPDATE, "C1") == (UPDATE, "")
