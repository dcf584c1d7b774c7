"""Shortcuts in the menu of a message, over real sockets."""

from typing import Any

import pytest
from sqlalchemy import func, select

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.app import SlackBot
from assistant.slack.feedback.blocks import REASONS, THANKS_NOT_HELPFUL
from assistant.slack.feedback.shortcuts import (
    ASK_ABOUT_THIS,
    FORM_NOT_OPENED,
    NO_ANSWER_TO_SAVE,
    NO_SOURCES_TO_SAVE,
    NOT_AN_ANSWER,
    NOT_YOURS_TO_SAVE,
    NOTHING_ASKED,
    OUT_OF_DATE,
    SAVE_AS_SHARED,
    SAVED,
    SAVED_ALREADY,
)
from assistant.store.database import Engine, transaction
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import Rating, Reason, Way
from assistant.store.inbox import InboxRow
from assistant.store.shares import Shares
from assistant.store.shares import Way as Shared
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.slack_limits import seen, texts
from tests.scenarios.conftest import Guidance

pytestmark = pytest.mark.sockets

ASKER, ADMINISTRATOR, BYSTANDER = "U2BEN", "U1ANN", "U4DAN"


def asked(slack: FakeSlack) -> dict[str, Any]:
    return slack.wait_for_answer(slack.mention(ASKER, "C1", "What is a cycle?"))


def said(slack: FakeSlack, user: str, count: int = 1) -> str:
    return seen(slack.wait_for_reply(user, count).text)


def post(slack: FakeSlack, text: str) -> dict[str, Any]:
    """Let somebody write in the channel and return the message."""
    return slack.message("C1", slack.say("U1ANN", "C1", text))


def test_a_question_about_a_message_is_answered_to_who_asks_alone(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    message = post(slack, "Our <https://e.org|outcomes> &amp; <@U3CAT>'s secret budget")
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", message)
    modal = slack.wait_for_modal()
    (field,) = [block for block in modal["blocks"] if block["type"] == "input"]
    assert field["element"]["initial_value"] == "Our outcomes & somebody's secret budget"
    slack.submit(ASKER, modal, question="What is an outcome?")
    slack.wait_until(lambda: any("You asked" in each.text for each in slack.shown_alone(ASKER)))
    assert [question for question, *_ in guidance.asked] == ["What is an outcome?"]
    assert not slack.everything_posted(), "nobody else sees it"
    with transaction(engine) as session:
        (row,) = session.scalars(select(InboxRow)).all()
    assert row.text == "What is an outcome?", "of the message nothing is kept"


def test_a_form_asks_once_however_often_it_is_delivered(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", post(slack, "Outcomes"))
    modal = slack.wait_for_modal()
    for _ in range(2):
        slack.wait_for_acknowledgement(slack.submit(ASKER, modal, question="What is it?"))
    with transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 1


def test_a_form_without_a_question_says_so_and_stays_open(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", {"ts": "1.5", "user": "U1ANN"})
    modal = slack.wait_for_modal()
    envelope = slack.submit(ASKER, modal, question=" \u200b ")
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["errors"] == {"question": NOTHING_ASKED}
    assert not guidance.asked


def test_a_form_that_could_not_be_opened_is_said(slack: FakeSlack, bot: SlackBot) -> None:
    slack.fail_next("views.open", Fault("error", "expired_trigger_id"))
    slack.message_shortcut(ASKER, ASK_ABOUT_THIS, "C1", post(slack, "Outcomes"))
    assert said(slack, ASKER) == FORM_NOT_OPENED


@pytest.mark.parametrize("user", [ASKER, ADMINISTRATOR])
def test_the_asker_or_an_administrator_saves_an_answer_once(
    slack: FakeSlack, bot: SlackBot, engine: Engine, user: str
) -> None:
    answer = asked(slack)
    slack.message_shortcut(user, SAVE_AS_SHARED, "C1", answer)
    assert said(slack, user).startswith(SAVED)
    slack.message_shortcut(user, SAVE_AS_SHARED, "C1", answer)
    assert said(slack, user, 2).startswith(SAVED_ALREADY)
    (share,) = Shares(engine).latest("T0HOME", 10)
    assert (share.way, share.shared_by) == (Shared.SAVED, user)


def test_somebody_else_does_not_save_it(slack: FakeSlack, bot: SlackBot, engine: Engine) -> None:
    slack.add_person(BYSTANDER)
    slack.message_shortcut(BYSTANDER, SAVE_AS_SHARED, "C1", asked(slack))
    assert said(slack, BYSTANDER) == NOT_YOURS_TO_SAVE
    assert not Shares(engine).latest("T0HOME", 10)


def test_what_does_not_answer_is_not_saved(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = Answer("q", AnswerStatus.UNANSWERABLE_LOW_SCORE, "I do not know.")
    slack.message_shortcut(ASKER, SAVE_AS_SHARED, "C1", asked(slack))
    assert said(slack, ASKER) == NO_ANSWER_TO_SAVE
    assert not Shares(engine).latest("T0HOME", 10)


def test_an_answer_that_names_no_source_is_not_saved(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = Answer("q", AnswerStatus.ANSWERED, "From a file.")
    slack.message_shortcut(ASKER, SAVE_AS_SHARED, "C1", asked(slack))
    assert said(slack, ASKER) == NO_SOURCES_TO_SAVE
    assert not Shares(engine).latest("T0HOME", 10)


@pytest.mark.parametrize("shortcut", [SAVE_AS_SHARED, OUT_OF_DATE])
def test_a_message_of_somebody_is_no_answer_of_ours(
    slack: FakeSlack, bot: SlackBot, engine: Engine, shortcut: str
) -> None:
    slack.message_shortcut(ASKER, shortcut, "C1", post(slack, "I think so."))
    assert said(slack, ASKER) == NOT_AN_ANSWER
    assert not slack.modals
    assert Feedbacks(engine).counts().not_helpful == 0


def test_out_of_date_is_feedback_with_that_reason_and_asks_for_words(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    answer = asked(slack)
    envelope = slack.message_shortcut(BYSTANDER, OUT_OF_DATE, "C1", answer)
    slack.wait_for_acknowledgement(envelope)
    modal = slack.wait_for_modal()
    number = int(modal["private_metadata"])
    feedback = Feedbacks(engine).of_person(number, BYSTANDER)
    assert feedback is not None
    assert (feedback.rating, feedback.reason) == (Rating.NOT_HELPFUL, Reason.OUTDATED)
    assert feedback.way is Way.SHORTCUT
    assert said(slack, BYSTANDER) == THANKS_NOT_HELPFUL
    slack.submit(BYSTANDER, modal, words="The edition of 2025 says otherwise.")
    notice = slack.wait_for_direct(ADMINISTRATOR, "The edition of 2025 says otherwise.")
    assert REASONS[Reason.OUTDATED] in seen("\n".join(texts(notice["blocks"])))


def test_out_of_date_counts_on_the_second_message_of_a_long_answer(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = Answer("q", AnswerStatus.ANSWERED, "A sentence about cycles. " * 700)
    second = slack.wait_for_answer(slack.mention(ASKER, "C1", "What is a cycle?"), 2)
    slack.message_shortcut(ASKER, OUT_OF_DATE, "C1", second)
    slack.wait_for_modal()
    assert Feedbacks(engine).counts().not_helpful == 1
