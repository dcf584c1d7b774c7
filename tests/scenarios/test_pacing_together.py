"""Two bots on one database: what Slack asks of one, the other keeps too."""

from collections.abc import Callable, Sequence

import pytest

from assistant.slack.api.pacing import POST
from assistant.slack.app import SlackBot
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.scenarios.waiting import waits

pytestmark = pytest.mark.sockets

QUESTION = "what is commissioning?"


@pytest.fixture
def bots(start_bot: Callable[[], SlackBot]) -> Sequence[SlackBot]:
    return [start_bot(), start_bot()]


def waiting(bots: Sequence[SlackBot]) -> list[bool]:
    """Return which of them leave the channel alone."""
    return ["C1" in bot._delivery._poster.pace.busy(POST) for bot in bots]


def test_a_channel_that_one_was_asked_to_leave_alone_the_other_leaves_alone_too(
    slack: FakeSlack, bots: Sequence[SlackBot]
) -> None:
    slack.fail_next(POST, Fault("rate_limited", seconds=4))
    posted = [slack.mention("U1ANN", "C1", QUESTION)]
    # The one that was told leaves the channel alone; so whatever comes next is the other's.
    slack.wait_until(lambda: any(waiting(bots)))
    slack.wait_until(lambda: all(waiting(bots)))
    posted += [slack.mention(user, "C1", QUESTION) for user in ("U1ANN", "U2BEN")]
    slack.wait_for_answer(slack.direct_message("U2BEN", "and here?"))
    for each in posted:
        slack.wait_for_answer(each, seconds=30)
        assert len(slack.answers(each)) == 1
    assert [call.method for call in slack.early] == []
    assert len(slack.limited) == 1


def test_nobody_is_looked_up_before_a_wait_is_over_that_one_was_asked_for(
    slack: FakeSlack, bots: Sequence[SlackBot]
) -> None:
    slack.fail_next("users.info", Fault("rate_limited", seconds=6))
    posted = [slack.direct_message("U1ANN", QUESTION)]
    slack.wait_until(lambda: all(waits(bot, "users.info") for bot in bots))
    posted += [slack.direct_message(user, QUESTION) for user in ("U2BEN", "U3CAT")]
    for each in posted:
        slack.wait_for_answer(each, seconds=40)
    assert [call.method for call in slack.early] == []
    assert [limited.method for limited in slack.limited] == ["users.info"]
