"""The file as a destination of dlt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration, DuckDbCredentials

from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS

# dlt would let DuckDB's log grow to a gigabyte before it is worked in: a run after a kill then needs twice
# the memory of any other to read it back (measured).
_SMALL_LOG = "checkpoint_threshold='64MB'"


class _DuckDb(dlt.destinations.duckdb):
    """dlt's own DuckDB destination. What DuckDB can do does not depend on how this file is opened."""

    @property
    def destination_type(self) -> str:
        return "dlt.destinations.duckdb"

    def capabilities(
        self, config: DuckDbClientConfiguration | None = None, naming: Any = None
    ) -> DestinationCapabilitiesContext:
        # Without a configuration dlt would resolve one, a dozen times a load.
        return super().capabilities(config or DuckDbClientConfiguration(), naming)


def destination(path: Path) -> Any:
    """The warehouse in the file at ``path``, as a destination of dlt."""
    return _DuckDb(DuckDbCredentials(str(path), global_config=DUCKDB_LIMITS, pragmas=[_SMALL_LOG]))
