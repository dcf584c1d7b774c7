"""The engine and the tables' common base."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from assistant.domain.errors import CorpusError


class Base(DeclarativeBase):
    """What every table inherits."""


def open_database(folder: Path) -> Engine:
    """Open, or make, the SQLite database in `folder` with every table.

    Raises CorpusError when the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{folder / 'assistant.sqlite3'}")
        event.listen(engine, "connect", _set_pragmas)
        Base.metadata.create_all(engine)
    except (OSError, OperationalError) as error:
        message = f"Cannot write to the data folder {folder}; name another with --data-dir."
        raise CorpusError(message) from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Give a session that commits at the end of the block and rolls back when it fails."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _set_pragmas(connection: Any, _record: object) -> None:
    """Let one process write while others read, and wait for a lock instead of failing."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
