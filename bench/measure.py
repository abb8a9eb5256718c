"""Runs one command as a process of its own and measures it whole: wall clock, CPU, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
    peak_kb, ended = [0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak_kb, ended))
    watch.start()
    # Read to the end first: a full pipe would stop the process that is measured.
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    ended.set()
    watch.join()
    wall_sec = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise BenchError(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}")
    return Measured(wall_sec, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss, *peak_kb) / 1024)


def _watch(pid: int, peak_kb: list[int], ended: threading.Event) -> None:
    """The peak of children that the command does not wait for, such as Spark's Java; seen twice a second."""
    while not ended.wait(0.5):
        for child in _children(pid):
            with suppress(OSError, IndexError):
                told = Path(f"/proc/{child}/status").read_text(encoding="utf-8")
                peak_kb[0] = max(peak_kb[0], int(told.partition("VmHWM:")[2].split()[0]))


def _children(pid: int) -> Iterator[int]:
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text(encoding="utf-8").split()):
                yield child
                yield from _children(child)


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
