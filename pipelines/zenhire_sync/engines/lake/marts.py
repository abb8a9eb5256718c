"""The marts of the lake: each build's Parquet in a folder of its own, and pointers to the one that counts.

``builds/<id>/<mart>.parquet`` is written once and never changed. ``builds/built.json`` names the last build
that ended well, ``published/current.json`` the one that readers see: a pointer is one object, old or new.
Each file says of itself what a mart's columns mean, and which may be null.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileType
from pyiceberg.io.pyarrow import PyArrowFileIO

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_schemas.publication import COLUMNS
from zenhire_sync.engines.duckdb_file.opening import OFFLINE, Connected
from zenhire_sync.engines.duckdb_file.publishing.interval_macros import create_interval_macros
from zenhire_sync.engines.duckdb_file.publishing.views import AS_OF_READING
from zenhire_sync.engines.duckdb_file.quoting import identifier, mart
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn, columns_of, comment_of
from zenhire_sync.engines.lake.catalog import location, store_properties
from zenhire_sync.memory_limit import whole_limit
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import interrupted
from zenhire_sync.warehouse.audit import FRESHNESS, PUBLICATION

BUILT, PUBLISHED = "builds/built.json", "published/current.json"
# A reader that began with the pointer of before reads its files to the end.
GRACE = timedelta(hours=24)
_DESCRIBED = b"zenhire"
_BATCH_ROWS = 20_000
_ID_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Build:
    """A build that a pointer names: rows by mart, and the row of ``publication`` once it is published.

    ``snapshots`` are those of the marts in the catalog, where they are shown there too.
    """

    id: str
    rows_by_table: Mapping[str, int]
    publication: Mapping[str, Any] | None = None
    snapshots: Mapping[str, str | None] | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its marts."""
        return tuple(sorted(self.rows_by_table))


