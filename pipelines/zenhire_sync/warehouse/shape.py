"""Whether the raw tables that are there are ours, and of which version. Pure.

A column that a later version adds to a table must be nullable: rows that are there already have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zenhire_schemas.tables import (
    LAYOUT,
    RAW_SCHEMA,
    RAW_TABLES,
    SESSION_METADATA,
    SESSION_TAGS,
    SESSIONS,
    ColumnType,
    Table,
)
from zenhire_sync.errors import ConfigurationError, WarehouseError

# As information_schema spells them, engine by engine.
_SPELLINGS: Mapping[ColumnType, frozenset[str]] = {
    "text": frozenset({"varchar", "text", "character varying"}),
    "bigint": frozenset({"bigint"}),
    "double": frozenset({"double", "double precision"}),
    "bool": frozenset({"boolean"}),
    "timestamp": frozenset({"timestamp with time zone"}),
}


# The tables and views of a schema, with their columns.
PRESENT = """
    select t.table_name, t.table_type, c.column_name, lower(c.data_type)
    from information_schema.tables t join information_schema.columns c
    on c.table_schema = t.table_schema and c.table_name = t.table_name where t.table_schema = %s
"""


@dataclass(frozen=True, slots=True)
class Present:
    """A table or view as information_schema shows it: columns with their types, lower case."""

    is_table: bool
    columns: Mapping[str, str]


def present_tables(rows: Iterable[Sequence[Any]]) -> dict[str, Present]:
    """From the rows of ``PRESENT``: table, kind of table, column, type."""
    found: dict[str, Present] = {}
    for table, kind, column, data_type in rows:
        present = found.setdefault(str(table), Present(kind == "BASE TABLE", {}))
        found[str(table)] = Present(present.is_table, {**present.columns, str(column): str(data_type)})
    return found


def require_known_layout(written: int | None, place: str) -> None:
    """``written``: the highest ``layout`` in sync_runs. Raises ConfigurationError for a newer version's."""
    if written is not None and written > LAYOUT:
        raise ConfigurationError(
            f"{place} was written by a newer version of zenhire-sync (layout {written}, and this one knows "
            f"{LAYOUT}); install that version or a later one; nothing was touched"
        )


def require_ours(present: Mapping[str, Present]) -> None:
    """Raises WarehouseError when one of our names is taken by something that is not ours."""
    for table in RAW_TABLES:
        if table.name in present and (problem := _problem(table, present[table.name])):
            raise WarehouseError(
                f"{RAW_SCHEMA}.{table.name} was not made by zenhire-sync ({problem}); rename it, restore the "
                "warehouse from a backup, or set ZENHIRE_DATA_DIR to another folder"
            )


def tables_behind(present: Mapping[str, Present]) -> list[Table]:
    """Raw tables that are missing or lack columns, to be brought up to this version.

    Raises WarehouseError as ``require_ours`` does.
    """
    require_ours(present)
    return [
        table
        for table in RAW_TABLES
        if table.name not in present or not set(table.column_names) <= set(present[table.name].columns)
    ]


def are_fingerprints_old(behind: Iterable[Table]) -> bool:
    """Whether fingerprints tell of more than the tables hold now, so that they are to be forgotten."""
    return not {SESSIONS, SESSION_TAGS, SESSION_METADATA}.isdisjoint(behind)


def _problem(table: Table, found: Present) -> str | None:
    if not found.is_table:
        return "it is a view"
    for column in table.columns:
        kind = found.columns.get(column.name)
        if kind is None and not column.nullable:
            return f"it has no column {column.name}"
        if kind is not None and kind not in _SPELLINGS[column.type]:
            return f"column {column.name} is {kind}"
    return None
