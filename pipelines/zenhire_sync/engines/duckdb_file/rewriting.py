"""The warehouse in a file that never held what was deleted: a DuckDB file keeps the bytes of deleted rows."""

from __future__ import annotations

from typing import Any

from zenhire_sync.engines.duckdb_file.opening import open_to_change
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE, identifier, literal
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.whole_files import private_folder, put_in_place, seal

_FRESH = "fresh"
_MODE = 0o600


def rewrite_warehouse(settings: Settings) -> None:
    """Copies the warehouse into a new file and swaps it in, in one step; the old file stays until then.

    Raises WarehouseError when the copy is not whole or cannot be written.
    """
    # Where the file really is: replacing a link would leave the old bytes at the other end.
    path = settings.warehouse_path.resolve()
    with private_folder(path.parent, "erase") as scratch:
        fresh = scratch / path.name
        with open_to_change(path, memory_limit=settings.memory_limit, spill=scratch) as connection:
            version = literal(_storage_version(connection))
            connection.execute(f"attach {literal(str(fresh))} as {_FRESH} (storage_version {version})")
            connection.execute(f"copy from database {WAREHOUSE} to {_FRESH}")
            _require_same(_row_counts(connection, WAREHOUSE), _row_counts(connection, _FRESH))
            connection.execute(f"checkpoint {_FRESH}; detach {_FRESH}")
        seal(fresh, like=scratch, file_mode=_MODE)
        put_in_place(fresh, path)


def _storage_version(connection: Any) -> str:
    """The file's own: who could open the old file can open the new one, and what it holds fits in."""
    [(tags,)] = connection.execute(
        "select tags from duckdb_databases() where database_name = ?", [WAREHOUSE]
    ).fetchall()
    return str(tags["storage_version"]).rstrip("+")


def _row_counts(connection: Any, catalog: str) -> dict[tuple[str, str], int]:
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? order by all", [catalog]
    ).fetchall()
    counts = {}
    for schema, table in tables:
        name = f"{catalog}.{identifier(schema)}.{identifier(table)}"
        # Names come from the catalog and are quoted.
        [(rows,)] = connection.execute(f"select count(*) from {name}").fetchall()  # noqa: S608
        counts[schema, table] = rows
    return counts


def _require_same(old: dict[tuple[str, str], int], new: dict[tuple[str, str], int]) -> None:
    if old != new:
        differing = ", ".join(sorted(f"{schema}.{table}" for (schema, table), _ in old.items() ^ new.items()))
        raise WarehouseError(f"the warehouse could not be rewritten whole ({differing}); run erase again")
