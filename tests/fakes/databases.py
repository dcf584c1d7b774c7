"""The databases that the store's tests run over: SQLite in a file, and a real PostgreSQL.

A test that asks for `engine`, or for `database` where it opens it more than once, runs over both.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from assistant.store.database import Engine, open_database

ADDRESS = "TEST_POSTGRESQL_URL"
WITHOUT = f"{ADDRESS} is not set; `.ci/postgresql make test` starts a PostgreSQL and sets it"
END_WHO_HOLDS_A_LOCK = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)
KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Database:
    """A database of a test's own: in `folder`, or at `url` where that is not None."""

    folder: Path
    url: str | None = None

    @property
    def kind(self) -> str:
        """Its name, as SQLAlchemy's dialects have it."""
        return KINDS[self.url is not None]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What another process must be told, to open it."""
        return (str(self.folder), *([self.url] if self.url is not None else ()))

    def open(self) -> Engine:
        """Open it, as another process would."""
        return open_database(self.folder, self.url)


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A real server: makes databases, and copies of one that has the tables already."""

    url: str
    template: str

    def make(self, template: str = "template0", *options: str) -> str:
        """Make a database and return its address."""
        name = f"test_{uuid.uuid4().hex}"
        # Much quicker than the usual way, for databases as small as ours.
        self._run(
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy {' '.join(options)}"
        )
        return named(self.url, name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


def named(url: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    """The server that the environment names; without one the test is skipped, but fails in CI."""
    url = os.environ.get(ADDRESS)
    if not url:
        if os.environ.get("CI"):
            pytest.fail(WITHOUT, pytrace=False)
        pytest.skip(WITHOUT)
    template = PostgresqlServer(url, "template0").make()
    open_database(tmp_path_factory.mktemp("postgresql"), template).dispose()
    server = PostgresqlServer(url, str(make_url(template).database))
    yield server
    server.drop(template)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with its tables, of the test's own."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        yield Database(folder)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.make(server.template)
    yield Database(folder, url)
    server.drop(url)


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, of the test's own; its folder is not made."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        yield Database(folder)
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    url = server.make()
    yield Database(folder, url)
    server.drop(url)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """The database, opened."""
    engine = database.open()
    yield engine
    engine.dispose()
