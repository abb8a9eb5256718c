"""The server as a destination of dlt."""

from __future__ import annotations

from typing import Any

import dlt
from dlt.destinations._adbc_jobs import has_adbc_driver
from dlt.destinations.impl.postgres.configuration import PostgresCredentials
from dlt.destinations.impl.postgres.factory import get_adbc_driver_location

from zenhire_sync.errors import ConfigurationError

_SESSION = ("timezone=UTC", "client_connection_check_interval=1s", "lock_timeout=30s")
_PASSED_ON = (
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "gssencmode",
    "target_session_attrs",
    "keepalives_idle",
)


def destination(connection: Any) -> Any:
    """The database that a connection leads to, as a destination of dlt.

    libpq has found host, user and password by then, whichever of its ways they came.

    Raises ConfigurationError where dlt would do without ADBC: in its CSV an empty text becomes null.
    """
    is_usable, why = has_adbc_driver(get_adbc_driver_location())
    if not is_usable:
        raise ConfigurationError(
            f"ADBC's driver for PostgreSQL cannot be used ({(why or 'turned off').partition(chr(10))[0]}); "
            "pip install --force-reinstall 'zenhire-sync[postgres]'"
        )
    found = connection.info
    parameters = found.dsn_parameters
    credentials = PostgresCredentials()
    credentials.database, credentials.username = found.dbname, found.user
    # dlt wants one also where none is asked for; libpq takes an empty one for none.
    credentials.password = found.password or ""
    credentials.port = found.port
    query = {name: parameters[name] for name in _PASSED_ON if name in parameters}
    is_socket = found.host.startswith("/")
    # A socket's folder has no place in the first half of a URL; libpq prefers what stands in the second.
    credentials.host = "localhost" if is_socket else found.host
    # dlt would write a space as +, which libpq takes for a plus.
    options = "\t".join(f"-c{setting}" for setting in _SESSION)
    credentials.query = {**query, **({"host": found.host} if is_socket else {}), "options": options}
    return dlt.destinations.postgres(credentials)
