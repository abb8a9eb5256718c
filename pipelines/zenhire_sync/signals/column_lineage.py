"""Which raw columns each mart's columns are made of, by reading the SQL that dbt compiled. Pure.

dbt's manifest knows no columns' lineage, so sqlglot follows each selected expression from model to model.
What decides over rows (joins, filters) is not in it. A model whose SQL sqlglot cannot read has none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope, walk_in_scope
from sqlglot.schema import MappingSchema

# Of a schema and a table.
Relation = tuple[str, str]
Column = tuple[str, str, str]
# Sixty models take one second.
LONGEST_SECONDS = 4.0


def raw_columns(manifest: Mapping[str, Any], longest: float = LONGEST_SECONDS) -> dict[Column, set[Column]]:
    """By schema, table and column (in small letters), the columns of raw tables that its values come from.

    Models for which the time was too short are left out.
    """
    ends = time.monotonic() + longest
    dialect, schema = str(manifest["metadata"]["adapter_type"]), MappingSchema()
    found: dict[Column, set[Column]] = {}
    for source in manifest["sources"].values():
        relation = _relation(source)
        _declare(schema, relation, source["columns"])
        found.update({(*relation, column): {(*relation, column)} for column in source["columns"]})
    for node in _models(manifest):
        if time.monotonic() > ends:
            break
        try:
            columns = _direct(node["compiled_code"], schema, dialect)
        except (SqlglotError, ValueError, KeyError, RecursionError):
            columns = {}
        relation = _relation(node)
        _declare(schema, relation, columns or node["columns"])
        for column, made_of in columns.items():
            found[*relation, column] = {raw for one in made_of for raw in found.get(one, set())}
    return found


def _direct(sql: str, schema: MappingSchema, dialect: str) -> dict[str, set[Column]]:
    """By column, in small letters, the columns of the relations that the SQL names."""
    query = qualify(
        parse_one(sql, dialect=dialect),
        schema=schema,
        dialect=dialect,
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    scope = build_scope(query)
    found = {} if scope is None else _Followed().columns_of(scope)
    return {column.lower(): made_of for column, made_of in found.items()}


class _Followed:
    """Follows columns through the queries within a query; each is read once."""

    def __init__(self) -> None:
        self._done: dict[int, dict[str, set[Column]]] = {}

    def columns_of(self, scope: Scope) -> dict[str, set[Column]]:
        """By name of each selected column, what it is made of."""
        if id(scope) not in self._done:
            # A recursive query finds nothing of itself here.
            self._done[id(scope)] = {}
            parts = [self.columns_of(part) for part in scope.union_scopes] or [self._selected(scope)]
            # The columns of a union go by their place.
            made_of = zip(*(part.values() for part in parts), strict=False)
            self._done[id(scope)] = {
                name: set().union(*of) for name, of in zip(parts[0], made_of, strict=False)
            }
        return self._done[id(scope)]

    def _selected(self, scope: Scope) -> dict[str, set[Column]]:
        within = {id(inner.expression): inner for inner in scope.subquery_scopes}
        found = {}
        for selected in scope.expression.selects:
            made_of: set[Column] = set()
            for node in walk_in_scope(selected):  # type: ignore[no-untyped-call]
                if isinstance(node, exp.Column):
                    made_of |= self._source(scope, node)
                elif id(node) in within:
                    made_of.update(*self.columns_of(within[id(node)]).values())
            found[selected.alias_or_name] = made_of
        return found

    def _source(self, scope: Scope, column: exp.Column) -> set[Column]:
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            return {(source.db, source.name, column.name.lower())}
        return set() if source is None else self.columns_of(source).get(column.name, set())


def _models(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that are relations, each after those that it reads. An ephemeral one is part of its readers."""
    nodes = manifest["nodes"]
    above = {
        name: node["depends_on"]["nodes"] for name, node in nodes.items() if node["resource_type"] == "model"
    }
    for name in TopologicalSorter(above).static_order():
        if (
            name in above
            and nodes[name]["config"]["materialized"] != "ephemeral"
            and nodes[name].get("compiled_code")
        ):
            yield nodes[name]


def _relation(node: Mapping[str, Any]) -> Relation:
    return node["schema"], node.get("identifier") or node.get("alias") or node["name"]


def _declare(schema: MappingSchema, relation: Relation, columns: Mapping[str, Any]) -> None:
    # The types do not matter: only who is who.
    if columns:
        schema.add_table(exp.table_(relation[1], db=relation[0]), dict.fromkeys(columns, "text"))
