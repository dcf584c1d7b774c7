"""The form that says what holds in a channel: what it shows, what it refuses, what it sets."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from assistant.language import say
from assistant.slack.admin import channel_form
from assistant.slack.admin.channel_form import Held, held_in, mistakes, policy_in, policy_view
from assistant.slack.admin.channel_policy import described, policies_told
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy
from tests.fakes.slack_limits import refuse_bad_message, refuse_bad_view, seen

TODAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
UNTIL = date(2027, 6, 30)
HELD = Held("C1", is_shared=False, seen=None, response_url=None)
SHARED = replace(HELD, is_shared=True)
NOTHING = ChannelPolicy("T1", "C1")
FULL = ChannelPolicy(
    team="T1",
    channel="C1",
    askers=Askers.NAMED,
    named=("U22", "U33", "S11"),
    answers_to=AnswersTo.ASKER,
    audiences=("public", "internal", "network-elm", "network-oak"),
    set_by="U1",
    set_at=NOW,
)
OPENED = replace(
    FULL,
    audiences=("public", "network-elm"),
    opened_for="Elm partners",
    opened_until=UNTIL,
    opened_teams=("T22", "E33"),
)

_STARTS = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_users": "selected_users",
    "initial_date": "selected_date",
}


def sent(
    policy: ChannelPolicy = NOTHING, held: Held = HELD, **filled: dict[str, Any]
) -> dict[str, Any]:
    """Return the form as Slack sends it, with these fields changed from what it showed."""
    view = policy_view(policy, held, ["T22"])
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            state = {there: element[start] for start, there in _STARTS.items() if start in element}
            values[block["block_id"]] = {block["block_id"]: state}
    for field, state in filled.items():
        assert field in values, field
        values[field] = {field: state}
    return {**view, "state": {"values": values}}


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def boxes(*values: str) -> dict[str, Any]:
    return {"selected_options": [{"value": value} for value in values]}


def text(value: str) -> dict[str, Any]:
    return {"value": value}


@pytest.mark.parametrize(
    ("policy", "held"), [(NOTHING, HELD), (FULL, HELD), (NOTHING, SHARED), (OPENED, SHARED)]
)
def test_slack_takes_the_form(policy: ChannelPolicy, held: Held) -> None:
    refuse_bad_view(policy_view(policy, held, ["T22"]), "modal")


@pytest.mark.parametrize(
    "policy", [FULL, OPENED, replace(OPENED, askers=Askers.EVERYONE, named=())]
)
def test_a_form_that_is_sent_unchanged_sets_what_held(policy: ChannelPolicy) -> None:
    held = SHARED if policy.opened_until else HELD
    view = sent(policy, held)
    assert mistakes(view, TODAY) == {}
    assert policy_in(view, "T1", "U1", NOW) == policy


def test_a_form_remembers_what_it_was_opened_for() -> None:
    held = Held("C9", is_shared=True, seen=NOW, response_url="https://example.org/x")
    assert held_in(policy_view(NOTHING, held, [])) == held


def test_in_a_channel_that_is_not_shared_there_is_nothing_to_open() -> None:
    fields = {block.get("block_id") for block in policy_view(NOTHING, HELD, [])["blocks"]}
    assert fields.isdisjoint({"opened_for", "opened_until", "opened_teams"})


def test_in_a_shared_channel_internal_is_not_ticked_and_the_others_are_filled_in() -> None:
    view = sent(NOTHING, SHARED)
    values = view["state"]["values"]
    ticked = [each["value"] for each in values["audiences"]["audiences"]["selected_options"]]
    assert ticked == ["public"]
    assert values["opened_teams"]["opened_teams"]["value"] == "T22"
    assert mistakes(view, TODAY) == {}
    assert policy_in(view, "T1", "U1", NOW).opened_until is None


@pytest.mark.parametrize(
    ("held", "filled", "field", "sentence"),
    [
        (HELD, {"askers": option("named")}, "people", channel_form.NOBODY_NAMED),
        (HELD, {"groups": text("S11")}, "groups", channel_form.NAMED_TOO_MUCH),
        (HELD, {"people": {"selected_users": ["U1A"]}}, "people", channel_form.NAMED_TOO_MUCH),
        (
            HELD,
            {"askers": option("named"), "groups": text("our friends")},
            "groups",
            channel_form.GROUPS_WRONG,
        ),
        (
            HELD,
            {
                "askers": option("named"),
                "groups": text(" ".join(f"S{n:03d}" for n in range(101))),
            },
            "people",
            channel_form.TOO_MANY_NAMED,
        ),
        (HELD, {"audiences": boxes()}, "audiences", channel_form.AUDIENCE_MISSING),
        (HELD, {"networks": text("Elm House!")}, "networks", channel_form.NETWORK_WRONG),
        (HELD, {"networks": text("x" * 41)}, "networks", channel_form.NETWORK_WRONG),
        (
            SHARED,
            {"audiences": boxes("public", "internal")},
            "audiences",
            channel_form.INTERNAL_IN_SHARED,
        ),
        (
            SHARED,
            {"opened_for": text("Elm")},
            "opened_until",
            channel_form.OPENED_UNTIL_MISSING,
        ),
        (
            SHARED,
            {"opened_until": {"selected_date": "2027-06-30"}},
            "opened_for",
            channel_form.OPENED_FOR_MISSING,
        ),
        (
            SHARED,
            {"opened_for": text("Elm"), "opened_until": {"selected_date": "2027-02-28"}},
            "opened_until",
            channel_form.OPENED_UNTIL_PAST,
        ),
        (
            SHARED,
            {"opened_for": text("Elm"), "opened_until": {"selected_date": "2028-03-03"}},
            "opened_until",
            channel_form.OPENED_TOO_LONG,
        ),
        (
            SHARED,
            {
                "opened_for": text("Elm"),
                "opened_until": {"selected_date": "2027-06-30"},
                "opened_teams": text(""),
            },
            "opened_teams",
            channel_form.OPENED_TEAMS_MISSING,
        ),
        (
            SHARED,
            {
                "opened_for": text("Elm"),
                "opened_until": {"selected_date": "2027-06-30"},
                "opened_teams": text("Elm House"),
            },
            "opened_teams",
            channel_form.TEAMS_WRONG,
        ),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    held: Held, filled: dict[str, Any], field: str, sentence: str
) -> None:
    assert mistakes(sent(NOTHING, held, **filled), TODAY) == {field: say(sentence)}


def test_networks_may_be_written_with_their_whole_name_and_each_counts_once() -> None:
    view = sent(FULL, HELD, networks=text("network-elm, oak;oak\nelm"))
    assert mistakes(view, TODAY) == {}
    assert policy_in(view, "T1", "U1", NOW).networks == ("network-elm", "network-oak")


def test_a_forged_form_gives_no_audience_and_no_person_that_the_form_does_not_have() -> None:
    view = sent(
        FULL,
        HELD,
        audiences=boxes("public", "network-secret", "everything"),
        people={"selected_users": ["U22", "S999", "<!channel>"]},
    )
    policy = policy_in(view, "T1", "U1", NOW)
    assert policy.audiences == ("public", "network-elm", "network-oak")
    assert policy.named == ("U22", "S11")


def test_emptying_the_day_closes_the_channel() -> None:
    view = sent(OPENED, SHARED, opened_until={}, opened_for=text(""), opened_teams=text(""))
    assert mistakes(view, TODAY) == {}
    policy = policy_in(view, "T1", "U1", NOW)
    assert (policy.opened_for, policy.opened_until, policy.opened_teams) == (None, None, ())


def test_the_list_says_of_each_channel_what_holds_and_until_when() -> None:
    hostile = replace(OPENED, channel="C2", opened_for="<!channel> & *all* of example.org " * 9)
    (message,) = policies_told([FULL, OPENED, hostile], TODAY, {"C1": "<!here>"}).messages
    refuse_bad_message({"text": message.text, "blocks": list(message.blocks)})
    assert "3 people and user groups that were named may ask." in message.text
    assert "Open for Elm partners (T22, E33) until 30 June 2027." in message.text
    assert "<!channel>" not in seen(message.text)
    assert {"type": "channel", "channel_id": "C2"} in [
        each for block in message.blocks for each in block["elements"][0]["elements"]
    ]
    later = UNTIL + timedelta(days=1)
    assert "until 30 June 2027 and is closed." in described(OPENED, later)
    assert described(NOTHING, TODAY) == (
        "Everyone may ask. Answers go into the thread. They may use: public, internal."
    )


def test_many_policies_are_listed_in_messages_that_slack_takes() -> None:
    told = policies_told([replace(OPENED, channel=f"C{n}") for n in range(200)], TODAY, {})
    assert sum(len(json.dumps(message.blocks)) for message in told.messages) > 20_000
    for message in told.messages:
        refuse_bad_message({"text": message.text, "blocks": list(message.blocks)})
