"""A post that shares an answer is an answer: rated, marked, saved, asked about, taken away."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.releases import Actor, AuditEntry
from assistant.slack.feedback.blocks import ASK_WHY, THANKS_HELPFUL
from assistant.slack.feedback.shortcuts import (
    NOT_AN_ANSWER,
    NOT_YOURS_TO_SAVE,
    OUT_OF_DATE,
    SAVE_AS_SHARED,
    SAVED,
)
from assistant.slack.sharing import posts, sharing
from assistant.slack.sharing.blocks import ANEW_LABEL, SHARE_LABEL
from assistant.store.database import Engine
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.feedback.table import FeedbackCounts, Rating, Reason, Way
from assistant.store.policies import AnswersTo, ChannelPolicy, Policies
from assistant.store.turns import Turns
from tests.fakes.fake_slack import BOT_USER, TEAM, Ephemeral, FakeSlack, Fault, Posted
from tests.fakes.slack_limits import seen
from tests.scenarios.conftest import SOURCE, Guidance
from tests.scenarios.waiting import at_rest

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

ASKER, COLLEAGUE, ADMINISTRATOR = "U1ANN", "U2BEN", "U3CAT"
QUESTION = "What is the spring plan?"
ANSWER = "It is a plan. [1]"


def answers(guidance: Guidance, text: str = ANSWER, audience: str = "internal") -> None:
    guidance.answer = Answer(
        "q",
        AnswerStatus.ANSWERED,
        text,
        citations=(replace(SOURCE, audience=audience),),
        snapshot="s1",
    )


def told(slack: FakeSlack, user: str, words: str) -> Ephemeral:
    """Wait until somebody alone is shown these words, a button's label or a sentence."""

    def found() -> list[Ephemeral]:
        return [each for each in slack.shown_alone(user) if words in seen(each.text)]

    slack.wait_until(lambda: bool(found()))
    return found()[-1]


def shared(slack: FakeSlack, guidance: Guidance, text: str = ANSWER) -> list[dict[str, Any]]:
    """Let the asker ask alone and share the answer; return the messages that show it."""
    answers(guidance, text)
    slack.command(ASKER, "/ask", QUESTION, "C1")
    slack.press_button(ASKER, SHARE_LABEL, told(slack, ASKER, SHARE_LABEL).blocks, {}, "C1")
    told(slack, ASKER, sharing.SHARED)
    return slack.everything_posted()


def rating_of(engine: Engine, user: str, inbox_id: int = 1) -> tuple[Rating | None, Way] | None:
    feedback = Feedbacks(engine).of_person(inbox_id, user)
    return (feedback.rating, feedback.way) if feedback is not None else None


@pytest.mark.parametrize("user", [ASKER, COLLEAGUE])
@pytest.mark.parametrize("text", [ANSWER, "A sentence about plans. [1] " * 700])
def test_whoever_sees_it_rates_it_with_the_buttons_below_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine, user: str, text: str
) -> None:
    last = shared(slack, guidance, text)[-1]
    slack.rate(user, last, "C1", helpful=True)
    told(slack, user, THANKS_HELPFUL)
    assert rating_of(engine, user) == (Rating.HELPFUL, Way.BUTTON)


