"""Brings the tables of a database to those that this version of the program knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine, inspect, text

from assistant.domain.errors import CorpusError
from assistant.store.postgresql import POSTGRESQL, UPGRADING, lock_until_commit

NEWEST = "0015"
REVISIONS = Path(__file__).parent / "migrations"

_log = structlog.get_logger()


def upgrade(engine: Engine, place: str) -> None:
    """Apply the revisions that the database lacks: all of them, or after a failure none.

    Several processes may start at once: one applies them, the others wait. Raises CorpusError
    that names the database's `place` when a newer version of the program made the database.
    """
    with engine.connect() as connection:
        if _revisions_of(connection) == {NEWEST}:
            return
    with _alone(engine) as connection:
        _apply_missing(connection, place)


def _revisions_of(connection: Connection) -> set[str]:
    """Return where the database stands, without Alembic, which takes a while to import."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that one process at a time can have."""
    with engine.begin() as connection:
        if engine.dialect.name == POSTGRESQL:
            # Old replicas may be at work, and a change of a long table takes its time.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            lock_until_commit(connection, UPGRADING)
        else:
            # Left to itself, SQLite's driver begins no transaction before a change of tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _apply_missing(connection: Connection, place: str) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(REVISIONS, version_locations=[REVISIONS])
    # Whoever was first has perhaps applied them while we waited.
    before = _revisions_of(connection)
    if not before <= {script.revision for script in scripts.walk_revisions()}:
        raise CorpusError(
            f"The database {place} was made by a newer version of the assistant; install that "
            "version again, or put back the copy from before the upgrade."
        )
    is_new = not inspect(connection).get_table_names()
    context = MigrationContext.configure(connection)
    missing = list(scripts.iterate_revisions("heads", tuple(before)))
    with Operations.context(context):
        for script in reversed(missing):
            script.module.upgrade()
            context.stamp(scripts, script.revision)
    if missing and not is_new:
        _log.info("database_upgraded", before=sorted(before), now=NEWEST)
