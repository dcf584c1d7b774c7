"""Makes PostgreSQL's tables forget what was deleted from their rows."""

import re
import time
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from assistant.domain.errors import CorpusError
from assistant.store.postgresql import LOCK_NOT_AVAILABLE, POSTGRESQL

PAUSE_SECONDS = 0.2
# Whose rows hold words of documents; the others hold names, numbers and what people did.
TABLES = (
    "turns",
    "inbox",
    "feedback",
    "peer_answers",
    "peer_responses",
    "calls",
    "verified_answers",
    "proposals",
    "proposal_votes",
)
STATISTICS = "the planner's statistics"
_NUMBER = re.compile(r"\d+")

_WITH_WORDS = text(
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema()"
    " AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb')"
    " ORDER BY table_name, ordinal_position"
)
_STATISTICS = (
    "SELECT needle FROM unnest(CAST(:needles AS text[])) AS needle WHERE EXISTS (SELECT 1"
    " FROM pg_stats WHERE schemaname = current_schema() AND strpos(concat_ws(' ',"
    " most_common_vals::text, histogram_bounds::text, most_common_elems::text), needle) > 0)"
)


def vacuum(engine: Engine, until: float) -> bool:
    """Write the tables with people's and documents' words anew, in files that hold live rows alone.

    Who uses a table waits while it is written; we wait for others, until the monotonic moment
    `until`. Returns False when somebody still reads, or could still read, rows as they were.
    Raises CorpusError when the user of the database does not own the tables.
    """
    with engine.connect() as pooled:
        connection = pooled.execution_options(isolation_level="AUTOCOMMIT")
        # Nobody is to get it with other time limits than theirs.
        connection.detach()
        connection.exec_driver_sql("SET statement_timeout = 0")
        # Who comes after us waits behind us, so we wait for little at a time.
        connection.exec_driver_sql("SET lock_timeout = '1s'")
        left: tuple[str, ...] = TABLES
        while left := tuple(table for table in left if not _written_anew(connection, table)):
            if time.monotonic() > until:
                return False
            time.sleep(PAUSE_SECONDS)
    return True


def _written_anew(connection: Connection, table: str) -> bool:
    """Write a table anew; return whether no row that was deleted had to be taken along."""
    driver: Any = connection.connection.dbapi_connection
    details: list[str] = []

    def hear(said: Any) -> None:
        details.extend([said.message_detail] if said.message_detail else [])

    driver.add_notice_handler(hear)
    try:
        connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {table}")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return False
    finally:
        driver.remove_notice_handler(hear)
    # Whatever the server's language, the first number is that of the rows that it had to keep.
    kept = [_NUMBER.search(detail) for detail in details]
    if not kept:
        raise CorpusError(
            f"The table {table} could not be written anew, so deleted words may still be in its "
            "file; let the user of ASSISTANT_DATABASE_URL own the tables and do it again."
        )
    return all(number is not None and int(number[0]) == 0 for number in kept)


def found_in_tables(engine: Engine, needles: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
    """Return which of the needles are in each table, by the table's name, none left out.

    Needles that are no text are in none. SQLite's tables are in a file of the data folder, where
    they are looked for with the other files, and are not among them.
    """
    if engine.dialect.name != POSTGRESQL:
        return {}
    sought = {_text(needle): needle for needle in needles}
    sought.pop("", None)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        columns: dict[str, list[str]] = {}
        for table, column in connection.execute(_WITH_WORDS):
            columns.setdefault(table, []).append(f'"{column}"::text')
        queries = {table: _holding(table, names) for table, names in columns.items()}
        queries[STATISTICS] = _STATISTICS
        found = {
            place: connection.scalars(text(query), {"needles": list(sought)}).all()
            for place, query in queries.items()
        }
    return {place: frozenset(sought[each] for each in held) for place, held in found.items()}


def _holding(table: str, columns: Collection[str]) -> str:
    words = ", ".join(columns)
    return (
        "SELECT needle FROM unnest(CAST(:needles AS text[])) AS needle WHERE EXISTS"  # noqa: S608
        f" (SELECT 1 FROM \"{table}\" WHERE strpos(concat_ws(E'\\n', {words}), needle) > 0)"
    )


def _text(needle: bytes) -> str:
    """Return the needle as text that PostgreSQL takes, nothing when it is none."""
    try:
        found = needle.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in found else found
