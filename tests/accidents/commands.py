"""The real command beside a simulated company: started, killed, started again, and held against the truth."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jsonschema import Draft202012Validator

from tests import parsed_project
from tests.engine import CURRENT
from tests.sync.world import (
    UNLIMITED,
    World,
    assert_feedback_equal,
    assert_lists_equal,
    assert_no_orphans_or_twins,
    assert_personas_equal,
    assert_states_follow,
)

SUMMARY = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "docs" / "run-summary.schema.json").read_text())
)
PROGRAM = Path(sys.executable).with_name("zenhire-sync")
KEY = "zh_api_n0tForAnybodysEyes"
QUICK = {
    "ZENHIRE_RATE_LIMIT_PER_MINUTE": str(UNLIMITED),
    "ZENHIRE_RETRY_BASE_SECONDS": "0.01",
    "ZENHIRE_WINDOW_DETAILS": "40",
    "ZENHIRE_AUDIT_REQUESTS": "0",
}


def variables(data_dir: Path, base_url: str, **more: str) -> dict[str, str]:
    """The environment of a command: this process's own without ZENHIRE_*, and a quick run's settings."""
    mine = {name: text for name, text in os.environ.items() if not name.startswith("ZENHIRE_")}
    theirs = {"ZENHIRE_API_KEY": KEY, "ZENHIRE_BASE_URL": base_url, "ZENHIRE_DATA_DIR": str(data_dir)}
    return {**mine, **QUICK, **CURRENT.variables(), **theirs, **more}


def settled_truth(here: World) -> None:
    """Everything that a sync brings equals the vendor's truth, and nothing is twice or an orphan."""
    now = here.sim.now
    assert_lists_equal(here, now)
    assert_feedback_equal(here, now)
    assert_personas_equal(here, now)
    assert_no_orphans_or_twins(here)
    assert_states_follow(here)


@dataclass(frozen=True)
class Ended:
    """How a command ended; a negative code is the signal that killed it. ``steps`` only if it was not."""

    exit_code: int
    output: str
    steps: int = 0

    def well(self) -> Self:
        """The same, surely ended well."""
        assert self.exit_code == 0, self.output
        return self


@dataclass
class Child:
    """A command under way."""

    pid: int
    nursery: Nursery
    output: Path

    def kill(self) -> None:
        """kill -9; one that has just ended by itself is past that."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> Ended:
        """Waits for its end."""
        answer = self.nursery.answer()
        text = self.output.read_text()
        assert "Traceback" not in text
        self.nursery.check_summary()
        return Ended(os.waitstatus_to_exitcode(answer["status"]), text, answer["steps"])


class Nursery:
    """Commands as forks of one warm interpreter (see nursery.py), one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._summary = folder / "summary.json"

    def __enter__(self) -> Self:
        script = Path(__file__).with_name("nursery.py")
        parsed = [] if parsed_project.FOLDER is None else [parsed_project.FOLDER]
        self._process = subprocess.Popen(
            [sys.executable, script, *parsed], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert "ready" in self.answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process as process:
            process.kill() if kind is not None else None

    def start(
        self,
        env: dict[str, str],
        *argv: str,
        deadly: int = 0,
        by: signal.Signals = signal.SIGKILL,
        largest_file: int = 0,
    ) -> Child:
        """Starts a command that gets a signal before step ``deadly``; no file gets larger (0: never, any)."""
        output = self._file("output")
        steps = {"deadly": deadly, "signal": int(by)}
        pid = self._send(
            argv, env, Path.cwd(), output=output, errors=output, largest_file=largest_file, **steps
        )
        return Child(pid, self, output)

    def start_script(self, script: str, *argv: str, env: dict[str, str] | None = None) -> Child:
        """Starts a test's own Python script."""
        output = self._file("output")
        more = {"largest_file": 0, "deadly": None, "script": script}
        pid = self._send(argv, env or dict(os.environ), Path.cwd(), output=output, errors=output, **more)
        return Child(pid, self, output)

    def told(
        self, argv: Sequence[str], env: dict[str, str], folder: Path, timeout_seconds: float
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a command run in a folder.

        Raises TimeoutExpired after killing what takes longer.
        """
        output, errors = self._file("output"), self._file("errors")
        pid = self._send(argv, env, folder, output=output, errors=errors, largest_file=0, deadly=None)
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], timeout_seconds)[0]:
            os.kill(pid, signal.SIGKILL)
            self.answer()
            raise subprocess.TimeoutExpired(list(argv), timeout_seconds)
        code = os.waitstatus_to_exitcode(self.answer()["status"])
        self.check_summary(code)
        return code, output.read_text("utf-8"), errors.read_text("utf-8")

    @staticmethod
    @cache
    def of_this_process() -> Nursery:
        """The one of all tests of a worker; it ends with the worker."""
        folder = Path(tempfile.mkdtemp(prefix="zenhire-nursery-"))
        nursery = Nursery(folder).__enter__()
        atexit.register(shutil.rmtree, folder)
        atexit.register(nursery.__exit__, None, None, None)
        return nursery

    def _file(self, kind: str) -> Path:
        self._count += 1
        path = self._folder / f"{self._count}-{kind}.txt"
        # A child may be killed before it has opened it.
        path.touch(0o600)
        return path

    def _send(self, argv: Sequence[str], env: dict[str, str], folder: Path, **more: Any) -> int:
        """The pid of the child that carries the order out."""
        self._summary.unlink(missing_ok=True)
        env = {"ZENHIRE_SUMMARY_FILE": str(self._summary), **env}
        order = {"argv": argv, "script": None, "env": env, "folder": str(folder), **more}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order, default=str) + "\n")
        self._process.stdin.flush()
        return int(self.answer()["pid"])

    def check_summary(self, exit_code: int | None = None) -> None:
        """What the last command said of itself keeps to its schema, and its exit code is the process's."""
        if self._summary.exists():
            told = json.loads(self._summary.read_text())
            SUMMARY.validate(told)
            assert exit_code is None or exit_code == told["exit_code"], told

    def run(
        self,
        env: dict[str, str],
        *argv: str,
        deadly: int = 0,
        by: signal.Signals = signal.SIGKILL,
        largest_file: int = 0,
    ) -> Ended:
        """The same, to its end."""
        return self.start(env, *argv, deadly=deadly, by=by, largest_file=largest_file).ended()

    def answer(self) -> dict[str, Any]:
        """The next answer of the process."""
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
