"""Looks for words everywhere under a folder: in the bytes of files and in the tables they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb


def places_of(words: Iterable[str], folder: Path) -> list[str]:
    """Where any of the words occurs, as ``file`` or ``file: table.column``; empty when nowhere."""
    wanted = list(words)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    found = []
    for path in files:
        content = path.read_bytes()
        if any(word.encode() in content or word in path.name for word in wanted):
            found.append(str(path.relative_to(folder)))
    # A database or Parquet file may have compressed them.
    with duckdb.connect() as con:
        for path in files:
            found += [f"{path.relative_to(folder)}: {column}" for column in _columns_with(wanted, path, con)]
    return found


def _columns_with(words: list[str], path: Path, con: Any) -> Iterator[str]:
    for table, source, columns in _tables(path, con):
        texts = {name: f'"{name}"::varchar' for name in columns}
        if not _holds(f"concat_ws(chr(10), {', '.join(texts.values())})", source, words, con):
            continue
        yield from (f"{table}.{name}" for name, text in texts.items() if _holds(text, source, words, con))
    if path.suffix == ".duckdb":
        con.execute("use memory; detach looked_at")


def _tables(path: Path, con: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Name, what to select from, and columns of each table in the file."""
    if path.suffix == ".parquet":
        source = f"read_parquet('{path}')"
        yield path.stem, source, [row[0] for row in con.execute(f"describe from {source}").fetchall()]
    if path.suffix == ".duckdb":
        con.execute(f"attach '{path}' as looked_at (read_only)")
        tables = con.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns()"
            " join duckdb_tables() using (database_name, schema_name, table_name)"
            " where database_name = 'looked_at' group by all"
        ).fetchall()
        for schema, table, columns in tables:
            yield table, f'looked_at."{schema}"."{table}"', columns


def _holds(text: str, source: str, words: list[str], con: Any) -> bool:
    sql = f"select count(*) from {source} where list_bool_or([contains({text}, word) for word in ?])"
    [(rows,)] = con.execute(sql, [words]).fetchall()
    return bool(rows)
