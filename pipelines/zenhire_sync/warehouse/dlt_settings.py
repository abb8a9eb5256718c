"""What dlt is told, here and nowhere else, and with as few questions as possible.

dlt resolves its configuration a hundred times a load, each time through every way to spell each setting: a
third of the time of a load of few rows (measured). Where sections do not count there is one way.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs.config_providers_context import ConfigProvidersContainer
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration, DuckDbCredentials

from zenhire_sync.warehouse.opening import DUCKDB_LIMITS

# dlt would let DuckDB's log grow to a gigabyte before it is worked in: a run after a kill then needs twice
# the memory of any other to read it back (measured).
_SMALL_LOG = "checkpoint_threshold='64MB'"

# What fails reaches us as an exception; dlt's log would tell it twice, with a trace.
_RUNTIME = {"dlthub_telemetry": "false", "log_level": "CRITICAL"}
# A signal waits until a load is done (stopping.py); dlt would give the load up.
_SIGNALS = {"intercept_signals": "false"}
# No second copy of people's data in staging tables or in files that were loaded.
_SETTINGS = {**_RUNTIME, **_SIGNALS, "truncate_staging_dataset": "true", "delete_completed_jobs": "true"}


class _OurSettings(ConfigProvider):
    """The settings above by their names alone. Files and variables of other projects are not about us."""

    @property
    def name(self) -> str:
        return "zenhire-sync"

    @property
    def supports_secrets(self) -> bool:
        return True

    @property
    def supports_sections(self) -> bool:
        return False

    def get_value(
        self,
        key: str,
        hint: type[Any],  # noqa: ARG002 - dlt's interface, as the next two
        pipeline_name: str | None,  # noqa: ARG002
        *sections: str,  # noqa: ARG002
    ) -> tuple[Any | None, str]:
        return _SETTINGS.get(key), key


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


def set_up_dlt() -> None:
    """Before a pipeline is made: our settings, and no telemetry."""
    # dlt reads these two from the environment when it wakes up, before it can be told otherwise.
    os.environ.update({f"RUNTIME__{name.upper()}": value for name, value in _RUNTIME.items()})
    Container()[PluggableRunContext].providers = ConfigProvidersContainer([_OurSettings()])


def destination(path: Path) -> Any:
    """The warehouse in the file at ``path``, as a destination of dlt."""
    return _DuckDb(DuckDbCredentials(str(path), global_config=DUCKDB_LIMITS, pragmas=[_SMALL_LOG]))
