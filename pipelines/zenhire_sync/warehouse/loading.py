"""The dlt source ``zenhire``: the raw tables, fed with Parquet files, with the cursors as its state.

Data flow: GET /sessions and /sessions/{id} (read by ``zenhire_sync.sync``) -> zenhire_raw.*

In a pipeline of another project, ``zenhire_sync.source`` reads the API itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import dlt
from dlt.extract import DltResource

from zenhire_schemas.tables import RAW_TABLES, Table
from zenhire_sync.warehouse.hints import column_hints, delete_insert
from zenhire_sync.warehouse.spool import SpooledTable

SOURCE_NAME = "zenhire"
CURSORS = "cursors"


@dlt.source(name=SOURCE_NAME)
def zenhire(
    files: Mapping[str, SpooledTable | None],
    cursors: Mapping[str, Any] | None = None,
    *,
    are_new: bool = False,
) -> list[DltResource]:
    """Resources for the named raw tables; ``cursors`` become the source's state with the same load.

    A table is made, when it is not there yet, with its columns; also where None stands for no rows.

    Rows that ``are_new`` are appended. That is safe because a package is never loaded a second time: the
    working folder is made anew for each run, and a run first looks which sessions are there.
    """
    return [
        _resource(table, files[table.name], cursors, are_new) for table in RAW_TABLES if table.name in files
    ]


def _resource(
    table: Table, file: SpooledTable | None, cursors: Mapping[str, Any] | None, are_new: bool
) -> DltResource:
    def rows() -> Iterator[Any]:
        # dlt keeps what is said while rows are taken; what the function of a source says is lost.
        if cursors is not None:
            dlt.current.source_state()[CURSORS] = dict(cursors)
        columns = table.arrow_schema().empty_table()
        if file is None:
            yield columns
        else:
            yield dlt.mark.with_file_import(str(file.path), "parquet", file.num_rows, hints=columns)

    # Each table comes with distinct keys; dlt would look for twins in a window over every column.
    merge: Any = {**delete_insert(table), "deduplicated": True}
    return dlt.resource(
        rows,
        name=table.name,
        columns=column_hints(table),
        primary_key=table.key,
        write_disposition="append" if are_new else merge,
        schema_contract={"columns": "freeze", "data_type": "freeze"},
    )
