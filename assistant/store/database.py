"""The engine and the tables' common base."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from assistant.domain.errors import CorpusError
from assistant.store.upgrading import upgrade

__all__ = ["Base", "Engine", "UtcDateTime", "open_database", "transaction"]


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


def open_database(folder: Path) -> Engine:
    """Open, or make, the SQLite database in `folder`, its tables brought to this version's.

    Raises CorpusError when the folder cannot be made or written, or the database is damaged or
    was made by a newer version.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{folder / 'assistant.sqlite3'}",
            # A failing statement is logged without its parameters: they are people's questions.
            hide_parameters=True,
        )
        event.listen(engine, "connect", _set_pragmas)
        upgrade(engine, folder)
    except (OSError, DatabaseError) as error:
        raise CorpusError(_refusal(error, folder)) from error
    return engine


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


def _set_pragmas(connection: Any, _record: object) -> None:
    """Let one process write while others read, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 10000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
