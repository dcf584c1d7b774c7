"""The contract of the channels' policies and of what was shared, on every database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from assistant.domain.releases import Actor, AuditEntry
from assistant.store.audit import AuditLog
from assistant.store.database import Engine
from assistant.store.policies import AnswersTo, Askers, ChannelPolicy, Policies
from assistant.store.shares import Share, Shares, Way

SET_AT = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
ENTRY = AuditEntry(SET_AT, Actor("U1", "Slack"), "set what holds in a channel", "C1", "done")
FULL = ChannelPolicy(
    team="T1",
    channel="C1",
    askers=Askers.NAMED,
    named=("U2", "S1"),
    answers_to=AnswersTo.ASKER,
    audiences=("public", "network-elm"),
    opened_for="Elm partners",
    opened_until=date(2027, 6, 30),
    opened_teams=("T2", "T3"),
    set_by="U1",
    set_at=SET_AT,
)


def test_where_nothing_was_set_the_usual_holds(engine: Engine) -> None:
    policy = Policies(engine).of("T1", "C1")
    assert policy == ChannelPolicy("T1", "C1")
    assert policy.audiences == ("public", "internal")
    assert policy.askers is Askers.EVERYONE
    assert not policy.is_open(date.min)
    assert Policies(engine).all("T1") == []


def test_a_policy_comes_back_as_it_was_set_for_its_channel_and_workspace_alone(
    engine: Engine,
) -> None:
    policies = Policies(engine)
    assert policies.set(FULL, ENTRY, None)
    assert policies.of("T1", "C1") == FULL
    assert policies.of("T1", "C2") == ChannelPolicy("T1", "C2")
    assert policies.of("T2", "C1") == ChannelPolicy("T2", "C1")
    assert policies.all("T1") == [FULL]
    assert policies.all("T2") == []
    assert FULL.networks == ("network-elm",)
    policies.forget("T1", "C1")
    assert policies.all("T1") == []


def test_an_opening_ends_by_itself_with_its_last_day() -> None:
    assert FULL.is_open(date(2027, 6, 30))
    assert not FULL.is_open(date(2027, 7, 1))


def test_who_saw_an_older_policy_sets_none(engine: Engine) -> None:
    policies = Policies(engine)
    assert policies.set(FULL, ENTRY, None)
    later = replace(FULL, audiences=("public",), set_at=SET_AT + timedelta(seconds=1))
    assert not policies.set(later, ENTRY, None)
    assert policies.of("T1", "C1") == FULL
    assert policies.set(later, ENTRY, SET_AT)
    assert policies.of("T1", "C1") == later


def test_what_is_set_is_in_the_audit_log_and_what_is_not_is_not(engine: Engine) -> None:
    policies, log = Policies(engine), AuditLog(engine)
    policies.set(FULL, ENTRY, None)
    policies.set(FULL, ENTRY, None)
    assert [entry.target for entry in log.recent()] == ["C1"]
    assert log.verify() == ()


def test_an_answer_is_claimed_once_in_a_place(engine: Engine) -> None:
    shares = Shares(engine)
    first, is_new = shares.claim(7, "T1", "U1", Way.CHANNEL, "C1")
    assert is_new
    assert shares.claim(7, "T1", "U2", Way.CHANNEL, "C1") == (first, False)
    assert shares.claim(7, "T1", "U1", Way.CHANNEL, "C2")[1]
    assert shares.claim(7, "T1", "U1", Way.ANEW, "C1")[1]
    assert shares.claim(8, "T1", "U1", Way.CHANNEL, "C1")[1]


def test_an_answer_that_is_saved_for_all_is_saved_once(engine: Engine) -> None:
    shares = Shares(engine)
    assert shares.claim(7, "T1", "U1", Way.SAVED)[1]
    assert not shares.claim(7, "T1", "U2", Way.SAVED)[1]


@pytest.mark.parametrize("way", [Way.CHANNEL, Way.SAVED])
def test_of_many_who_claim_at_once_one_gets_it(engine: Engine, way: Way) -> None:
    claimed: list[tuple[Share, bool]] = []

    def claim() -> None:
        claimed.append(Shares(engine).claim(7, "T1", "U1", way))

    threads = [Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(is_new for _, is_new in claimed) == [False] * 5 + [True]
    assert len({share.id for share, _ in claimed}) == 1


def test_what_came_to_nothing_can_be_claimed_again(engine: Engine) -> None:
    shares = Shares(engine)
    share, _ = shares.claim(7, "T1", "U1", Way.CHANNEL, "C1")
    shares.drop(share)
    assert shares.find(7, Way.CHANNEL, "C1") is None
    assert shares.claim(7, "T1", "U1", Way.CHANNEL, "C1")[1]


def test_what_is_taken_back_from_a_channel_goes_with_what_was_saved_of_it(engine: Engine) -> None:
    shares = Shares(engine)
    shown, _ = shares.claim(7, "T1", "U1", Way.CHANNEL, "C1")
    shares.claim(7, "T1", "U2", Way.SAVED)
    other, _ = shares.claim(8, "T1", "U1", Way.SAVED)
    third, _ = shares.claim(8, "T1", "U1", Way.CHANNEL, "C1")
    shares.claim(9, "T2", "U1", Way.SAVED)
    assert shares.of_person("T1", "U1", 5) == [third, other, shown]
    assert shares.of_person("T1", "U1", 1) == [third]
    shares.take_back(shown)
    assert shares.find(7, Way.SAVED) is None
    shares.take_back(other)
    assert shares.of_person("T1", "U1", 5) == [third]


def test_the_latest_shares_come_first_with_their_messages(engine: Engine) -> None:
    shares = Shares(engine)
    for number in range(5):
        share, _ = shares.claim(number, "T1", "U1", Way.CHANNEL, "C1")
        shares.note(share, f"1700000000.00000{number}")
    shares.claim(9, "T2", "U1", Way.CHANNEL, "C1")
    shares.claim(9, "T1", "U1", Way.ANEW, "C1")

    def numbers(found: Sequence[Share]) -> list[tuple[int, str | None]]:
        return [(share.inbox_id, share.message_ts) for share in found]

    assert numbers(shares.latest("T1", 2, (Way.CHANNEL,))) == [
        (4, "1700000000.000004"),
        (3, "1700000000.000003"),
    ]
    assert numbers(shares.latest("T1", 1)) == [(9, None)]
