"""Makes the database's files forget what was deleted from its rows."""

import time
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import OperationalError

from assistant.domain.errors import CorpusError
from assistant.store.database import reason_of, transaction
from assistant.store.postgresql import POSTGRESQL
from assistant.store.turns_table import WithdrawnRow
from assistant.store.vacuuming import vacuum

PAUSE_SECONDS = 0.2


def compaction_is_due(engine: Engine) -> bool:
    """Whether words of a withdrawn document may still be in a file, as when a process was ended."""
    due = select(WithdrawnRow.document).where(WithdrawnRow.compacted_at.is_(None)).limit(1)
    with transaction(engine) as session:
        return session.scalar(due) is not None


def compact(engine: Engine, seconds: float = 30.0) -> bool:
    """Write the database anew and empty its log, so that no page holds what was deleted.

    Others may go on; who wants to write waits while it is written, and we wait for their
    transactions up to `seconds`. Returns whether it is done. Raises CorpusError when the disk has
    no room for a second copy, or PostgreSQL does not let us. PostgreSQL's own log is not ours to
    empty.
    """
    write_anew = vacuum if engine.dialect.name == POSTGRESQL else _write_anew
    began, until = datetime.now(UTC), time.monotonic() + seconds
    try:
        if not write_anew(engine, until):
            return False
    except OperationalError as error:
        reason = reason_of(error)
        raise CorpusError(
            f"The database could not be written anew: {reason}; deleted words may still be in its "
            "file. Make room on the disk and do it again."
        ) from error
    done = update(WithdrawnRow).where(WithdrawnRow.withdrawn_at <= began)
    with transaction(engine) as session:
        session.execute(done.values(compacted_at=datetime.now(UTC)))
    return True


def _write_anew(engine: Engine, until: float) -> bool:
    with engine.connect() as pooled:
        connection = pooled.execution_options(isolation_level="AUTOCOMMIT")
        # Nobody is to get it with our shorter patience.
        connection.detach()
        connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
        return _vacuumed(connection, until) and _log_emptied(connection, until)


def _vacuumed(connection: Connection, until: float) -> bool:
    while True:
        try:
            connection.exec_driver_sql("VACUUM")
        except OperationalError as error:
            if not _is_busy(error):
                raise
            if time.monotonic() > until:
                return False
            time.sleep(PAUSE_SECONDS)
        else:
            return True


def _log_emptied(connection: Connection, until: float) -> bool:
    """Move what is in the write-ahead log into the file and cut it to nothing."""
    while True:
        is_blocked, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if not is_blocked:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE_SECONDS)


def _is_busy(error: OperationalError) -> bool:
    name = getattr(error.orig, "sqlite_errorname", "")
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
