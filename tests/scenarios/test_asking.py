"""A question in Slack: from the event to the answer in the thread, over real sockets."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from tests.fakes.fake_slack import BOT_ID, BOT_USER, FakeSlack, Fault, Posted
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]


def words_in(blocks: Sequence[Any]) -> str:
    """Return every text of some blocks, in order."""
    found = []
    for node in blocks:
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                found.append(value)
            elif isinstance(value, dict):
                found.append(words_in([value]))
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                found.append(words_in(value))
    return "\n".join(found)


def test_a_mention_in_a_channel_is_answered_in_its_thread(
    slack: FakeSlack, guidance: Guidance
) -> None:
    posted = slack.mention("U1ANN", "C1", "what is commissioning?")
    answer = slack.wait_for_answer(posted)
    assert answer["thread_ts"] == posted.ts
    assert "You asked: what is commissioning? [1]" in answer["text"]
    assert guidance.asked == [("what is commissioning?", (), ("public", "internal"))]


def test_a_direct_message_is_answered_in_its_thread(slack: FakeSlack, guidance: Guidance) -> None:
    posted = slack.direct_message("U1ANN", "what is an outcome?")
    answer = slack.wait_for_answer(posted)
    assert answer["thread_ts"] == posted.ts
    assert "You asked: what is an outcome? [1]" in answer["text"]
    assert guidance.asked[0][2] == ("public", "internal")


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("", "What is the commissioning cycle?"),
        ("can you answer this?", "can you answer this?\n\n“What is the commissioning cycle?”"),
    ],
    ids=["alone", "with words"],
)
def test_a_forwarded_message_is_answered_with_what_is_said_of_it(
    slack: FakeSlack, guidance: Guidance, said: str, asked: str
) -> None:
    forwarded = {"is_share": True, "text": "What is the commissioning cycle?"}
    posted = slack.direct_message("U1ANN", said, attachments=[forwarded])
    slack.wait_for_answer(posted)
    assert [question for question, _, _ in guidance.asked] == [asked]


def test_a_mention_in_a_private_channel_and_in_a_group_message_is_answered(
    slack: FakeSlack,
) -> None:
    slack.add_channel("G1", "U1ANN", is_private=True)
    slack.add_channel("G2", "U1ANN", "U2BEN", is_private=True, is_mpim=True)
    for channel in ("G1", "G2"):
        answer = slack.wait_for_answer(slack.mention("U1ANN", channel, "what is an output?"))
        assert "You asked: what is an output?" in answer["text"]


def test_the_sources_stand_below_the_answer_with_their_link(slack: FakeSlack) -> None:
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is the cycle?"))
    shown = words_in(answer["blocks"])
    assert "[1] The commissioning cycle > Stages. Example Institute, 2011" in shown
    assert "<https://example.org/cycle|Open the source>" in shown


def test_nothing_in_an_answer_unfurls_or_is_parsed(slack: FakeSlack) -> None:
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is the cycle?"))
    sent = slack.calls_of("chat.postMessage")[0].arguments
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)
    assert (sent["parse"], sent["mrkdwn"]) == ("none", False)
    assert sent["text"]


@pytest.mark.parametrize("place", ["channel", "direct message"])
def test_a_follow_up_is_understood_from_its_thread(
    slack: FakeSlack, guidance: Guidance, place: str
) -> None:
    def ask(text: str, thread_ts: str | None = None) -> Posted:
        if place == "channel":
            return slack.mention("U1ANN", "C1", text, thread_ts=thread_ts)
        return slack.direct_message("U1ANN", text, thread_ts=thread_ts)

    first = ask("what is the value chain?")
    slack.wait_for_answer(first)
    second = ask("and who is in it?", thread_ts=first.ts)
    slack.wait_for_answer(second, count=2)
    before = Turn("what is the value chain?", "You asked: what is the value chain? [1]")
    assert guidance.asked[1][:2] == ("and who is in it?", (before,))


def test_another_thread_knows_nothing_of_the_first(slack: FakeSlack, guidance: Guidance) -> None:
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is the value chain?"))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is an outcome?"))
    assert guidance.asked[1][1] == ()


def test_a_follow_up_asked_too_soon_waits_for_the_answer_before_it(
    slack: FakeSlack, guidance: Guidance
) -> None:
    may_answer = threading.Event()
    guidance.before_answering = lambda _: may_answer.wait(30)
    first = slack.mention("U1ANN", "C1", "what is the value chain?")
    slack.wait_until(lambda: bool(slack.calls_of("assistant.threads.setStatus")))
    second = slack.mention("U2BEN", "C1", "and who is in it?", thread_ts=first.ts)
    slack.wait_for_acknowledgement(second.envelope)
    may_answer.set()
    slack.wait_for_answer(second, count=2)
    assert [question for question, _, _ in guidance.asked] == [
        "what is the value chain?",
        "and who is in it?",
    ]
    assert len(guidance.asked[1][1]) == 1


def test_a_channel_message_without_a_mention_is_acknowledged_and_not_answered(
    slack: FakeSlack, guidance: Guidance
) -> None:
    event = {
        "type": "message",
        "channel_type": "channel",
        "channel": "C1",
        "user": "U1ANN",
        "text": "lunch?",
        "ts": "1.1",
    }
    slack.wait_for_acknowledgement(slack.deliver(slack.event_body(event)))
    slack.wait_for_answer(slack.direct_message("U1ANN", "what is an outcome?"))
    assert [question for question, _, _ in guidance.asked] == ["what is an outcome?"]


@pytest.mark.parametrize(
    "fields",
    [
        {"subtype": "bot_message", "bot_id": "B9"},
        {"bot_id": "B9"},
        {"app_id": "A9"},
        {"user": BOT_USER, "bot_id": BOT_ID},
        {"user": BOT_USER},
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "channel_join"},
        {"subtype": "me_message"},
    ],
    ids=lambda fields: "-".join(map(str, fields.values())),
)
def test_messages_of_bots_and_changes_of_messages_are_acknowledged_and_ignored(
    slack: FakeSlack, guidance: Guidance, fields: dict[str, Any]
) -> None:
    ignored = slack.direct_message(**{"user": "U1ANN", "text": "what is an output?", **fields})
    slack.wait_for_acknowledgement(ignored.envelope)
    slack.wait_for_answer(slack.direct_message("U2BEN", "what is an outcome?"))
    assert [question for question, _, _ in guidance.asked] == ["what is an outcome?"]


def test_an_event_that_nobody_subscribed_to_is_acknowledged(slack: FakeSlack) -> None:
    event = {"type": "reaction_added", "user": "U1ANN", "reaction": "eyes"}
    slack.wait_for_acknowledgement(slack.deliver(slack.event_body(event)))


def test_an_empty_mention_is_told_what_to_ask(slack: FakeSlack, guidance: Guidance) -> None:
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", "  "))
    assert answer["text"].startswith("Ask me something about commissioning")
    assert guidance.asked == []


def test_a_question_that_is_too_long_is_told_so(slack: FakeSlack, guidance: Guidance) -> None:
    slack.wait_for_answer(slack.direct_message("U1ANN", "why " * 500))
    answer = slack.wait_for_answer(slack.direct_message("U1ANN", "why? " * 401))
    assert "longer than 2,000 characters" in answer["text"]
    assert len(guidance.asked) == 1


def test_a_file_with_a_question_is_answered_and_said_not_to_be_read(
    slack: FakeSlack, guidance: Guidance
) -> None:
    posted = slack.direct_message(
        "U1ANN", "is this an outcome?", subtype="file_share", files=[{"id": "F1"}]
    )
    answer = slack.wait_for_answer(posted)
    assert "You asked: is this an outcome?" in answer["text"]
    assert "was not read. Slack does not have it any more" in answer["text"]


def test_a_file_without_a_question_is_asked_for_one(slack: FakeSlack, guidance: Guidance) -> None:
    posted = slack.direct_message("U2BEN", "", subtype="file_share", files=[{"id": "F1"}])
    assert "What would you like to know" in slack.wait_for_answer(posted)["text"]
    assert guidance.asked == []


def test_slacks_escapes_in_a_question_become_plain_words(
    slack: FakeSlack, guidance: Guidance
) -> None:
    text = "is A &amp; B &lt; C in <#C1|health> per <https://example.org|the plan>, <@U2BEN|Ben>?"
    slack.wait_for_answer(slack.mention("U1ANN", "C1", text))
    assert guidance.asked[0][0] == "is A & B < C in health per the plan, Ben?"


def test_a_status_shows_while_the_guidance_is_read(slack: FakeSlack, guidance: Guidance) -> None:
    # Statuses have threads of their own, so the answer waits here until there is one.
    guidance.before_answering = lambda _: slack.wait_until(
        lambda: bool(slack.calls_of("assistant.threads.setStatus"))
    )
    posted = slack.mention("U1ANN", "C1", "what is commissioning?")
    assert "You asked" in slack.wait_for_answer(posted)["text"]
    sent = slack.calls_of("assistant.threads.setStatus")[0].arguments
    assert (sent["channel_id"], sent["thread_ts"]) == ("C1", posted.ts)


@pytest.mark.parametrize(
    "fault", [Fault("error"), Fault("server_error"), Fault("dropped"), Fault("rate_limited")]
)
def test_a_status_that_cannot_be_shown_does_not_stop_the_answer(
    slack: FakeSlack, fault: Fault
) -> None:
    slack.fail_next("assistant.threads.setStatus", fault)
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is commissioning?"))


def test_a_long_answer_goes_on_in_further_messages_and_loses_no_word(
    slack: FakeSlack, guidance: Guidance
) -> None:
    words = [f"word{number}" for number in range(4000)]
    lines = [" ".join(words[start : start + 40]) for start in range(0, 4000, 40)]
    guidance.answer = Answer(
        question="everything?",
        status=AnswerStatus.ANSWERED,
        text="\n".join(lines),
        citations=(SOURCE,),
    )
    posted = slack.mention("U1ANN", "C1", "everything?")
    slack.wait_until(lambda: "Open the source" in str(slack.answers(posted)))
    shown = "\n".join(words_in(message["blocks"]) for message in slack.answers(posted))
    assert [word for word in shown.split() if word.startswith("word")] == words
    count = len(slack.answers(posted))
    assert count > 1
    assert f"Continued, 2 of {count}." in shown


def test_nothing_from_a_document_notifies_or_links(slack: FakeSlack, guidance: Guidance) -> None:
    hostile = "<!channel> <@U2BEN> <https://evil.example|here> https://evil.example @here & `x`"
    guidance.answer = Answer(
        question="q",
        status=AnswerStatus.ANSWERED,
        text=hostile,
        citations=(
            Citation(1, hostile, hostile, hostile, hostile, hostile, url="javascript:alert(1)"),
        ),
    )
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", "what?"))
    for shown in (answer["text"], words_in(answer["blocks"])):
        for live in ("<!channel>", "<@U2BEN>", "<https:", "https://evil", "@here", "javascript"):
            assert live not in shown
        assert "channel" in shown
    assert "mrkdwn" not in str(answer["blocks"])


def test_a_question_that_the_guidance_does_not_answer_gets_the_nearest_sections(
    slack: FakeSlack, guidance: Guidance
) -> None:
    guidance.answer = Answer(
        question="q",
        status=AnswerStatus.UNANSWERABLE_LOW_SCORE,
        text="The guidance does not answer this.",
        nearest=(SOURCE,),
    )
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", "what is the moon made of?"))
    shown = words_in(answer["blocks"])
    assert "The guidance does not answer this." in shown
    assert "Nearest sections" in shown
    assert "The commissioning cycle > Stages" in shown
