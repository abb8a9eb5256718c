"""Runs the real command in forks of an interpreter that has imported it already, and lets them die early.

``python nursery.py [PARSED]`` reads one JSON object a line: ``argv``, ``script`` (of a test; null: the
program), ``env``, ``folder`` (to work in), ``output`` and ``errors`` (files, or one file), ``deadly`` (the
step before which the child sends itself ``signal``, 0 for never; null: steps are not counted),
``largest_file`` (bytes, 0 for any). It answers ``{"pid"}`` at once, and then ``{"status", "steps"}``, the
wait status and the steps that the child took when it came to its end.

A step is what a database statement begins or ends with, or a change of the file system (CPython reports
those). They are counted from here, so that the program knows nothing of it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

WARM = (
    "zenhire_sync.cli.app",
    "zenhire_sync.cli.log",
    "zenhire_sync.cli.progress_display",
    "zenhire_sync.cli.summaries",
    "zenhire_sync.run",
    "rich.console",
    "dlt.destinations.impl.duckdb.duck",
    "dlt.destinations.impl.duckdb.factory",
    "pyarrow.parquet",
    "pyarrow.compute",
    # Three seconds of each build.
    "dbt.cli.main",
    "dbt.adapters.duckdb",
)
_STATEMENTS = ("execute", "executemany", "sql", "query", "begin", "commit", "rollback", "close")
_FILE_EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}


class Steps:
    """Counts steps of all threads; sends the process a signal before the deadly one."""

    def __init__(self, deadly: int, number: int, folder: str) -> None:
        self.taken = 0
        self._deadly = deadly
        self._signal = number
        self._folder = folder

    def watch(self) -> None:
        """From now on."""
        sys.addaudithook(self._file_event)
        for name in _STATEMENTS:
            setattr(DuckDBPyConnection, name, self._around(getattr(DuckDBPyConnection, name)))

    def _around(self, statement: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self._take()
            answer = statement(*args, **kwargs)
            self._take()
            return answer

        return stepped

    def _file_event(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _FILE_EVENTS and self._folder in str(args):
            self._take()

    def _take(self) -> None:
        self.taken += 1
        if self.taken == self._deadly:
            os.kill(os.getpid(), self._signal)


def _command(order: dict[str, Any], steps_to: int) -> None:
    """Becomes the command. Does not return."""
    code = 1
    try:
        _become(order)
        if order["deadly"] is not None:
            steps = Steps(order["deadly"], order["signal"], order["env"]["ZENHIRE_DATA_DIR"])
            # The program ends its process itself, without coming back here.
            atexit.register(lambda: os.write(steps_to, str(steps.taken).encode()))
            steps.watch()
        if order["script"] is None:
            importlib.import_module("zenhire_sync.cli.app").main()
        else:
            exec(compile(order["script"], "<script>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test's own
            code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(order: dict[str, Any]) -> None:
    """Streams, environment, folder and limits of a process of its own."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["folder"])
    sys.argv = ["zenhire-sync", *order["argv"]]
    if order["largest_file"]:
        # What a full disk does to a process, without filling one.
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))


def _answer(value: dict[str, int]) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")


def freeze() -> None:
    """What is shared with the children is not copied because a collection looked at it."""
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serves orders until standard input ends."""
    # The folder of what dbt has read of the project, see parsed_project.py.
    for folder in sys.argv[1:]:
        # The tests are not on the path of a script in one of their folders.
        sys.path.insert(0, str(Path(__file__).parents[2]))
        importlib.import_module("tests.parsed_project").share_in(Path(folder))
        del sys.path[0]
    for name in WARM:
        importlib.import_module(name)
    freeze()
    _answer({"ready": 1})
    for line in sys.stdin:
        order = json.loads(line)
        steps_from, steps_to = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(steps_from)
            _command(order, steps_to)
        os.close(steps_to)
        _answer({"pid": pid})
        _, status = os.waitpid(pid, 0)
        with os.fdopen(steps_from) as steps:
            _answer({"status": status, "steps": int(steps.read() or 0)})


if __name__ == "__main__":
    main()
