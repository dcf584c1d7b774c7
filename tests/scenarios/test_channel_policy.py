"""What holds in a channel, set from Slack: who may, what is checked anew, what it then does."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from assistant.domain.answers import Answer, AnswerStatus
from assistant.domain.releases import Actor, AuditEntry
from assistant.language import say
from assistant.slack.admin import channel_form, channel_policy
from assistant.slack.sharing.blocks import ANEW, ANEW_LABEL, SHARE, SHARE_LABEL
from assistant.slack.shown import admin_sentences, sentences
from assistant.store.audit import AuditLog
from assistant.store.database import Engine, transaction
from assistant.store.inbox import Inbox, InboxRow
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy, Policies
from assistant.store.turns_table import TurnRow
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import buttons, seen
from tests.scenarios.conftest import SOURCE, Guidance

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

ADMINISTRATOR = "U1ANN"
COMMAND = "/commissioning-admin"
QUESTION = "what is commissioning?"
IN_A_MONTH = datetime.now(UTC).date() + timedelta(days=30)
ENTRY = AuditEntry(datetime.now(UTC), Actor("U1ANN", "Slack"), "set", "C1", "done")


def opened_form(slack: FakeSlack, channel: str = "C1") -> dict[str, Any]:
    before = len(slack.modals)
    slack.command(ADMINISTRATOR, COMMAND, "channel", channel)
    return slack.wait_for_modal(before + 1)


def said_alone(slack: FakeSlack, text: str, channel: str = "C1", user: str = ADMINISTRATOR) -> str:
    before = len(slack.shown_alone(user))
    slack.command(user, COMMAND, text, channel)
    return seen(slack.wait_for_reply(user, before + 1).text)


def sent(slack: FakeSlack, view: dict[str, Any], user: str = ADMINISTRATOR, **filled: Any) -> str:
    """Send the form, and return what who sent it is told afterwards."""
    before = len(slack.shown_alone(ADMINISTRATOR))
    slack.submit(user, view, **filled)
    return seen(slack.wait_for_reply(ADMINISTRATOR, before + 1).text)


def hold(engine: Engine, **policy: Any) -> None:
    """Let a policy hold, as an administrator set it before."""
    set_at = policy.pop("set_at", datetime.now(UTC))
    there = Policies(engine).of(TEAM, policy.get("channel", "C1"))
    fields = {"team": TEAM, "channel": "C1", "set_by": ADMINISTRATOR, "set_at": set_at, **policy}
    assert Policies(engine).set(ChannelPolicy(**fields), ENTRY, there.set_at)


def test_an_administrator_sets_what_holds_in_a_channel_and_it_is_in_the_audit_log(
    slack: FakeSlack, engine: Engine
) -> None:
    view = opened_form(slack)
    told = sent(
        slack,
        view,
        askers="named",
        people=["U2BEN"],
        groups="S2OTHERS",
        answers_to="asker",
        audiences=["public"],
        networks="elm-house",
    )
    assert told.startswith(say(channel_policy.HOLDS_NOW))
    policy = Policies(engine).of(TEAM, "C1")
    assert policy.askers is Askers.NAMED
    assert policy.named == ("U2BEN", "S2OTHERS")
    assert policy.answers_to is AnswersTo.ASKER
    assert policy.audiences == ("public", "network-elm-house")
    assert policy.set_by == ADMINISTRATOR
    (entry,) = AuditLog(engine).recent()
    assert (entry.actor.id, entry.action, entry.target, entry.outcome) == (
        ADMINISTRATOR,
        "set what holds in a channel",
        "C1",
        "done",
    )
    assert "network-elm-house" in entry.detail
    assert slack.everything_posted() == []


def test_the_form_shows_what_holds(slack: FakeSlack, engine: Engine) -> None:
    hold(engine, audiences=("public", "network-oak"), answers_to=AnswersTo.ASKER)
    before = Policies(engine).of(TEAM, "C1")
    sent(slack, opened_form(slack))
    after = Policies(engine).of(TEAM, "C1")
    assert replace(after, set_at=None) == replace(before, set_at=None)


@pytest.mark.parametrize("word", ["channel", "channels"])
def test_who_is_no_administrator_neither_sets_nor_sees_anything(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, word: str
) -> None:
    hold(engine, opened_for="Secret partners", opened_until=IN_A_MONTH, opened_teams=("T9AWAY",))
    said = said_alone(slack, word, user="U2BEN")
    assert said == admin_sentences.NOT_ADMINISTRATOR
    assert slack.modals == []
    slack.wait_until(lambda: [entry.outcome for entry in train.entries] == ["refused"])


def test_who_is_no_administrator_any_more_when_the_form_comes_back_sets_nothing(
    slack: FakeSlack, engine: Engine
) -> None:
    view = opened_form(slack)
    slack.change_person(ADMINISTRATOR, is_restricted=True)
    assert sent(slack, view, audiences=["public"]) == admin_sentences.NOT_ADMINISTRATOR
    assert Policies(engine).all(TEAM) == []


def test_a_form_sent_by_somebody_else_sets_nothing(slack: FakeSlack, engine: Engine) -> None:
    assert sent(slack, opened_form(slack), "U2BEN") == admin_sentences.NOT_ADMINISTRATOR
    assert Policies(engine).all(TEAM) == []


def test_internal_in_a_shared_channel_is_refused_at_its_field(
    slack: FakeSlack, engine: Engine
) -> None:
    slack.change_channel("C1", is_ext_shared=True)
    view = opened_form(slack)
    envelope = slack.submit(ADMINISTRATOR, view, audiences=["public", "internal"])
    slack.wait_for_acknowledgement(envelope)
    answer = slack.replied[envelope]
    assert answer["errors"] == {"audiences": say(channel_form.INTERNAL_IN_SHARED)}
    assert Policies(engine).all(TEAM) == []


def test_a_channel_that_was_shared_while_the_form_was_open_gets_no_internal(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain
) -> None:
    view = opened_form(slack)
    slack.change_channel("C1", is_ext_shared=True)
    assert sent(slack, view) == say(channel_form.INTERNAL_IN_SHARED)
    assert Policies(engine).all(TEAM) == []
    slack.wait_until(lambda: [entry.outcome for entry in train.entries] == ["refused"])


def test_of_two_who_have_the_form_open_the_second_is_told_to_look_again(
    slack: FakeSlack, engine: Engine
) -> None:
    first, second = opened_form(slack), opened_form(slack)
    sent(slack, first, audiences=["public"])
    assert sent(slack, second) == say(channel_policy.CHANGED_MEANWHILE)
    assert Policies(engine).of(TEAM, "C1").audiences == ("public",)


def test_in_a_direct_message_there_is_nothing_to_set(slack: FakeSlack) -> None:
    channel = slack.direct_channel(ADMINISTRATOR)
    assert said_alone(slack, "channel", channel) == say(channel_policy.NOT_IN_DIRECT)
    assert slack.modals == []


def test_a_channel_that_slack_does_not_tell_of_gets_no_form(slack: FakeSlack) -> None:
    assert said_alone(slack, "channel", "C404") == say(channel_policy.CHANNEL_UNSEEN)


def test_a_form_that_slack_closed_is_told_so(slack: FakeSlack) -> None:
    slack.fail_next("views.open", Fault("error", error="expired_trigger_id"))
    assert said_alone(slack, "channel") == say(channel_policy.FORM_EXPIRED)


def test_the_list_names_the_channels_and_until_when_they_are_open(
    slack: FakeSlack, engine: Engine
) -> None:
    assert said_alone(slack, "channels") == say(channel_policy.NO_POLICIES)
    hold(engine, opened_for="Elm partners", opened_until=IN_A_MONTH, opened_teams=("T9AWAY",))
    hold(
        engine, channel="C2", opened_until=date(2020, 1, 31), opened_for="Oak", opened_teams=("T8",)
    )
    listed = said_alone(slack, "channels")
    assert f"Open for Elm partners (T9AWAY) until {IN_A_MONTH.day} {IN_A_MONTH:%B %Y}." in listed
    assert "It was open for Oak (T8) until 31 January 2020 and is closed." in listed


def test_who_hears_the_list_hears_what_channels_are_called_but_no_private_ones_name(
    slack: FakeSlack, engine: Engine
) -> None:
    slack.add_channel("C5CARE", name="homecare")
    slack.add_channel("C6HUSH", name="hush", is_private=True)
    for channel in ("C5CARE", "C6HUSH", "C404"):
        hold(engine, channel=channel)
    listed = said_alone(slack, "channels").splitlines()
    assert {channel_policy.A_CHANNEL, channel_policy.PRIVATE_CHANNEL, "homecare"} <= set(listed)
    words = "\n".join(listed)
    assert not any(told in words for told in ("C5CARE", "C6HUSH", "C404", "hush"))


def test_who_may_ask_is_who_was_chosen(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    hold(engine, askers=Askers.NAMED, named=("U2BEN",))
    assert slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))["text"] == say(
        sentences.NOT_CHOSEN
    )
    assert guidance.asked == []
    slack.wait_for_answer(slack.mention("U2BEN", "C1", QUESTION))
    assert len(guidance.asked) == 1


def test_who_may_ask_may_be_in_a_user_group(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    slack.add_group("S9ELM", "U2BEN")
    hold(engine, askers=Askers.NAMED, named=("S9ELM",))
    slack.wait_for_answer(slack.mention("U2BEN", "C1", QUESTION))
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert answer["text"] == say(sentences.NOT_CHOSEN)
    assert len(guidance.asked) == 1


def test_when_slack_does_not_tell_who_is_in_the_group_nobody_is_answered(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    hold(engine, askers=Askers.NAMED, named=("S404",))
    answer = slack.wait_for_answer(slack.mention("U2BEN", "C1", QUESTION))
    assert answer["text"] == sentences.UNCHECKED
    assert guidance.asked == []


def test_only_administrators_may_ask_where_it_was_set_so(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    hold(engine, askers=Askers.ADMINISTRATORS)
    answer = slack.wait_for_answer(slack.mention("U2BEN", "C1", QUESTION))
    assert answer["text"] == say(sentences.NOT_CHOSEN)
    slack.wait_for_answer(slack.mention(ADMINISTRATOR, "C1", QUESTION))
    assert len(guidance.asked) == 1


def test_answers_go_to_the_asker_alone_where_it_was_set_so(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    hold(engine, answers_to=AnswersTo.ASKER)
    posted = slack.mention("U2BEN", "C1", QUESTION)
    assert f"You asked: {QUESTION} [1]" in slack.wait_for_reply("U2BEN").text
    assert slack.answers(posted) == []
    # A guest reads along in the channel, but not this answer.
    assert guidance.asked[0][2] == ("public", "internal")


@pytest.mark.parametrize(
    ("audience", "label", "posts"), [("public", SHARE_LABEL, 1), ("internal", ANEW_LABEL, 2)]
)
def test_a_deleted_question_takes_away_by_what_it_was_shown_to_others(
    slack: FakeSlack, engine: Engine, guidance: Guidance, audience: str, label: str, posts: int
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    hold(engine, answers_to=AnswersTo.ASKER)
    guidance.answer = Answer(
        QUESTION,
        AnswerStatus.ANSWERED,
        "A cycle. [1]",
        citations=(replace(SOURCE, audience=audience),),
        snapshot="s1",
    )
    posted = slack.mention("U2BEN", "C1", QUESTION)
    shown = slack.wait_for_reply("U2BEN")
    if label == ANEW_LABEL:
        hold(engine, answers_to=AnswersTo.THREAD)
    (value,) = [b["value"] for b in buttons(shown.blocks)] or [None]
    action = SHARE if label == SHARE_LABEL else ANEW
    slack.press("U2BEN", action, value or "1", {}, "C1")
    slack.wait_until(lambda: len(slack.everything_posted()) == posts)
    slack.wait_until(lambda: set(Inbox(engine).counts()) == {"answered"})
    slack.delete("C1", posted.ts)
    slack.wait_until(lambda: not slack.everything_posted())
    slack.wait_until(lambda: set(Inbox(engine).counts()) == {"withdrawn"})
    with transaction(engine) as session:
        assert set(session.scalars(select(InboxRow.text))) == {""}
        assert not session.scalars(select(TurnRow.question)).all()


def test_an_answer_uses_no_more_than_the_channel_may(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    hold(engine, audiences=("public", "network-elm"))
    slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert guidance.asked[0][2] == ("public", "network-elm")


def test_where_nothing_may_be_used_for_all_it_is_told(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    slack.add_person("U9EVE", is_restricted=True)
    slack.join("U9EVE", "C1")
    hold(engine, audiences=("internal",))
    answer = slack.wait_for_answer(slack.mention("U1ANN", "C1", QUESTION))
    assert answer["text"] == say(sentences.NOTHING_FOR_ALL)
    assert guidance.asked == []


def test_a_network_is_known_in_a_direct_message_to_who_is_in_its_channel(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    slack.add_channel("C2", "U2BEN")
    hold(engine, channel="C2", audiences=("public", "network-elm"))
    slack.wait_for_answer(slack.direct_message("U2BEN", QUESTION))
    slack.wait_for_answer(slack.direct_message("U1ANN", QUESTION))
    assert [audiences for _, _, audiences in guidance.asked] == [
        ("public", "internal", "network-elm"),
        ("public", "internal"),
    ]


def test_when_slack_does_not_tell_who_is_in_a_networks_channel_it_is_not_used(
    slack: FakeSlack, engine: Engine, guidance: Guidance
) -> None:
    slack.add_channel("C2", "U2BEN")
    hold(engine, channel="C2", audiences=("public", "network-elm"))
    with slack.failing("conversations.members", Fault("error", error="missing_scope")):
        slack.wait_for_answer(slack.direct_message("U2BEN", QUESTION))
    assert guidance.asked[0][2] == ("public", "internal")


def test_the_form_opens_within_slacks_three_seconds(slack: FakeSlack) -> None:
    began = time.monotonic()
    opened_form(slack)
    assert time.monotonic() - began < 3
