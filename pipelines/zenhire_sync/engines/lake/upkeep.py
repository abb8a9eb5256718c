"""What keeps the folder of the lake clean: no file stays that no table names, small files become large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyarrow.fs import FileInfo, FileSelector, FileType
from pyiceberg.catalog import Catalog
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as LakeTable

from zenhire_sync.engines.lake.catalog import file_system
from zenhire_sync.engines.lake.commits import FILE_ROWS, commit, live_files, pieces, rows_of, shape_of
from zenhire_sync.engines.lake.raw_shape import raw_tables
from zenhire_sync.errors import WarehouseError

# Set while somebody writes; who finds it set comes after one that died.
_AT_WORK = "zenhire.at_work"
_RECORD = "sync_runs"
# A file that is as large is left as it is.
SMALL_BYTES = 32_000_000
# About what a week's nights leave.
LEAST_FILES = 30


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a table takes: live data files, snapshots, and all files with their bytes."""

    data_files: int
    snapshots: int
    files: int
    bytes: int


def begin_work(tables: Mapping[str, LakeTable], *, is_first: bool = False) -> None:
    """Removes what a run that died has left, and notes that one is at work. Under the lock.

    A first run may follow one that died while it made the tables.
    """
    record = tables[_RECORD]
    if is_first or record.properties.get(_AT_WORK):
        for table in tables.values():
            remove_unnamed(table)
    if not record.properties.get(_AT_WORK):
        commit(record, (), properties={_AT_WORK: "true"})


def end_work(tables: Mapping[str, LakeTable], keep: timedelta, least: int = LEAST_FILES) -> None:
    """So many small files become large ones; old snapshots go with their files, and the note goes."""
    for table in tables.values():
        table.refresh()
        compact(table, least)
        if forget_snapshots(table, keep):
            remove_unnamed(table)
    with tables[_RECORD].transaction() as transaction:
        transaction.remove_properties(_AT_WORK)


def compact(table: LakeTable, least: int) -> None:
    """Where so many small files could go into others of their month, or of their table, they do."""
    groups = _small_files(table)
    if sum(len(files) - 1 for files in groups) >= least:
        for together in (together for files in groups for together in _together(files)):
            commit(table, _in_order(table, together), together)


def _small_files(table: LakeTable) -> list[list[DataFile]]:
    by_partition: dict[str, list[DataFile]] = {}
    for file in live_files(table):
        if file.file_size_in_bytes < SMALL_BYTES:
            by_partition.setdefault(str(file.partition), []).append(file)
    return list(by_partition.values())


def _together(files: Iterable[DataFile]) -> Iterator[list[DataFile]]:
    """Files in groups that fit into memory; rows that came together stay together."""
    group: list[DataFile] = []
    for file in files:
        if group and sum(found.record_count for found in group) + file.record_count > FILE_ROWS:
            if len(group) > 1:
                yield group
            group = []
        group.append(file)
    if len(group) > 1:
        yield group


def _in_order(table: LakeTable, files: list[DataFile]) -> Iterator[pa.Table]:
    shape = shape_of(table).arrow_schema()
    rows = pa.concat_tables(pieces(rows_of(table, files).to_batches(), shape))
    yield rows.sort_by("created_at") if "created_at" in shape.names else rows


def forget_snapshots(table: LakeTable, keep: timedelta) -> int:
    """Forgets the snapshots that are older, but for the present one; returns how many."""
    now, before = table.metadata.current_snapshot_id, datetime.now(UTC) - keep
    old = [
        found.snapshot_id
        for found in table.snapshots()
        if found.snapshot_id != now and found.timestamp_ms <= before.timestamp() * 1000
    ]
    if old:
        table.maintenance.expire_snapshots().by_ids(old).commit()
        table.refresh()
    return len(old)


def remove_unnamed(table: LakeTable) -> int:
    """Deletes every file of the table's folder that its metadata does not name; returns how many.

    Only under the lock: what another writer is about to commit is not named yet. Raises WarehouseError, and
    deletes nothing, when the store lists a live file under another name than the metadata has for it.
    """
    table.refresh()
    store, _ = file_system(table, table.location())
    found = {info.path for info in _files(table)}
    live = {table.metadata_location, *(file.file_path for file in live_files(table))}
    if hidden := {path for path in live if file_system(table, path)[1] not in found}:
        raise WarehouseError(
            f"the store does not list {min(hidden)}, which the metadata of {table.name()[-1]} names; "
            "nothing was cleaned: look whether it is there; ZENHIRE_LAKE_DIR may have no doubled slash"
        )
    gone = found - {file_system(table, path)[1] for path in named_files(table)}
    for path in gone:
        store.delete_file(path)
    return len(gone)


def _files(table: LakeTable) -> list[FileInfo]:
    store, root = file_system(table, table.location())
    found = store.get_file_info(FileSelector(root, recursive=True, allow_not_found=True))
    return [info for info in found if info.type == FileType.File]


def named_files(table: LakeTable) -> set[str]:
    """Every file that the table's metadata names: data, manifests, lists of manifests, metadata."""
    names: set[Any] = {table.metadata_location}
    names |= {entry.metadata_file for entry in table.metadata.metadata_log}
    for snapshot in table.metadata.snapshots:
        names.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            names.add(manifest.manifest_path)
            entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            names |= {entry.data_file.file_path for entry in entries}
    return names


def keep_present_only(catalog: Catalog) -> None:
    """Leaves no older state of any raw table, nor a file of one. Under the lock."""
    for table in raw_tables(catalog).values():
        forget_snapshots(table, timedelta(0))
        remove_unnamed(table)


def compact_all(catalog: Catalog, keep: timedelta) -> dict[str, Bulk]:
    """Two small files become one, old snapshots go; returns what each table takes. Under the lock."""
    tables = raw_tables(catalog)
    begin_work(tables)
    end_work(tables, keep, least=1)
    return {name: bulk_of(table) for name, table in tables.items()}


def bulk_of(table: LakeTable) -> Bulk:
    """What the table takes in the store."""
    sizes = [info.size or 0 for info in _files(table)]
    return Bulk(len(live_files(table)), len(table.snapshots()), len(sizes), sum(sizes))
