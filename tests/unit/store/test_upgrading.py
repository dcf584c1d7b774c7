"""Upgrading the database: what older versions made is kept, what newer ones made is refused."""

import importlib
import pkgutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, inspect, select, text
from structlog.testing import capture_logs

import assistant.store
from assistant.domain.answers import Turn
from assistant.domain.errors import CorpusError
from assistant.store.database import Base, Engine, open_database, transaction
from assistant.store.feedback.feedback import Feedbacks
from assistant.store.inbox import Inbox, IncomingQuestion, Task
from assistant.store.postgresql import connect
from assistant.store.snapshots import LivePointer, SnapshotPointer
from assistant.store.turns import Turns
from assistant.store.upgrading import NEWEST, REVISIONS
from assistant.telemetry import configure_logging
from tests.fakes.databases import Database, PostgresqlServer

ROOT = Path(__file__).parents[3]
VERSION = text("SELECT version_num FROM alembic_version")
NEW_COLUMNS = {"status", "prompt", "snapshot", "confidence", "citations"}

LIVE_SNAPSHOT = """
CREATE TABLE live_snapshot (
    id INTEGER NOT NULL,
    snapshot VARCHAR(64) NOT NULL,
    switched_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO live_snapshot VALUES (1, '20260301-1', '2026-03-01 08:00:00.000000');
"""
WITHOUT_REVISIONS = (
    LIVE_SNAPSHOT
    + """
CREATE TABLE inbox (
    id INTEGER NOT NULL,
    event_id VARCHAR(64) NOT NULL,
    team VARCHAR(32) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    channel_type VARCHAR(16) NOT NULL,
    ts VARCHAR(32) NOT NULL,
    thread_ts VARCHAR(32) NOT NULL,
    user_id VARCHAR(32) NOT NULL,
    text TEXT NOT NULL,
    has_files BOOLEAN NOT NULL,
    state VARCHAR(16) NOT NULL,
    received_at DATETIME NOT NULL,
    taken_at DATETIME,
    leased_until DATETIME,
    lease VARCHAR(32),
    attempts INTEGER NOT NULL,
    outcome VARCHAR(64),
    answer_ts VARCHAR(32),
    finished_at DATETIME,
    PRIMARY KEY (id),
    UNIQUE (team, channel, ts),
    UNIQUE (event_id)
);
CREATE INDEX ix_inbox_state ON inbox (state, ts);
CREATE INDEX ix_inbox_person ON inbox (team, user_id, taken_at);
CREATE TABLE turns (
    id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    team VARCHAR(32) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    thread_ts VARCHAR(32) NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at DATETIME NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (inbox_id)
);
CREATE INDEX ix_turns_thread ON turns (team, channel, thread_ts, id);
INSERT INTO inbox VALUES (
    1, 'Ev1', 'T1', 'C1', 'channel', '1.0', '1.0', 'U1', 'What is a grant?', 0, 'answered',
    '2026-03-02 09:00:00.000000', '2026-03-02 09:00:01.000000', NULL, NULL, 1, 'answered', '1.5',
    '2026-03-02 09:00:02.000000'
);
INSERT INTO inbox VALUES (
    2, 'Ev2', 'T1', 'C1', 'channel', '2.0', '1.0', 'U2', 'And who may give one?', 1, 'received',
    '2026-03-02 09:01:00.000000', NULL, NULL, NULL, 0, NULL, NULL, NULL
);
INSERT INTO turns VALUES (
    1, 1, 'T1', 'C1', '1.0', 'What is a grant?', 'Money for a purpose. [1]',
    '2026-03-02 09:00:02.000000'
);
"""
)


def declared() -> MetaData:
    """Return every table that a module of the store declares."""
    for module in pkgutil.walk_packages(assistant.store.__path__, "assistant.store."):
        importlib.import_module(module.name)
    return Base.metadata


