"""The tables that a publish makes, by bare DuckDB: each mart into a new file as it comes, and as Parquet.

Data flow: a built warehouse -> FOLDER/zenhire.duckdb and FOLDER/*.parquet. Nothing is sorted, checked or
swapped in. Run alone: ``python -m bench.bare_publish WAREHOUSE FOLDER MEMORY_LIMIT``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(warehouse: str, folder: str, memory_limit: str) -> None:
    """The file has the storage version of the published one, Parquet its compression."""
    target = Path(folder)
    config = {"memory_limit": memory_limit, "temp_directory": f"{target / 'tmp'}"}
    with duckdb.connect(config=config) as con:
        con.sql(f"attach '{warehouse}' as source (read_only)")
        con.sql(f"attach '{target / 'zenhire.duckdb'}' as copied (storage_version 'v1.4.0')")
        con.sql("create schema copied.zenhire_marts")
        marts = con.sql(
            "select table_name from duckdb_tables() "
            "where (database_name, schema_name) = ('source', 'zenhire_marts')"
        ).fetchall()
        for (mart,) in marts:
            copied = f'copied.zenhire_marts."{mart}"'
            con.sql(f'create table {copied} as from source.zenhire_marts."{mart}"')
            con.sql(f"copy {copied} to '{target / mart}.parquet' (format parquet, compression zstd)")


if __name__ == "__main__":
    main(*sys.argv[1:])
