"""Shared channels, people of other workspaces, guests: refused unless opened, least rights hold."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.domain.releases import Actor, AuditEntry
from assistant.language import say
from assistant.slack.questions import respondent
from assistant.slack.shown import sentences
from assistant.store.database import Engine
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy, Policies
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.scenarios.conftest import Guidance

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

QUESTION = "what is commissioning?"
AWAY = "T9AWAY"
TODAY = datetime.now(UTC).date()
ENTRY = AuditEntry(datetime.now(UTC), Actor("U1ANN", "Slack"), "set", "C1", "done")


WHICHEVER_IS_NAMED = pytest.mark.parametrize("shared", ["home", "author", "origin"], indirect=True)


@pytest.fixture
def shared(slack: FakeSlack, request: pytest.FixtureRequest) -> str:
    """A channel that is shared with another workspace, whose Eve is in it.

    Slack names our workspace for what happens in it, or what a test is parametrised with.
    """
    slack.named_team = getattr(request, "param", "home")
    slack.add_person("U9EVE", team_id=AWAY, is_stranger=True)
    facts = {"is_ext_shared": True, "is_shared": True, "connected_team_ids": [TEAM, AWAY]}
    return slack.add_channel("C9", "U1ANN", "U9EVE", conversation_host_id=AWAY, **facts)


def hold(engine: Engine, channel: str = "C9", **fields: Any) -> None:
    policy = ChannelPolicy(TEAM, channel, set_by="U1ANN", set_at=datetime.now(UTC), **fields)
    there = Policies(engine).of(TEAM, channel)
    assert Policies(engine).set(policy, ENTRY, there.set_at)


def open_for_partners(engine: Engine, days: int = 30, **fields: Any) -> None:
    opened = {
        "opened_for": "Elm partners",
        "opened_until": TODAY + timedelta(days=days),
        "opened_teams": (AWAY,),
        "audiences": ("public", "internal", "network-elm"),
    }
    hold(engine, **{**opened, **fields})


def said(slack: FakeSlack, user: str, channel: str) -> str:
    return str(slack.wait_for_answer(slack.mention(user, channel, QUESTION))["text"])


@pytest.mark.parametrize(
    ("user", "sentence"),
    [("U1ANN", sentences.SHARED_CHANNEL), ("U9EVE", sentences.NOT_OPENED_OUTSIDE)],
)
def test_a_shared_channel_is_closed_until_it_is_opened(
    slack: FakeSlack, guidance: Guidance, shared: str, user: str, sentence: str
) -> None:
    assert said(slack, user, shared) == say(sentence)
    assert guidance.asked == []


@WHICHEVER_IS_NAMED
@pytest.mark.parametrize("user", ["U1ANN", "U9EVE"])
def test_in_an_opened_channel_everybodys_least_rights_hold(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str, user: str
) -> None:
    open_for_partners(engine)
    said(slack, user, shared)
    assert guidance.asked[0][2] == ("public", "network-elm")


@WHICHEVER_IS_NAMED
def test_to_the_asker_alone_too_nothing_internal_is_said_in_a_shared_channel(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine, answers_to=AnswersTo.ASKER)
    slack.mention("U1ANN", shared, QUESTION)
    slack.wait_for_reply("U1ANN")
    assert guidance.asked[0][2] == ("public", "network-elm")


@pytest.mark.parametrize(
    ("user", "sentence"),
    [("U1ANN", sentences.OPENING_ENDED), ("U9EVE", sentences.NOT_OPENED_OUTSIDE)],
)
def test_an_opening_closes_by_itself_when_its_day_is_over(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str, user: str, sentence: str
) -> None:
    open_for_partners(engine, days=-1)
    assert said(slack, user, shared) == say(sentence)
    assert guidance.asked == []


def test_an_opening_is_for_the_named_workspaces_alone(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine)
    slack.change_channel(shared, connected_team_ids=[TEAM, AWAY, "T8THIRD"])
    assert said(slack, "U1ANN", shared) == say(sentences.SHARED_WITH_MORE)
    assert guidance.asked == []


def test_a_member_of_a_workspace_that_was_not_named_closes_the_channel(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine)
    slack.add_person("U8DAN", team_id="T8THIRD")
    slack.join("U8DAN", shared)
    assert said(slack, "U1ANN", shared) == say(sentences.SHARED_WITH_MORE)
    assert guidance.asked == []


def test_who_is_invited_but_not_yet_there_counts(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine)
    slack.change_channel(shared, is_pending_ext_shared=True)
    said(slack, "U1ANN", shared)
    assert guidance.asked[0][2] == ("public",)


def test_when_members_of_a_shared_channel_are_not_told_only_what_is_public_is_used(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine)
    with slack.failing("conversations.members", Fault("error", error="fetch_members_failed")):
        said(slack, "U1ANN", shared)
    assert guidance.asked[0][2] == ("public",)


def test_an_opening_names_a_channel_and_no_other(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    hold(engine, "C1", opened_for="Elm", opened_until=TODAY + timedelta(1), opened_teams=(AWAY,))
    assert said(slack, "U9EVE", shared) == say(sentences.NOT_OPENED_OUTSIDE)
    assert said(slack, "U9EVE", "C1") == say(sentences.OUTSIDER)
    assert guidance.asked == []


@WHICHEVER_IS_NAMED
def test_an_outsider_who_was_not_chosen_is_told_whom_to_ask(
    slack: FakeSlack, guidance: Guidance, engine: Engine, shared: str
) -> None:
    open_for_partners(engine, askers=Askers.ADMINISTRATORS)
    assert said(slack, "U9EVE", shared) == say(sentences.NOT_CHOSEN_OUTSIDE)


def test_a_direct_message_that_is_shared_is_refused(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    slack.add_person("U9EVE", team_id=AWAY)
    channel = slack.direct_channel("U1ANN")
    slack.change_channel(channel, is_ext_shared=True, is_shared=True)
    open_for_partners(engine, channel=channel)
    posted = slack.direct_message("U1ANN", QUESTION)
    assert slack.wait_for_answer(posted)["text"] == say(sentences.SHARED_DIRECT)
    assert guidance.asked == []


@pytest.mark.parametrize(("days", "may_use"), [(1, [("public", "network-elm")]), (-1, [])])
def test_an_outsider_asks_alone_only_where_they_were_let_in(
    slack: FakeSlack,
    guidance: Guidance,
    engine: Engine,
    shared: str,
    days: int,
    may_use: list[tuple[str, ...]],
) -> None:
    open_for_partners(engine, days)
    slack.command("U9EVE", "/ask", QUESTION, shared)
    shown = slack.wait_for_reply("U9EVE").text
    assert [audiences for _, _, audiences in guidance.asked] == may_use
    assert may_use or shown == say(sentences.NOT_OPENED_OUTSIDE)


def test_a_full_member_asks_alone_from_a_shared_channel_as_in_a_direct_message(
    slack: FakeSlack, guidance: Guidance, shared: str
) -> None:
    slack.command("U1ANN", "/ask", QUESTION, shared)
    slack.wait_for_reply("U1ANN")
    assert guidance.asked[0][2] == ("public", "internal")
    assert slack.everything_posted() == []


def test_a_guest_reads_the_networks_of_the_channel_in_which_they_ask(
    slack: FakeSlack, guidance: Guidance, engine: Engine
) -> None:
    slack.add_person("U8GUY", is_ultra_restricted=True)
    slack.add_channel("C2", "U1ANN", "U8GUY")
    hold(engine, "C2", audiences=("public", "internal", "network-elm"))
    hold(engine, "C1", audiences=("public", "network-oak"))
    said(slack, "U8GUY", "C2")
    slack.command("U8GUY", "/ask", QUESTION, "C2")
    slack.wait_for_reply("U8GUY")
    slack.command("U8GUY", "/ask", QUESTION, "C1")
    slack.wait_for_reply("U8GUY", 2)
    slack.wait_for_answer(slack.direct_message("U8GUY", QUESTION))
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "network-elm"),
        ("public", "network-elm"),
        ("public",),
        ("public",),
    ]


def test_a_guest_who_joins_while_a_slow_answer_is_made_is_not_shown_what_is_internal(
    slack: FakeSlack, guidance: Guidance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(respondent, "SECONDS_ONE_LOOK_HOLDS", 0.0)
    slack.add_person("U8GUY", is_restricted=True)
    has_joined = threading.Event()

    def join_once(_: str) -> None:
        if not has_joined.is_set():
            slack.join("U8GUY", "C1")
            has_joined.set()

    guidance.before_answering = join_once
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_for_answer(posted)
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "internal"),
        ("public",),
    ]
    assert len(slack.answers(posted)) == 1


def test_a_guest_who_joins_while_an_answer_waits_to_be_posted_is_not_shown_what_is_internal(
    slack: FakeSlack, guidance: Guidance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(respondent, "SECONDS_ONE_LOOK_HOLDS", 1.0)
    slack.add_person("U8GUY", is_restricted=True)
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=2))
    posted = slack.mention("U1ANN", "C1", QUESTION)
    slack.wait_until(lambda: len(guidance.asked) == 1)
    slack.join("U8GUY", "C1")
    slack.wait_for_answer(posted)
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "internal"),
        ("public",),
    ]
    assert len(slack.answers(posted)) == 1


def test_a_person_who_became_a_guest_is_one_within_a_minute_for_others_and_at_once_for_themselves(
    slack: FakeSlack, guidance: Guidance
) -> None:
    said(slack, "U1ANN", "C1")
    slack.change_person("U1ANN", is_restricted=True)
    said(slack, "U1ANN", "C1")
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "internal"),
        ("public",),
    ]
