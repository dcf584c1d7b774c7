"""What is remembered of people, and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from assistant.slack.api.clients import SlackCallError, TimelyClient
from assistant.slack.api.waits import Waits
from assistant.slack.rights.directory import Directory
from tests.fakes.fake_slack import BOT_TOKEN, BOT_USER, FakeSlack, Fault

pytestmark = pytest.mark.sockets


@dataclass
class Clock:
    """A clock that a test turns."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_person("U1ANN")
        fake.add_channel("C1", "U1ANN")
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(slack: FakeSlack, clock: Clock) -> Directory:
    client = TimelyClient(
        Waits(clock=clock), token=BOT_TOKEN, base_url=slack.url, retry_handlers=[]
    )
    return Directory(client, clock)


def guests(directory: Directory) -> list[str]:
    return [each.id for each in directory.members("C1") or () if each.is_guest]


def test_a_member_who_became_a_guest_is_one_after_a_minute(
    slack: FakeSlack, directory: Directory, clock: Clock
) -> None:
    assert guests(directory) == []
    slack.change_person("U1ANN", is_restricted=True)
    clock.now = 61.0
    assert guests(directory) == ["U1ANN"]


def test_who_joined_is_seen_at_once(slack: FakeSlack, directory: Directory) -> None:
    assert guests(directory) == []
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    assert guests(directory) == ["U9EVE"]


def test_a_persons_own_facts_are_never_remembered(slack: FakeSlack, directory: Directory) -> None:
    assert not directory.person("U1ANN").is_guest
    slack.change_person("U1ANN", is_ultra_restricted=True)
    assert directory.person("U1ANN").is_guest


def test_who_left_a_networks_channel_is_out_after_a_minute(
    slack: FakeSlack, directory: Directory, clock: Clock
) -> None:
    assert directory.is_in("U1ANN", "C1")
    slack.leave("U1ANN", "C1")
    clock.now = 59.0
    assert directory.is_in("U1ANN", "C1")
    assert len(slack.calls_of("conversations.members")) == 1
    clock.now = 61.0
    assert not directory.is_in("U1ANN", "C1")


def test_a_failure_is_asked_again_and_nobody_is_in_meanwhile(
    slack: FakeSlack, directory: Directory
) -> None:
    slack.fail_next("conversations.members", Fault("error", error="access_denied"))
    assert not directory.is_in("U1ANN", "C1")
    assert directory.is_in("U1ANN", "C1")


@pytest.mark.parametrize("error", ["internal_error", "fatal_error"])
def test_when_slack_is_unwell_nobody_is_taken_for_unknown(
    slack: FakeSlack, directory: Directory, error: str
) -> None:
    slack.fail_next("conversations.members", Fault("error", error=error))
    slack.fail_next("users.info", Fault("error", error=error))
    with pytest.raises(SlackCallError):
        directory.is_in("U1ANN", "C1")
    with pytest.raises(SlackCallError):
        directory.found("U1ANN")


ASKS: dict[str, Callable[[Directory], object]] = {
    "users.info": lambda directory: directory.person("U1ANN"),
    "conversations.info": lambda directory: directory.conversation("C1"),
    "conversations.members": lambda directory: directory.members("C1"),
    "conversations.members of a network": lambda directory: directory.is_in("U1ANN", "C1"),
}


@pytest.mark.parametrize("asked", ASKS)
def test_when_slack_asks_to_wait_it_is_not_asked_again_before(
    slack: FakeSlack, directory: Directory, clock: Clock, asked: str
) -> None:
    method = asked.partition(" ")[0]
    slack.fail_next(method, Fault("rate_limited", seconds=30))
    for now in (0.0, 29.0):
        clock.now = now
        with pytest.raises(SlackCallError) as told:
            ASKS[asked](directory)
        assert told.value.retry_after == 30.0 - now
    assert slack.calls_of(method) == [], (
        "nothing is recorded of a call that is refused for its rate"
    )
    clock.now = 31.0
    assert ASKS[asked](directory)


@pytest.mark.parametrize("asked", ["conversations.members", "conversations.members of a network"])
def test_an_outage_is_not_taken_for_an_answer(
    slack: FakeSlack, directory: Directory, asked: str
) -> None:
    slack.fail_next("conversations.members", Fault("dropped"))
    with pytest.raises(SlackCallError):
        ASKS[asked](directory)


def test_what_slack_says_of_a_channel_is_told_as_it_is_now(
    slack: FakeSlack, directory: Directory
) -> None:
    assert directory.conversation("C1").is_member
    assert not directory.conversation("C1").is_pending
    slack.leave(BOT_USER, "C1")
    slack.change_channel("C1", is_pending_ext_shared=True, pending_shared=["T9"])
    there = directory.conversation("C1")
    assert (there.is_member, there.is_pending, there.is_shared) == (False, True, True)
    assert there.teams == {"T9"}


def test_that_a_message_is_direct_is_asked_once_an_hour(
    slack: FakeSlack, directory: Directory, clock: Clock
) -> None:
    channel = slack.direct_channel("U1ANN")
    for clock.now in (0.0, 3599.0):
        assert directory.conversation(channel).is_direct
    assert len(slack.calls_of("conversations.info")) == 1
    clock.now = 3601.0
    directory.conversation(channel)
    assert len(slack.calls_of("conversations.info")) == 2


def test_a_direct_message_with_somebody_of_another_workspace_is_asked_about_each_time(
    slack: FakeSlack, directory: Directory
) -> None:
    channel = slack.direct_channel("U1ANN")
    slack.change_channel(channel, is_ext_shared=True)
    assert directory.conversation(channel).is_shared
    slack.change_channel(channel, is_ext_shared=False)
    assert not directory.conversation(channel).is_shared


def test_people_are_known_with_few_calls_and_without_whom_slack_does_not_know(
    slack: FakeSlack, directory: Directory
) -> None:
    many = [slack.add_person(f"U{number}") for number in range(100, 150)]
    known = directory.known([*many, "U404"])
    assert known is not None
    assert set(known) == set(many)
    assert len(slack.calls_of("users.list")) == 1
    assert [call.arguments["user"] for call in slack.calls_of("users.info")] == ["U404"]


def test_too_many_of_whom_slack_does_not_know_are_not_looked_up(
    slack: FakeSlack, directory: Directory
) -> None:
    assert directory.known([f"U{number}" for number in range(100, 150)]) is None
    assert slack.calls_of("users.info") == []


def test_without_the_list_of_people_many_are_not_known_and_few_are_asked_for(
    slack: FakeSlack, directory: Directory
) -> None:
    many = [slack.add_person(f"U{number}") for number in range(100, 150)]
    slack.fail_next("users.list", Fault("error", error="missing_scope"))
    assert directory.known(many) is None
    assert list(directory.known(many[:3]) or ()) == many[:3]


def test_people_of_whom_slack_may_tell_later_are_not_guessed(
    slack: FakeSlack, directory: Directory
) -> None:
    slack.fail_next("users.info", *[Fault("server_error")] * 2)
    with pytest.raises(SlackCallError):
        directory.known(["U1ANN"])
    with pytest.raises(SlackCallError):
        directory.found("U1ANN")
    assert directory.found("U1ANN") is not None
    assert directory.found("U404") is None
