"""An edited question gets its answer refreshed, a deleted one is taken back, in whatever order."""

import threading
from typing import Any

import pytest
from sqlalchemy import text

from assistant.slack.app import SlackBot
from assistant.slack.heard.changing import MOST_EDITS, SECONDS_TO_EDIT
from assistant.slack.heard.stopping import STOPPED
from assistant.store.database import Engine
from assistant.store.inbox import Inbox, InboxEntry, InboxState
from tests.fakes.fake_slack import BOT_USER, TEAM, FakeSlack, Posted
from tests.scenarios.conftest import Guidance
from tests.scenarios.waiting import at_rest

pytestmark = pytest.mark.sockets

NAME = f"<@{BOT_USER}>"


def questions(guidance: Guidance) -> list[str]:
    return [question for question, _, _ in guidance.asked]


def entry(engine: Engine, channel: str, ts: str) -> InboxEntry:
    found = Inbox(engine).find(TEAM, channel, ts)
    assert found is not None
    return found


def held(engine: Engine) -> str:
    """Return all that the database holds, as text."""
    with engine.connect() as connection:
        tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return "\n".join(
            str(row)
            for name in tables.all()
            for row in connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
        )


def answer_texts(slack: FakeSlack, posted: Posted) -> str:
    return "\n".join(answer["text"] for answer in slack.answers(posted))


@pytest.mark.parametrize("place", ["channel", "direct message", "thread without a mention"])
def test_an_edited_question_is_answered_anew_in_the_same_message(
    slack: FakeSlack, bot: SlackBot, engine: Engine, place: str
) -> None:
    if place == "direct message":
        asked, new = slack.direct_message("U1ANN", "what is an output?"), "what is an outcome?"
    elif place == "channel":
        asked = slack.mention("U1ANN", "C1", "what is an output?")
        new = f"{NAME} what is an outcome?"
    else:
        root = slack.mention("U1ANN", "C1", "what is commissioning?")
        slack.wait_for_answer(root)
        asked = slack.post("U1ANN", "C1", "what is an output?", thread_ts=root.ts)
        new = "what is an outcome?"
    slack.wait_until(lambda: "an output?" in answer_texts(slack, asked))
    count = len(slack.answers(asked))
    slack.edit(asked.channel, asked.ts, new)
    slack.wait_until(lambda: "an outcome?" in answer_texts(slack, asked))
    slack.wait_until(lambda: entry(engine, asked.channel, asked.ts).state is InboxState.ANSWERED)
    assert "an output?" not in answer_texts(slack, asked)
    assert len(slack.answers(asked)) == count
    assert entry(engine, asked.channel, asked.ts).revision == 1


