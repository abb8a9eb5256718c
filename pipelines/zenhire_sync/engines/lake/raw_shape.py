"""The raw tables of the lake: made, and brought up to this version."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table as LakeTable
from pyiceberg.transforms import MonthTransform

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES, Table
from zenhire_sync.engines.lake.catalog import tables_in
from zenhire_sync.warehouse.shape import Present, are_fingerprints_old, require_ours, tables_behind

# Values in the statistics of a table's metadata would outlive the person: only times are kept there.
PROPERTIES = {
    "format-version": "2",
    "write.delete.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.merge.mode": "copy-on-write",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.metrics.default": "none",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "2",
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "10",
    # An append that met another's commit would be made again on top of it: rows twice.
    "commit.retry.num-retries": "0",
}
_OLD_FINGERPRINTS = "zenhire.old_fingerprints"
_BY_MONTH = {"sessions": "created_at"}
_SPELLINGS = {
    pa.string(): "text",
    pa.large_string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.timestamp("us", tz="UTC"): "timestamp with time zone",
}


def raw_tables(catalog: Catalog) -> dict[str, LakeTable]:
    """The raw tables that are there. Raises WarehouseError when one of our names is somebody else's."""
    there = tables_in(catalog, RAW_SCHEMA) or frozenset()
    found = {
        table.name: catalog.load_table((RAW_SCHEMA, table.name))
        for table in RAW_TABLES
        if table.name in there
    }
    require_ours({name: _present(table) for name, table in found.items()})
    return found


def bring_up_to_date(catalog: Catalog, there: Mapping[str, LakeTable]) -> None:
    """Makes the raw tables that are missing, and the columns that tables lack.

    First it is noted that fingerprints are of fewer columns: a run that dies leaves the note behind.
    """
    catalog.create_namespace_if_not_exists(RAW_SCHEMA)
    behind = tables_behind({name: _present(table) for name, table in there.items()})
    if are_fingerprints_old(behind) and "sessions" in there:
        with there["sessions"].transaction() as transaction:
            transaction.set_properties({_OLD_FINGERPRINTS: "true"})
    for table in behind:
        if table.name not in there:
            _make(catalog, table)
            continue
        known = {field.name for field in there[table.name].schema().fields}
        with there[table.name].update_schema() as change:
            shape = table.arrow_schema()
            change.union_by_name(pa.schema([field for field in shape if field.name not in known]))


def has_old_fingerprints(catalog: Catalog) -> bool:
    """Whether fingerprints are of an older version's columns."""
    return _OLD_FINGERPRINTS in catalog.load_table((RAW_SCHEMA, "sessions")).properties


def forget_old_fingerprints(catalog: Catalog) -> None:
    """Notes that there are none any more."""
    with catalog.load_table((RAW_SCHEMA, "sessions")).transaction() as transaction:
        transaction.remove_properties(_OLD_FINGERPRINTS)


def _make(catalog: Catalog, table: Table) -> None:
    month = _BY_MONTH.get(table.name)
    full = {f"write.metadata.metrics.column.{month}": "full"} if month else {}
    with catalog.create_table_transaction(
        (RAW_SCHEMA, table.name), schema=table.arrow_schema(), properties={**PROPERTIES, **full}
    ) as made:
        if month:
            with made.update_spec() as spec:
                spec.add_field(month, MonthTransform(), f"{month}_month")


def _present(table: LakeTable) -> Present:
    schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
    return Present(
        is_table=True, columns={field.name: _SPELLINGS.get(field.type, str(field.type)) for field in schema}
    )
