"""Runs that are killed or stopped: forks of one warm interpreter, so that a death costs a fork.

``python -m tests.lives.children`` reads pickled orders, one a line in base64, and answers as nursery.py does.
"""

from __future__ import annotations

import atexit
import base64
import importlib
import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.accidents import nursery
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ZenhireError
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings

STOPPED = 130


@dataclass(frozen=True)
class Order:
    """One run. ``deadly``: the step before which it kills itself, 0 for never."""

    command: str
    settings: Settings
    keys: tuple[ApiKey, ...]
    as_of: datetime
    deadly: int = 0


def perform(order: Order) -> tuple[int, str]:
    """Exit code and message of a run in this process."""
    step = importlib.import_module("zenhire_sync.sync.step")
    work = step.reconcile_sessions if order.command == "reconcile" else step.sync_sessions
    try:
        done = work(order.settings, order.keys, as_of=order.as_of, progress=Silent())
    except ZenhireError as error:
        return error.exit_code, str(error)
    except KeyboardInterrupt:
        return STOPPED, "stopped"
    problems = "; ".join(problem.message for problem in done.key_problems)
    return (0 if done.outcome == "done" else 3), f"{done.outcome} {problems}".strip()


class Children:
    """The warm interpreter; one child at a time. A life that went wrong ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.end()

    @staticmethod
    @cache
    def of_this_process() -> Children:
        """The one of all lives that this process lives through; it ends with the process."""
        children = Children()
        atexit.register(children.end)
        return children

    def end(self) -> None:
        """Ends the interpreter; another is started when it is needed."""
        if self._process is not None:
            with self._process as process:
                process.kill()
            self._process = None

    def start(self, order: Order) -> int:
        """The pid of a child that carries it out."""
        if self._process is None:
            root = Path(__file__).parents[2]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lives.children"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=root,
            )
            self._answer()
        assert self._process.stdin is not None
        self._process.stdin.write(base64.b64encode(pickle.dumps(order)).decode() + "\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def ended(self) -> int:
        """The exit code of the child; negative: the signal that killed it."""
        return os.waitstatus_to_exitcode(self._answer()["status"])

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


def _carry_out(order: Order) -> None:
    """Becomes the run. Does not return."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        nursery.Steps(order.deadly, signal.SIGKILL, str(order.settings.data_dir)).watch()
        code, _ = perform(order)
    finally:
        os._exit(code)


def main() -> None:
    """Serves orders until standard input ends."""
    for name in ("zenhire_sync.sync.step", *nursery.WARM):
        # None of them builds.
        if not name.startswith("dbt."):
            importlib.import_module(name)
    nursery.freeze()
    os.write(1, b'{"ready": 1}\n')
    for line in sys.stdin:
        order = pickle.loads(base64.b64decode(line))  # noqa: S301 - written by the process above
        pid = os.fork()
        if pid == 0:
            _carry_out(order)
        os.write(1, json.dumps({"pid": pid}).encode() + b"\n")
        _, status = os.waitpid(pid, 0)
        os.write(1, json.dumps({"status": status}).encode() + b"\n")


if __name__ == "__main__":
    main()
