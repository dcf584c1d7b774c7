"""The pace of calls: bursts, minutes, channels, and waits that Slack asked for."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.slack.api.clients import SlackCallError
from assistant.slack.api.pacing import DELETE, POST, RATES, STATUS, UPDATE, NotYetError, Pace, Rate
from assistant.slack.api.waits import Waits

# What Slack documents for a minute.
DOCUMENTED = {
    "chat.postEphemeral": 100,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.replies": 50,
    "conversations.history": 50,
    "conversations.open": 50,
    "assistant.threads.setStatus": 600,
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
}


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
def waits(clock: Clock) -> Waits:
    return Waits(clock=clock)


@pytest.fixture
def pace(clock: Clock, waits: Waits) -> Pace:
    return Pace(clock=clock, waits=waits)


def spent(pace: Pace, method: str, channel: str = "C1") -> int:
    """Call as often as the pace lets us; return how often."""
    count = 0
    while not pace.spend(method, channel):
        count += 1
    return count


def test_a_channel_takes_a_small_burst_and_then_a_message_a_second(
    pace: Pace, clock: Clock
) -> None:
    assert spent(pace, POST) == 3
    assert pace.spend(POST, "C1") == pytest.approx(1.0)
    clock.now += 1.0
    assert spent(pace, POST) == 1


def test_a_channel_that_is_busy_keeps_no_other_waiting(pace: Pace) -> None:
    spent(pace, POST)
    assert pace.busy(POST) == {"C1"}
    assert pace.spend(POST, "C2") == 0
    assert pace.seconds_until(POST, "C1") > 0


def test_changes_are_counted_over_all_channels(pace: Pace) -> None:
    allowed = spent(pace, UPDATE, "C1")
    assert allowed == RATES[UPDATE].burst
    assert pace.spend(UPDATE, "C2") > 0
    assert pace.busy(UPDATE) == frozenset()


def test_no_call_is_made_before_the_wait_that_slack_asked_for_is_over(
    pace: Pace, waits: Waits, clock: Clock
) -> None:
    waits.learn(POST, "C1", 30)
    clock.now += 29.9
    assert pace.spend(POST, "C1") == pytest.approx(0.1)
    assert pace.busy(POST) == {"C1"}
    clock.now += 0.1
    assert pace.spend(POST, "C1") == 0


def test_after_a_wait_the_calls_begin_one_by_one(pace: Pace, waits: Waits, clock: Clock) -> None:
    waits.learn(POST, "C1", 30)
    clock.now += 30
    assert spent(pace, POST) == 1


def test_a_shorter_wait_does_not_end_a_longer_one(pace: Pace, waits: Waits, clock: Clock) -> None:
    waits.learn(DELETE, "C1", 60)
    waits.learn(DELETE, "C1", 1)
    clock.now += 59
    assert pace.spend(DELETE, "C1") == pytest.approx(1.0)


def test_a_call_that_is_too_soon_is_not_made(pace: Pace, waits: Waits) -> None:
    waits.learn(POST, "C1", 7)
    made: list[Mapping[str, Any]] = []
    with pytest.raises(NotYetError) as refused:
        pace.call(POST, lambda **sent: made.append(sent), channel="C1")
    assert made == []
    assert refused.value.seconds == pytest.approx(7.0)


def test_a_call_that_slack_refuses_for_its_rate_says_when_it_may_be_made(pace: Pace) -> None:
    def limited(**_: object) -> None:
        raise SlackCallError("ratelimited", retry_after=12)

    with pytest.raises(NotYetError) as refused:
        pace.call(POST, limited, channel="C1")
    assert refused.value.seconds == 12


def test_every_method_with_a_documented_limit_has_a_pace_within_it() -> None:
    for method, a_minute in DOCUMENTED.items():
        rate = RATES[method]
        assert rate.a_minute + rate.burst <= a_minute, method


@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=150))
@settings(max_examples=50, deadline=None)
def test_no_minute_holds_more_changes_than_slack_documents(gaps: list[float]) -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    made: list[float] = []
    for gap in gaps:
        clock.now += gap / 10
        if not pace.spend(UPDATE):
            made.append(clock.now)
    assert all(sum(at <= other < at + 60 for other in made) <= 50 for at in made)


def test_channels_that_nobody_uses_are_forgotten(clock: Clock) -> None:
    pace = Pace({POST: Rate(60, 3), STATUS: Rate(60, 3)}, clock)
    for number in range(5000):
        pace.spend(POST, f"C{number}")
        clock.now += 3
    assert len(pace._meters) <= 2001
