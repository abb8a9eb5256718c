"""Children whose session never arrived: left by a run that died between the two, of a session gone since."""

from __future__ import annotations

from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.rows.columns import removal_rows
from zenhire_sync.warehouse.port import Loader

# Children are the tables with a removal marker; their names are those of our own declarations.
_CHILDREN = tuple(table for table in RAW_TABLES if table.removal_marker is not None)
ORPHANS = {
    table.name: f"select distinct session_id from {table.name} "  # noqa: S608
    "where session_id not in (select id from sessions)"
    for table in _CHILDREN
}


def drop_orphans(warehouse: Loader) -> None:
    """Removes what a run that did not end well may have left: every child there is, is looked at."""
    found = {table.name: warehouse.select(ORPHANS[table.name]) for table in _CHILDREN}
    warehouse.load(
        {
            table.name: removal_rows(table, found[table.name].column(0).to_pylist())
            for table in _CHILDREN
            if found[table.name].num_rows
        }
    )
