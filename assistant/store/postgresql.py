"""PostgreSQL: how it is connected to, and what is said when that cannot be done."""

import re
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from assistant.domain.errors import CorpusError

POSTGRESQL = "postgresql"
LOCK_NOT_AVAILABLE = "55P03"
# Of each process, at most; idle ones beyond the first few are closed.
CONNECTIONS_KEPT, CONNECTIONS_BEYOND = 5, 15
SECONDS_TO_CONNECT = 10
_VARIABLE = "ASSISTANT_DATABASE_URL"

# One lock a purpose, among all that use the same database.
SERIALISED, UPGRADING, WRITING = (20260 * 1000 + n for n in (1, 2, 3))

# Whatever the server, the role or the database was set to.
_SESSION = {
    "default_transaction_isolation": "read committed",
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    # Who hangs, or is gone without a word, lets go of the locks that others wait for.
    "idle_in_transaction_session_timeout": "5min",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_REFUSED = re.compile(r"failed: [A-Z]+:  (?P<words>.+)")
_REASONS = (
    (
        (
            r"password authentication failed|no password supplied|authentication failed for user"
            r'|role ".*" (?:does not exist|is not permitted to log in)|no pg_hba\.conf entry'
        ),
        (
            "PostgreSQL at {host} does not let in the user of {variable}; see that user and "
            "password there are right, and that the server lets them in from here."
        ),
    ),
    (
        r'database ".*" does not exist',
        (
            "PostgreSQL at {host} has no database {name}; make it with createdb, or name another "
            "one in {variable}."
        ),
    ),
    (
        r"permission denied for database",
        (
            "The user of {variable} may not connect to the database {name} at {host}; "
            "let it own the database."
        ),
    ),
    (
        r"too many (?:clients|connections)|connection slots are reserved",
        (
            "PostgreSQL at {host} has no connection left; raise its max_connections, or run fewer "
            "processes."
        ),
    ),
    (
        r"the database system is",
        "PostgreSQL at {host} is starting or stopping; try again in a moment.",
    ),
)
_MAY_NOT = (
    "The user of {variable} may not make or change tables in the database {name} at {host}; let it "
    "own the database."
)
_READ_ONLY = (
    "The database {name} at {host} takes no writes, as a standby does; name the main server in "
    "{variable}."
)
_BUSY = "The database {name} at {host} is in use by something that does not end; try again."
_BY_STATE = {"42501": _MAY_NOT, "25006": _READ_ONLY, LOCK_NOT_AVAILABLE: _BUSY, "57014": _BUSY}


def connect(url: str) -> Engine:
    """Return the engine for the database at `url`, which is not looked at before the first use.

    Connections outlive a restart of the server; who waits for a lock, or for an answer, does not
    wait for ever. Errors name neither the password nor what was in a row.
    """
    engine = create_engine(
        _target(url),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=CONNECTIONS_KEPT,
        max_overflow=CONNECTIONS_BEYOND,
        pool_timeout=SECONDS_TO_CONNECT,
        connect_args={
            "connect_timeout": SECONDS_TO_CONNECT,
            "client_encoding": "utf8",
            "application_name": "commissioning-assistant",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
        },
    )
    event.listen(engine, "connect", _set_session)
    event.listen(engine, "handle_error", _leave_rows_out)
    return engine


def place_of(url: str) -> str:
    """Return where a database is, for a sentence: neither user nor password."""
    target = _target(url)
    return f"{target.database} at {_host(target)}"


def refusal(error: DBAPIError, url: str) -> str:
    """Say why the database at `url` cannot be used, and what to do."""
    target = _target(url)
    named = {"host": _host(target), "name": target.database, "variable": _VARIABLE}
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        words = _BY_STATE.get(state, "The database {name} at {host} cannot be used: {words}.")
        return words.format(**named, words=error.orig)
    text = str(error.orig)
    for pattern, sentence in _REASONS:
        if re.search(pattern, text):
            return sentence.format(**named)
    refused = _REFUSED.search(text)
    if refused is not None:
        # A server may say it in its own language.
        sentence = "PostgreSQL at {host} refused the connection: {words}; correct {variable}."
        return sentence.format(**named, words=refused["words"])
    reason = text.splitlines()[0].rpartition("failed: ")[2]
    return (
        "PostgreSQL cannot be reached at {host} ({reason}); see that it runs, and that {variable} "
        "names its host and port."
    ).format(**named, reason=reason)


def require_unicode(connection: Connection, url: str) -> None:
    """Raise CorpusError when the database cannot hold every character."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise CorpusError(
            f"The database {place_of(url)} keeps text as {encoding}, which lacks characters; make "
            "one with `createdb --encoding=UTF8 --template=template0`."
        )


def lock_until_commit(connection: Connection, lock: int) -> None:
    """Wait for a lock that one transaction at a time has, of all that use the database."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (lock,))


def _target(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")


def _host(target: URL) -> str:
    named = target.host or target.query.get("host") or "this machine's socket"
    host = named if isinstance(named, str) else ", ".join(named)
    return f"{host}:{target.port}" if target.port else host


def _set_session(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for name, value in _SESSION.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()


def _leave_rows_out(context: ExceptionContext) -> None:
    """Take the row out of what PostgreSQL says of it: it may hold somebody's question."""
    error = context.original_exception
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary is None:
        return
    error.args = (primary,)
    wrapped = context.sqlalchemy_exception
    if wrapped is not None:
        wrapped.args = (f"({type(error).__module__}.{type(error).__name__}) {primary}",)
