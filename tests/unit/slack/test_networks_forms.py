"""The forms about networks: what is taken, what is said at which field, on both sides of limits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.networks import Member, MemberState, Network, Openness, Topic
from assistant.language import say
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.networks.managing_blocks import (
    MOST_HOME,
    Facts,
    Listing,
    home_shown,
    list_messages,
    list_view,
    members_view,
    topics_view,
)
from assistant.slack.networks.managing_changes import (
    described,
    difference,
    drafted,
    topics_difference,
)
from assistant.slack.networks.managing_elements import Held, held_in
from assistant.slack.networks.managing_form import Choices, Draft, UserGroup, network_id
from assistant.slack.networks.managing_people_form import TopicDraft
from tests.fakes.slack.acting import _INITIAL
from tests.fakes.slack_limits import buttons, refuse_bad_view, seen, texts

NOW = datetime(2027, 3, 1, tzinfo=UTC)
NETWORK = Network(
    id="elm",
    team="T1",
    name="Elm",
    purpose="What works",
    openness=Openness.RESTRICTED,
    stewards=("U1AA", "U2BB"),
    channels=("C1", "C2"),
    groups=("S1AB",),
    wait_hours=24,
    changed_at=NOW,
)
GOOD = Draft("Outcomes together", "Learn", "open", ("U1AA",), ("C1",), (), (), "48")
CHOICES = Choices("/commissioning-admin", (UserGroup("S1AB", "Leads"), UserGroup("S2AB", "All")))


def sent(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return a view as Slack sends it when nothing is changed."""
    values = {}
    for block in view["blocks"]:
        element = block.get("element")
        if element is not None:
            state = {name: element[key] for name, key in _INITIAL.items() if key in element}
            values[block["block_id"]] = {element["action_id"]: state}
    return {**view, "state": {"values": values}}


def people(count: int) -> tuple[str, ...]:
    return tuple(f"U{n:04d}" for n in range(count))


def test_what_the_form_shows_comes_back_as_it_is() -> None:
    draft = forms.draft_of(NETWORK, ["C2"])
    view = forms.network_view(draft, Held("elm", NOW), replace(CHOICES, others=("C2",)))
    refuse_bad_view(view, "modal")
    back = forms.draft_in(sent(view))
    assert back == replace(draft, stewards=())
    assert held_in(view) == Held("elm", NOW)
    assert drafted(NETWORK, back) == NETWORK


