"""Looks for words everywhere under a folder: in the bytes of files and in the tables they hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb


def places_of(words: Iterable[str], folder: Path) -> list[str]:
    """Where any of the words occurs, as ``file`` or ``file: table.column``; empty when nowhere."""
    wanted = list(words)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    found = [
        f"{path.relative_to(folder)}"
        for path in files
        if any(word.encode() in path.read_bytes() or word in path.name for word in wanted)
    ]
    for path in files:
        found += [f"{path.relative_to(folder)}: {column}" for column in _columns_with(wanted, path)]
    return found


def _columns_with(words: list[str], path: Path) -> list[str]:
    """Text columns of a database or Parquet file that hold a word: both may be compressed."""
    with duckdb.connect() as con:
        if path.suffix == ".duckdb":
            con.execute(f"attach '{path}' as warehouse (read_only)")
        elif path.suffix == ".parquet":
            con.execute(f"create table rows as from read_parquet('{path}')")
        columns = con.execute(
            "select database_name, schema_name, table_name, column_name"
            " from duckdb_columns() where not internal"
        ).fetchall()
        return [
            f"{table}.{column}"
            for catalog, schema, table, column in columns
            if con.execute(
                f'select count(*) from "{catalog}"."{schema}"."{table}"'
                f' where list_bool_or([contains("{column}"::varchar, word) for word in ?])',
                [words],
            ).fetchall()
            != [(0,)]
        ]