def test_its_number_below_another_message_rates_nothing(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    other = slack.wait_for_answer(slack.mention(COLLEAGUE, "C1", "What is a cycle?"))
    forged = {**other, "blocks": post["blocks"]}
    slack.wait_for_acknowledgement(slack.rate(COLLEAGUE, forged, "C1", helpful=True))
    assert rating_of(engine, COLLEAGUE) is None


def test_the_askers_reaction_counts_and_asks_why_below_the_post(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    slack.wait_for_acknowledgement(slack.react(COLLEAGUE, "-1", "C1", post["ts"]))
    slack.react(ASKER, "-1", "C1", post["ts"])
    told(slack, ASKER, ASK_WHY)
    assert slack.calls_of("chat.postEphemeral")[-1].arguments["thread_ts"] == post["ts"]
    assert rating_of(engine, ASKER) == (Rating.NOT_HELPFUL, Way.REACTION)
    assert Feedbacks(engine).counts() == FeedbackCounts(0, 1, 1)


@pytest.mark.parametrize("part", [0, 1])
def test_either_message_of_it_can_be_marked_as_out_of_date(
    slack: FakeSlack, guidance: Guidance, engine: Engine, part: int
) -> None:
    post = shared(slack, guidance, "A sentence about plans. [1] " * 700)[part]
    slack.message_shortcut(COLLEAGUE, OUT_OF_DATE, "C1", post)
    slack.wait_for_modal()
    feedback = Feedbacks(engine).of_person(1, COLLEAGUE)
    assert feedback is not None
    assert (feedback.reason, feedback.documents) == (Reason.OUTDATED, (SOURCE.document,))


@pytest.mark.parametrize(
    ("user", "said"),
    [(ASKER, SAVED), (ADMINISTRATOR, SAVED), (COLLEAGUE, NOT_YOURS_TO_SAVE)],
)
def test_it_is_saved_by_who_asked_or_an_administrator(
    slack: FakeSlack, guidance: Guidance, user: str, said: str
) -> None:
    (post,) = shared(slack, guidance)
    slack.message_shortcut(user, SAVE_AS_SHARED, "C1", post)
    told(slack, user, said)


def test_the_post_below_which_a_question_is_asked_anew_is_no_answer(
    slack: FakeSlack, guidance: Guidance
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    answers(guidance)
    slack.command(ASKER, "/ask", QUESTION, "C1")
    slack.press_button(ASKER, ANEW_LABEL, told(slack, ASKER, ANEW_LABEL).blocks, {}, "C1")
    slack.wait_until(lambda: len(slack.everything_posted()) == 2)
    slack.message_shortcut(COLLEAGUE, OUT_OF_DATE, "C1", slack.everything_posted()[0])
    told(slack, COLLEAGUE, NOT_AN_ANSWER)


def asked_below(slack: FakeSlack, engine: Engine, post: Mapping[str, Any]) -> None:
    follow_up = slack.mention(COLLEAGUE, "C1", "who does that then?", thread_ts=post["ts"])
    at_rest(slack, engine, follow_up.envelope)


def test_a_colleagues_question_below_it_is_understood_from_it(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    asked_below(slack, engine, post)
    question, history, audiences = guidance.asked[-1]
    assert (question, audiences) == ("who does that then?", ("public", "internal"))
    assert [(turn.question, turn.answer) for turn in history] == [(QUESTION, ANSWER)]


def test_once_a_guest_reads_along_nothing_of_it_is_told_to_a_follow_up(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    (post,) = shared(slack, guidance)
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    asked_below(slack, engine, post)
    _, history, audiences = guidance.asked[-1]
    assert audiences == ("public",)
    assert [turn.answer for turn in history] == [""]


@pytest.fixture
def answered(slack: FakeSlack, guidance: Guidance, engine: Engine) -> Posted:
    """A question that was answered in a channel where answers go to the asker alone."""
    entry = AuditEntry(datetime.now(UTC), Actor(ADMINISTRATOR), "set policy", "C1", "done")
    Policies(engine).set(ChannelPolicy(TEAM, "C1", answers_to=AnswersTo.ASKER), entry, None)
    answers(guidance)
    question = slack.mention(ASKER, "C1", QUESTION)
    told(slack, ASKER, SHARE_LABEL)
    return question


@pytest.fixture
def posted(slack: FakeSlack, answered: Posted) -> Posted:
    """Such a question, whose answer was shared."""
    slack.press_button(ASKER, SHARE_LABEL, told(slack, ASKER, SHARE_LABEL).blocks, {}, "C1")
    told(slack, ASKER, sharing.SHARED)
    return answered


@pytest.mark.parametrize("change", ["deleted", "edited"])
def test_a_question_that_is_changed_while_its_answer_is_on_its_way_to_others_takes_it_along(
    slack: FakeSlack, answered: Posted, guidance: Guidance, engine: Engine, change: str
) -> None:
    may_arrive = threading.Event()
    at_rest(slack, engine)
    slack.fail_next("chat.postMessage", Fault("late", seconds=10, until=may_arrive))
    slack.press_button(ASKER, SHARE_LABEL, told(slack, ASKER, SHARE_LABEL).blocks, {}, "C1")
    slack.wait_until(lambda: slack.faults_left("chat.postMessage") == 0)
    if change == "deleted":
        at_rest(slack, engine, slack.delete("C1", answered.ts))
    else:
        new = f"<@{BOT_USER}> What is the autumn plan?"
        at_rest(slack, engine, slack.edit("C1", answered.ts, new))
    may_arrive.set()
    told(slack, ASKER, posts.NOT_KEPT)
    assert len(slack.calls_of("chat.postMessage")) == 1
    assert slack.everything_posted() == []


def test_a_question_that_is_deleted_takes_the_post_that_shared_its_answer_along(
    slack: FakeSlack, posted: Posted, engine: Engine
) -> None:
    (post,) = slack.answers(posted)
    slack.rate(COLLEAGUE, post, "C1", helpful=True)
    slack.wait_until(lambda: rating_of(engine, COLLEAGUE) is not None)
    at_rest(slack, engine, slack.delete("C1", posted.ts))
    assert slack.everything_posted() == []
    assert Turns(engine).kept(1) is None


def test_a_question_that_is_edited_takes_the_post_along_and_its_new_answer_can_be_shared(
    slack: FakeSlack, posted: Posted, guidance: Guidance, engine: Engine
) -> None:
    answers(guidance, "It is another plan. [1]")
    at_rest(slack, engine, slack.edit("C1", posted.ts, f"<@{BOT_USER}> What is the autumn plan?"))
    assert slack.everything_posted() == []
    shown = told(slack, ASKER, "It is another plan.")
    slack.press_button(ASKER, SHARE_LABEL, shown.blocks, {}, "C1")
    slack.wait_until(lambda: len(slack.everything_posted()) == 1)
    (post,) = slack.answers(posted)
    assert "What is the autumn plan?" in seen(post["text"])
