"""A mart's tests, asked in one query by ``transforms/tests/generic/tests_of.sql``: which, and what it found.

dbt's own way is a query for each, which took as long as the models of a small build. It is still there: a
query that finds something is followed by them, so that a failure has the name of the rule and its SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_TOGETHER = "tests_of"
_KINDS = ("unique", "not_null", "accepted_values", "relationships", "holds")
# what only warns keeps a query of its own, for its number of rows is told
LEFT_TO_IT = ("--exclude", *(f"test_name:{kind},config.severity:ERROR" for kind in _KINDS))

Nodes = Mapping[str, Mapping[str, Any]]


def is_together(node: Mapping[str, Any]) -> bool:
    """Whether a test of the manifest asks others."""
    return _kind(node) == _TOGETHER


def asked_for(models: Iterable[str], nodes: Nodes) -> set[str]:
    """Ids of the tests that were asked with those models' one query."""
    chosen = set(models)
    return {
        unique_id
        for unique_id, node in nodes.items()
        if node["resource_type"] == "test"
        and node.get("attached_node") in chosen
        and _kind(node) in _KINDS
        and node["config"]["severity"].lower() == "error"
    }


def models_by_status(results: Iterable[Any], status: str) -> set[str]:
    """Ids of the models whose one query ended so, such as "pass"."""
    ended = (r.node for r in results if str(r.status) == status and hasattr(r.node, "test_metadata"))
    return {node.attached_node for node in ended if node.test_metadata.name == _TOGETHER}


def _kind(node: Mapping[str, Any]) -> str | None:
    """Name of the generic test that a test is one of."""
    return (node.get("test_metadata") or {}).get("name")
