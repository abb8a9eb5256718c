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
from zenhire_sync.marts.runner import first_line

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TestCounts:
    """Data tests by result; ``warned`` ones found rows that are worth a look but stop nothing."""

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

    Raises:
        BuildError: a model or test failed, or did not run; names the first one and where to look.
    """
    failures = [r for r in results if str(r.status) in _FAILED]
    if failures:
        raise BuildError(_message(failures, work))
    _require_all({r.node.unique_id for r in results if str(r.status) in _RAN}, work)
    tests = [r for r in results if str(r.node.resource_type) == "test"]
    warned = [r for r in tests if str(r.status) == "warn"]
    for result in warned:
        _LOG.warning("test %s warns of %s", result.node.name, _rows(result))
    return TestCounts(passed=sum(str(r.status) == "pass" for r in tests), warned=len(warned))


def _require_all(ran: set[str], work: Path) -> None:
    for kind in _EVERY_NIGHT:
        expected = _ids_in_project(kind, work)
        if missing := sorted(expected - ran):
            raise BuildError(
                f"{len(missing)} of {len(expected)} {kind}s did not run, such as {missing[0]}; what is "
                f"untested is not published. Something told dbt to skip them (log: {work / 'logs/dbt.log'})"
            )


def _ids_in_project(kind: str, work: Path) -> set[str]:
    """Enabled ones only: dbt lists disabled ones elsewhere."""
    try:
        nodes = json.loads(manifest_path(work).read_text("utf-8"))["nodes"]
        found = {name for name, node in nodes.items() if node["resource_type"] == kind}
    except (OSError, ValueError, KeyError, TypeError):
        found = set()
    if not found:
        raise BuildError(f"{manifest_path(work)} lists no {kind}s, so nothing shows that all of them ran")
    return found


def _message(failures: list[Any], work: Path) -> str:
    first = failures[0]
    kind, name = str(first.node.resource_type), first.node.name
    if str(first.status) == "fail":
        what = f"test {name} failed on {_rows(first)}"
    else:
        what = f"{kind} {name} could not be built: {first_line(first.message)}"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    compiled = first.node.compiled_path
    where = f"SQL: {compiled}; " if compiled else ""
    return f"{what}{more}. {where}log: {work / 'logs' / 'dbt.log'}"


def _rows(result: Any) -> str:
    return f"{result.failures} row{'' if result.failures == 1 else 's'}"
