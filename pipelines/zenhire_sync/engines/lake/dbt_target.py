"""How dbt builds the marts of a lake on this machine: in a file of its own, from a copy of the raw tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import duckdb

from zenhire_sync.engines.duckdb_file.dbt_target import dbt_target as dbt_target_of_file
from zenhire_sync.engines.duckdb_file.opening import OFFLINE
from zenhire_sync.engines.duckdb_file.quoting import literal
from zenhire_sync.engines.duckdb_file.switching import build_path
from zenhire_sync.engines.duckdb_file.table_copy import tables_in
from zenhire_sync.engines.lake.catalog import explained
from zenhire_sync.engines.lake.changing import copy_raw_tables
from zenhire_sync.engines.lake.marts import BUILT, GRACE, MartStore
from zenhire_sync.engines.lake.pinned import pinned
from zenhire_sync.settings import Home, Settings
from zenhire_sync.stopping import held
from zenhire_sync.warehouse.port import DbtTarget
from zenhire_sync.whole_files import make_folder, remove_whole


def dbt_target(settings: Settings) -> DbtTarget:
    """Files in the working folder. Raises ConfigurationError for an unusable memory limit."""
    if settings.spark_master is not None:
        from zenhire_sync.engines.lake.spark import spark_target

        return spark_target(settings, working_settings(settings))
    found = dbt_target_of_file(working_settings(settings))
    # One model at a time: what outgrew one file needs the memory.
    return replace(found, arguments=("--threads", "1"), clear=partial(_begin, settings, found))


def switch_marts(settings: Settings) -> None:
    """What was built becomes the newest build of the lake. Raises WarehouseError."""
    working = working_settings(settings)
    with explained(settings), held(), duckdb.connect(":memory:", config=OFFLINE) as connection:
        if settings.spark_master is not None:
            from zenhire_sync.engines.lake.spark import gather_marts

            gather_marts(settings, build_path(working))
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
        connection.execute(f"attach {literal(str(build_path(working)))} as built (read_only)")
        store = MartStore(settings)
        store.point(BUILT, store.write(connection, "built", tables_in(connection, "built")))
        store.forget_others(datetime.now(UTC) - GRACE)
    remove_whole(working.data_dir)


def _begin(settings: Settings, target: DbtTarget) -> None:
    """The raw tables as they are now, in a file that dbt reads; what a build has left goes first."""
    working = working_settings(settings)
    remove_whole(working.data_dir)
    make_folder(build_path(working).parent)
    target.clear()
    with pinned(settings) as reader:
        copy_raw_tables(reader, working.warehouse_path)


def working_settings(settings: Settings) -> Settings:
    """The same settings with a warehouse in a file of the working folder."""
    return settings.model_copy(update={"data_dir": settings.state_dir.resolve() / "lake"}).at(Home())
