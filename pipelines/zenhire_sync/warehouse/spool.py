"""Rows on their way to the warehouse: many windows in one Parquet file a table, loaded by dlt as it is.

A load costs a tenth of a second whatever it holds, and a window is as large as memory allows. What is only to
be added need not wait in memory: a first sync is loaded in a few large pieces and stays small (measured).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zenhire_sync.errors import WarehouseError
from zenhire_sync.whole_files import explain_disk

# A piece is loaded in one transaction; rows may carry 8 KB of metadata each (P).
SPOOL_BYTES = 256_000_000
# DuckDB reads a row group as a whole, twice over: one of 32 MB is more than its memory limit (measured).
GROUP_BYTES = 4_000_000
# A column with more distinct values than fit is written as it is.
DICTIONARY_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class SpooledTable:
    """A closed Parquet file with rows of one table."""

    path: Path
    num_rows: int


class Spool:
    """Collects tables; files are made as they are needed and belong to who takes them."""

    def __init__(self, folder: Path, most_bytes: int = SPOOL_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._start_anew()

    def _start_anew(self) -> None:
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, int] = {}
        self._bytes = 0
        self._began = 0.0

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Writes rows behind those that are there. Raises WarehouseError when the disk does not take them."""
        if not self._rows:
            self._began = time.monotonic()
        with self._all_or_nothing():
            for name, rows in tables.items():
                self._writer(name, rows.schema).write_table(rows, row_group_size=_rows_of_a_group(rows))
                self._rows[name] += rows.num_rows
                self._bytes += rows.nbytes

    def files_of(self, tables: MutableMapping[str, pa.Table]) -> dict[str, SpooledTable]:
        """Takes tables out of the mapping, and all that waits here, as files. Raises as ``add`` does."""
        for name in tuple(tables):
            rows = tables.pop(name)
            if rows.num_rows:
                self.add({name: rows})
        return self.take()

    def rows(self, name: str) -> int:
        """Rows of one table that wait here."""
        return self._rows.get(name, 0)

    def is_due(self, seconds: float) -> bool:
        """Whether the first of them came so long ago, or they have become too large to wait."""
        return bool(self._rows) and (self.is_full() or time.monotonic() - self._began >= seconds)

    def is_full(self) -> bool:
        """Whether they have become too large to wait."""
        return self._bytes >= self._most_bytes

    def take(self) -> dict[str, SpooledTable]:
        """Everything so far, in files that the caller removes. Starts anew. Raises as ``add`` does."""
        with self._all_or_nothing():
            for writer in self._writers.values():
                writer.close()
        taken = {name: SpooledTable(self._path(name), rows) for name, rows in self._rows.items()}
        self._start_anew()
        return taken

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """What cannot be written whole is not to be loaded in part: sessions without some of their tags."""
        try:
            yield
        except OSError as error:
            for name, writer in self._writers.items():
                with suppress(OSError):
                    writer.close()
                self._path(name).unlink(missing_ok=True)
            self._start_anew()
            raise WarehouseError(explain_disk(self._folder, error)) from None

    def _writer(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        if name not in self._writers:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path(name), os.O_CREAT | os.O_WRONLY, 0o600))
            # Read once, from the same disk: squeezing it costs more than it saves, and so does looking for
            # values that come again, except the few words of a status or a tag (measured).
            self._writers[name] = pq.ParquetWriter(
                self._path(name),
                schema,
                compression="none",
                write_statistics=False,
                dictionary_pagesize_limit=DICTIONARY_BYTES,
            )
            self._rows[name] = 0
        return self._writers[name]

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


def _rows_of_a_group(rows: pa.Table) -> int:
    return max(1, int(GROUP_BYTES * rows.num_rows / max(1, rows.nbytes)))
