"""The file as a destination of dlt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS

# dlt would let DuckDB's log grow to a gigabyte before it is worked in: a run after a kill then needs twice
# the memory of any other to read it back (measured).
_SMALL_LOG = "checkpoint_threshold='64MB'"


def destination(path: Path) -> Any:
    """The warehouse in the file at ``path``, as a destination of dlt."""
    credentials = DuckDbCredentials(str(path), global_config=DUCKDB_LIMITS, pragmas=[_SMALL_LOG])
    return dlt.destinations.duckdb(credentials)
