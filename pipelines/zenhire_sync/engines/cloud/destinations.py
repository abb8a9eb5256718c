"""The cloud warehouses: how dlt reaches each, and the SQL by which a mart takes its predecessor's place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import dlt

from zenhire_sync.cloud_login import login_of
from zenhire_sync.engines.duckdb_file.publishing.published_marts import PublishedMart
from zenhire_sync.engines.duckdb_file.quoting import identifier, literal
from zenhire_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class CloudWarehouse:
    """One kind of warehouse.

    ``replaced`` are statements that make the target anew from a table that was loaded; without
    ``has_transactions`` the one among them that readers notice is a step of its own. ``naming`` is dlt's name
    for how identifiers are written: names of marts stay as they are in each.
    """

    factory: Callable[..., Any]
    replaced: Callable[[PublishedMart, str, str], Iterator[str]]
    has_transactions: bool = False
    naming: str = "sql_ci_v1"
    options: Mapping[str, Any] = field(default_factory=dict)
    most_whole_digits: int = 38


def _cloned(_: PublishedMart, loaded: str, target: str) -> Iterator[str]:
    """Columns' comments and the table's come along."""
    yield f"create or replace table {target} clone {loaded}"


def _cloned_with_grants(table: PublishedMart, loaded: str, target: str) -> Iterator[str]:
    # dlt makes comments of columns alone. A backslash is a sign of its own in Snowflake's texts.
    if table.comment is not None:
        said = literal(table.comment.replace("\\", "\\\\"))
        yield f"comment on table {loaded} is {said}"
    yield f"create or replace table {target} clone {loaded} copy grants"


def _copied(table: PublishedMart, loaded: str, target: str) -> Iterator[str]:
    """DuckDB copies no comment and no "not null", and dlt makes no comment there."""
    columns = ", ".join(
        f"{identifier(column.name)} {column.type}{'' if column.is_nullable else ' not null'}"
        for column in table.columns
    )
    yield f"create or replace table {target} ({columns})"
    yield f"insert into {target} by name from {loaded}"
    told = [("table", target, table.comment)]
    told += [("column", f"{target}.{identifier(column.name)}", column.comment) for column in table.columns]
    # In one request: there are hundreds of them.
    if sql := "; ".join(f"comment on {kind} {name} is {literal(text)}" for kind, name, text in told if text):
        yield sql


WAREHOUSES: MutableMapping[str, CloudWarehouse] = {
    # Files that are loaded hold people: dlt would keep them in the stage.
    "snowflake": CloudWarehouse(
        dlt.destinations.snowflake, _cloned_with_grants, options={"keep_staged_files": False}
    ),
    # NUMERIC has no more digits before the point, and dlt would declare NUMERIC(38, 6).
    "bigquery": CloudWarehouse(dlt.destinations.bigquery, _cloned, naming="sql_cs_v1", most_whole_digits=29),
    "databricks": CloudWarehouse(dlt.destinations.databricks, _cloned, options={"keep_staged_files": False}),
    "motherduck": CloudWarehouse(
        dlt.destinations.motherduck, _copied, has_transactions=True, naming="sql_cs_v1"
    ),
}


def login_text(readers: Settings) -> str | None:
    """The login as it was set."""
    return None if readers.home.url is None else readers.home.url.get_secret_value()


def destination_of(readers: Settings) -> Any:
    """The warehouse as a destination of dlt; nothing is asked of it."""
    target = readers.home.destination
    warehouse = WAREHOUSES[target]
    return warehouse.factory(
        credentials=login_of(target, login_text(readers)) or None,
        naming_convention=warehouse.naming,
        **warehouse.options,
        **readers.home.parameters,
    )


def place_of(readers: Settings) -> str:
    """The warehouse for messages: never a login."""
    login = login_of(readers.home.destination, login_text(readers))
    named = next((login[name] for name in ("database", "catalog", "project_id") if login.get(name)), None)
    return f"{readers.home.destination}{'' if named is None else f' {named}'}"
