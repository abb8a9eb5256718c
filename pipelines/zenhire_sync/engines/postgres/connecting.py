"""Every way in which the server is reached, and every accident that can befall it, in words of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line
from zenhire_sync.settings import Settings

# Of the program's own connections. A client that died is noticed within a second; who waits for a lock of
# somebody else's gives up in time to say so; times are UTC whatever the server or the role is set to.
_OPTIONS = {
    "TimeZone": "UTC",
    "client_connection_check_interval": "1s",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "10min",
    # A machine that vanished holds its lock no longer than this takes to notice: two minutes.
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
}
_DEFAULTS = {"connect_timeout": "15", "keepalives_idle": "30"}
_NAME_BYTES = 63

# By SQLSTATE, or its class: what to do.
_REMEDIES = {
    "25006": "it only reads, as a replica does; name the primary",
    "28": "check the user and the password of ZENHIRE_POSTGRES_URL",
    "3D000": "name a database that exists in ZENHIRE_POSTGRES_URL",
    "42501": "grant that to the role of ZENHIRE_POSTGRES_URL; docs/postgres.md lists what it needs",
    "53100": "make room on the server's disk and run again: nothing is lost",
    "53": "give the server room or fewer connections and run again: nothing is lost",
    "55P03": "somebody else holds a lock on it; end that session, then run again: nothing is lost",
    "57": "the server was stopped or ended the session; run again once it is up: nothing is lost",
    "08": "the connection was lost; run again: nothing is lost",
}
_UNREACHED = "check ZENHIRE_POSTGRES_URL and that the server is up"
# What is refused at the door has no SQLSTATE in this client; its words are the server's own.
_AT_THE_DOOR = {
    "client_connection_check_interval": "PostgreSQL 14 or later is needed",
    "authentication failed": _REMEDIES["28"],
    "no password supplied": _REMEDIES["28"],
    "no pg_hba.conf entry": _REMEDIES["28"],
    "role ": _REMEDIES["28"],
    "database ": _REMEDIES["3D000"],
    "too many": _REMEDIES["53"],
    "remaining connection slots": _REMEDIES["53"],
    # on a full disk no session begins
    "could not write init file": _REMEDIES["53100"],
    "starting up": _REMEDIES["57"],
    "shutting down": _REMEDIES["57"],
}
_POOLED = (
    "ZENHIRE_POSTGRES_URL leads to a pooler (pgbouncer) that hands connections on between transactions, so "
    "no lock would hold; name the server itself"
)


def connect(settings: Settings, command: str = "") -> Any:
    """A connection of psycopg2 in autocommit, named after the command and this process.

    Raises ConfigurationError for an address that cannot be understood, WarehouseError when there is no
    server, or one that lets nobody in.
    """
    options = " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items())
    name = f"zenhire-sync {command} {os.getpid()}@{socket.gethostname()}".encode()[:_NAME_BYTES].decode(
        errors="ignore"
    )
    parameters = {**_DEFAULTS, **address(settings)}
    parameters["options"] = f"{parameters.get('options', '')} {options}".strip()
    try:
        connection = psycopg2.connect(make_dsn(**parameters), application_name=name)
    except psycopg2.Error as error:
        message = first_line(error)
        if "options" in message and "startup parameter" in message:
            raise ConfigurationError(_POOLED) from None
        remedy = _at_the_door(message) or _UNREACHED
        raise WarehouseError(f"{place(settings)} cannot be reached: {message}; {remedy}") from None
    connection.autocommit = True
    return connection


def address(settings: Settings) -> dict[str, str]:
    """libpq's parameters: the profile's, and over them those of ``ZENHIRE_POSTGRES_URL``.

    What neither names, libpq takes from its own variables and files. Raises ConfigurationError.
    """
    url = settings.home.url
    try:
        named = {} if url is None else parse_dsn(url.get_secret_value())
    except psycopg2.Error:
        # Its message repeats what it could not read, the password too.
        raise ConfigurationError(
            "ZENHIRE_POSTGRES_URL cannot be understood; write postgresql://user@host:5432/database"
        ) from None
    return {**settings.home.parameters, **{key: str(value) for key, value in named.items()}}


def place(settings: Settings) -> str:
    """The database, for messages: never the password."""
    found = address(settings)
    host = found.get("host") or os.environ.get("PGHOST") or "this machine"
    database = found.get("dbname") or os.environ.get("PGDATABASE") or "(the default)"
    return f"PostgreSQL database {database} on {host}"


def published_place(settings: Settings) -> str:
    """Where readers look, for messages."""
    return f"{place(settings)}, schema {MARTS_SCHEMA}"


def require_own_session(settings: Settings, connection: Any) -> None:
    """Raises ConfigurationError behind a pooler in transaction mode: a lock there would be anybody's."""
    [(seen,)] = query(connection, "select pg_backend_pid()")
    if seen == connection.info.backend_pid:
        return
    # A pooler stands between. In transaction mode the session that was let go last is the next to be lent.
    with connected(settings) as other, transaction(other):
        [(lent,)] = query(other, "select pg_backend_pid()")
    if lent == seen:
        raise ConfigurationError(_POOLED)


def query(connection: Any, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    """The answer's rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def execute(connection: Any, sql: str, values: Any = None) -> int:
    """Runs a statement; returns how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def has_schema(connection: Any, schema: str) -> bool:
    """Whether the database has a schema of that name."""
    return bool(query(connection, "select 1 from pg_namespace where nspname = %s", [schema]))


@contextmanager
def connected(settings: Settings, command: str = "") -> Iterator[Any]:
    """A connection for the block. Raises WarehouseError for whatever the server answers that is no row."""
    connection = connect(settings, command)
    try:
        yield connection
    except psycopg2.Error as error:
        raise WarehouseError(explain(settings, error)) from None
    finally:
        connection.close()


@contextmanager
def transaction(connection: Any, isolation: str = "read committed") -> Iterator[None]:
    """All of the block or nothing of it."""
    execute(connection, f"begin isolation level {isolation}")
    try:
        yield
    except BaseException:
        if not connection.closed:
            execute(connection, "rollback")
        raise
    execute(connection, "commit")


def explain(settings: Settings, error: BaseException) -> str:
    """What went wrong and what to do, in one line."""
    message = first_line(error)
    return f"{place(settings)}: {message}; {_remedy(error, message)}"


def _at_the_door(message: str) -> str | None:
    return next((remedy for words, remedy in _AT_THE_DOOR.items() if words in message), None)


def _remedy(error: BaseException, message: str) -> str:
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
    for known in (state, state[:2]):
        if known in _REMEDIES:
            return _REMEDIES[known]
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) and not state:
        return _at_the_door(message) or _REMEDIES["08"]
    return "run again; if it comes again, see docs/runbook.md"
