"""How dbt builds beside the file: dbt-duckdb's settings, and what it keeps open that it should not."""

from __future__ import annotations

from functools import partial

import duckdb

from zenhire_sync.engines.duckdb_file.switching import build_path, remove_built
from zenhire_sync.errors import ConfigurationError, first_line
from zenhire_sync.memory_limit import duckdb_part, whole_limit
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import DbtTarget

# Two models at once save three seconds of a small build, and need twice the memory of a large one.
_LARGE_WAREHOUSE_BYTES = 400_000_000


def dbt_target(settings: Settings) -> DbtTarget:
    """The files, a memory limit, and where to spill. Raises ConfigurationError for an unusable limit."""
    memory_limit = whole_limit(settings.memory_limit)
    _require_memory_limit(memory_limit)
    path = settings.warehouse_path
    is_large = path.is_file() and path.stat().st_size > _LARGE_WAREHOUSE_BYTES
    variables = {
        "ZENHIRE_BUILD_PATH": str(build_path(settings)),
        "ZENHIRE_WAREHOUSE_PATH": str(path.resolve()),
        "ZENHIRE_MEMORY_LIMIT": duckdb_part(memory_limit),
        "ZENHIRE_BUILD_TEMP_DIR": str(settings.state_dir.resolve() / "dbt" / "duckdb_temp"),
    }
    arguments = ("--threads", "1" if is_large else "2")
    return DbtTarget(variables, arguments, partial(remove_built, settings), _let_go)


def _require_memory_limit(limit: str) -> None:
    try:
        duckdb.connect(config={"memory_limit": limit}).close()
    except duckdb.Error as error:
        raise ConfigurationError(f"memory_limit {limit!r} cannot be used: {first_line(error)}") from None


def _let_go() -> None:
    """Closes the file, which dbt keeps open for a next call."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()
