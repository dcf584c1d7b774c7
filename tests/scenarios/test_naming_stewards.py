"""Administrators name the stewards of a network that nobody looks after; who is named is told."""

from dataclasses import replace
from typing import Any

import pytest

from assistant.domain.networks import Openness
from assistant.language import say
from assistant.slack.networks import managing_blocks as blocks
from assistant.slack.networks import managing_form as forms
from assistant.slack.networks import managing_people_form as people_forms
from assistant.slack.networks import managing_words as words
from assistant.slack.shown import admin_sentences
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from tests.fakes.fake_slack import FakeSlack, Fault
from tests.fakes.scripted_train import ScriptedTrain
from tests.fakes.slack_limits import seen
from tests.scenarios.network_pages import (
    ADMINISTRATOR,
    GUEST,
    MEMBER,
    OTHER,
    STEWARD,
    STRANGER,
    answered,
    direct,
    entry,
    errors,
    made,
    modal,
    now,
    opened,
    people,
    read,
    typed,
)

pytestmark = [pytest.mark.sockets, pytest.mark.usefixtures("bot")]

TOLD = "You are a steward of the network"


@pytest.fixture(autouse=True)
def _people(slack: FakeSlack) -> None:
    people(slack)


def naming_form(slack: FakeSlack, typed_name: str = "elm network") -> dict[str, Any]:
    slack.command(ADMINISTRATOR, "/network", f"stewards {typed_name}")
    return modal(slack, people_forms.NAMING_VIEW)


def test_an_administrator_names_stewards_of_a_network_that_lost_all(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine, openness=Openness.PRIVATE)
    for user in (STEWARD, OTHER):
        slack.change_person(user, deleted=True)
    view = naming_form(slack)
    assert "initial_users" not in str(view)
    assert "What works for outcomes" not in read(view)
    said = answered(slack, ADMINISTRATOR, view, people=[STRANGER])
    assert now(engine).stewards == (STRANGER,)
    assert blocks.OPEN_ACTION not in str(said["view"])
    (written, *_) = AuditLog(engine).recent()
    assert (written.actor.id, written.target) == (ADMINISTRATOR, "elm")
    assert written.detail == f"stewards: {STEWARD} {OTHER} -> {STRANGER}"
    slack.wait_until(lambda: len(direct(slack, STRANGER, TOLD)) == 1)
    opened(slack, STRANGER, blocks.CHANGE_ACTION, "elm", forms.CHANGE_VIEW)
    assert typed(slack, ADMINISTRATOR, "elm") == say(words.NO_SUCH)


def test_who_is_no_administrator_names_nobody(
    slack: FakeSlack, engine: Engine, train: ScriptedTrain
) -> None:
    before = made(engine, openness=Openness.PRIVATE)
    view = naming_form(slack)
    for user in (STEWARD, STRANGER, GUEST):
        for name in ("elm", "oak", ""):
            said = typed(slack, user, f"stewards {name}")
            assert said == admin_sentences.NOT_ADMINISTRATOR
        refused = errors(slack, user, view, people=[user])
        assert refused == {"people": admin_sentences.NOT_ADMINISTRATOR}
    assert now(engine) == before
    assert {each.outcome for each in train.entries} == {"refused"}


def test_an_administrator_who_names_no_network_reads_the_names_and_nothing_else(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine, openness=Openness.PRIVATE)
    for name in ("", " oak"):
        said = typed(slack, ADMINISTRATOR, f"stewards{name}")
        assert "Elm Network (elm)" in said
        assert "What works for outcomes" not in said


def test_only_full_members_are_named_and_what_changed_meanwhile_is_shown(
    slack: FakeSlack, engine: Engine
) -> None:
    made(engine)
    view = naming_form(slack, "elm")
    assert errors(slack, ADMINISTRATOR, view, people=[]) == {"people": say(words.STEWARDS_COUNT)}
    assert errors(slack, ADMINISTRATOR, view, people=[GUEST]) == {
        "people": say(words.STEWARDS_WRONG)
    }
    network = now(engine)
    assert Networks(engine).change(replace(network, stewards=(OTHER,)), entry(), network.changed_at)
    said = answered(slack, ADMINISTRATOR, view, people=[STRANGER])
    assert say(words.CHANGED_MEANWHILE) in read(said["view"])
    assert now(engine).stewards == (OTHER,)
    answered(slack, ADMINISTRATOR, {**said["view"], "id": view["id"]})
    assert now(engine).stewards == (STRANGER,)


def test_stewards_are_told_once_that_they_are_and_who_names_themselves_is_not(
    slack: FakeSlack, engine: Engine
) -> None:
    slack.command(ADMINISTRATOR, "/network", "new")
    view = modal(slack, forms.CREATE_VIEW)
    filled = {"name": "Outcomes", "purpose": "Learn", "stewards": [ADMINISTRATOR, STEWARD]}
    slack.fail_next("chat.postMessage", Fault("rate_limited", seconds=1))
    answered(slack, ADMINISTRATOR, view, **filled)
    slack.wait_until(lambda: bool(direct(slack, STEWARD, TOLD)))
    form = opened(slack, STEWARD, blocks.STEWARDS_ACTION, "outcomes", people_forms.STEWARDS_VIEW)
    answered(slack, STEWARD, form, people=[ADMINISTRATOR, STEWARD, MEMBER])
    slack.wait_until(lambda: bool(direct(slack, MEMBER, TOLD)))
    assert "Outcomes" in seen(direct(slack, MEMBER, TOLD)[0]["text"])
    assert len(direct(slack, STEWARD, TOLD)) == 1
    assert direct(slack, ADMINISTRATOR, TOLD) == []


def test_no_network_is_named_so_that_the_command_takes_its_name_for_another(
    slack: FakeSlack,
) -> None:
    slack.command(ADMINISTRATOR, "/network", "new")
    view = modal(slack, forms.CREATE_VIEW)
    for name in ("Stewards", "Stewards of care", "Propose better"):
        filled = {"name": name, "purpose": "Learn", "stewards": [STEWARD]}
        said = errors(slack, ADMINISTRATOR, view, **filled)
        assert said == {"name": say(words.NAME_RESERVED)}
