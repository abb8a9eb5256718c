"""One run's loads into the lake: what changed is deleted and appended in one commit a table.

Children come before their sessions and the run's own record last, so that a run that dies between two
commits is found out and made good by the next.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zenhire_schemas.tables import Table
from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS
from zenhire_sync.engines.lake.catalog import catalog_of, explained, keep_for
from zenhire_sync.engines.lake.changing import changing
from zenhire_sync.engines.lake.commits import SHAPES, commit, live_files, merge, pieces
from zenhire_sync.engines.lake.locking import require_lock
from zenhire_sync.engines.lake.pinned import asking, require_known
from zenhire_sync.engines.lake.raw_shape import (
    bring_up_to_date,
    forget_old_fingerprints,
    has_old_fingerprints,
    raw_tables,
)
from zenhire_sync.engines.lake.upkeep import begin_work, end_work
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held
from zenhire_sync.warehouse.spool import SPOOL_BYTES, Spool, SpooledTable
from zenhire_sync.whole_files import private_folder, remove_whole

CURSORS = "zenhire.cursors"
_LAST = ("sessions", "sync_runs")


class LakeLoader:
    """``Loader`` over the raw tables of the lake."""

    load_bytes = SPOOL_BYTES

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spool = Spool(settings.state_dir / "spool" / "load")
        # As with dlt: Arrow's own allocators keep what they once had.
        pa.set_memory_pool(pa.system_memory_pool())
        try:
            for name in ("spool", "dry-run"):
                remove_whole(settings.state_dir / name)
        except OSError as error:
            raise WarehouseError(f"{settings.data_dir} cannot be written ({error.strerror})") from None

    def __enter__(self) -> Self:
        with explained(self._settings), ExitStack() as stack:
            spill = stack.enter_context(private_folder(self._settings.state_dir, "spill"))
            self._reader = stack.enter_context(asking(DUCKDB_LIMITS["memory_limit"], spill))
            catalog = catalog_of(self._settings)
            there = raw_tables(catalog)
            self._reader.pin(there.values())
            if "sync_runs" in there:
                # A newer version's lake is left as it is.
                require_known(self._reader, self._settings)
            with held():
                bring_up_to_date(catalog, there)
                if has_old_fingerprints(catalog):
                    # What they say of was more than what is there now.
                    with changing(self._settings) as changer:
                        changer.change("update sessions set fingerprint = null")
                    forget_old_fingerprints(catalog)
                self._tables = raw_tables(catalog)
                begin_work(self._tables, is_first="sync_runs" not in there)
            self._reader.pin(self._tables.values())
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with explained(self._settings), self._open:
            if kind is None:
                end_work(self._tables, keep_for(self._settings))

    def select(self, sql: str, *values: Any) -> pa.Table:
        """What is committed, the run's own loads included."""
        with explained(self._settings):
            return self._reader.select(sql, *values)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The same as Python values."""
        with explained(self._settings):
            return self._reader.rows(sql, *values)

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The same in batches."""
        with explained(self._settings):
            yield from self._reader.stream(sql, *values)

    def load(
        self,
        tables: MutableMapping[str, pa.Table],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """Through Parquet files of its own, one a table."""
        return self.load_files(self._spool.files_of(tables), cursors, are_new=are_new)

    def load_files(
        self,
        files: Mapping[str, SpooledTable],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """The same for rows in files, which are removed, whatever happens."""
        named = sorted((name for name in files if files[name].num_rows), key=_order)
        try:
            # A signal does not cut a load short: what came is to be kept.
            with held(), explained(self._settings):
                for name in named:
                    told = cursors if name == "sync_runs" else None
                    self._commit(name, pq.ParquetFile(files[name].path), told, are_new=are_new)
            gc.collect()
        finally:
            for file in files.values():
                file.path.unlink(missing_ok=True)
        return {name: files[name].num_rows for name in named}

    def add(self, table: str, rows: pa.Table) -> None:
        """One commit."""
        with held(), explained(self._settings):
            require_lock(self._settings)
            commit(
                self._tables[table],
                [pa.Table.from_pylist(rows.to_pylist(), schema=SHAPES[table].arrow_schema())],
            )
            self._reader.pin([self._tables[table]])

    def replace(self, table: str, rows: pa.Table) -> None:
        """One commit."""
        with held(), explained(self._settings):
            require_lock(self._settings)
            there = self._tables[table]
            shown = pa.Table.from_pylist(rows.to_pylist(), schema=SHAPES[table].arrow_schema())
            commit(there, [shown], live_files(there))
            self._reader.pin([there])

    def remembered_cursors(self) -> dict[str, Any]:
        """The cursors as the run's own record holds them."""
        found = self._tables["sync_runs"].properties.get(CURSORS)
        return dict(json.loads(found)) if found else {}

    def _commit(
        self, name: str, file: pq.ParquetFile, cursors: Mapping[str, Any] | None, *, are_new: bool
    ) -> None:
        rows = shown_rows(SHAPES[name], file)
        told = {} if cursors is None else {CURSORS: json.dumps(dict(cursors), sort_keys=True)}
        require_lock(self._settings)
        if are_new:
            commit(self._tables[name], rows, properties=told)
        else:
            merge(self._tables[name], rows, file.read(list(SHAPES[name].key)), told)
        self._reader.pin([self._tables[name]])


def shown_rows(table: Table, file: pq.ParquetFile) -> Iterator[pa.Table]:
    """The rows of a file, without those that only say that a set is empty."""
    for rows in pieces(file.iter_batches(), table.arrow_schema()):
        marker = table.removal_marker
        yield rows if marker is None else rows.filter(pc.invert(rows.column(marker)))


def _order(name: str) -> int:
    return _LAST.index(name) if name in _LAST else -1
