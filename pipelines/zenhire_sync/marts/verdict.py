"""What dbt's results mean: how many tests passed, and which model or test made the build fail.

Also whether everything ran: a test that was left out would pass every night.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_sync.errors import BuildError
from zenhire_sync.marts.runner import telling_line
from zenhire_sync.marts.together import Nodes, asked_for, is_together, models_by_status

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TestCounts:
    """Declared data tests, by result; ``warned`` ones found rows that are worth a look but stop nothing."""

    __test__ = False

    passed: int
    warned: int


# unit tests check the SQL, not the night's data: they run where the SQL changes
_EVERY_NIGHT = ("model", "test")
_RAN = {"success", "pass", "warn"}
_FAILED = {"error", "fail", "runtime error"}


def manifest_path(work: Path) -> Path:
    """Where dbt lists all that the project has."""
    return work / "target" / "manifest.json"


def judge(results: list[Any], work: Path) -> TestCounts:
    """The tests' counts when nothing failed and nothing was left out.

    Raises BuildError when a model or test failed or did not run; it names the first one and where to look.
    """
    failures = [r for r in results if str(r.status) in _FAILED]
    if failures:
        raise BuildError(_message(failures, work))
    nodes = project_nodes(work)
    asked = asked_for(models_by_status(results, "pass"), nodes)
    _require_all({r.node.unique_id for r in results if str(r.status) in _RAN} | asked, nodes, work)
    tests = {r.node.unique_id: r for r in results if str(r.node.resource_type) == "test"}
    warned = [r for r in tests.values() if str(r.status) == "warn"]
    for result in warned:
        log.warning("test %s warns of %s", result.node.name, _rows(result))
    passed = {name for name, r in tests.items() if str(r.status) == "pass" and not is_together(nodes[name])}
    return TestCounts(passed=len(passed | asked), warned=len(warned))


def project_nodes(work: Path) -> Nodes:
    """All that the project has, by id, as dbt's last command listed it; empty when there is no list."""
    try:
        return dict(json.loads(manifest_path(work).read_text("utf-8"))["nodes"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _require_all(ran: set[str], nodes: Nodes, work: Path) -> None:
    for kind in _EVERY_NIGHT:
        # enabled ones only: dbt lists disabled ones elsewhere; an ephemeral model is part of its reader
        expected = {
            name
            for name, node in nodes.items()
            if node["resource_type"] == kind and node["config"]["materialized"] != "ephemeral"
        }
        if not expected:
            raise BuildError(f"{manifest_path(work)} lists no {kind}s, so nothing shows that all of them ran")
        if missing := sorted(expected - ran):
            raise BuildError(
                f"{len(missing)} of {len(expected)} {kind}s did not run, such as {missing[0]}; what is "
                f"untested is not published. Something told dbt to skip them (log: {work / 'logs/dbt.log'})"
            )


def _message(failures: list[Any], work: Path) -> str:
    first = failures[0]
    kind, name = str(first.node.resource_type), first.node.name
    if str(first.status) == "fail":
        what = f"test {name} failed on {_rows(first)}"
    else:
        what = f"{kind} {name} could not be built: {telling_line(first.message)}"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    compiled = first.node.compiled_path
    where = f"SQL: {compiled}; " if compiled else ""
    return f"{what}{more}. {where}log: {work / 'logs' / 'dbt.log'}"


def _rows(result: Any) -> str:
    return f"{result.failures} row{'' if result.failures == 1 else 's'}"
