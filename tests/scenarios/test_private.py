"""`/ask` and sharing: private first, and shown to others on purpose, checked again."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NoReturn

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.language import say
from assistant.settings import Settings
from assistant.slack.app import SlackBot
from assistant.slack.feedback.shortcuts import ASK_ABOUT_THIS
from assistant.slack.heard.private import ASK_WHAT, LOOKING, NOT_TAKEN
from assistant.slack.sharing import sharing
from assistant.slack.sharing.blocks import ANEW, ANEW_LABEL, NOT_READABLE, SHARE, SHARE_LABEL
from assistant.slack.sharing.pressing import UNCHECKED
from assistant.slack.shown import sentences
from assistant.store.database import DatabaseTrouble, Engine
from assistant.store.inbox import Inbox
from assistant.store.turns import Turns
from tests.fakes.fake_slack import BOT_USER, Ephemeral, FakeSlack, Fault
from tests.fakes.slack_limits import buttons, seen, texts
from tests.scenarios.conftest import SOURCE, Guidance
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

QUESTION = "what is commissioning?"


def from_document_for(audience: str, text: str = "Commissioning is a cycle. [1]") -> Answer:
    """Return an answer that rests on one document, which readers of `audience` may read."""
    return Answer(
        question=QUESTION,
        status=AnswerStatus.ANSWERED,
        text=text,
        citations=(replace(SOURCE, audience=audience),),
        snapshot="snapshot-1",
    )


def labels(shown: Ephemeral) -> list[str]:
    return [each["text"]["text"] for each in buttons(shown.blocks)]


def asked_alone(slack: FakeSlack, user: str = "U1ANN", channel: str = "C1") -> Ephemeral:
    """Ask by command and return the answer that the asker alone is shown."""
    before = len(slack.shown_alone(user))
    slack.command(user, "/ask", QUESTION, channel)
    return slack.wait_for_reply(user, before + 1)


def press(
    slack: FakeSlack,
    shown: Ephemeral,
    label: str,
    user: str = "U1ANN",
    channel: str = "C1",
) -> str:
    """Press a button of an answer and return what the presser is told."""
    before = len(slack.shown_alone(user))
    slack.press_button(user, label, shown.blocks, {}, channel)
    return seen(slack.wait_for_reply(user, before + 1).text)


def test_what_is_asked_by_command_is_answered_to_the_asker_alone(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    envelope = slack.command("U1ANN", "/ask", f" {QUESTION} & more ")
    shown = slack.wait_for_reply("U1ANN")
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["text"] == say(LOOKING)
    assert f"You asked: {QUESTION} &amp; more [1]" in shown.text
    assert guidance.asked == [(f"{QUESTION} & more", (), ("public", "internal"))]
    assert slack.everything_posted() == []
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})


@pytest.fixture
def full_hands(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, settings: Settings, engine: Engine
) -> Iterator[None]:
    """Every worker answers a question until the test is over."""
    gate = threading.Semaphore(0)
    guidance.before_answering = lambda _: gate.acquire(timeout=60)
    for number in range(settings.workers):
        slack.direct_message(slack.add_person(f"U20{number}"), QUESTION)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answering": settings.workers})
    yield
    gate.release(100)


def before(words: str) -> str:
    return f"{words} before yours. The answer comes here, for you alone."


@pytest.mark.usefixtures("full_hands")
def test_while_others_wait_the_acknowledgement_says_how_many_are_before(slack: FakeSlack) -> None:
    told = []
    for user in ("U1ANN", "U2BEN", "U3CAT"):
        envelope = slack.command(user, "/ask", QUESTION)
        slack.wait_for_acknowledgement(envelope)
        told.append(slack.replied[envelope]["text"])
    assert told == [say(LOOKING), before("One question is"), before("2 questions are")]


@pytest.mark.usefixtures("full_hands")
def test_a_question_about_a_message_is_told_how_many_are_before_it(slack: FakeSlack) -> None:
    slack.wait_for_acknowledgement(slack.command("U1ANN", "/ask", QUESTION))
    message = slack.message("C1", slack.say("U1ANN", "C1", "Outcomes"))
    slack.message_shortcut("U2BEN", ASK_ABOUT_THIS, "C1", message)
    slack.submit("U2BEN", slack.wait_for_modal(), question=QUESTION)
    assert slack.wait_for_reply("U2BEN").text == before("One question is")


@pytest.mark.usefixtures("full_hands")
def test_a_question_is_acknowledged_though_nobody_can_tell_its_place(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Inbox) -> NoReturn:
        raise DatabaseTrouble("The database is away.")

    monkeypatch.setattr(Inbox, "waiting", away)
    for user in ("U1ANN", "U2BEN"):
        envelope = slack.command(user, "/ask", QUESTION)
        slack.wait_for_acknowledgement(envelope)
        assert slack.replied[envelope]["text"] == say(LOOKING)


def test_a_command_that_a_socket_brings_twice_is_one_question(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    payload = {
        "command": "/ask",
        "text": QUESTION,
        "channel_id": "C1",
        "user_id": "U1ANN",
        "team_id": "T0HOME",
        "response_url": slack._new_response_url("U1ANN", "C1"),
        "trigger_id": "one-and-the-same",
    }
    envelopes = [slack.deliver(payload, kind="slash_commands") for _ in range(2)]
    for envelope in envelopes:
        slack.wait_for_acknowledgement(envelope)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})
    assert len(guidance.asked) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("  ", ASK_WHAT), ("why? " * 500, sentences.question_too_long())],
)
def test_what_is_no_question_is_told_so_at_once(
    slack: FakeSlack, guidance: Guidance, engine: Engine, typed: str, sentence: str
) -> None:
    envelope = slack.command("U1ANN", "/ask", typed)
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["text"] == say(sentence)
    assert Inbox(engine).counts() == {}


def test_a_question_that_cannot_be_written_down_is_not_promised_an_answer(
    slack: FakeSlack, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO elsewhere")
    envelope = slack.command("U1ANN", "/ask", QUESTION)
    slack.wait_for_acknowledgement(envelope)
    assert slack.replied[envelope]["text"] == say(NOT_TAKEN)


def test_where_the_assistant_is_no_member_it_answers_alone_and_offers_nothing(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("public")
    slack.leave(BOT_USER, "C1")
    shown = asked_alone(slack)
    assert labels(shown) == []
    assert guidance.asked[0][2] == ("public", "internal")


def test_in_a_direct_message_there_is_no_button(slack: FakeSlack, guidance: Guidance) -> None:
    guidance.answer = from_document_for("public")
    assert labels(asked_alone(slack, channel=slack.direct_channel("U1ANN"))) == []


def test_a_shared_answer_names_who_shared_it_the_question_the_sources_and_the_day(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("internal")
    shown = asked_alone(slack)
    assert labels(shown) == [SHARE_LABEL]
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED)
    (post,) = slack.everything_posted()
    words = seen("\n".join(texts(post["blocks"])))
    assert QUESTION in words
    assert "Commissioning is a cycle. [1]" in words
    assert "[1] The commissioning cycle > Stages" in words
    elements = post["blocks"][0]["elements"][0]["elements"]
    assert {"type": "user", "user_id": "U1ANN"} in elements
    assert [each["type"] for each in elements if each["type"] == "date"] == ["date"]
    assert "thread_ts" not in post
    assert QUESTION in post["text"]


def test_an_answer_is_shared_once_in_a_channel(slack: FakeSlack, guidance: Guidance) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    press(slack, shown, SHARE_LABEL)
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED_BEFORE)
    assert len(slack.everything_posted()) == 1


def test_a_post_whose_reply_was_lost_is_found_and_not_repeated(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    slack.fail_next("chat.postMessage", Fault("lost_reply"))
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED)
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED_BEFORE)
    assert len(slack.everything_posted()) == 1


def test_a_post_that_slack_did_not_take_can_be_tried_again(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    slack.fail_next("chat.postMessage", Fault("error", error="not_in_channel"))
    assert press(slack, shown, SHARE_LABEL) == sentences.NOT_IN_CHANNEL
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED)
    assert len(slack.everything_posted()) == 1


@pytest.mark.parametrize("user", ["U2BEN", "U3CAT"])
def test_only_the_asker_shares(slack: FakeSlack, guidance: Guidance, user: str) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    assert press(slack, shown, SHARE_LABEL, user) == sharing.NOT_YOURS
    assert slack.everything_posted() == []


def test_an_answer_is_shared_in_no_other_channel(slack: FakeSlack, guidance: Guidance) -> None:
    guidance.answer = from_document_for("public")
    slack.add_channel("C2", "U1ANN")
    shown = asked_alone(slack)
    assert press(slack, shown, SHARE_LABEL, channel="C2") == sharing.NOT_YOURS
    assert slack.everything_posted() == []


@pytest.mark.parametrize("value", ["", "x", "²", "-1", "999999", "9" * 400])
def test_a_forged_number_shares_nothing(slack: FakeSlack, bot: SlackBot, value: str) -> None:
    slack.wait_for_acknowledgement(slack.press("U1ANN", SHARE, value, {}, "C1"))
    slack.wait_for_acknowledgement(slack.press("U1ANN", ANEW, value, {}, "C1"))
    # What is done after an acknowledgement has ended then.
    bot.stop()
    assert slack.everything_posted() == []


def test_what_a_guest_may_not_read_is_not_shared_once_one_has_joined(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("internal")
    shown = asked_alone(slack)
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    assert press(slack, shown, SHARE_LABEL).startswith(NOT_READABLE)
    assert slack.everything_posted() == []


def test_a_question_is_asked_anew_from_what_the_channel_may_read(
    slack: FakeSlack, guidance: Guidance
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    guidance.answer = from_document_for("internal")
    shown = asked_alone(slack)
    assert labels(shown) == [ANEW_LABEL]
    guidance.answer = from_document_for("public", "Anybody may read this. [1]")
    assert press(slack, shown, ANEW_LABEL).startswith(sharing.ASKED_ANEW)
    slack.wait_until(lambda: len(slack.everything_posted()) == 2)
    asked, answer = slack.everything_posted()
    assert QUESTION in asked["text"]
    assert answer["thread_ts"] == asked["ts"]
    assert "Anybody may read this. [1]" in answer["text"]
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "internal"),
        ("public",),
    ]
    press(slack, shown, ANEW_LABEL)
    assert len(slack.everything_posted()) == 2


def asked_anew(slack: FakeSlack, guidance: Guidance) -> str:
    """Ask a question alone and then for everyone, and return the time of the post that says so."""
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    guidance.answer = from_document_for("internal")
    shown = asked_alone(slack)
    guidance.answer = from_document_for("public", "Anybody may read this. [1]")
    press(slack, shown, ANEW_LABEL)
    slack.wait_until(lambda: len(slack.everything_posted()) == 2)
    return str(slack.everything_posted()[0]["ts"])


def test_who_asked_for_everyone_goes_on_in_the_thread_without_a_mention(
    slack: FakeSlack, guidance: Guidance
) -> None:
    thread = asked_anew(slack, guidance)
    slack.post("U1ANN", "C1", "and who is in it?", thread_ts=thread)
    slack.wait_until(lambda: len(slack.everything_posted()) == 3)
    question, history, _ = guidance.asked[-1]
    assert question == "and who is in it?"
    assert [turn.answer for turn in history] == ["Anybody may read this. [1]"]


def test_once_somebody_else_speaks_below_what_was_asked_for_everyone_it_waits_for_a_mention(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    thread = asked_anew(slack, guidance)
    others = slack.post("U2BEN", "C1", "I know them.", thread_ts=thread)
    at_rest(slack, engine, others.envelope)
    own = slack.post("U1ANN", "C1", "do you have time tomorrow?", thread_ts=thread)
    at_rest(slack, engine, own.envelope)
    assert len(guidance.asked) == 2


def test_an_answer_that_names_no_source_is_not_shared(slack: FakeSlack, guidance: Guidance) -> None:
    guidance.answer = replace(from_document_for("public"), citations=())
    shown = asked_alone(slack)
    assert labels(shown) == [ANEW_LABEL]
    number = next(buttons(shown.blocks))["value"]
    slack.press("U1ANN", SHARE, number, {}, "C1")
    assert seen(slack.wait_for_reply("U1ANN", 2).text).startswith(NOT_READABLE)
    assert slack.everything_posted() == []


def test_a_withdrawn_answer_is_not_shared(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    slack.wait_until(lambda: Inbox(engine).counts() == {"answered": 1})
    Turns(engine).withdraw(SOURCE.document)
    assert press(slack, shown, SHARE_LABEL) == sharing.GONE
    assert slack.everything_posted() == []


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
def test_when_slack_does_not_say_who_reads_nothing_is_shared(
    slack: FakeSlack, guidance: Guidance, method: str
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    with slack.failing(method, Fault("error", error="missing_scope")):
        assert press(slack, shown, SHARE_LABEL) == UNCHECKED
    assert slack.everything_posted() == []


def test_a_channel_that_became_shared_with_others_gets_nothing(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    slack.change_channel("C1", is_ext_shared=True)
    assert press(slack, shown, SHARE_LABEL) == sentences.SHARED_CHANNEL
    assert slack.everything_posted() == []


def test_a_shared_answer_survives_a_restart(
    slack: FakeSlack, guidance: Guidance, bot: SlackBot, start_bot: Callable[[], SlackBot]
) -> None:
    guidance.answer = from_document_for("public")
    shown = asked_alone(slack)
    press(slack, shown, SHARE_LABEL)
    bot.stop()
    start_bot()
    assert press(slack, shown, SHARE_LABEL).startswith(sharing.SHARED_BEFORE)
