"""What each dbt test of a build said of which model, as assertions of OpenLineage. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from openlineage.client.generated.data_quality_assertions_dataset import Assertion

from zenhire_sync.marts.together import asked_for, is_together

_SAID = {"pass": True, "warn": False, "fail": False, "error": False}


def assertions_by_model(
    manifest: Mapping[str, Any], results: Mapping[str, Any]
) -> dict[str, list[Assertion]]:
    """By id of a model, its tests in the results of dbt's last command that tested.

    A query that asks several tests of a model at once and passes is told as those tests. A test of several
    models, as those that hold marts against raw tables, is told of each.
    """
    nodes, found = manifest["nodes"], defaultdict(list)
    for name, said in sorted(_verdicts(nodes, results)):
        node = nodes[name]
        for model in {node.get("attached_node"), *node["depends_on"]["nodes"]}:
            if model in nodes and (node.get("attached_node") in {None, model}):
                found[model].append(_assertion(node, said))
    return dict(found)


def _verdicts(nodes: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    passed = set()
    for result in results["results"]:
        name, status = result["unique_id"], result["status"]
        node = nodes.get(name)
        if node is None or node["resource_type"] != "test" or status not in _SAID:
            continue
        if not is_together(node):
            yield name, _SAID[status]
        elif _SAID[status]:
            passed.add(node["attached_node"])
    for name in asked_for(passed, nodes):
        yield name, True


def _assertion(node: Mapping[str, Any], said: bool) -> Assertion:
    metadata = node.get("test_metadata")
    return Assertion(
        assertion=node["name"] if metadata is None else metadata["name"],
        success=said,
        column=node.get("column_name"),
        severity=node["config"]["severity"].lower(),
        name=node["name"],
        description=node.get("description") or None,
    )
