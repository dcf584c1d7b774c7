"""PostgreSQL: what is said when it cannot be used, and what it must not keep or wait for."""

import re
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from assistant.domain.answers import Answer, AnswerStatus, Citation, Turn
from assistant.domain.errors import CorpusError
from assistant.store.compaction import compact, compaction_is_due
from assistant.store.database import open_database, serialised, transaction
from assistant.store.inbox import Inbox, IncomingQuestion
from assistant.store.locks import DatabaseLock
from assistant.store.postgresql import CONNECTIONS_BEYOND, CONNECTIONS_KEPT, WRITING
from assistant.store.snapshots import SnapshotPointer
from assistant.store.turns import Turns
from assistant.store.vacuuming import STATISTICS, found_in_tables
from tests.fakes.databases import END_WHO_HOLDS_A_LOCK, PostgresqlServer, named

SENTENCE = "The zephyrine clause binds every lodestar commissioner."
PASSWORD = "correct-horse"  # noqa: S105


@pytest.fixture
def url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The address of a PostgreSQL database with its tables."""
    url = postgresql_server.make(postgresql_server.template)
    yield url
    postgresql_server.drop(url)


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path, url)
    yield engine
    engine.dispose()


def refused(url: str, folder: Path) -> str:
    with pytest.raises(CorpusError) as error:
        open_database(folder, url)
    told = "".join(traceback.format_exception(error.value))
    assert PASSWORD not in told
    return str(error.value)


def as_user(url: str, user: str, password: str | None = None) -> str:
    other = make_url(url).set(username=user, password=password)
    return other.render_as_string(hide_password=False)


def do(engine: Engine, *statements: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def ask(engine: Engine, words: str = "What binds us?", ts: str = "1.0") -> None:
    incoming = IncomingQuestion(f"Ev{ts}", "T1", "C1", "channel", ts, ts, "U1", words)
    assert Inbox(engine).receive(incoming)


def conclude(engine: Engine, said: str, document: str) -> None:
    question = Inbox(engine).take()
    assert question is not None
    citation = Citation(1, document, "Title", "Section", said, "Example Institute")
    answer = Answer("q", AnswerStatus.ANSWERED, said, citations=(citation,))
    turn = Turn(question.asked.text, said)
    assert Turns(engine).conclude(question, turn, "answered", "1.5", answer)


# What is said when it cannot be used


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    sentence = refused(f"postgresql://ann:{PASSWORD}@127.0.0.1:1/kept", tmp_path)
    assert sentence.startswith("PostgreSQL cannot be reached at 127.0.0.1:1 (")
    assert sentence.endswith(
        "; see that it runs, and that ASSISTANT_DATABASE_URL names its host and port."
    )
    assert "\n" not in sentence


def test_a_wrong_password_is_one_sentence(url: str, opened: Engine, tmp_path: Path) -> None:
    do(opened, f"CREATE ROLE must_say_password SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
    try:
        for password in (f"{PASSWORD}-not", None):
            sentence = refused(as_user(url, "must_say_password", password), tmp_path)
            assert "does not let in the user of ASSISTANT_DATABASE_URL" in sentence
            assert "password there are right" in sentence
        right = open_database(tmp_path, as_user(url, "must_say_password", PASSWORD))
        assert PASSWORD not in repr(right)
        right.dispose()
    finally:
        do(opened, "DROP ROLE must_say_password")


def test_a_user_that_is_not_there_is_one_sentence(url: str, tmp_path: Path) -> None:
    assert "does not let in the user" in refused(as_user(url, "nobody_of_that_name"), tmp_path)


def test_a_database_that_is_not_there_is_one_sentence(url: str, tmp_path: Path) -> None:
    sentence = refused(named(url, "not_made"), tmp_path)
    assert "has no database not_made; make it with createdb" in sentence


def test_a_user_who_may_not_make_tables_is_told_so(
    postgresql_server: PostgresqlServer, opened: Engine, tmp_path: Path
) -> None:
    bare = postgresql_server.make()
    guest = f"guest_{make_url(bare).database}"
    do(opened, f"CREATE ROLE {guest} LOGIN")
    try:
        sentence = refused(as_user(bare, guest), tmp_path)
        assert "may not make or change tables" in sentence
        assert sentence.endswith("let it own the database.")
    finally:
        postgresql_server.drop(bare)
        do(opened, f"DROP ROLE {guest}")


def test_a_standby_is_told_from_the_main_server(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    bare = postgresql_server.make()
    name = make_url(bare).database
    admin = open_database(tmp_path, bare)
    do(admin, "DROP TABLE alembic_version")
    do(admin, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    admin.dispose()
    try:
        assert "takes no writes, as a standby does" in refused(bare, tmp_path)
    finally:
        postgresql_server.drop(bare)


def test_a_database_that_lacks_characters_is_refused(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    bare = postgresql_server.make("template0", "ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")
    try:
        sentence = refused(bare, tmp_path)
        assert "keeps text as LATIN1, which lacks characters" in sentence
    finally:
        postgresql_server.drop(bare)


def test_a_database_of_a_newer_version_is_refused(url: str, opened: Engine, tmp_path: Path) -> None:
    do(opened, "UPDATE alembic_version SET version_num = '9000'")
    sentence = refused(url, tmp_path)
    assert re.match(r"The database test_\w+ at \S+ was made by a newer version", sentence)


def test_an_address_with_an_unknown_part_is_one_sentence(url: str, tmp_path: Path) -> None:
    assert "\n" not in refused(f"{url}&colour=blue", tmp_path)


# What it must not tell, keep or wait for


def test_an_error_does_not_tell_what_was_in_the_row(opened: Engine) -> None:
    incomplete = text("INSERT INTO inbox (event_id, text) VALUES ('Ev1', :words)")
    with pytest.raises(IntegrityError) as error, transaction(opened) as session:
        session.execute(incomplete, {"words": SENTENCE})
    told = "".join(traceback.format_exception(error.value))
    assert "null value" in told
    assert "zephyrine" not in told


def test_connections_outlive_a_restart_of_the_server(
    opened: Engine, postgresql_server: PostgresqlServer
) -> None:
    pointer = SnapshotPointer(opened)
    assert pointer.switch("a", expected=None)
    name = opened.url.database
    ours = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
    with psycopg.connect(postgresql_server.url, autocommit=True) as server:
        assert server.execute(ours.encode()).fetchall() == [(True,)], "the one in the pool"
        while server.execute(ours.encode()).fetchall():
            time.sleep(0.02)
    assert pointer.live() == "a"


def test_who_waits_for_a_lock_does_not_wait_for_ever(opened: Engine) -> None:
    with opened.connect() as connection:
        limits = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        }
    assert limits == {
        "lock_timeout": "10s",
        "statement_timeout": "1min",
        "idle_in_transaction_session_timeout": "5min",
    }


def test_a_role_that_asks_for_another_isolation_does_not_get_it(url: str, tmp_path: Path) -> None:
    admin = open_database(tmp_path, url)
    name = make_url(url).database
    do(admin, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    admin.dispose()
    engine = open_database(tmp_path, url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == (
            "read committed"
        )
    engine.dispose()


def test_as_many_threads_as_ask_at_once_get_a_connection(opened: Engine) -> None:
    most = CONNECTIONS_KEPT + CONNECTIONS_BEYOND
    barrier, failures = threading.Barrier(most), []

    def look() -> None:
        try:
            with transaction(opened) as session:
                session.execute(text("SELECT 1"))
                barrier.wait(20)
        except (DBAPIError, threading.BrokenBarrierError) as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(most)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_one_at_a_time_is_serialised(opened: Engine) -> None:
    order: list[str] = []

    def second() -> None:
        with serialised(opened):
            order.append("second")

    with serialised(opened):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_the_planner_keeps_no_words(opened: Engine) -> None:
    for number in range(8):
        ask(opened, SENTENCE, f"{number}.0")
        conclude(opened, SENTENCE, "a.md")
    do(opened, "ANALYZE")
    found = found_in_tables(opened, [SENTENCE.encode(), b"answered"])
    assert found["turns"] == {SENTENCE.encode(), b"answered"}
    assert found[STATISTICS] == {b"answered"}, "of other columns they are kept"


def test_words_are_found_in_the_tables_until_they_are_taken_out(opened: Engine) -> None:
    ask(opened, f"Is it so: {SENTENCE}")
    conclude(opened, f'He said "{SENTENCE}" [1]', "a.md")
    needles = [SENTENCE.encode(), b"\xff\xfe\x00not text", b"not there"]
    found = found_in_tables(opened, needles)
    holding = {table for table, held in found.items() if held}
    assert holding == {"inbox", "turns"}
    assert found["turns"] == {SENTENCE.encode()}
    assert {"releases", "audit_log", "feedback", "threads"} <= found.keys()
    assert Turns(opened).withdraw("a.md", [SENTENCE]) == 1
    assert not any(found_in_tables(opened, needles).values())


def test_who_does_not_own_the_tables_is_told_that_words_may_be_left(
    url: str, opened: Engine, tmp_path: Path
) -> None:
    name = f"worker_{make_url(url).database}"
    do(opened, f"CREATE ROLE {name} LOGIN", f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
    do(opened, f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}")
    worker = open_database(tmp_path, as_user(url, name))
    try:
        Turns(worker).withdraw("a.md")
        with pytest.raises(CorpusError, match=r"deleted words may still be .* own the tables"):
            compact(worker)
        assert compaction_is_due(worker)
    finally:
        worker.dispose()
        do(opened, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


# The writer's lock


def test_one_replica_at_a_time_has_the_writers_lock(url: str, tmp_path: Path) -> None:
    one, two = (open_database(tmp_path, url) for _ in range(2))
    first, second = DatabaseLock(one, WRITING), DatabaseLock(two, WRITING)
    assert not second.is_taken()
    assert first.acquire()
    assert second.is_taken()
    assert not second.acquire()
    first.release()
    assert not first.is_taken()
    assert second.acquire()
    second.release()
    one.dispose()
    two.dispose()


def test_the_lock_of_a_replica_that_is_gone_is_free(opened: Engine) -> None:
    lost, other = DatabaseLock(opened, WRITING), DatabaseLock(opened, WRITING)
    assert lost.acquire()
    do(opened, END_WHO_HOLDS_A_LOCK)
    until = time.monotonic() + 10
    while not other.acquire():
        assert time.monotonic() < until
        time.sleep(0.05)
    other.release()
    lost.release()


def test_moments_are_the_same_whatever_the_zone_of_the_server(url: str, tmp_path: Path) -> None:
    admin = open_database(tmp_path, url)
    do(admin, f"ALTER DATABASE {make_url(url).database} SET timezone = 'Pacific/Auckland'")
    ask(admin)
    admin.dispose()
    engine = open_database(tmp_path, url)
    question = Inbox(engine).take()
    assert question is not None
    assert abs((datetime.now(UTC) - question.received_at).total_seconds()) < 60
    engine.dispose()