def differences(engine: Engine) -> list[object]:
    """Return how the database's tables differ from what the program declares."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, declared()))


def at_revision(database: Database, revision: str) -> Engine:
    """Bring an empty database to an older revision, and return it."""
    database.folder.mkdir()
    file = f"sqlite:///{database.folder / 'assistant.sqlite3'}"
    engine = connect(database.url) if database.url is not None else create_engine(file)
    scripts = ScriptDirectory(REVISIONS, version_locations=[REVISIONS])
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for script in reversed(list(scripts.iterate_revisions(revision, "base"))):
                script.module.upgrade()
        context.stamp(scripts, revision)
    return engine


@contextmanager
def opened(folder: Path, url: str | None = None) -> Iterator[Engine]:
    engine = open_database(folder, url)
    try:
        yield engine
    finally:
        engine.dispose()


def make(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "assistant.sqlite3")) as database:
        database.executescript(script)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "assistant.sqlite3")) as database:
        return database.execute(query).fetchall()


def columns(folder: Path, table: str) -> set[object]:
    return {row[1] for row in rows(folder, f"PRAGMA table_info({table})")}


def version(folder: Path) -> list[tuple[object, ...]]:
    return rows(folder, "SELECT version_num FROM alembic_version")


def test_a_new_database_has_every_table_as_the_program_declares_it(engine: Engine) -> None:
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalars(VERSION).all() == [NEWEST]


def test_an_upgraded_database_has_every_table_as_the_program_declares_it(tmp_path: Path) -> None:
    make(tmp_path, WITHOUT_REVISIONS)
    with opened(tmp_path) as engine:
        assert differences(engine) == []


def test_rows_of_the_revision_before_are_kept(bare_database: Database) -> None:
    engine = at_revision(bare_database, "0003")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO inbox (event_id, team, channel, channel_type, ts, thread_ts, user_id,"
            " text, has_files, state, received_at, attempts) VALUES ('Ev1', 'T1', 'C1', 'channel',"
            " '1.0', '1.0', 'U1', 'What is a grant?', false, 'received', '2026-03-02 09:00:00', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO turns (inbox_id, team, channel, thread_ts, question, answer, answered_at,"
            " status, citations) VALUES (7, 'T1', 'C1', '0.5', 'Who?', 'We. [1]',"
            """ '2026-03-02 08:00:00', 'answered', '[{"number": 1, "document": "a.md"}]')"""
        )
    engine.dispose()
    with opened(bare_database.folder, bare_database.url) as engine:
        assert differences(engine) == []
        assert Turns(engine).last("T1", "C1", "0.5") == [Turn("Who?", "We. [1]")]
        assert Turns(engine).cited() == {"a.md"}
        waiting = Inbox(engine).take()
    assert waiting is not None
    assert waiting.asked == IncomingQuestion(
        "Ev1", "T1", "C1", "channel", "1.0", "1.0", "U1", "What is a grant?"
    )
    assert (waiting.revision, waiting.postponed, waiting.task) == (0, 0, Task.ANSWER)


def test_what_was_said_before_is_about_the_question_as_it_stands(bare_database: Database) -> None:
    engine = at_revision(bare_database, "0010")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO inbox (id, event_id, team, channel, channel_type, ts, thread_ts, user_id,"
            " text, state, received_at, attempts, revision, postponed, surface, task) VALUES"
            " (7, 'Ev1', 'T1', 'C1', 'channel', '1.0', '1.0', 'U1', 'What is a grant?', 'answered',"
            " '2026-03-02 09:00:00', 1, 2, 0, 'thread', 'answer')"
        )
        said = text(
            "INSERT INTO feedback (inbox_id, team, channel, user_id, rating, way, words,"
            " documents, given_at, state, remark, reactions, reacted_at, version, shown_version,"
            " notices, due_at, attempts) VALUES (:inbox_id, 'T1', 'C1', 'U2', 'helpful', 'button',"
            " '', '[]', '2026-03-02 09:00:00', 'noted', '', '[]', '', 1, 1, '[]',"
            " '2026-03-02 09:00:00', 0)"
        )
        connection.execute(said, [{"inbox_id": 7}, {"inbox_id": 8}])
    engine.dispose()
    with opened(bare_database.folder, bare_database.url) as engine:
        kept = Feedbacks(engine).of_person(7, "U2")
        gone = Feedbacks(engine).of_person(8, "U2")
    assert kept is not None
    assert gone is not None
    assert (kept.is_edited, gone.is_edited) == (False, False)


def test_the_newest_revision_is_the_last_one() -> None:
    assert ScriptDirectory(REVISIONS, version_locations=[REVISIONS]).get_heads() == [NEWEST]


def test_a_database_from_before_revisions_keeps_its_rows_and_gets_what_is_new(
    tmp_path: Path,
) -> None:
    make(tmp_path, WITHOUT_REVISIONS)
    kept = "SELECT id, event_id, text, state, received_at, answer_ts FROM inbox ORDER BY id"
    [asked, _] = rows(tmp_path, kept)
    [said] = rows(tmp_path, "SELECT * FROM turns")
    with opened(tmp_path) as engine:
        assert SnapshotPointer(engine).live() == "20260301-1"
        assert Turns(engine).last("T1", "C1", "1.0") == [
            Turn("What is a grant?", "Money for a purpose. [1]")
        ]
        waiting = Inbox(engine).take()
        assert waiting is not None
        assert waiting.asked.text == "And who may give one?"
    assert version(tmp_path) == [(NEWEST,)]
    assert columns(tmp_path, "turns") >= NEW_COLUMNS
    [turn] = rows(tmp_path, "SELECT * FROM turns")
    assert turn[:8] == said
    assert set(turn[8:]) == {None}
    assert rows(tmp_path, kept)[0] == asked


def test_a_database_that_was_only_ingested_into_gets_the_other_tables(tmp_path: Path) -> None:
    make(tmp_path, LIVE_SNAPSHOT)
    with opened(tmp_path) as engine:
        assert SnapshotPointer(engine).live() == "20260301-1"
        assert Inbox(engine).counts() == {}
        assert Turns(engine).last("T1", "C1", "1.0") == []


def test_a_database_of_the_revision_before_gets_only_what_it_lacks(tmp_path: Path) -> None:
    stamp = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);"
    stamp += "INSERT INTO alembic_version VALUES ('0001');"
    make(tmp_path, WITHOUT_REVISIONS + stamp)
    configure_logging("INFO")
    with capture_logs() as events, opened(tmp_path):
        pass
    assert version(tmp_path) == [(NEWEST,)]
    assert columns(tmp_path, "turns") >= NEW_COLUMNS
    assert columns(tmp_path, "releases") >= {"heartbeat_at", "findings"}
    assert [(e["event"], e["before"], e["now"]) for e in events] == [
        ("database_upgraded", ["0001"], NEWEST)
    ]


def test_a_database_of_a_newer_version_is_refused_in_one_sentence_and_left_alone(
    tmp_path: Path,
) -> None:
    with opened(tmp_path):
        pass
    make(tmp_path, "UPDATE alembic_version SET version_num = '9000'")
    with pytest.raises(CorpusError) as refused:
        open_database(tmp_path)
    assert str(refused.value) == (
        f"The database in the data folder {tmp_path} was made by a newer version of the "
        "assistant; install that version again, or put back the copy from before the upgrade."
    )
    assert version(tmp_path) == [("9000",)]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    # The last table of the last revision is there already, so the revision breaks at its end.
    make(tmp_path, WITHOUT_REVISIONS + "CREATE TABLE seen_requests (signature TEXT);")
    before = rows(tmp_path, "SELECT name, sql FROM sqlite_master ORDER BY name")
    with pytest.raises(CorpusError, match=r"^The database in the data folder .+ is damaged; "):
        open_database(tmp_path)
    assert rows(tmp_path, "SELECT name, sql FROM sqlite_master ORDER BY name") == before


def test_an_upgrade_of_postgresql_that_fails_leaves_the_database_as_it_was(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    url = postgresql_server.make()
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE seen_requests (signature TEXT)")
    with pytest.raises(CorpusError, match=r"cannot be used: .*seen_requests.* already exists\.$"):
        open_database(tmp_path, url)
    assert inspect(engine).get_table_names() == ["seen_requests"]
    engine.dispose()
    postgresql_server.drop(url)


@pytest.mark.parametrize("script", ["", WITHOUT_REVISIONS], ids=["none", "older"])
def test_processes_that_start_at_once_upgrade_the_database_once(
    tmp_path: Path, script: str
) -> None:
    make(tmp_path, script)
    start_at_once(tmp_path)
    assert version(tmp_path) == [(NEWEST,)]
    assert columns(tmp_path, "turns") >= NEW_COLUMNS


def test_replicas_that_start_at_once_upgrade_postgresql_once(
    postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    url = postgresql_server.make()
    start_at_once(tmp_path, url)
    with opened(tmp_path, url) as engine, engine.connect() as connection:
        assert connection.scalars(VERSION).all() == [NEWEST]
        assert differences(engine) == []
    postgresql_server.drop(url)


def start_at_once(folder: Path, *url: str) -> None:
    """Open the database in three processes at the same moment, all of which must succeed."""
    code = (
        "import pathlib, sys, time\n"
        "import alembic.migration, alembic.operations, alembic.script\n"
        "from assistant.store.database import open_database\n"
        "folder, *url = sys.argv[1:]\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "open_database(pathlib.Path(folder), *url).dispose()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder), *url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ends == [("", 0)] * 3


def test_a_database_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    code = (
        "import pathlib, sys\n"
        "from assistant.store.database import open_database\n"
        "open_database(pathlib.Path(sys.argv[1])).dispose()\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize("script", ["", WITHOUT_REVISIONS], ids=["new", "upgraded"])
def test_a_database_has_the_triggers_of_the_audit_log(tmp_path: Path, script: str) -> None:
    make(tmp_path, script)
    with opened(tmp_path):
        pass
    triggers = rows(
        tmp_path, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"
    )
    assert {str(name) for [name] in triggers} == {
        "audit_log_is_not_changed",
        "audit_log_is_not_deleted",
        "audit_log_is_only_added_to",
    }


def test_the_moment_of_the_last_switch_is_kept(tmp_path: Path) -> None:
    make(tmp_path, WITHOUT_REVISIONS)
    with opened(tmp_path) as engine, transaction(engine) as session:
        switched_at = session.scalars(select(LivePointer.switched_at)).one()
    assert switched_at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def test_making_a_new_database_is_no_upgrade(tmp_path: Path) -> None:
    configure_logging("INFO")
    with capture_logs() as events, opened(tmp_path):
        pass
    assert events == []
