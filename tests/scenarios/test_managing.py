"""`/network` over real sockets: networks made, seen, changed and closed, with every refusal."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from assistant.domain.networks import MemberState, Openness, Topic
from assistant.language import say
from assistant.slack.app import SlackBot
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_changes import MOST_NETWORKS
from assistant.slack.shown import admin_sentences
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from tests.fakes.fake_slack import TEAM, FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.scenarios.network_pages import (
    ADMINISTRATOR,
    GUEST,
    MEMBER,
    OTHER,
    OUTSIDER,
    STEWARD,
    STRANGER,
    answered,
    entry,
    errors,
    labels,
    made,
    modal,
    now,
    opened,
    outcomes,
    people,
    pressed,
    put,
    read,
    typed,
    unhurried,
)
from tests.scenarios.waiting import waits

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

# What only stewards may press, and what stands behind the network on such a button.
STEWARDS_ACTIONS = {
    blocks.CHANGE_ACTION: "",
    blocks.MEMBERS_ACTION: "",
    blocks.STEWARDS_ACTION: "",
    blocks.TOPICS_ACTION: "",
    blocks.TOPIC_ACTION: " Housing",
    blocks.INVITE_ACTION: "",
    blocks.REMOVE_ACTION: "",
    blocks.CLOSE_ACTION: "",
    people_forms.DROP_TOPIC_ACTION: " Housing",
    blocks.ACCEPT_REQUEST_ACTION: f" {STRANGER}",
    blocks.DECLINE_REQUEST_ACTION: f" {STRANGER}",
}


@pytest.fixture(autouse=True)
def _people(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    people(slack)
    unhurried(monkeypatch)


def new_form(slack: FakeSlack) -> dict[str, Any]:
    slack.join(ADMINISTRATOR, "C1")
    slack.command(ADMINISTRATOR, "/network", "new")
    return modal(slack, forms.CREATE_VIEW)


FILLED = {"name": "Outcomes together", "purpose": "Learn", "stewards": [STEWARD]}


def test_an_administrator_makes_a_network_and_it_is_in_the_audit_log(
    slack: FakeSlack, engine: Engine
) -> None:
    filled = {**FILLED, "openness": "private", "channels": ["C1"], "groups": ["S1ADMINS"]}
    said = answered(slack, ADMINISTRATOR, new_form(slack), **filled, hours="12")
    assert "network-outcomes-together" in read(said["view"])
    network = now(engine, "outcomes-together")
    assert network.name == "Outcomes together"
    assert network.purpose == "Learn"
    assert network.openness is Openness.PRIVATE
    assert (network.stewards, network.channels) == ((STEWARD,), ("C1",))
    assert (network.groups, network.wait_hours) == (("S1ADMINS",), 12)
    assert network.created_by == ADMINISTRATOR
    (written,) = AuditLog(engine).recent()
    assert (written.actor.id, written.action, written.target, written.outcome) == (
        ADMINISTRATOR,
        "manage a network",
        "outcomes-together",
        "created",
    )
    assert written.detail == (
        f"openness: private; stewards: {STEWARD}; channels: C1; groups: S1ADMINS; hours: 12"
    )


def test_a_second_network_whose_name_makes_the_same_id_gets_another(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine, id="outcomes-together", name="Outcomes, together")
    answered(slack, ADMINISTRATOR, new_form(slack), **FILLED)
    assert now(engine, "outcomes-together-2").name == "Outcomes together"


def test_the_id_of_a_closed_network_is_not_used_again_and_its_name_is(
    slack: FakeSlack, engine: Engine
) -> None:
    closed = made(engine, id="outcomes-together", name="Outcomes together")
    assert Networks(engine).close(closed, entry())
    answered(slack, ADMINISTRATOR, new_form(slack), **FILLED)
    assert now(engine, "outcomes-together-2").closed_at is None


def test_who_is_no_administrator_gets_no_form_and_makes_no_network(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain
) -> None:
    assert typed(slack, STEWARD, "new") == admin_sentences.NOT_ADMINISTRATOR
    assert slack.modals == []
    view = new_form(slack)
    assert errors(slack, STEWARD, view, **FILLED) == {"name": admin_sentences.NOT_ADMINISTRATOR}
    slack.change_person(ADMINISTRATOR, is_restricted=True)
    said = errors(slack, ADMINISTRATOR, view, **FILLED)
    assert said == {"name": admin_sentences.NOT_ADMINISTRATOR}
    assert Networks(engine).all(TEAM) == []
    assert [each.outcome for each in train.entries] == ["refused"] * 3


def test_what_is_wrong_is_said_at_its_field(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    slack.add_channel("C2", STEWARD)
    slack.add_channel("C3", ADMINISTRATOR)
    slack.leave("U0BOT", "C3")
    view = new_form(slack)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"name": "ELM network"}, "name", words.NAME_TAKEN),
        ({"name": "x"}, "name", words.NAME_LENGTH),
        ({"stewards": []}, "stewards", words.STEWARDS_COUNT),
        ({"stewards": [STEWARD, GUEST]}, "stewards", words.STEWARDS_WRONG),
        ({"stewards": [OUTSIDER]}, "stewards", words.STEWARDS_WRONG),
        ({"stewards": ["U0BOT"]}, "stewards", words.STEWARDS_WRONG),
        ({"stewards": ["U99NOBODY"]}, "stewards", words.STEWARDS_WRONG),
        ({"channels": ["C1", "C2"]}, "channels", words.CHANNEL_NOT_BOTH),
        ({"channels": ["C3"]}, "channels", words.CHANNEL_NOT_BOTH),
        ({"channels": ["C404"]}, "channels", words.CHANNEL_NOT_BOTH),
        ({"groups": {"selected_options": [{"value": "S404"}]}}, "groups", words.GROUP_UNKNOWN),
        ({"hours": "soon"}, "hours", words.HOURS_WRONG),
    ]
    for filled, field, sentence in wrong:
        said = errors(slack, ADMINISTRATOR, view, **{**FILLED, **filled})
        assert said == {field: say(sentence)}
    assert len(Networks(engine).all(TEAM)) == 1


def test_the_hundredth_network_is_made_and_no_more(slack: FakeSlack, engine: Engine) -> None:
    for number in range(MOST_NETWORKS - 1):
        made(engine, id=f"n{number}", name=f"Number {number}")
    view = new_form(slack)
    assert errors(slack, ADMINISTRATOR, view, **FILLED) is None
    filled = {**FILLED, "name": "One more"}
    assert errors(slack, ADMINISTRATOR, view, **filled) == {"name": say(words.TOO_MANY_NETWORKS)}
    assert len(Networks(engine).all(TEAM)) == MOST_NETWORKS


def test_where_slack_lists_no_user_groups_their_ids_are_typed(
    slack: FakeSlack, engine: Engine
) -> None:
    with slack.failing("usergroups.list", Fault("error", error="missing_scope")):
        view = new_form(slack)
    (field,) = [each for each in view["blocks"] if each.get("block_id") == "groups"]
    assert field["element"]["type"] == "plain_text_input"
    answered(slack, ADMINISTRATOR, view, **FILLED, groups="S1ADMINS")
    assert now(engine, "outcomes-together").groups == ("S1ADMINS",)


def test_when_slack_does_not_say_soon_nothing_is_made_and_sending_again_gets_on(
    slack: FakeSlack, bot: SlackBot, engine: Engine
) -> None:
    view = new_form(slack)
    filled = {**FILLED, "channels": ["C1"]}
    with slack.failing("conversations.info", Fault("rate_limited", seconds=1)):
        said = errors(slack, ADMINISTRATOR, view, **filled)
    assert said == {"name": say(words.TAKES_LONG)}
    slack.wait_until(lambda: not waits(bot, "conversations.info"))
    assert errors(slack, ADMINISTRATOR, view, **filled) is None
    assert now(engine, "outcomes-together").channels == ("C1",)


def test_a_form_that_slack_closed_is_told_so(slack: FakeSlack) -> None:
    slack.fail_next("views.open", Fault("error", error="expired_trigger_id"))
    assert typed(slack, ADMINISTRATOR, "new") == say(words.FORM_EXPIRED)


def test_the_list_shows_ones_own_and_what_one_may_join_and_nothing_private_of_others(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    Networks(engine).put_topics("elm", [Topic("Housing", (MEMBER,))], entry())
    made(engine, id="open", name="Open one", openness=Openness.OPEN, channels=())
    made(engine, id="hidden", name="Hidden one", openness=Openness.PRIVATE, channels=())
    mine = typed(slack, MEMBER)
    assert "Elm Network" in mine
    assert "Members: 3." in mine
    assert "Housing" in mine
    assert "Open one" in mine
    assert "Hidden" not in mine
    theirs = typed(slack, STRANGER, "list")
    assert "(Ask to join)" in theirs
    assert "(Join)" in theirs
    for hidden in ("Hidden", "Members:", "Housing", STEWARD):
        assert hidden not in theirs
    assert "Hidden one" in typed(slack, STEWARD)


def test_guests_and_people_of_elsewhere_find_nothing_to_join(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine, openness=Openness.OPEN)
    assert typed(slack, GUEST) == f"{say(words.YOUR_NETWORKS)}\n{say(words.NONE_YET)}"
    assert typed(slack, GUEST, "elm") == say(words.NO_SUCH)
    assert typed(slack, OUTSIDER) == say(words.NO_SUCH)
    assert typed(slack, OUTSIDER, "elm") == say(words.NO_SUCH)


@pytest.mark.parametrize("user", [STRANGER, GUEST, OUTSIDER, ADMINISTRATOR])
def test_who_is_no_member_cannot_tell_a_private_network_from_none(
    slack: FakeSlack, engine: Engine, user: str
) -> None:
    made(engine, openness=Openness.PRIVATE)
    assert typed(slack, user, "elm") == typed(slack, user, "oak") == say(words.NO_SUCH)
    page = opened(slack, user, blocks.OPEN_ACTION, "elm", words.NO_SUCH)
    none = opened(slack, user, blocks.OPEN_ACTION, "oak", words.NO_SUCH)
    assert page["blocks"] == none["blocks"]


def test_a_page_is_found_by_name_and_shows_only_stewards_their_buttons(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    stewards = typed(slack, STEWARD, "elm NETWORK")
    assert "(Change, Members, Stewards, Topics, Close the network)" in stewards
    assert "/commissioning-admin channel" in stewards
    members = typed(slack, MEMBER, "elm")
    assert "What works for outcomes" in members
    assert "Change" not in members
    page = opened(slack, MEMBER, blocks.OPEN_ACTION, "elm", "Elm Network")
    assert {"Change", "Members", "Stewards", "Topics"}.isdisjoint(labels(page))
    assert "Leave" in labels(page)


def test_when_slack_does_not_say_who_asks_nothing_is_shown(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    with slack.failing("users.info", Fault("error", error="fatal_error")):
        assert typed(slack, MEMBER) == say(words.UNCHECKED)


@pytest.mark.parametrize("user", [MEMBER, STRANGER, GUEST, OUTSIDER, ADMINISTRATOR])
def test_who_is_no_steward_opens_and_does_nothing(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain, user: str
) -> None:
    before = made(engine)
    put(engine, STRANGER, MemberState.REQUESTED)
    Networks(engine).put_topics("elm", [Topic("Housing", (MEMBER,))], entry())
    for action, more in STEWARDS_ACTIONS.items():
        assert pressed(slack, user, action, f"elm{more}") == say(words.NOT_YOURS)
        assert pressed(slack, user, action, f"oak{more}") == say(words.NOT_YOURS)
    assert slack.modals == []
    assert now(engine) == before
    assert outcomes(engine) == []
    targets = [(each.outcome, each.target) for each in train.entries]
    assert targets == [("refused", "elm"), ("refused", "none")] * len(STEWARDS_ACTIONS)


def change_form(slack: FakeSlack, user: str = STEWARD) -> dict[str, Any]:
    return opened(slack, user, blocks.CHANGE_ACTION, "elm", forms.CHANGE_VIEW)


def test_a_steward_changes_a_network_and_what_was_before_is_in_the_audit_log(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    slack.add_channel("C2", STEWARD, is_ext_shared=True)
    view = change_form(slack)
    filled = {"name": "Elm House", "openness": "open", "channels": ["C1", "C2"], "hours": "6"}
    said = answered(slack, STEWARD, view, **filled)
    assert say(words.CHANGED) in read(said["view"])
    assert labels(said["view"]) == ["Back to the network"]
    after = now(engine)
    assert (after.id, after.name, after.openness) == ("elm", "Elm House", Openness.OPEN)
    assert (after.channels, after.wait_hours) == (("C1", "C2"), 6)
    (written, *_) = AuditLog(engine).recent()
    assert written.detail == (
        "openness: restricted -> open; channels: C1 -> C1 C2; hours: 48 -> 6; name changed"
    )


def test_a_steward_is_not_told_that_a_private_network_has_a_name(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    nobody = {"stewards": (ADMINISTRATOR,), "channels": ()}
    made(engine, id="open", name="Open one", openness=Openness.OPEN, **nobody)
    made(engine, id="hidden", name="Hidden one", openness=Openness.PRIVATE, **nobody)
    view = change_form(slack)
    assert errors(slack, STEWARD, view, name="Open one") == {"name": say(words.NAME_TAKEN)}
    assert errors(slack, STEWARD, view, name="Hidden one") is None


def test_sending_the_form_as_it_is_changes_nothing(slack: FakeSlack, engine: Engine) -> None:
    before = made(engine)
    said = answered(slack, STEWARD, change_form(slack))
    assert say(words.NOTHING_CHANGED) in read(said["view"])
    assert now(engine) == before


def test_of_two_stewards_at_once_the_second_is_told_and_loses_nothing_of_what_they_typed(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    first, second = change_form(slack), change_form(slack, OTHER)
    answered(slack, STEWARD, first, purpose="From the first", hours="6")
    filled = {"name": "From the second", "purpose": "All typed by the second"}
    said = answered(slack, OTHER, second, **filled)
    assert say(words.CHANGED_MEANWHILE) in read(said["view"])
    assert "From the first" in read(said["view"])
    assert now(engine).name == "Elm Network"
    again = {**said["view"], "id": second["id"]}
    said = answered(slack, OTHER, again)
    assert say(words.CHANGED) in read(said["view"])
    after = now(engine)
    assert (after.name, after.purpose) == ("From the second", "All typed by the second")
    assert after.wait_hours == 48
    assert outcomes(engine) == ["changed", "changed"]


def test_a_channel_of_another_steward_stays_until_it_is_taken_out(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine, channels=("C1", "G9"))
    slack.add_channel("G9", OTHER, is_private=True)
    view = change_form(slack)
    answered(slack, STEWARD, view, hours="6")
    assert now(engine).channels == ("C1", "G9")
    view = change_form(slack)
    answered(slack, STEWARD, view, others=[])
    assert now(engine).channels == ("C1",)
    view = change_form(slack)
    forged = {"selected_conversations": ["C1", "G9"]}
    assert errors(slack, STEWARD, view, channels=forged) == {
        "channels": say(words.CHANNEL_NOT_BOTH)
    }


def test_a_forged_network_in_a_form_is_refused(slack: FakeSlack, engine: Engine) -> None:
    before = made(engine)
    theirs = made(engine, id="other", name="Others", stewards=(OTHER,))
    view = change_form(slack)
    for network_id in ("oak", "", "none", "other"):
        forged = view["private_metadata"].replace("elm", network_id)
        sent = {**view, "private_metadata": forged}
        assert errors(slack, STEWARD, sent, name="Taken over") == {"name": say(words.NOT_YOURS)}
    assert now(engine) == before
    assert now(engine, "other") == theirs


def demoted(engine: Engine, slack: FakeSlack) -> None:
    network = now(engine)
    changed = replace(network, stewards=(OTHER,))
    assert Networks(engine).change(changed, entry(), network.changed_at)


def closed(engine: Engine, slack: FakeSlack) -> None:
    assert Networks(engine).close(now(engine), entry())


def made_a_guest(engine: Engine, slack: FakeSlack) -> None:
    slack.change_person(STEWARD, is_restricted=True)


@pytest.mark.parametrize("meanwhile", [demoted, closed, made_a_guest])
def test_a_form_that_comes_back_too_late_does_nothing(
    slack: FakeSlack, engine: Engine, meanwhile: Callable[[Engine, FakeSlack], None]
) -> None:
    made(engine)
    views: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        (change_form(slack), "name", {"name": "Too late"}),
        (
            opened(slack, STEWARD, blocks.STEWARDS_ACTION, "elm", people_forms.STEWARDS_VIEW),
            "people",
            {"people": [STEWARD]},
        ),
        (
            opened(slack, STEWARD, blocks.TOPIC_ACTION, "elm ", people_forms.TOPIC_VIEW),
            "name",
            {"name": "Housing", "people": [MEMBER]},
        ),
        (
            opened(slack, STEWARD, blocks.INVITE_ACTION, "elm", people_forms.INVITE_VIEW),
            "people",
            {"people": [STRANGER]},
        ),
        (
            opened(slack, STEWARD, blocks.REMOVE_ACTION, "elm", people_forms.REMOVE_VIEW),
            "people",
            {"people": [STRANGER]},
        ),
    ]
    meanwhile(engine, slack)
    before = now(engine)
    for view, field, filled in views:
        assert errors(slack, STEWARD, view, **filled) == {field: say(words.NOT_YOURS)}
    assert now(engine) == before
    assert Networks(engine).topics("elm") == []
    assert Networks(engine).members("elm") == []


def stewards_form(slack: FakeSlack, user: str = STEWARD) -> dict[str, Any]:
    return opened(slack, user, blocks.STEWARDS_ACTION, "elm", people_forms.STEWARDS_VIEW)


def test_stewards_name_stewards(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    answered(slack, STEWARD, stewards_form(slack), people=[OTHER, STRANGER])
    assert now(engine).stewards == (OTHER, STRANGER)
    (written, *_) = AuditLog(engine).recent()
    assert written.detail == f"stewards: {STEWARD} {OTHER} -> {OTHER} {STRANGER}"
    assert pressed(slack, STEWARD, blocks.CHANGE_ACTION, "elm") == say(words.NOT_YOURS)


def test_a_network_is_never_without_a_steward_who_is_a_full_member(
    slack: FakeSlack, engine: Engine
) -> None:
    before = made(engine)
    view = stewards_form(slack)
    for chosen, sentence in (
        ([], words.STEWARDS_COUNT),
        ([f"U{n:03d}" for n in range(21)], words.STEWARDS_COUNT),
        ([STEWARD, GUEST], words.STEWARDS_WRONG),
        ([STEWARD, OUTSIDER], words.STEWARDS_WRONG),
    ):
        assert errors(slack, STEWARD, view, people=chosen) == {"people": say(sentence)}
    assert now(engine) == before


def test_twenty_stewards_are_taken(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    many = [slack.add_person(f"U{n:03d}") for n in range(20)]
    assert errors(slack, STEWARD, stewards_form(slack), people=many) is None
    assert now(engine).stewards == tuple(many)


def test_two_who_name_stewards_at_once_do_not_write_over_each_other(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    first, second = stewards_form(slack), stewards_form(slack, OTHER)
    answered(slack, STEWARD, first, people=[STEWARD, OTHER, STRANGER])
    said = answered(slack, OTHER, second, people=[STEWARD, OTHER, MEMBER])
    assert say(words.CHANGED_MEANWHILE) in read(said["view"])
    assert now(engine).stewards == (STEWARD, OTHER, STRANGER)
    answered(slack, OTHER, {**said["view"], "id": second["id"]})
    assert now(engine).stewards == (STEWARD, OTHER, MEMBER)


def topic_form(slack: FakeSlack, topic: str = "", user: str = STEWARD) -> dict[str, Any]:
    return opened(slack, user, blocks.TOPIC_ACTION, f"elm {topic}", people_forms.TOPIC_VIEW)


def test_topics_are_added_changed_and_taken_out(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    said = answered(slack, STEWARD, topic_form(slack), name="Housing", people=[MEMBER])
    assert "Housing" in read(said["view"])
    filled = {"name": "Housing and homes", "people": [MEMBER, OTHER]}
    answered(slack, STEWARD, topic_form(slack, "Housing"), **filled)
    topics = Networks(engine).topics("elm")
    assert topics == [Topic("Housing and homes", (MEMBER, OTHER))]
    assert "Housing and homes" in typed(slack, MEMBER, "elm")
    value = "elm Housing and homes"
    view = opened(slack, STEWARD, people_forms.DROP_TOPIC_ACTION, value, say(words.NO_TOPICS))
    assert Networks(engine).topics("elm") == []
    slack.act(STEWARD, {"action_id": people_forms.DROP_TOPIC_ACTION, "value": value}, view=view)
    modal(slack, say(words.ANSWERED_ALREADY))
    assert outcomes(engine) == ["changed"] * 3
    details = [each.detail for each in AuditLog(engine).recent(3)]
    assert details[1] == f"topic 1: {MEMBER} -> none; topic 2: none -> {MEMBER} {OTHER}"


def test_what_is_wrong_with_a_topic_is_said_at_its_field(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    Networks(engine).put_topics("elm", [Topic("Known", (MEMBER,))], entry())
    view = topic_form(slack)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"name": "H", "people": [MEMBER]}, "name", words.TOPIC_LENGTH),
        ({"name": "KNOWN", "people": [MEMBER]}, "name", words.TOPIC_TAKEN),
        ({"name": "Housing", "people": []}, "people", words.TOPIC_PEOPLE),
        ({"name": "Housing", "people": [MEMBER, STRANGER]}, "people", words.TOPIC_PEOPLE_WRONG),
        ({"name": "Housing", "people": [OUTSIDER]}, "people", words.TOPIC_PEOPLE_WRONG),
    ]
    for filled, field, sentence in wrong:
        assert errors(slack, STEWARD, view, **filled) == {field: say(sentence)}
    assert len(Networks(engine).topics("elm")) == 1


def test_of_two_who_change_a_topic_at_once_the_second_is_told(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    Networks(engine).put_topics("elm", [Topic("Housing", (MEMBER,))], entry())
    first, second = topic_form(slack, "Housing"), topic_form(slack, "Housing", OTHER)
    answered(slack, STEWARD, first, people=[MEMBER, STEWARD])
    said = answered(slack, OTHER, second, name="Homes", people=[OTHER])
    assert say(words.TOPICS_CHANGED) in read(said["view"])
    assert Networks(engine).topics("elm") == [Topic("Housing", (MEMBER, STEWARD))]
    answered(slack, OTHER, {**said["view"], "id": second["id"]})
    assert Networks(engine).topics("elm") == [Topic("Homes", (OTHER,))]


def test_a_closed_network_is_gone_for_everybody_and_closed_once(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    page = opened(slack, STEWARD, blocks.OPEN_ACTION, "elm", "Elm Network")
    action = {"action_id": blocks.CLOSE_ACTION, "value": "elm"}
    slack.act(STEWARD, action, view=page)
    modal(slack, say(words.CLOSED))
    assert now(engine).closed_at is not None
    slack.act(STEWARD, action, view=page)
    modal(slack, say(words.NOT_YOURS))
    assert typed(slack, MEMBER, "elm") == say(words.NO_SUCH)
    assert say(words.NONE_YET) in typed(slack, STEWARD)
    assert outcomes(engine) == ["closed"]


def test_closing_asks_whether_it_is_meant(slack: FakeSlack, engine: Engine) -> None:
    made(engine)
    slack.command(STEWARD, "/network", "elm")
    shown = slack.wait_for_reply(STEWARD)
    (close,) = [
        each
        for block in shown.blocks
        for each in block["elements"]
        if each.get("action_id") == blocks.CLOSE_ACTION
    ]
    assert close["confirm"]["text"]["text"] == say(words.CLOSE_SURE)


def test_the_home_tab_shows_ones_networks_what_waits_and_nothing_of_others(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    made(engine, id="oak", name="Oak Network", openness=Openness.PRIVATE, channels=())
    put(engine, STRANGER, MemberState.REQUESTED)
    slack.open_messages_tab(STEWARD, "home")
    slack.wait_until(lambda: STEWARD in slack.homes)
    home = slack.homes[STEWARD]
    assert "Elm Network: What works for outcomes" in read(home)
    assert "Oak Network" in read(home)
    assert "People who ask to join: 1" in read(home)
    slack.press_button(STEWARD, "Answer them", home["blocks"])
    assert "asks to join your network Elm Network" in read(modal(slack, "asks to join"))
    slack.open_messages_tab(MEMBER, "home")
    slack.wait_until(lambda: MEMBER in slack.homes)
    theirs = slack.homes[MEMBER]
    assert "Elm Network" in read(theirs)
    assert "Oak" not in read(theirs)
    assert "ask to join" not in read(theirs)
    slack.press_button(MEMBER, "Open", theirs["blocks"])
    assert "Members: 3." in read(modal(slack, "Members: 3."))


def test_the_home_tab_says_when_it_cannot_look_up_networks_and_names_none(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    with slack.failing("conversations.members", Fault("error", error="fatal_error")):
        slack.open_messages_tab(MEMBER, "home")
        slack.wait_until(lambda: MEMBER in slack.homes)
        shown = read(slack.homes[MEMBER])
    assert say(admin_sentences.UNCHECKED_ASKER) in shown
    assert "Elm Network" not in shown
    slack.open_messages_tab(MEMBER, "home")
    slack.wait_until(lambda: "Elm Network" in read(slack.homes[MEMBER]))
