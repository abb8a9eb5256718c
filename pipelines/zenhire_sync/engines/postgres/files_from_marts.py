"""The published marts of a database once more as files."""

from __future__ import annotations

from functools import partial

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.publishing.gathered_files import publish_gathered
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn
from zenhire_sync.engines.postgres.connecting import connected, query, transaction
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS

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
        return publish_gathered(settings, shown, partial(_described, shown), progress)


def _described(shown: PostgresReader, table: str) -> tuple[list[MartColumn], str | None]:
    behind = FRESHNESS_FACTS if table == FRESHNESS else table
    names = [f'{MARTS_SCHEMA}."{name}"' for name in (behind, table)]
    columns = [MartColumn(*row) for row in query(shown.connection, _COLUMNS, names)]
    [(comment,)] = query(shown.connection, "select obj_description(%s::regclass, 'pg_class')", names[1:])
    return columns, comment