def test_what_slack_adds_to_a_question_changes_nothing(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(asked)
    at_rest(
        slack,
        engine,
        slack.unfurl("C1", asked.ts),
        slack.edit("C1", asked.ts, f"{NAME}  what is an output? "),
    )
    assert questions(guidance).count("what is an output?") == 1
    assert entry(engine, "C1", asked.ts).revision == 0


def test_an_edit_that_names_the_assistant_asks_for_the_first_time(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance
) -> None:
    post = slack.post("U1ANN", "C1", "what is an output?")
    slack.edit("C1", post.ts, f"{NAME} what is an output?")
    slack.wait_for_answer(post)
    slack.post("U1ANN", "C1", "and an outcome?", thread_ts=post.ts)
    slack.wait_for_answer(post, 2)
    assert questions(guidance) == ["what is an output?", "and an outcome?"]


@pytest.mark.parametrize("new", ["what is an output?", NAME])
def test_an_edit_that_asks_no_more_takes_the_answer_back_and_a_later_one_asks_again(
    slack: FakeSlack, bot: SlackBot, engine: Engine, new: str
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is a zebra?")
    slack.wait_for_answer(asked)
    slack.edit("C1", asked.ts, new)
    slack.wait_until(lambda: slack.answers(asked) == [])
    slack.wait_until(lambda: entry(engine, "C1", asked.ts).state is InboxState.WITHDRAWN)
    assert "zebra" not in held(engine)
    slack.edit("C1", asked.ts, f"{NAME} what is an outcome?")
    assert "an outcome?" in slack.wait_for_answer(asked)["text"]


def test_an_edit_of_what_was_taken_back_that_does_not_name_the_assistant_asks_nothing(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is a zebra?")
    slack.wait_for_answer(asked)
    other = slack.post("U2BEN", "C1", "no idea", thread_ts=asked.ts)
    slack.wait_for_acknowledgement(other.envelope)
    slack.edit("C1", asked.ts, "what is a zebra?")
    slack.wait_until(lambda: slack.answers(asked) == [])
    at_rest(slack, engine, slack.edit("C1", asked.ts, "what is a zebra, please?"))
    assert slack.answers(asked) == []
    assert questions(guidance).count("what is a zebra?") == 1


def test_a_question_edited_into_a_stop_stops(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(asked)
    edited = slack.edit("C1", asked.ts, f"{NAME} stop")
    slack.wait_until(lambda: STOPPED in answer_texts(slack, asked))
    slack.wait_for_acknowledgement(edited)
    post = slack.post("U1ANN", "C1", "and an outcome?", thread_ts=asked.ts)
    at_rest(slack, engine, post.envelope)
    assert len(slack.answers(asked)) == 1
    assert "an output?" not in answer_texts(slack, asked)


def test_an_edit_while_the_question_is_in_hand_wins(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    go_on = threading.Event()
    begun = threading.Event()

    def wait(question: str) -> None:
        if "output" in question:
            begun.set()
            go_on.wait(30)

    guidance.before_answering = wait
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    assert begun.wait(10)
    slack.wait_for_acknowledgement(slack.edit("C1", asked.ts, f"{NAME} what is an outcome?"))
    go_on.set()
    slack.wait_until(lambda: "an outcome?" in answer_texts(slack, asked))
    at_rest(slack, engine)
    assert "an output?" not in answer_texts(slack, asked)
    assert len(slack.answers(asked)) == 1


@pytest.mark.parametrize("place", ["C1", "DU1ANN"])
def test_a_deleted_question_is_taken_back_with_what_is_stored_of_it(
    slack: FakeSlack, bot: SlackBot, engine: Engine, place: str
) -> None:
    if place == "C1":
        asked = slack.mention("U1ANN", "C1", "what is a zebra?")
    else:
        asked = slack.direct_message("U1ANN", "what is a zebra?")
    slack.wait_for_answer(asked)
    slack.wait_until(lambda: entry(engine, place, asked.ts).state is InboxState.ANSWERED)
    assert "zebra" in held(engine)
    slack.delete(place, asked.ts)
    slack.wait_until(lambda: slack.answers(asked) == [])
    slack.wait_until(lambda: entry(engine, place, asked.ts).state is InboxState.WITHDRAWN)
    assert "zebra" not in held(engine)


def late(slack: FakeSlack, user: str, message: str) -> tuple[str, dict[str, Any]]:
    """Post without telling the app; return the post's time and the event that is to come."""
    ts = slack.say(user, "C1", message)
    body = slack.event_body({**slack.message("C1", ts), "channel": "C1", "channel_type": "channel"})
    return ts, body


def test_a_deletion_that_comes_before_its_message_holds(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    ts, body = late(slack, "U1ANN", f"{NAME} what is a zebra?")
    slack.wait_for_acknowledgement(slack.delete("C1", ts))
    mention = {**body, "event_id": "EvMention", "event": {**body["event"], "type": "app_mention"}}
    at_rest(slack, engine, slack.deliver(body), slack.deliver(mention))
    assert "what is a zebra?" not in questions(guidance)
    assert "zebra" not in held(engine)


def test_an_edit_that_comes_before_its_message_holds(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    ts, body = late(slack, "U1ANN", f"{NAME} what is an output?")
    slack.wait_for_acknowledgement(slack.edit("C1", ts, f"{NAME} what is an outcome, then?"))
    at_rest(slack, engine, slack.deliver(body))
    assert "what is an outcome, then?" in questions(guidance)
    assert "what is an output?" not in questions(guidance)


def test_an_edit_that_takes_a_question_back_before_it_comes_holds(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    ts, body = late(slack, "U1ANN", f"{NAME} what is an output?")
    slack.wait_for_acknowledgement(slack.edit("C1", ts, "what is an output?"))
    at_rest(slack, engine, slack.deliver(body))
    assert "what is an output?" not in questions(guidance)


def test_of_two_edits_the_later_one_holds_in_whatever_order_they_come(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(asked)
    event = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "channel_type": "channel",
        "hidden": True,
        "ts": "9.0",
    }
    message = slack.message("C1", asked.ts)
    for at, words in (("8.2", "the last words?"), ("8.1", "the words before?")):
        after = {**message, "text": f"{NAME} {words}", "edited": {"user": "U1ANN", "ts": at}}
        body = slack.event_body({**event, "message": after, "previous_message": message})
        slack.wait_for_acknowledgement(slack.deliver(body))
    slack.wait_until(lambda: "the last words?" in answer_texts(slack, asked))
    at_rest(slack, engine)
    assert "the words before?" not in questions(guidance)


def test_a_question_changed_again_and_again_is_answered_so_often_and_then_says_so(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "question 0?")
    slack.wait_for_answer(asked)
    inbox = Inbox(engine)
    for number in range(1, MOST_EDITS + 1):
        # What the listener does with an edit, without waiting for its answer.
        assert inbox.revise((TEAM, "C1", asked.ts), f"question {number}?")
    slack.edit("C1", asked.ts, f"{NAME} one question more?")
    slack.wait_until(lambda: "I do not answer it again" in answer_texts(slack, asked))
    assert "one question more?" not in questions(guidance)
    at_rest(slack, engine, slack.edit("C1", asked.ts, f"{NAME} and one more?"))
    assert entry(engine, "C1", asked.ts).revision == MOST_EDITS + 1
    assert entry(engine, "C1", asked.ts).asked.text == "one question more?"


def test_a_question_changed_days_later_keeps_its_answer_and_may_still_be_taken_back(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(asked)
    slack.wait_until(lambda: entry(engine, "C1", asked.ts).state is InboxState.ANSWERED)
    old = f"{float(asked.ts) - SECONDS_TO_EDIT - 60:.6f}"
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE inbox SET ts = :old WHERE ts = :ts"), {"old": old, "ts": asked.ts}
        )
    message = {**slack.message("C1", asked.ts), "ts": old, "thread_ts": asked.ts}

    def edited(words: str, at: str) -> str:
        after = {**message, "text": words, "edited": {"user": "U1ANN", "ts": at}}
        event = {"type": "message", "subtype": "message_changed", "channel": "C1", "ts": at}
        body = {**event, "message": after, "previous_message": message, "hidden": True}
        return slack.deliver(slack.event_body({**body, "channel_type": "channel"}))

    at_rest(slack, engine, edited(f"{NAME} what is an outcome?", "8.1"))
    assert entry(engine, "C1", old).revision == 0
    assert "an output?" in answer_texts(slack, asked)
    assert "what is an outcome?" not in questions(guidance)
    slack.wait_for_acknowledgement(edited(NAME, "8.2"))
    slack.wait_until(lambda: entry(engine, "C1", old).asked.text == "")


def test_changes_of_what_others_and_the_bot_itself_wrote_are_let_pass(
    slack: FakeSlack, bot: SlackBot, guidance: Guidance, engine: Engine
) -> None:
    asked = slack.mention("U1ANN", "C1", "what is an output?")
    slack.wait_for_answer(asked)
    other = slack.post("U2BEN", "C1", "a zebra")
    app = slack.post_as_bot("B9", "C1", "a zebra")
    envelopes = [
        slack.edit("C1", other.ts, "a zebra, said Ben"),
        slack.delete("C1", other.ts),
        slack.edit("C1", app.ts, f"{NAME} what is a zebra?"),
        slack.delete("C1", app.ts),
    ]
    at_rest(slack, engine, *envelopes)
    assert Inbox(engine).counts() == {"answered": 1}
    assert "zebra" not in held(engine)
    assert len(slack.answers(asked)) == 1