def test_where_slack_lists_no_groups_their_ids_are_typed() -> None:
    view = forms.network_view(
        replace(GOOD, groups=("S1AB", "S9ZZ")), Held(), replace(CHOICES, groups=None)
    )
    refuse_bad_view(view, "modal")
    assert forms.draft_in(sent(view)).groups == ("S1AB", "S9ZZ")


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"name": "ab"}, "name", words.NAME_LENGTH),
        ({"name": "a" * 61}, "name", words.NAME_LENGTH),
        ({"name": "New"}, "name", words.NAME_RESERVED),
        ({"name": "LIST"}, "name", words.NAME_RESERVED),
        ({"name": "elm house"}, "name", words.NAME_TAKEN),
        ({"name": "\u0415lm H\u00f6use"}, "name", words.NAME_TAKEN),
        ({"purpose": ""}, "purpose", words.PURPOSE_LENGTH),
        ({"purpose": "p" * 501}, "purpose", words.PURPOSE_LENGTH),
        ({"openness": ""}, "openness", words.OPENNESS_MISSING),
        ({"openness": "secret"}, "openness", words.OPENNESS_MISSING),
        ({"stewards": ()}, "stewards", words.STEWARDS_COUNT),
        ({"stewards": people(21)}, "stewards", words.STEWARDS_COUNT),
        ({"channels": tuple(f"C{n}" for n in range(21))}, "channels", words.CHANNELS_COUNT),
        (
            {
                "channels": tuple(f"C{n}" for n in range(11)),
                "others": tuple(f"G{n}" for n in range(10)),
            },
            "channels",
            words.CHANNELS_COUNT,
        ),
        ({"groups": ("our friends",)}, "groups", words.GROUPS_WRONG),
        ({"groups": tuple(f"S{n:03d}" for n in range(21))}, "groups", words.GROUPS_COUNT),
        ({"hours": ""}, "hours", words.HOURS_WRONG),
        ({"hours": "0"}, "hours", words.HOURS_WRONG),
        ({"hours": "721"}, "hours", words.HOURS_WRONG),
        ({"hours": "-1"}, "hours", words.HOURS_WRONG),
        ({"hours": "1.5"}, "hours", words.HOURS_WRONG),
        ({"hours": "9" * 5000}, "hours", words.HOURS_WRONG),
        ({"hours": "\u00b2"}, "hours", words.HOURS_WRONG),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    changed: dict[str, Any], field: str, sentence: str
) -> None:
    draft = replace(GOOD, **changed)
    assert forms.mistakes(draft, ["Elm House"], is_new=True) == {field: say(sentence)}


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "abc"},
        {"name": "a" * 60},
        {"name": "New list"},
        {"purpose": "p"},
        {"purpose": "p" * 500},
        {"openness": "private"},
        {"stewards": people(20)},
        {"channels": tuple(f"C{n}" for n in range(20))},
        {"groups": tuple(f"S{n:03d}" for n in range(20))},
        {"hours": "1"},
        {"hours": "720"},
    ],
)
def test_what_just_keeps_a_limit_is_taken(changed: dict[str, Any]) -> None:
    assert forms.mistakes(replace(GOOD, **changed), ["Elm House"], is_new=True) == {}


def test_a_network_that_is_changed_keeps_its_stewards() -> None:
    assert forms.mistakes(replace(GOOD, stewards=()), [], is_new=False) == {}


def test_a_forged_form_gives_no_person_and_no_channel_that_slack_could_not_choose() -> None:
    view = sent(forms.network_view(GOOD, Held(), CHOICES))
    values = view["state"]["values"]
    values["stewards"]["stewards"] = {"selected_users": ["U1AA", "S1", "<!channel>", "U1AA"]}
    values["channels"]["channels"] = {"selected_conversations": ["C1", "D1", "U1AA", 7]}
    values["groups"]["groups"] = {"selected_options": [{"value": "S1AB"}, {"value": "x y"}]}
    draft = forms.draft_in(view)
    assert (draft.stewards, draft.channels) == (("U1AA",), ("C1",))
    assert forms.mistakes(draft, [], is_new=True) == {"groups": say(words.GROUPS_WRONG)}


@pytest.mark.parametrize("forged", ["", "{", "[]", "7", '{"seen": "now"}', '{"was": 7}', "null"])
def test_a_forged_memory_is_none(forged: str) -> None:
    assert held_in({"private_metadata": forged}) == Held()


@given(st.text(max_size=200), st.integers(1, 200))
def test_an_id_is_made_of_small_letters_digits_and_hyphens(name: str, number: int) -> None:
    made = network_id(name, number)
    assert 1 <= len(made) <= 40
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not made.startswith("-")
    assert number == 1 or made.endswith(f"-{number}")


def test_ids_of_one_name_differ() -> None:
    assert len({network_id("n" * 80, number) for number in range(1, 201)}) == 200
    assert network_id("Canlyniadau \u00d4l-16!") == "canlyniadau-ol-16"
    assert network_id("\u4e2d\u6587") == "network"


