"""A question in Slack: from the event to the answer in the thread, over real sockets."""

import pytest

from tests.fakes.fake_slack import FakeSlack
from tests.scenarios.conftest import Guidance

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]


def test_a_mention_in_a_channel_is_answered_in_its_thread(
    slack: FakeSlack, guidance: Guidance
) -> None:
    posted = slack.mention("U1ANN", "C1", "what is commissioning?")
    answer = slack.wait_for_answer(posted)
    assert answer["thread_ts"] == posted.ts
    assert "You asked: what is commissioning? [1]" in answer["text"]
    assert guidance.asked == [("what is commissioning?", (), ("public", "internal"))]


def test_a_direct_message_is_answered_in_its_thread(slack: FakeSlack) -> None:
    posted = slack.direct_message("U1ANN", "what is an outcome?")
    answer = slack.wait_for_answer(posted)
    assert answer["thread_ts"] == posted.ts
    assert "You asked: what is an outcome? [1]" in answer["text"]
