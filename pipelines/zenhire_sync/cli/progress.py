"""Progress on standard error: a bar on a terminal, log lines every few seconds elsewhere."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0


class Bars:
    """One bar a task, with rate and time left."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:>16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        # What a command prints to standard output is not for this console.
        self._bars = RichProgress(*columns, console=console, transient=True, redirect_stdout=False)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Moves the task's bar."""
        if task not in self._tasks:
            self._bars.start()
            self._tasks[task] = self._bars.add_task(task, total=total)
        self._bars.update(self._tasks[task], completed=done, total=total)


class Lines:
    """One log line a task every few seconds, and one when it is done."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}
        self._started: dict[str, tuple[float, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Has nothing to close."""

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Tells where the task is, unless it just did."""
        now = time.monotonic()
        started_at, at_start = self._started.setdefault(task, (now, done))
        is_done = total is not None and done >= total
        if not is_done and now - self._told_at.setdefault(task, now) < SECONDS_BETWEEN_LINES:
            return
        self._told_at[task] = now
        seconds = now - started_at
        per_minute = round((done - at_start) / seconds * 60) if seconds > 1 else None
        left = None if total is None or not per_minute else round((total - done) / per_minute * 60)
        log.info(task, extra={"done": done, "of": total, "per_minute": per_minute, "seconds_left": left})


def progress_for(console: Console) -> Bars | Lines:
    """What suits the place that standard error goes to."""
    return Bars(console) if console.is_terminal else Lines()
