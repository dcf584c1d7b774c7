"""What processes that share a database must not do to each other."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.domain.answers import Turn
from assistant.domain.errors import CorpusError, IngestBusyError
from assistant.domain.releases import Action, Actor, Outcome
from assistant.operations.writing import Writing, is_writing, writing
from assistant.store.database import Engine
from assistant.store.inbox import Inbox, IncomingQuestion
from assistant.store.turns import Turns
from tests.fakes.databases import END_WHO_HOLDS_A_LOCK, Database, PostgresqlServer
from tests.fakes.railway import ANN, Railway

ROOT = Path(__file__).parents[2]
QUESTIONS = 60
WORKER = """
import pathlib, sys, time
from datetime import timedelta
from assistant.store.database import open_database
from assistant.store.inbox import Inbox, InboxState

folder, *url = sys.argv[1:]
engine = open_database(pathlib.Path(folder), *url)
print("ready", flush=True)
way = sys.stdin.readline().strip()
inbox = Inbox(engine, lease=timedelta(seconds=3 if way == "hang" else 60))
while (question := inbox.take()) is not None:
    print(question.id, flush=True)
    if way == "hang":
        time.sleep(600)
    # With one in hand, each waits for the other to begin, so that each has its share.
    sys.stdin.readline()
    assert inbox.finish(question, InboxState.ANSWERED, "answered", None)
"""


def asked(number: int, user: str) -> IncomingQuestion:
    ts = f"{number:04}.0"
    return IncomingQuestion(f"Ev{ts}", "T1", "C1", "channel", ts, ts, user, f"question {number}")


@contextmanager
def replica(database: Database) -> Iterator[subprocess.Popen[str]]:
    """Start a process that waits to be told how to work on the inbox."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, *database.arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    with process:
        yield process
        process.kill()


def tell(process: subprocess.Popen[str], way: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{way}\n")
    process.stdin.flush()


def test_two_processes_take_nothing_twice_and_leave_nothing(
    engine: Engine, database: Database
) -> None:
    inbox = Inbox(engine)
    for number in range(QUESTIONS):
        inbox.receive(asked(number, f"U{number % 7}"))
    with replica(database) as one, replica(database) as two:
        for process in (one, two):
            tell(process, "work")
        firsts = [process.stdout.readline() for process in (one, two) if process.stdout is not None]
        # Its end of standard input tells a process to go on.
        ends = [process.communicate(timeout=60) for process in (one, two)]
    assert [stderr for _, stderr in ends] == ["", ""]
    shares = [f"{first}{stdout}".split() for first, (stdout, _) in zip(firsts, ends, strict=True)]
    assert Counter(shares[0] + shares[1]).most_common(1)[0][1] == 1
    assert len(shares[0]) + len(shares[1]) == QUESTIONS
    assert all(shares), "each had its share"
    assert inbox.counts() == {"answered": QUESTIONS}


def test_the_question_of_a_killed_process_is_taken_over(engine: Engine, database: Database) -> None:
    inbox = Inbox(engine)
    inbox.receive(asked(1, "U1"))
    with replica(database) as killed:
        tell(killed, "hang")
        assert killed.stdout is not None
        number = int(killed.stdout.readline())
        killed.kill()
        killed.wait()
        assert inbox.take() is None, "its lease has not run out yet"
    until = time.monotonic() + 10
    while (question := inbox.take()) is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (question.id, question.attempts) == (number, 2)


# The train


@pytest.fixture
def replicas(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> Iterator[tuple[Railway, Railway]]:
    """Two installations that have the database in common, but no folder."""
    url = postgresql_server.make(postgresql_server.template)
    pair = tuple(Railway(tmp_path / name, database=url) for name in ("one", "two"))
    yield pair[0], pair[1]
    for railway in pair:
        railway.close()
    postgresql_server.drop(url)


@contextmanager
def at_work(railway: Railway, actor: Actor = ANN) -> Iterator[Writing]:
    """Give a run of the train that ends well."""
    with writing(railway.rooms, Action.RELOAD, actor) as run:
        yield run
        run.release = replace(run.release, outcome=Outcome.LIVE)


def test_of_replicas_without_a_common_folder_one_writes(replicas: tuple[Railway, Railway]) -> None:
    one, two = replicas
    assert not is_writing(two.rooms)
    with at_work(one, Actor("bob", "Slack")):
        assert is_writing(two.rooms)
        assert two.train.running() is not None
        since = r"^bob \(Slack\) has been at it since \d\d:\d\d"
        with pytest.raises(IngestBusyError, match=since), at_work(two):
            pytest.fail("Two wrote at once.")
    # The server lets go of a lock when it notices that its connection is gone.
    until = time.monotonic() + 10
    while is_writing(two.rooms):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert [entry.outcome for entry in two.rooms.audit.recent()] == ["live", "refused"]
    with at_work(two):
        assert is_writing(one.rooms)


def test_a_replica_that_lost_the_lock_does_not_go_on(replicas: tuple[Railway, Railway]) -> None:
    one, two = replicas

    def lose_the_lock() -> None:
        with at_work(one) as lost:
            with one.engine.connect() as connection:
                connection.exec_driver_sql(END_WHO_HOLDS_A_LOCK)
            until = time.monotonic() + 10
            while is_writing(two.rooms):
                assert time.monotonic() < until
                time.sleep(0.05)
            with at_work(two):
                pass
            lost.note(counts={})

    with pytest.raises(CorpusError, match=r"^Somebody else ended this run"):
        lose_the_lock()
    assert [release.outcome for release in two.rooms.releases.recent()] == [
        Outcome.LIVE,
        Outcome.KILLED,
    ]


def test_a_purged_document_is_looked_for_in_the_tables(replicas: tuple[Railway, Railway]) -> None:
    railway = replicas[0]
    sentence = "The zephyrine clause binds every lodestar commissioner of the county."
    railway.write("gone.md", f"# Clause\n\n{sentence}")
    railway.write("kept.md", "# Grants\n\nA grant is money that is given for a purpose.")
    railway.reload()
    inbox, turns = Inbox(railway.engine), Turns(railway.engine)
    inbox.receive(replace(asked(1, "U1"), text=f"Is it so? {sentence}"))
    question = inbox.take()
    assert question is not None
    answer = railway.ask("What does the zephyrine clause bind?")
    turn = Turn(question.asked.text, sentence)
    assert turns.conclude(question, turn, "answered", "1.5", answer)
    purged = railway.train.purge(ANN, "gone.md")
    assert (purged.answers_withdrawn, purged.remains) == (1, ())
    assert purged.tables >= 10
    assert f" files, {purged.tables} tables and " in railway.rooms.audit.recent(1)[0].detail


def test_what_a_table_still_holds_is_said(replicas: tuple[Railway, Railway]) -> None:
    railway = replicas[0]
    sentence = "The zephyrine clause binds every lodestar commissioner of the county."
    railway.write("gone.md", f"# Clause\n\n{sentence}")
    railway.write("kept.md", "# Grants\n\nA grant is money that is given for a purpose.")
    railway.reload()
    # Still to be answered, so it keeps its words.
    Inbox(railway.engine).receive(replace(asked(1, "U1"), text=f"Is it so? {sentence}"))
    assert railway.train.purge(ANN, "gone.md").remains == ("inbox in the database",)
