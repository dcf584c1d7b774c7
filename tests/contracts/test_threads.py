"""What every database must do for the state of threads and for pauses."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.store.database import Engine
from assistant.store.pauses import WHOLE_CHANNEL, Pause, Pauses
from assistant.store.threads import Place, Thread, Threads

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE = Place("T1", "C1", "1.0")
THREAD = Thread(asker="U1", since_ts="1.0", seen_at=NOW)


@pytest.fixture
def threads(engine: Engine) -> Threads:
    return Threads(engine)


@pytest.fixture
def pauses(engine: Engine) -> Pauses:
    return Pauses(engine)


def test_a_thread_comes_out_as_it_went_in(threads: Threads) -> None:
    threads.begin(HERE, THREAD)
    assert threads.find(HERE) == THREAD
    assert threads.find(Place("T2", "C1", "1.0")) is None
    assert threads.find(Place("T1", "C2", "1.0")) is None
    assert threads.find(Place("T1", "C1", "2.0")) is None


def test_a_thread_begins_once_and_who_begins_it_again_has_joined(threads: Threads) -> None:
    threads.begin(HERE, THREAD)
    threads.begin(HERE, replace(THREAD, since_ts="2.0", seen_at=None))
    assert threads.find(HERE) == THREAD
    threads.begin(HERE, Thread(asker="U2", since_ts="3.0"))
    assert threads.find(HERE) == replace(THREAD, joined=True)


def test_two_deliveries_at_the_same_moment_begin_one_thread(threads: Threads) -> None:
    ready = threading.Barrier(4)
    failed: list[Exception] = []

    def begin() -> None:
        ready.wait(30)
        try:
            threads.begin(HERE, THREAD)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    workers = [threading.Thread(target=begin) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failed == []
    assert threads.find(HERE) == THREAD


def test_who_joined_stays_joined_whatever_is_seen(threads: Threads) -> None:
    threads.begin(HERE, THREAD)
    threads.join(HERE)
    threads.join(HERE)
    threads.note_seen(HERE, NOW + timedelta(hours=1), joined=False)
    assert threads.find(HERE) == replace(THREAD, joined=True, seen_at=NOW + timedelta(hours=1))


def test_what_is_seen_is_kept(threads: Threads) -> None:
    threads.begin(HERE, replace(THREAD, seen_at=None))
    threads.note_seen(HERE, NOW, joined=False)
    assert threads.find(HERE) == THREAD
    threads.note_seen(HERE, NOW, joined=True)
    assert threads.find(HERE) == replace(THREAD, joined=True)


def test_the_latest_word_that_stopped_a_thread_counts(threads: Threads) -> None:
    threads.begin(HERE, THREAD)
    threads.stop(HERE, "3.0")
    threads.stop(HERE, "2.0")
    assert threads.find(HERE) == replace(THREAD, stopped_ts="3.0")


def test_of_a_thread_that_is_not_known_nothing_is_noted(threads: Threads) -> None:
    threads.join(HERE)
    threads.stop(HERE, "2.0")
    threads.note_seen(HERE, NOW, joined=True)
    assert threads.find(HERE) is None


def test_a_pause_begins_once_and_again_when_it_is_over(pauses: Pauses) -> None:
    first = Pause("1.0", NOW + timedelta(minutes=10), 7)
    assert pauses.begin("T1", "C1", first, NOW)
    assert not pauses.begin("T1", "C1", replace(first, said_to=8), NOW)
    assert list(pauses.latest("T1", "C1", "1.0")) == [first]
    assert list(pauses.latest("T1", "C1", "2.0")) == []
    assert pauses.at("T1", "C1", "1.0") == first
    assert pauses.at("T1", "C1", WHOLE_CHANNEL) is None
    later = Pause("1.0", NOW + timedelta(minutes=20), 9)
    assert pauses.begin("T1", "C1", later, NOW + timedelta(minutes=10))
    assert list(pauses.latest("T1", "C1", "1.0")) == [later]


def test_a_pause_of_the_channel_is_one_for_each_of_its_threads(pauses: Pauses) -> None:
    whole = Pause(WHOLE_CHANNEL, NOW + timedelta(minutes=10), 7)
    assert pauses.begin("T1", "C1", whole, NOW)
    assert pauses.begin("T1", "C1", replace(whole, thread_ts="1.0"), NOW)
    assert list(pauses.latest("T1", "C1", "2.0")) == [whole]
    assert len(pauses.latest("T1", "C1", "1.0")) == 2
    assert list(pauses.latest("T1", "C2", "1.0")) == []
    assert list(pauses.latest("T2", "C1", "1.0")) == []
