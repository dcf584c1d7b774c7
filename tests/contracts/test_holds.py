"""The contract of waits that replicas share: on SQLite and PostgreSQL."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from assistant.store.database import Engine, transaction
from assistant.store.holds import Hold, HoldRow, Holds
from tests.fakes.databases import Database

POST = Hold("chat.postMessage", "C1", 60.0)
LOOKUP = Hold("users.info", "", 30.0)
OVER = Hold("chat.update", "", 0.0)


@pytest.fixture
def holds(engine: Engine) -> Holds:
    return Holds(engine)


def test_what_one_replica_was_told_another_reads_with_what_is_left_of_it(
    database: Database, holds: Holds
) -> None:
    assert holds.held() == []
    holds.note(POST)
    holds.note(LOOKUP)
    other = database.open()
    told = {(hold.method, hold.channel): hold.seconds for hold in Holds(other).held()}
    other.dispose()
    assert set(told) == {("chat.postMessage", "C1"), ("users.info", "")}
    assert 0 < told["chat.postMessage", "C1"] <= 60
    assert told["users.info", ""] < told["chat.postMessage", "C1"]


def test_what_two_were_told_of_one_method_is_kept_to_the_later_end(holds: Holds) -> None:
    holds.note(Hold("users.info", "", 5.0))
    holds.note(LOOKUP)
    assert max(hold.seconds for hold in holds.held()) > 5


def test_a_wait_that_is_over_is_nobodys_and_goes_with_the_next(
    engine: Engine, holds: Holds
) -> None:
    holds.note(OVER)
    assert holds.held() == []
    holds.note(LOOKUP)
    with transaction(engine) as session:
        assert session.scalars(select(HoldRow.method)).all() == ["users.info"]


def test_the_ends_of_waits_are_kept_in_utc(engine: Engine, holds: Holds) -> None:
    now = datetime.now().astimezone()
    holds.note(POST)
    with transaction(engine) as session:
        (until,) = session.scalars(select(HoldRow.until)).all()
        assert session.scalar(select(func.count(HoldRow.id))) == 1
    assert abs((until - now).total_seconds() - POST.seconds) < 600, "no zone's hours are in it"
