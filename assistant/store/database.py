"""The engine and the tables' common base."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, Text, TypeDecorator, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from assistant.domain.errors import CorpusError
from assistant.store import postgresql
from assistant.store.upgrading import upgrade

# NUL, which PostgreSQL does not keep, and halves of characters, which are not text.
_NOT_STORED = re.compile("[\0\ud800-\udfff]")

# What every database raises when it cannot do what it is told.
DatabaseTrouble = SQLAlchemyError

__all__ = [
    "AnyText",
    "Base",
    "Engine",
    "UtcDateTime",
    "Words",
    "open_database",
    "serialised",
    "transaction",
]


class Base(DeclarativeBase):
    """What every table inherits."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC on the way in and out, whatever the database keeps."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the database the moment as UTC without a zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the program the moment as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class AnyText(TypeDecorator[str]):
    """Text that may hold what no database stores: bytes of file names that are not UTF-8.

    They are written, and looked for, as backslash escapes, and come back so.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Give the database text that it can store."""
        if value is None:
            return None
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class Words(TypeDecorator[str]):
    """What people write, with a replacement character for what no database stores."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Give the database text that it can store."""
        return None if value is None else _NOT_STORED.sub("\N{REPLACEMENT CHARACTER}", value)


def open_database(folder: Path, url: str | None = None) -> Engine:
    """Open the database, its tables brought to this version's.

    It is the PostgreSQL database at `url`, else the SQLite database in `folder`, made if need be.
    Raises CorpusError when the folder cannot be made or written, the server cannot be reached or
    refuses, or the database is damaged or was made by a newer version.
    """
    if url is None:
        return _open_sqlite(folder)
    return _open_postgresql(url)


def _open_postgresql(url: str) -> Engine:
    engine = postgresql.connect(url)
    try:
        with engine.connect() as connection:
            postgresql.require_unicode(connection, url)
        upgrade(engine, postgresql.place_of(url))
    except CorpusError:
        engine.dispose()
        raise
    except DBAPIError as error:
        engine.dispose()
        raise CorpusError(postgresql.refusal(error, url)) from error
    return engine


def _open_sqlite(folder: Path) -> Engine:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{folder / 'assistant.sqlite3'}",
            # A failing statement is logged without its parameters: they are people's questions.
            hide_parameters=True,
        )
        event.listen(engine, "connect", _set_pragmas)
        upgrade(engine, f"in the data folder {folder}")
    except (OSError, DatabaseError) as error:
        raise CorpusError(_refusal(error, folder)) from error
    return engine


def reason_of(error: SQLAlchemyError) -> str:
    """Return the database's own words, without the statement and what was in it."""
    return str(getattr(error, "orig", None) or type(error).__name__)


def _refusal(error: OSError | DatabaseError, folder: Path) -> str:
    """Say why the database cannot be opened: the place is at fault, or what is in the file."""
    # SQLite's plain error, unlike those of disks and locks, is a table that is not as we left it.
    is_statement = getattr(getattr(error, "orig", None), "sqlite_errorname", "") == "SQLITE_ERROR"
    if isinstance(error, OSError | OperationalError) and not is_statement:
        return f"Cannot write to the data folder {folder}; name another with --data-dir."
    return (
        f"The database in the data folder {folder} is damaged; put back a copy, or move "
        "assistant.sqlite3 away and ingest again."
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Give a session that commits at the end of the block and rolls back when it fails."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def serialised(engine: Engine) -> Iterator[Session]:
    """Give a session as `transaction` does, that one writer has at a time, in whichever process.

    So nobody who serialises too changes what is read in it before it commits.
    """
    with transaction(engine) as session:
        serialise(session)
        yield session


def serialise(session: Session) -> None:
    """Wait, as the first thing in a transaction, until no other is serialised."""
    connection = session.connection()
    if connection.dialect.name == postgresql.POSTGRESQL:
        postgresql.lock_until_commit(connection, postgresql.SERIALISED)
    else:
        # Left to itself, SQLite's driver begins at the first write, after what was read.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _set_pragmas(connection: Any, _record: object) -> None:
    """Let one process write while others read, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 10000",
        # Deleted words are overwritten at once, whatever SQLite was built to do.
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
