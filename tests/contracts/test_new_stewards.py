"""The contract of new stewards who are to be told: on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.domain.networks import Network, Openness
from assistant.domain.releases import Action, Actor, AuditEntry
from assistant.store.database import Engine
from assistant.store.networks.networks import Networks
from assistant.store.networks.new_stewards import LEASE, NewStewards

NOW = datetime(2026, 5, 3, 9, tzinfo=UTC)
ELM = Network("elm", "T1", "Elm", "Learn", Openness.OPEN, ("U1", "U2"))
ENTRY = AuditEntry(NOW, Actor("U1", "Slack"), Action.NETWORK.value, "elm", "created")


@pytest.fixture
def new(engine: Engine) -> NewStewards:
    return NewStewards(engine)


def test_who_is_to_be_told_is_handed_to_one_at_a_time_until_told(
    engine: Engine, new: NewStewards
) -> None:
    Networks(engine).create(ELM, ENTRY, tell=["U2"])
    steward = new.take(NOW)
    assert steward is not None
    assert (steward.network, steward.user, steward.named_at) == ("elm", "U2", NOW)
    assert new.take(NOW) is None
    new.put_off(steward, NOW + timedelta(seconds=9))
    assert new.take(NOW + timedelta(seconds=8)) is None
    again = new.take(NOW + timedelta(seconds=9))
    assert again is not None
    new.settled(steward)
    after_a_death = new.take(NOW + timedelta(seconds=9) + LEASE)
    assert after_a_death is not None
    new.settled(after_a_death)
    assert new.take(NOW + timedelta(days=9)) is None


def test_a_change_that_came_too_late_has_nobody_told(engine: Engine, new: NewStewards) -> None:
    networks = Networks(engine)
    networks.create(ELM, ENTRY)
    more = replace(ELM, stewards=("U1", "U2", "U3"))
    assert not networks.change(more, ENTRY, NOW - timedelta(1), tell=["U3"])
    assert new.take(NOW) is None
    assert networks.change(more, ENTRY, NOW, tell=["U3"])
    steward = new.take(NOW)
    assert steward is not None
    assert steward.user == "U3"
