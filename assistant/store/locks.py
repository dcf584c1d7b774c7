"""Locks of PostgreSQL that a process holds for as long as it is at work, among all replicas."""

from sqlalchemy import Connection, Engine

from assistant.store.postgresql import POSTGRESQL


class DatabaseLock:
    """A lock that one process at a time has, of all that use the database.

    It is gone with the process, or with its connection, and is not made on SQLite: who uses that
    shares a folder, where a file does the same.
    """

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine = engine
        self._number = number
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Take the lock; return False when another process, or another call here, has it."""
        if self._engine.dialect.name != POSTGRESQL:
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # The lock is the connection's, which nobody else is to get.
        connection.detach()
        version = connection.dialect.server_version_info or (0,)
        if version >= (14,):
            connection.exec_driver_sql("SET idle_session_timeout = 0")
        taken = "SELECT pg_try_advisory_lock(%s)"
        if not connection.exec_driver_sql(taken, (self._number,)).scalar_one():
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self) -> None:
        """Let others take the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def is_taken(self) -> bool:
        """Whether any process has the lock now."""
        if self._engine.dialect.name != POSTGRESQL:
            return False
        # As pg_locks shows a lock that is numbered by one number.
        held = (
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND objsubid = 1 AND classid = 0 AND objid = %s AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        with self._engine.connect() as connection:
            return bool(connection.exec_driver_sql(held, (self._number,)).scalar_one())
