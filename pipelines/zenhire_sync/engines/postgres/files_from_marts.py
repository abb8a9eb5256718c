"""The published marts of a database once more as files: DuckDB, Parquet, and the models' documentation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from pathlib import Path

import duckdb

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS, OFFLINE, make_file, open_warehouse
from zenhire_sync.engines.duckdb_file.publishing.published_file import make_files, putting_files
from zenhire_sync.engines.duckdb_file.quoting import identifier
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn, describe
from zenhire_sync.engines.postgres.connecting import connected, query, transaction
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS
from zenhire_sync.warehouse.publication_row import ToPublish
from zenhire_sync.whole_files import private_folder

# A column of a view is never "not null"; those of the table behind it are.
_COLUMNS = """
    select a.attname, format_type(a.atttypid, a.atttypmod),
        not (a.attnotnull or coalesce(f.attnotnull, false)), col_description(a.attrelid, a.attnum)
    from pg_attribute a
    left join pg_attribute f on f.attrelid = %s::regclass and f.attname = a.attname
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""


def publish_files_of(settings: Settings, progress: Progress) -> str:
    """Makes the files anew from what the database shows its readers; returns where they are.

    Raises WarehouseError when the server or the folder refuses, AuditError when what arrived differs; the
    files then stay as they were.
    """
    with connected(settings, "publish") as connection, transaction(connection, "repeatable read"):
        shown = PostgresReader(connection, MARTS_SCHEMA)
        [told] = shown.rows("select * from publication")
        marts = ToPublish.again(told)
        with (
            putting_files(settings, told["published_at"].replace(tzinfo=UTC)) as scratch,
            private_folder(settings.state_dir, "spill") as spill,
        ):
            gathered = scratch / "gathered.duckdb"
            _gather(shown, marts.rows_by_table, gathered)
            with open_warehouse(gathered, memory_limit=settings.memory_limit, spill=spill) as warehouse:
                make_files(warehouse, marts, scratch, progress)
    return str(settings.published_path)


def _gather(shown: PostgresReader, tables: Iterable[str], path: Path) -> None:
    """The marts in a file as a build leaves them, from which the files for readers are made."""
    make_file(path)
    with duckdb.connect(str(path), config={**OFFLINE, **DUCKDB_LIMITS}) as file:
        file.execute(f"set TimeZone = 'UTC'; create schema {MARTS_SCHEMA}")
        for table in tables:
            name = f"{MARTS_SCHEMA}.{identifier(table)}"
            columns, comment = _described(shown, table)
            declared = ", ".join(
                f"{identifier(column.name)} {column.type}{'' if column.is_nullable else ' not null'}"
                for column in columns
            )
            file.execute(f"create table {name} ({declared})")
            describe(file, "table", name, comment, columns)
            for batch in shown.stream(f'select * from "{table}"'):
                file.register("batch", batch)
                file.execute(f"insert into {name} from batch")


def _described(shown: PostgresReader, table: str) -> tuple[list[MartColumn], str | None]:
    behind = FRESHNESS_FACTS if table == FRESHNESS else table
    names = [f'{MARTS_SCHEMA}."{name}"' for name in (behind, table)]
    columns = [MartColumn(*row) for row in query(shown.connection, _COLUMNS, names)]
    [(comment,)] = query(shown.connection, "select obj_description(%s::regclass, 'pg_class')", names[1:])
    return columns, comment
