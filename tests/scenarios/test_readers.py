"""Who is answered, and from what: closed unless Slack says that everybody is inside."""

import threading
from typing import Any

import pytest

from assistant.slack.shown import sentences
from assistant.store.database import Engine
from assistant.store.inbox import Inbox
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.scenarios.conftest import Guidance

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

QUESTION = "what is commissioning?"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"team_id": "T9AWAY"}, sentences.OUTSIDER),
        ({"is_stranger": True}, sentences.OUTSIDER),
        ({"team_id": None}, sentences.OUTSIDER),
        ({"is_restricted": True, "team_id": "T9AWAY"}, sentences.OUTSIDER),
        ({"is_bot": True}, sentences.BOT),
    ],
)
@pytest.mark.parametrize("place", ["channel", "direct message"])
def test_who_is_outside_is_refused_in_one_sentence(
    slack: FakeSlack, guidance: Guidance, facts: dict[str, Any], sentence: str, place: str
) -> None:
    slack.add_person("U9EVE", **facts)
    posted = (
        slack.mention("U9EVE", "C1", QUESTION)
        if place == "channel"
        else slack.direct_message("U9EVE", QUESTION)
    )
    answer = slack.wait_for_answer(posted)
    assert answer["text"] == sentence
    assert len(answer["blocks"]) == 1
    assert guidance.asked == []


@pytest.mark.parametrize(
    "facts",
    [
        {"is_ext_shared": True, "is_shared": True},
        {"is_pending_ext_shared": True},
        {"is_org_shared": True, "is_shared": True},
        {"connected_team_ids": ["T0HOME", "T9AWAY"]},
        {"pending_connected_team_ids": ["T9AWAY"]},
    ],
)
def test_in_a_shared_channel_nobody_is_answered(
    slack: FakeSlack, guidance: Guidance, facts: dict[str, Any]
) -> None:
    slack.change_channel("C1", **facts)
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert answer["text"] == sentences.SHARED_CHANNEL
    assert guidance.asked == []


@pytest.mark.parametrize("place", ["channel", "direct message"])
@pytest.mark.parametrize("facts", [{"is_restricted": True}, {"is_ultra_restricted": True}])
def test_a_guest_is_answered_from_what_is_public(
    slack: FakeSlack, guidance: Guidance, facts: dict[str, Any], place: str
) -> None:
    slack.add_person("U9EVE", **facts)
    slack.add_channel("C2", "U1ANN", "U9EVE")
    posted = (
        slack.mention("U9EVE", "C2", QUESTION)
        if place == "channel"
        else slack.direct_message("U9EVE", QUESTION)
    )
    slack.wait_for_answer(posted)
    assert [audiences for _, _, audiences in guidance.asked] == [("public",)]


def test_where_a_guest_reads_along_only_what_is_public_is_used(
    slack: FakeSlack, guidance: Guidance
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.add_channel("C2", "U1ANN", "U9EVE")
    slack.wait_for_answer(slack.mention("U1ANN", "C2", QUESTION))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public",),
        ("public", "internal"),
    ]


def test_a_guest_on_a_later_page_of_members_is_seen(slack: FakeSlack, guidance: Guidance) -> None:
    slack.page_size = 10
    slack.add_person("U9EVE", is_restricted=True)
    members = [slack.add_person(f"U{number}") for number in range(100, 160)]
    slack.add_channel("C2", "U1ANN", *members, "U9EVE")
    slack.wait_for_answer(slack.mention("U1ANN", "C2", QUESTION))
    assert guidance.asked[0][2] == ("public",)


def test_a_large_channel_of_members_is_looked_up_with_few_calls(
    slack: FakeSlack, guidance: Guidance
) -> None:
    members = [slack.add_person(f"U{number}") for number in range(100, 400)]
    slack.page_size = 1000
    slack.add_channel("C2", "U1ANN", *members)
    slack.wait_for_answer(slack.mention("U1ANN", "C2", QUESTION))
    assert guidance.asked[0][2] == ("public", "internal")
    assert len(slack.calls_of("users.list")) == 1
    assert len(slack.calls_of("users.info")) <= 2


def test_in_a_channel_with_too_many_members_only_what_is_public_is_used(
    slack: FakeSlack, guidance: Guidance
) -> None:
    members = [slack.add_person(f"U{number}") for number in range(1000, 1501)]
    slack.add_channel("C2", *members)
    slack.wait_for_answer(slack.mention("U1000", "C2", QUESTION))
    assert guidance.asked[0][2] == ("public",)


@pytest.mark.parametrize("error", ["ratelimited_for_good", "missing_scope", "fetch_members_failed"])
def test_when_members_are_not_told_only_what_is_public_is_used(
    slack: FakeSlack, guidance: Guidance, error: str
) -> None:
    with slack.failing("conversations.members", Fault("error", error=error)):
        slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert guidance.asked[0][2] == ("public",)


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
def test_when_the_check_fails_nobody_is_answered(
    slack: FakeSlack, guidance: Guidance, engine: Engine, method: str
) -> None:
    with slack.failing(method, Fault("error", error="missing_scope")):
        answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert answer["text"] == sentences.UNCHECKED
    assert guidance.asked == []
    slack.wait_until(lambda: Inbox(engine).counts() == {"failed": 1})


@pytest.mark.parametrize("change", ["the asker is deactivated", "the channel is shared"])
def test_who_reads_is_checked_when_the_question_is_answered_not_when_it_is_asked(
    slack: FakeSlack, guidance: Guidance, change: str
) -> None:
    slack.wait_for_answer(slack.mention("U1ANN", "C1", "warm every cache"))
    is_held, may_answer = threading.Event(), threading.Event()

    def hold(_: str) -> None:
        is_held.set()
        assert may_answer.wait(60)

    guidance.before_answering = hold
    first = slack.mention("U2BEN", "C1", "hold the thread")
    slack.wait_until(is_held.is_set)
    follow_up = slack.mention("U1ANN", "C1", QUESTION, thread_ts=first.ts)
    slack.wait_for_acknowledgement(follow_up.envelope)
    if change == "the asker is deactivated":
        slack.change_person("U1ANN", deleted=True)
    else:
        slack.change_channel("C1", is_ext_shared=True)
    may_answer.set()
    answer = slack.wait_for_answer(follow_up, count=2)
    assert answer["text"] in (sentences.OUTSIDER, sentences.SHARED_CHANNEL)
    assert QUESTION not in [question for question, _, _ in guidance.asked]
