"""How dbt builds where nobody reads: dbt-postgres's settings, and the schemas that a build uses."""

from __future__ import annotations

from functools import partial

from zenhire_sync.engines.postgres.connecting import connect, connected, execute, transaction
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import DbtTarget

# dbt fills the first two; a build that ended well becomes the third, in one step.
BUILD_SCHEMA, STEPS_SCHEMA, BUILT_SCHEMA = "zenhire_build", "zenhire_staging", "zenhire_built"


def dbt_target(settings: Settings) -> DbtTarget:
    """The server and who asks. Raises ConfigurationError, WarehouseError when it cannot be reached."""
    connection = connect(settings)
    try:
        found = connection.info
        parameters = found.dsn_parameters
        variables = {
            "ZENHIRE_POSTGRES_HOST": found.host,
            "ZENHIRE_POSTGRES_PORT": str(found.port),
            "ZENHIRE_POSTGRES_DATABASE": found.dbname,
            "ZENHIRE_POSTGRES_USER": found.user,
            # dbt hides the values of variables with this prefix in whatever it writes.
            "DBT_ENV_SECRET_ZENHIRE_POSTGRES": found.password or "",
            "ZENHIRE_POSTGRES_SSLMODE": parameters.get("sslmode", "prefer"),
            "ZENHIRE_POSTGRES_SSLROOTCERT": parameters.get("sslrootcert", ""),
            "ZENHIRE_POSTGRES_SSLCERT": parameters.get("sslcert", ""),
            "ZENHIRE_POSTGRES_SSLKEY": parameters.get("sslkey", ""),
        }
    finally:
        connection.close()
    return DbtTarget(variables, ("--threads", "2"), partial(_clear, settings), _let_go, BUILD_SCHEMA)


def switch_marts(settings: Settings) -> None:
    """Puts what was built in the place of the build before, in one transaction; nobody reads either."""
    with connected(settings, "build") as connection, transaction(connection):
        execute(connection, f"drop schema if exists {BUILT_SCHEMA}, {STEPS_SCHEMA} cascade")
        execute(connection, f"alter schema {BUILD_SCHEMA} rename to {BUILT_SCHEMA}")


def _clear(settings: Settings) -> None:
    with connected(settings, "build") as connection:
        execute(connection, f"drop schema if exists {BUILD_SCHEMA}, {STEPS_SCHEMA} cascade")
        execute(connection, f"create schema {BUILD_SCHEMA}")


def _let_go() -> None:
    """dbt closes its own connections."""
