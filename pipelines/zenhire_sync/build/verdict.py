"""What dbt's results mean: how many tests passed, and which model or test made the build fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_sync.build.runner import first_line
from zenhire_sync.errors import BuildError


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
    return TestCounts(
        passed=sum(str(r.status) == "pass" for r in tests),
        warned=sum(str(r.status) == "warn" for r in tests),
    )


def _message(failures: list[Any], work: Path) -> str:
    first = failures[0]
    kind, name = str(first.node.resource_type), first.node.name
    if str(first.status) == "fail":
        what = f"test {name} failed on {first.failures} row{'' if first.failures == 1 else 's'}"
    else:
        what = f"{kind} {name} could not be built: {first_line(first.message)}"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    compiled = first.node.compiled_path
    where = f"SQL: {compiled}; " if compiled else ""
    return f"{what}{more}. {where}log: {work / 'logs' / 'dbt.log'}"
