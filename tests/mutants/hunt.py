"""Whether the tests or the random lives find what is planted in a copied tree."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutants.copied_tree import CopiedTree

# A defect that makes a test wait for ever is found by it.
TEST_SECONDS = 600
LIFE_SECONDS = 300
SEEDS = (1, 2, 3, 4, 5)
_PASSED, _FAILED, _INTERRUPTED, _NOTHING_COLLECTED = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Found:
    """By what a defect was found (a test's name, or a seed), None when by nothing; wall clock seconds."""

    by: str | None
    seconds: float


def by_tests(tree: CopiedTree, tests: Sequence[str]) -> Found:
    """The first test that fails: those of ``make test`` first, then the slow ones.

    Raises RuntimeError when pytest could not be asked.
    """
    started = time.monotonic()
    for which in ("not slow", "slow"):
        options = ("-p", "no:randomly", "-p", "no:cacheprovider", "-n0", "-x", "-q", "-m", which)
        code, output = _ended(tree, ("-m", "pytest", *options, *tests), TEST_SECONDS)
        by = None if code in {_PASSED, _NOTHING_COLLECTED} else _name(code, output)
        if by is not None:
            return Found(by, time.monotonic() - started)
    return Found(None, time.monotonic() - started)


def by_lives(tree: CopiedTree, seeds: Sequence[int] = SEEDS) -> Found:
    """The first short life of these seeds that goes wrong."""
    started = time.monotonic()
    for seed in seeds:
        code, _ = _ended(tree, ("-m", "tests.lives", str(seed), "--short", "--jobs", "1"), LIFE_SECONDS)
        if code != _PASSED:
            return Found(f"life {seed}", time.monotonic() - started)
    return Found(None, time.monotonic() - started)


def _name(code: int | None, output: str) -> str:
    if code is None:
        return "a test that waits for ever"
    if code not in {_FAILED, _INTERRUPTED}:
        raise RuntimeError(f"pytest ended with {code}: {output[-2_000:]}")
    lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return lines[0].split(" ")[1] if lines else "a test that could not be read"


def _ended(tree: CopiedTree, arguments: Sequence[str], most_seconds: float) -> tuple[int | None, str]:
    """Exit code and output; no code when it took too long. Whatever it has started ends with it."""
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    with subprocess.Popen(
        [tree.python, *arguments],
        cwd=tree.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=most_seconds)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output
