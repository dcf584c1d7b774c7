"""`/define` in Slack: said to the asker alone, from what they may read."""

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.slack.shown import admin_sentences, sentences
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.scenarios.conftest import Glossary

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]


def test_a_term_is_defined_for_the_asker_alone_with_its_source(
    slack: FakeSlack, glossary: Glossary
) -> None:
    slack.command("U2BEN", "/define", "  P&L  in Elm House ")
    shown = slack.wait_for_reply("U2BEN")
    assert shown.text.startswith("P&amp;L in Elm House is what lasts [1]")
    assert "[1] The commissioning cycle > Stages" in shown.text.replace("&gt;", ">")
    assert shown.channel == "C1"
    assert glossary.asked == [("P&L in Elm House", ("public", "internal"))]
    assert slack.everything_posted() == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"team_id": "T9AWAY"}, sentences.OUTSIDER),
        ({"is_stranger": True}, sentences.OUTSIDER),
        ({"deleted": True}, sentences.OUTSIDER),
        ({"is_bot": True}, sentences.BOT),
    ],
)
def test_who_is_outside_is_refused_as_with_any_question(
    slack: FakeSlack, glossary: Glossary, facts: dict[str, object], sentence: str
) -> None:
    slack.add_person("U9EVE", **facts)
    slack.command("U9EVE", "/define", "outcome")
    assert slack.wait_for_reply("U9EVE").text == sentence
    assert glossary.asked == []


def test_a_guest_is_told_what_is_public(slack: FakeSlack, glossary: Glossary) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.command("U9EVE", "/define", "outcome")
    slack.wait_for_reply("U9EVE")
    assert glossary.asked == [("outcome", ("public",))]


def test_when_slack_does_not_say_who_asks_nothing_is_said(
    slack: FakeSlack, glossary: Glossary
) -> None:
    with slack.failing("users.info", Fault("error", error="fatal_error")):
        slack.command("U2BEN", "/define", "outcome")
        assert slack.wait_for_reply("U2BEN").text == admin_sentences.UNCHECKED_ASKER
    assert glossary.asked == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("   ", admin_sentences.DEFINE_WHAT),
        ("outcome " * 40, admin_sentences.DEFINE_TOO_LONG),
    ],
)
def test_what_is_no_term_is_told_so(
    slack: FakeSlack, glossary: Glossary, typed: str, sentence: str
) -> None:
    slack.command("U2BEN", "/define", typed)
    assert slack.wait_for_reply("U2BEN").text == sentence
    assert glossary.asked == []


def test_a_failure_is_one_sentence_with_a_reference(slack: FakeSlack, glossary: Glossary) -> None:
    glossary.answer = ZeroDivisionError("secret")
    slack.command("U2BEN", "/define", "outcome")
    shown = slack.wait_for_reply("U2BEN").text
    assert "Reference: " in shown
    assert "secret" not in shown


def test_a_very_long_definition_ends_with_where_the_rest_is(
    slack: FakeSlack, glossary: Glossary
) -> None:
    text = "\n".join(f"Definition {number} says this. " * 20 for number in range(100))
    glossary.answer = Answer(question="x", status=AnswerStatus.ANSWERED, text=text)
    slack.command("U2BEN", "/define", "outcome")
    assert slack.wait_for_reply("U2BEN", 5).text == admin_sentences.DEFINE_MORE