@pytest.mark.parametrize(
    ("draft", "others", "is_new", "wrong"),
    [
        (TopicDraft("a", ("U1AA",)), 0, True, {"name": words.TOPIC_LENGTH}),
        (TopicDraft("a" * 61, ("U1AA",)), 0, True, {"name": words.TOPIC_LENGTH}),
        (TopicDraft("TOPIC 0", ("U1AA",)), 1, True, {"name": words.TOPIC_TAKEN}),
        (TopicDraft("Housing", ()), 0, True, {"people": words.TOPIC_PEOPLE}),
        (TopicDraft("Housing", people(21)), 0, True, {"people": words.TOPIC_PEOPLE}),
        (TopicDraft("Housing", ("U1AA",)), 50, True, {"name": words.TOPICS_COUNT}),
        (TopicDraft("Housing", ("U1AA",)), 49, True, {}),
        (TopicDraft("Housing", ("U1AA",)), 49, False, {}),
        (TopicDraft("ab", people(20)), 0, True, {}),
        (TopicDraft("a" * 60, ("U1AA",)), 0, True, {}),
    ],
)
def test_a_topics_limits(
    draft: TopicDraft, others: int, is_new: object, wrong: dict[str, str]
) -> None:
    topics = [Topic(f"Topic {n}", ("U1AA",)) for n in range(others)]
    said = people_forms.topic_mistakes(draft, topics, is_new=bool(is_new))
    assert said == {field: say(sentence) for field, sentence in wrong.items()}


def test_so_many_people_at_once_and_no_more() -> None:
    assert people_forms.count_mistake(people(20)) is None
    assert people_forms.count_mistake(people(1)) is None
    for count in (0, 21):
        assert people_forms.count_mistake(people(count)) == say(words.INVITE_COUNT)


def test_the_audit_log_names_ids_and_nobodys_words() -> None:
    after = replace(
        NETWORK, name="Secret name", purpose="Secret why", channels=("C1",), wait_hours=2
    )
    said = difference(NETWORK, after)
    assert said == "channels: C1 C2 -> C1; hours: 24 -> 2; name changed; purpose changed"
    assert difference(NETWORK, NETWORK) == "as it was"
    assert "Elm" not in described(NETWORK)
    before = [Topic("Secret topic", ("U1AA",)), Topic("Another", ("U2BB",))]
    now = [Topic("Secret topic", ("U1AA", "U2BB")), Topic("Third", ("U1AA",))]
    said = topics_difference(before, now)
    assert said == "topic 1: U1AA -> U1AA U2BB; topic 2: U2BB -> none; topic 3: none -> U1AA"


def full(network: Network) -> Network:
    return replace(
        network,
        name="N" * 60,
        purpose="P" * 500,
        stewards=people(20),
        channels=tuple(f"C{n:09d}" for n in range(20)),
        groups=tuple(f"S{n:09d}" for n in range(20)),
    )


def test_of_very_many_networks_the_last_button_is_still_there() -> None:
    facts = Facts(full(NETWORK), is_steward=True, joined=9, people=99, waiting=3)
    joinable = tuple(replace(full(NETWORK), id=f"j{n}") for n in range(40))
    listing = Listing((facts,) * 40, joinable, joinable, ())
    view = list_view(listing)
    refuse_bad_view(view, "modal")
    assert say(words.MORE_NETWORKS) in seen("\n".join(texts(view["blocks"])))
    assert len(list_messages(listing)) <= 5
    assert len(home_shown(listing)) < 40
    named = {each["value"] for one in home_shown(listing) for each in buttons(one.block)}
    assert len(named) == MOST_HOME + 2


def test_many_topics_and_members_leave_the_last_buttons() -> None:
    topics = [Topic("t" * 59 + str(n), people(20)) for n in range(50)]
    view = topics_view(full(NETWORK), topics)
    refuse_bad_view(view, "modal")
    assert [each["text"]["text"] for each in buttons(view["blocks"])][-2:] == [
        say(words.ADD_TOPIC),
        say(words.BACK),
    ]
    members = [
        Member("elm", f"U{state.value}{n}".upper(), state, "U1AA", NOW)
        for state in MemberState
        for n in range(300)
    ]
    view = members_view(full(NETWORK), members)
    refuse_bad_view(view, "modal")
    assert [each["text"]["text"] for each in buttons(view["blocks"])][-1] == say(words.BACK)
