"""Whether the tests or the random lives find what is planted in a copied tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer

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


class WarmTests:
    """Pytest in a tree, begun without the seconds that importing libraries takes. Ends with the process."""

    def __init__(self, tree: CopiedTree) -> None:
        self._output = tree.folder.with_name(f"{tree.folder.name}.txt")
        self._process = subprocess.Popen(
            [tree.python, "-m", "tests.mutants.warm"],
            cwd=tree.folder,
            env=_environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def find(self, tests: Sequence[str]) -> Found:
        """The first test that fails: those of ``make test`` first, then the slow ones.

        Raises RuntimeError when pytest could not be asked.
        """
        started = time.monotonic()
        for which in ("not slow", "slow"):
            options = ("-p", "no:randomly", "-p", "no:cacheprovider", "-n0", "-x", "-q", "-m", which)
            code = self._ended([str(self._output), *options, *tests])
            if code not in {_PASSED, _NOTHING_COLLECTED}:
                return Found(
                    _name(code, self._output.read_text("utf-8", "replace")), time.monotonic() - started
                )
        return Found(None, time.monotonic() - started)

    def _ended(self, order: Sequence[str]) -> int:
        """The exit code, of a signal where it took too long. Whatever it has started ends with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        deadline = Timer(TEST_SECONDS, lambda: os.killpg(pid, signal.SIGKILL))
        deadline.start()
        try:
            return int(self._process.stdout.readline())
        finally:
            deadline.cancel()
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def by_lives(tree: CopiedTree, seeds: Sequence[int] = SEEDS) -> Found:
    """The first short life of these seeds that goes wrong."""
    started = time.monotonic()
    for seed in seeds:
        code, _ = _ended(tree, ("-m", "tests.lives", str(seed), "--short", "--jobs", "1"), LIFE_SECONDS)
        if code != _PASSED:
            return Found(f"life {seed}", time.monotonic() - started)
    return Found(None, time.monotonic() - started)


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}


def _name(code: int, output: str) -> str:
    if code == -signal.SIGKILL:
        return "a test that waits for ever"
    if code not in {_FAILED, _INTERRUPTED}:
        raise RuntimeError(f"pytest ended with {code}: {output[-2_000:]}")
    lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return lines[0].partition(" ")[2].partition(" - ")[0] if lines else "a test that could not be read"


def _ended(tree: CopiedTree, arguments: Sequence[str], most_seconds: float) -> tuple[int | None, str]:
    """Exit code and output; no code when it took too long. Whatever it has started ends with it."""
    with subprocess.Popen(
        [tree.python, *arguments],
        cwd=tree.folder,
        env=_environ(),
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
