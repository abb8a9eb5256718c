"""What another engine shows its readers, as files: DuckDB, Parquet, the models' documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from pathlib import Path

import duckdb

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS, OFFLINE, make_file, open_warehouse
from zenhire_sync.engines.duckdb_file.publishing.published_file import make_files, putting_files
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn, make_mart
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Reader
from zenhire_sync.warehouse.publication_row import ToPublish
from zenhire_sync.whole_files import private_folder

# Columns of a mart with DuckDB's types, and its comment.
Describe = Callable[[str], tuple[Sequence[MartColumn], str | None]]


def publish_gathered(settings: Settings, shown: Reader, described: Describe, progress: Progress) -> str:
    """Makes the files anew from what the reader shows; returns where they are.

    Raises WarehouseError when the folder refuses, AuditError when what arrived differs; the files then stay
    as they were.
    """
    [told] = shown.rows("select * from publication")
    marts = ToPublish.again(told)
    with (
        putting_files(settings, told["published_at"].replace(tzinfo=UTC)) as scratch,
        private_folder(settings.state_dir, "spill") as spill,
    ):
        gathered = scratch / "gathered.duckdb"
        _gather(shown, described, marts.rows_by_table, gathered)
        with open_warehouse(gathered, memory_limit=settings.memory_limit, spill=spill) as warehouse:
            make_files(warehouse, marts, scratch, progress)
    return str(settings.published_path)


def _gather(shown: Reader, described: Describe, tables: Iterable[str], path: Path) -> None:
    """The marts in a file as a build leaves them, from which the files for readers are made."""
    make_file(path)
    with duckdb.connect(str(path), config={**OFFLINE, **DUCKDB_LIMITS}) as file:
        file.execute(f"set TimeZone = 'UTC'; create schema {MARTS_SCHEMA}")
        for table in tables:
            columns, comment = described(table)
            name = make_mart(file, table, comment, columns)
            for batch in shown.stream(f'select * from "{table}"'):
                file.register("batch", batch)
                file.execute(f"insert into {name} from batch")
