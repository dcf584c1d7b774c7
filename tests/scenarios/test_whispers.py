"""What one person alone is told about a thread stands in that thread, where they look."""

import pytest

from assistant.slack.feedback.blocks import THANKS_HELPFUL
from assistant.slack.feedback.shortcuts import ASK_ABOUT_THIS, OUT_OF_DATE, SAVE_AS_SHARED
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.slack_limits import seen

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

ASKER = "U2BEN"


def test_thanks_stand_in_the_thread_of_the_answer(slack: FakeSlack) -> None:
    posted = slack.mention(ASKER, "C1", "What is a commissioning cycle?")
    slack.rate(ASKER, slack.wait_for_answer(posted), "C1", helpful=True)
    shown = slack.wait_for_reply(ASKER)
    assert (seen(shown.text), shown.thread_ts) == (THANKS_HELPFUL, posted.ts)


def test_a_button_that_one_person_alone_sees_answers_in_the_same_thread(slack: FakeSlack) -> None:
    posted = slack.mention(ASKER, "C1", "What is a commissioning cycle?")
    answer = slack.wait_for_answer(posted)
    slack.fail_next("views.open", Fault("error", "expired_trigger_id"))
    slack.rate(ASKER, answer, "C1", helpful=False)
    shown = slack.wait_for_reply(ASKER)
    message = {"blocks": shown.blocks, "thread_ts": shown.thread_ts}
    slack.press_button(ASKER, "Say what was wrong", shown.blocks, message, "C1")
    assert slack.wait_for_reply(ASKER, 2).thread_ts == posted.ts


@pytest.mark.parametrize("shortcut", [OUT_OF_DATE, SAVE_AS_SHARED])
def test_a_shortcut_in_a_thread_is_answered_there(slack: FakeSlack, shortcut: str) -> None:
    posted = slack.mention(ASKER, "C1", "What is a commissioning cycle?")
    slack.message_shortcut(ASKER, shortcut, "C1", slack.wait_for_answer(posted))
    assert slack.wait_for_reply(ASKER).thread_ts == posted.ts


@pytest.mark.parametrize("is_reply", [True, False])
def test_what_is_asked_about_a_message_is_answered_beside_it(
    slack: FakeSlack, *, is_reply: bool
) -> None:
    begun = slack.post("U1ANN", "C1", "We talked of outcomes.")
    about = slack.post("U1ANN", "C1", "And of outputs.", thread_ts=begun.ts) if is_reply else begun
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", slack.message("C1", about.ts))
    slack.submit(ASKER, slack.wait_for_modal(), question="What is an output?")
    slack.wait_until(lambda: any("You asked" in each.text for each in slack.shown_alone(ASKER)))
    thread = begun.ts if is_reply else None
    assert {each.thread_ts for each in slack.shown_alone(ASKER)} == {thread}
