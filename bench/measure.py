"""Runs one command as a process of its own and measures it whole: wall clock, CPU, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, or the medians of several. Memory is that of the largest process."""

    wall_sec: float
    cpu_sec: float
    peak_mb: float


class BenchError(Exception):
    """A measured command failed, or its result is wrong: there is no number to report."""


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Measured:
    """What the command took, children included.

    Raises BenchError with the end of what it said when it fails. This process must stay small: until a
    child has loaded its program, the memory it is charged with is ours.
    """
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command,
        cwd=ROOT,
        # As an installed program: compiled once, not at every start.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environ or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Read to the end first: a full pipe would stop the process that is measured.
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall_sec = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}")
    return Measured(wall_sec, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def medians(runs: Sequence[Measured]) -> Measured:
    """The median of each number on its own."""
    return Measured(
        median(run.wall_sec for run in runs),
        median(run.cpu_sec for run in runs),
        median(run.peak_mb for run in runs),
    )


def python(module: str, *arguments: str) -> list[str]:
    """The command of a module of this folder."""
    return [sys.executable, "-m", f"bench.{module}", *arguments]


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a server of the company in the folder, ended afterwards."""
    server = subprocess.Popen(  # noqa: S603 - our own command
        python("server", str(folder)), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        line = server.stdout.readline() if server.stdout else ""
        if not line.strip().isdigit():
            raise BenchError("the server did not start")
        yield int(line)
    finally:
        server.terminate()
        server.wait()
