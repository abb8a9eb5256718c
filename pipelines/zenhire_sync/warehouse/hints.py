"""What dlt is told of a raw table: its columns, and how rows take the place of older ones.

Told alike by a sync, which loads files into the warehouse, and by ``zenhire_sync.source``, which loads
anywhere.
"""

from __future__ import annotations

from typing import Any

from zenhire_schemas.tables import Table


def column_hints(table: Table) -> Any:
    """Columns by name, with type and description; the removal marker is dlt's ``hard_delete``."""
    return {
        column.name: {
            "name": column.name,
            "data_type": column.type,
            "nullable": column.nullable,
            "description": column.description,
            **({"hard_delete": True} if column.name == table.removal_marker else {}),
        }
        for column in table.columns
    }


def delete_insert(table: Table) -> dict[str, Any]:
    """A write disposition: a row takes the place of the one with its key; a child set, of all its session's.

    Children follow their session by a scope and a primary key, without a merge key. That stays right when a
    process dies between copy and merge, and takes a tenth of the time of both keys together (measured).
    """
    merge: dict[str, Any] = {"disposition": "merge", "strategy": "delete-insert"}
    if table.removal_marker is not None:
        merge["destination_scope"] = "session_id IN (SELECT session_id FROM {staging_table})"
    return merge
