"""One commit to a table of the lake: files that hold what changed go, rows come.

Copy-on-write: every live file is plain Parquet that any engine reads as it is. Only the files that hold a key
are written anew, and whatever a commit changes is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as LakeTable

from zenhire_schemas.tables import RAW_TABLES, Table
from zenhire_sync.engines.lake.catalog import file_system
from zenhire_sync.errors import WarehouseError

# Rows that one file takes, and that are in memory at once.
FILE_ROWS = 200_000
SHAPES: Mapping[str, Table] = {table.name: table for table in RAW_TABLES}


def shape_of(table: LakeTable) -> Table:
    """How the raw table is declared."""
    return SHAPES[table.name()[-1]]


def commit(
    table: LakeTable,
    rows: Iterable[pa.Table],
    gone: Sequence[DataFile] = (),
    properties: Mapping[str, str] | None = None,
) -> None:
    """All of it or nothing. Raises CommitFailedException when somebody else changed the table meanwhile."""
    filled = (piece for piece in rows if piece.num_rows)
    first = next(filled, None)
    with table.transaction() as transaction:
        if gone:
            with transaction.update_snapshot().overwrite() as change:
                for file in gone:
                    change.delete_data_file(file)
        if first is not None:
            # The way of adding files that also merges manifests: those of deleted files would pile up.
            with transaction.update_snapshot().merge_append() as change:
                for piece in chain((first,), filled):
                    for file in _dataframe_to_data_files(table.metadata, piece, table.io):
                        change.append_data_file(file)
        if properties:
            transaction.set_properties(dict(properties))


def merge(
    table: LakeTable,
    rows: Iterable[pa.Table],
    keys: pa.Table,
    properties: Mapping[str, str] | None = None,
) -> None:
    """Rows take the place of those with their key; a child set, of all its session's.

    ``keys`` are the columns of the table's key, of these rows and of sets that became empty.
    """
    shape = shape_of(table)
    scope = shape.key[0]
    scopes = keys.column(scope).unique()
    gone = files_holding(table, scope, scopes)
    is_set = shape.removal_marker is not None or len(shape.key) == 1
    stays = _without_scopes(table, gone, scope, scopes) if is_set else _without_keys(table, gone, shape, keys)
    commit(table, chain(stays, rows), gone, properties)


def files_holding(table: LakeTable, scope: str, values: Any) -> list[DataFile]:
    """Live files with a row whose ``scope`` is one of the values."""
    found = {file_system(table, file.file_path)[1]: file for file in live_files(table)}
    if not found:
        return []
    is_among = ds.field(scope).isin(values)
    holding = rows_of(table, found.values()).to_table(columns=["__filename"], filter=is_among)
    return [found[path] for path in holding.column(0).unique().to_pylist()]


def live_files(table: LakeTable) -> list[DataFile]:
    """Data files of the table's snapshot. Raises WarehouseError where they are not all of it."""
    tasks = list(table.scan().plan_files())
    if any(task.delete_files for task in tasks):
        name = ".".join(table.name())
        raise WarehouseError(
            f"{name} was changed by another program, merge-on-read: its files hold deleted rows; have that "
            "program rewrite it copy-on-write (write.delete.mode), then run again"
        )
    return [task.file for task in tasks]


def rows_of(table: LakeTable, files: Iterable[DataFile]) -> Any:
    """The rows of files as a dataset of Arrow; nothing is read yet."""
    shape = shape_of(table).arrow_schema()
    paths = [file.file_path for file in files]
    store, _ = file_system(table, paths[0])
    inner = [file_system(table, path)[1] for path in paths]
    return ds.dataset(inner, schema=shape, filesystem=store, format="parquet")


def pieces(batches: Iterable[pa.RecordBatch], shape: pa.Schema) -> Iterator[pa.Table]:
    """Rows in tables that fit into memory."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= FILE_ROWS:
            yield pa.Table.from_batches(waiting).select(shape.names).cast(shape)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting).select(shape.names).cast(shape)


def _without_scopes(
    table: LakeTable, files: Sequence[DataFile], scope: str, scopes: Any
) -> Iterator[pa.Table]:
    if files:
        shape = shape_of(table).arrow_schema()
        yield from pieces(rows_of(table, files).to_batches(filter=~ds.field(scope).isin(scopes)), shape)


def _without_keys(
    table: LakeTable, files: Sequence[DataFile], shape: Table, keys: pa.Table
) -> Iterator[pa.Table]:
    for file in files:
        there = rows_of(table, [file]).to_table()
        stays = there.join(keys, list(shape.key), join_type="left anti")
        yield stays.select(shape.column_names).cast(shape.arrow_schema())
