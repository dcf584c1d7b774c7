"""Reactions of the asker on an answer, over real sockets."""

from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.app import SlackBot
from assistant.slack.feedback.blocks import ASK_WHY, REASONS
from assistant.store.database import Engine
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Rating, Reason, Way
from assistant.store.turns import Turns
from tests.fakes.fake_slack import FakeSlack
from tests.fakes.slack_limits import seen, texts
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

ASKER, OTHER, ADMINISTRATOR = "U2BEN", "U1ANN", "U1ANN"


@pytest.fixture
def feedbacks(engine: Engine) -> Feedbacks:
    return Feedbacks(engine)


def asked(slack: FakeSlack, count: int = 1) -> tuple[dict[str, Any], int]:
    """Have a question answered; return the last message of the answer and its number."""
    answer = slack.wait_for_answer(slack.mention(ASKER, "C1", "What is a cycle?"), count)
    return answer, int(answer["metadata"]["event_payload"]["inbox_id"])


def rating(feedbacks: Feedbacks, number: int, user: str = ASKER) -> Rating | None:
    found = feedbacks.of_person(number, user)
    return found.rating if found is not None else None


def test_a_good_reaction_of_the_asker_counts_as_helpful(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    answer, number = asked(slack)
    envelope = slack.react(ASKER, "+1::skin-tone-3", "C1", answer["ts"])
    slack.wait_for_acknowledgement(envelope)
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.HELPFUL)
    found = feedbacks.of_person(number, ASKER)
    assert found is not None
    assert found.way is Way.REACTION
    assert found.documents == ("guidance/cycle.md",)
    bot.stop()
    assert not slack.shown_alone(ASKER), "nobody is asked for anything"


def test_a_bad_reaction_asks_for_the_reason_alone(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    answer, number = asked(slack)
    slack.react(ASKER, "-1", "C1", answer["ts"])
    shown = slack.wait_for_reply(ASKER)
    assert ASK_WHY in seen(shown.text)
    message = {"blocks": shown.blocks}
    slack.press_button(ASKER, "Say what was wrong", shown.blocks, message, "C1")
    slack.submit(ASKER, slack.wait_for_modal(), reason="wrong_source")
    notice = slack.wait_for_direct(ADMINISTRATOR, "An answer did not help somebody")
    assert REASONS[Reason.WRONG_SOURCE] in seen("\n".join(texts(notice["blocks"])))
    assert rating(feedbacks, number) is Rating.NOT_HELPFUL


def test_a_reaction_taken_off_takes_the_rating_back(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    answer, number = asked(slack)
    slack.react(ASKER, "x", "C1", answer["ts"])
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.NOT_HELPFUL)
    slack.unreact(ASKER, "x", "C1", answer["ts"])
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.TAKEN_BACK)
    assert feedbacks.counts().open == 0


def test_a_later_press_wins(slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks) -> None:
    answer, number = asked(slack)
    slack.react(ASKER, "-1", "C1", answer["ts"])
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.NOT_HELPFUL)
    slack.rate(ASKER, answer, "C1", helpful=True)
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.HELPFUL)


def test_others_reactions_and_those_that_say_nothing_are_left_alone(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, engine: Engine
) -> None:
    answer, number = asked(slack)
    slack.wait_until(lambda: Turns(engine).kept(number) is not None)
    envelopes = [
        slack.react(OTHER, "-1", "C1", answer["ts"]),
        slack.react(ASKER, "eyes", "C1", answer["ts"]),
        slack.react(ASKER, "-1", "C1", slack.say(OTHER, "C1", "Hello")),
    ]
    for envelope in envelopes:
        slack.wait_for_acknowledgement(envelope)
    # What is done after an acknowledgement has ended then.
    bot.stop()
    assert rating(feedbacks, number) is None
    assert rating(feedbacks, number, OTHER) is None
    assert not slack.shown_alone(OTHER)


def test_a_reaction_on_the_second_message_of_a_long_answer_counts(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks, guidance: Guidance
) -> None:
    text = "A long sentence about commissioning. " * 500
    guidance.answer = Answer("q", AnswerStatus.ANSWERED, text)
    answer, number = asked(slack, 2)
    slack.react(ASKER, "heart", "C1", answer["ts"])
    slack.wait_until(lambda: rating(feedbacks, number) is Rating.HELPFUL)


def test_an_event_that_is_delivered_again_changes_nothing(
    slack: FakeSlack, bot: SlackBot, feedbacks: Feedbacks
) -> None:
    answer, number = asked(slack)
    slack.react(ASKER, "-1", "C1", answer["ts"])
    slack.wait_for_reply(ASKER)
    event = {
        "type": "reaction_added",
        "user": ASKER,
        "reaction": "-1",
        "item_user": answer["user"],
        "item": {"type": "message", "channel": "C1", "ts": answer["ts"]},
        "event_ts": "1.000001",
    }
    slack.wait_for_acknowledgement(slack.deliver(slack.event_body(event)))
    bot.stop()
    assert len(slack.shown_alone(ASKER)) == 1
    assert rating(feedbacks, number) is Rating.NOT_HELPFUL
