"""Whether catalog and store let us in, and what is in the lake."""

from __future__ import annotations

from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.engines.lake.catalog import catalog_of, explained, place
from zenhire_sync.engines.lake.locking import holder_of_lock
from zenhire_sync.engines.lake.pinned import pinned
from zenhire_sync.engines.lake.raw_shape import raw_tables
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning


def spark_finding(settings: Settings) -> Finding:
    """Whether there is Java, and somebody at the cluster's address."""
    from zenhire_sync.engines.lake.spark import require_cluster, require_java

    try:
        require_java()
        require_cluster(settings)
    except ZenhireError as error:
        return failed("spark", *told(error), is_configuration=isinstance(error, ConfigurationError))
    return ok("spark", f"{settings.spark_master}")


def lake_finding(settings: Settings) -> Finding:
    """One finding of the lake; it changes nothing and makes nobody wait."""
    try:
        with explained(settings):
            there = raw_tables(catalog_of(settings))
        if "sync_runs" not in there:
            return ok("warehouse", f"{place(settings)}, nothing synced yet")
        columns = {(name, field.name) for name, table in there.items() for field in table.schema().fields}
        missing = {(table.name, name) for table in RAW_TABLES for name in table.column_names} - columns
        if missing:
            table, name = min(missing)
            lacks = f"lacks {len(missing)} columns of this version, such as {table}.{name}"
            return warning("warehouse", f"{place(settings)}, {lacks}", "the next sync brings it up to date")
        with pinned(settings) as reader, holder_of_lock(settings) as (running, _):
            [row] = reader.rows("select count(*) as sessions from sessions")
        busy = "" if running is None else f", in use by {running}"
        return ok("warehouse", f"{place(settings)}, {row['sessions']:,} sessions{busy}")
    except ZenhireError as error:
        return failed("warehouse", *told(error), is_configuration=isinstance(error, ConfigurationError))