class MartStore:
    """The folder of the lake in which marts are. Raises OSError as Arrow's file systems do."""

    def __init__(self, settings: Settings) -> None:
        # Reached as the tables are, with the same properties.
        files = PyArrowFileIO(store_properties(settings))
        self._location = location(settings)
        scheme, netloc, self._root = files.parse_location(self._location, files.properties)
        self._store = files.fs_by_scheme(scheme, netloc)

    def pointed(self, pointer: str) -> Build | None:
        """What a pointer names; None when there is no pointer yet."""
        path = f"{self._root}/{pointer}"
        if self._store.get_file_info(path).type != FileType.File:
            return None
        with self._store.open_input_stream(path) as file:
            return Build(**json.loads(file.read()))

    def point(self, pointer: str, build: Build) -> None:
        """From here on the pointer names this build."""
        path = f"{self._root}/{pointer}"
        self._store.create_dir(path.rpartition("/")[0], recursive=True)
        # A folder's file is put in place whole; a store shows an object when it is whole.
        fresh = f"{path}.{secrets.token_hex(4)}" if self._store.type_name == "local" else path
        with self._store.open_output_stream(fresh) as file:
            file.write(json.dumps(asdict(build), default=str, sort_keys=True, indent=2).encode())
        if fresh != path:
            self._store.move(fresh, path)

    def write(self, connection: Any, catalog: str, tables: Collection[str]) -> Build:
        """A new build of the marts in an attached file; no pointer names it yet."""
        build = f"{datetime.now(UTC):{_ID_TIME}}-{secrets.token_hex(4)}"
        folder = f"{self._root}/builds/{build}"
        self._store.create_dir(folder, recursive=True)
        rows = {name: self._write_one(connection, catalog, name, folder) for name in tables}
        return Build(build, rows)

    def _write_one(self, connection: Any, catalog: str, name: str, folder: str) -> int:
        columns, comment = columns_of(connection, name, catalog), comment_of(connection, name, catalog)
        batches = connection.sql(f"from {mart(catalog, name)}").to_arrow_reader(_BATCH_ROWS)
        shape = _described(batches.schema, columns, comment)
        rows = 0
        with pq.ParquetWriter(
            f"{folder}/{name}.parquet", shape, filesystem=self._store, compression="zstd"
        ) as file:
            for batch in batches:
                file.write_batch(batch.cast(shape))
                rows += batch.num_rows
        return rows

    def spark_location(self) -> str:
        """Where a Spark cluster writes its marts, before they are a build."""
        return f"{self._location}/builds/spark"

    def spark_rows(self, name: str) -> Any:
        """Rows of a mart as the cluster wrote them; None when there are none."""
        folder = f"{self._root}/builds/spark/{MARTS_SCHEMA}.db/{name}"
        found = self._store.get_file_info(FileSelector(folder, allow_not_found=True))
        paths = [info.path for info in found if info.base_name.endswith(".parquet")]
        return ds.dataset(paths, filesystem=self._store, format="parquet") if paths else None

    def clear_spark(self) -> None:
        """Removes what a cluster wrote."""
        if self._store.get_file_info(f"{self._root}/builds/spark").type == FileType.Directory:
            self._store.delete_dir(f"{self._root}/builds/spark")

    def described(self, build: Build, name: str) -> tuple[list[MartColumn], str | None]:
        """The columns of a mart with DuckDB's types, and its comment."""
        schema = self.rows(build, name).schema
        told = json.loads(schema.metadata[_DESCRIBED])
        return [MartColumn(**column) for column in told["columns"]], told["comment"]

    @contextmanager
    def reading(self, build: Build, settings: Settings) -> Iterator[Connected]:
        """The marts and, where it is published, ``publication``, by bare names and by the schema's."""
        config = {**OFFLINE, "memory_limit": whole_limit(settings.memory_limit), "temp_directory": ""}
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
            connection.execute(f"create schema {MARTS_SCHEMA}; use memory.{MARTS_SCHEMA}")
            create_interval_macros(connection, f"memory.{MARTS_SCHEMA}")
            for name in build.tables:
                connection.register(f"files_of_{name}", self.rows(build, name))
                shown = "*"
                if name == FRESHNESS and build.publication is not None:
                    shown = ", ".join(map(_as_of_reading, self.described(build, name)[0]))
                connection.execute(f"create view {identifier(name)} as select {shown} from files_of_{name}")
            if build.publication is not None:
                columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
                connection.execute(f"create table {PUBLICATION} ({columns})")
                places = ", ".join("?" for _ in COLUMNS)
                values = [build.publication[name] for name in COLUMNS]
                connection.execute(f"insert into {PUBLICATION} values ({places})", values)
            with interrupted(connection.interrupt):
                yield Connected(connection)

    def rows(self, build: Build, name: str) -> Any:
        """The rows of a mart as a dataset of Arrow; nothing is read yet."""
        path = f"{self._root}/builds/{build.id}/{name}.parquet"
        return ds.dataset([path], filesystem=self._store, format="parquet")

    def size(self, build: Build) -> int:
        """Bytes of its files."""
        folder = FileSelector(f"{self._root}/builds/{build.id}")
        return sum(found.size or 0 for found in self._store.get_file_info(folder))

    def forget_others(self, before: datetime) -> None:
        """Removes the builds that no pointer names and that were begun before that time."""
        kept = {build.id for pointer in (BUILT, PUBLISHED) if (build := self.pointed(pointer))}
        for found in self._store.get_file_info(FileSelector(f"{self._root}/builds", allow_not_found=True)):
            if (
                found.type == FileType.Directory
                and found.base_name != "spark"
                and found.base_name not in kept
                and _begun(found.base_name) < before
            ):
                self._store.delete_dir(found.path)


def _as_of_reading(column: MartColumn) -> str:
    told = AS_OF_READING.get(column.name)
    return identifier(column.name) if told is None else f"{told} as {column.name}"


def _begun(build: str) -> datetime:
    return datetime.strptime(build.partition("-")[0], _ID_TIME).replace(tzinfo=UTC)


def _described(schema: pa.Schema, columns: Collection[MartColumn], comment: str | None) -> pa.Schema:
    told = {column.name: column for column in columns}
    fields = [
        field.with_nullable(told[field.name].is_nullable).with_metadata(
            {"comment": told[field.name].comment or ""}
        )
        for field in schema
    ]
    whole = {"columns": [asdict(column) for column in columns], "comment": comment}
    return pa.schema(fields, metadata={_DESCRIBED: json.dumps(whole).encode()})
