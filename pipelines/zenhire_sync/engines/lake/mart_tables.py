"""The published marts as Iceberg tables too, for engines that read by the catalog.

``zenhire_marts.<mart>`` holds the rows of ``builds/<id>/<mart>.parquet``. Each table is a commit of its own;
``publication`` comes last, and its property says which snapshot of each mart belongs to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table as LakeTable

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.engines.lake.catalog import catalog_of, place, tables_in
from zenhire_sync.engines.lake.commits import commit, live_files, pieces
from zenhire_sync.engines.lake.locking import require_lock
from zenhire_sync.engines.lake.marts import GRACE, Build, MartStore
from zenhire_sync.engines.lake.raw_shape import PROPERTIES
from zenhire_sync.engines.lake.upkeep import forget_snapshots, remove_unnamed
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import PUBLICATION

_OURS = "zenhire.mart"
SNAPSHOTS = "zenhire.snapshots"


def show_in_catalog(settings: Settings, store: MartStore, build: Build, shown: Connected) -> Build:
    """The build with the snapshots of its marts, which are in the catalog from here on.

    Raises WarehouseError when a table of that name is somebody else's. Readers of single marts see each one
    change on its own; who wants one state follows the snapshots that ``publication`` names.
    """
    catalog = catalog_of(settings)
    catalog.create_namespace_if_not_exists(MARTS_SCHEMA)
    snapshots = {}
    for name in build.tables:
        snapshots[name] = _fill(settings, catalog, name, store.rows(build, name))
    told = shown.connection.sql(f"from {PUBLICATION}").to_arrow_table()
    named = {SNAPSHOTS: json.dumps(snapshots, sort_keys=True)}
    snapshots[PUBLICATION] = _fill(settings, catalog, PUBLICATION, told, named)
    for name in (tables_in(catalog, MARTS_SCHEMA) or frozenset()) - snapshots.keys():
        # A mart that this version has no more; a table of somebody else's stays.
        if _OURS in catalog.load_table((MARTS_SCHEMA, name)).properties:
            catalog.drop_table((MARTS_SCHEMA, name))
    return replace(build, snapshots=snapshots)


def forget_older_marts(settings: Settings) -> None:
    """Leaves no older state of any mart in the catalog, nor a file of one."""
    catalog = catalog_of(settings)
    for name in tables_in(catalog, MARTS_SCHEMA) or ():
        table = catalog.load_table((MARTS_SCHEMA, name))
        if _OURS in table.properties:
            forget_snapshots(table, timedelta(0))
            remove_unnamed(table)


def _fill(
    settings: Settings, catalog: Catalog, name: str, rows: Any, properties: Mapping[str, str] | None = None
) -> str | None:
    """Makes these (a table or dataset of Arrow) the rows; returns the snapshot, if one was ever made."""
    shape = _plain(rows.schema)
    table = _table(settings, catalog, name, shape)
    require_lock(settings)
    commit(table, pieces(rows.to_batches(), shape), live_files(table), properties)
    forget_snapshots(table, GRACE)
    remove_unnamed(table)
    found = table.metadata.current_snapshot_id
    return None if found is None else str(found)


def _table(settings: Settings, catalog: Catalog, name: str, shape: pa.Schema) -> LakeTable:
    identifier = (MARTS_SCHEMA, name)
    if not catalog.table_exists(identifier):
        return catalog.create_table(identifier, schema=shape, properties={**PROPERTIES, _OURS: "true"})
    table = catalog.load_table(identifier)
    if _OURS not in table.properties:
        raise WarehouseError(
            f"the catalog of {place(settings)} has a table {MARTS_SCHEMA}.{name} that was not made by "
            "zenhire-sync; rename it, or turn ZENHIRE_LAKE_CATALOG_MARTS off"
        )
    if schema_to_pyarrow(table.schema(), include_field_ids=False) == shape:
        return table
    # Columns of another version: readers in flight keep the files that they read.
    catalog.drop_table(identifier)
    return catalog.create_table(identifier, schema=shape, properties={**PROPERTIES, _OURS: "true"})


def _plain(described: pa.Schema) -> pa.Schema:
    """The columns as Iceberg has them: comments as docs, and all may be null, as a file's may."""
    return pa.schema(
        [
            pa.field(field.name, field.type, metadata={"doc": text} if (text := _comment(field)) else None)
            for field in described
        ]
    )


def _comment(field: pa.Field) -> str:
    told: bytes = (field.metadata or {}).get(b"comment", b"")
    return told.decode()
