"""What dbt's results mean: how many tests passed, and which model or test made the build fail."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_sync.build.runner import first_line
from zenhire_sync.errors import BuildError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TestCounts:
    """Data tests by result; ``warned`` ones found rows that are worth a look but stop nothing."""

    __test__ = False

    passed: int
    warned: int


def judge(results: list[Any], work: Path) -> TestCounts:
    """The tests' counts when nothing failed.

    Raises:
        BuildError: a model or test failed; names the first one and where to look.
    """
    failures = [r for r in results if str(r.status) in {"error", "fail", "runtime error"}]
    if failures:
        raise BuildError(_message(failures, work))
    tests = [r for r in results if str(r.node.resource_type) == "test"]
    warned = [r for r in tests if str(r.status) == "warn"]
    for result in warned:
        _LOG.warning("test %s warns of %s", result.node.name, _rows(result))
    return TestCounts(passed=sum(str(r.status) == "pass" for r in tests), warned=len(warned))


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
