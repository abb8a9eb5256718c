"""Progress on standard error: a bar on a terminal, log lines every few seconds elsewhere."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import Progress as RichProgress
from rich.table import Column
from rich.text import Text

from zenhire_sync.progress import REQUEST_TASKS, Pace

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 10.0
# No user notices shorter waits.
SHORTEST_WAIT_SECONDS = 1.0
WAITING = "waiting for the key's rate"
# Columns from which the bar is long, and from which what it waits for fits beside it.
WIDE, NARROW = 110, 76


class Bars:
    """One bar a task, with the time left; on a narrow terminal the bar is what gets shorter."""

    def __init__(self, console: Console) -> None:
        self._pace: Pace | None = None
        self._waiting = WAITING if console.width >= NARROW else "(key's rate)"
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=40 if console.width >= WIDE else 10),
            MofNCompleteColumn(),
            _TimeLeft(self),
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

    def follow(self, pace: Pace | None) -> None:
        """Shows from now on when requests wait for their turn."""
        self._pace = pace

    def beat(self) -> None:
        """Has nothing to do: the bars are drawn by a thread of their own."""

    def told_left(self, task: Task) -> str:
        """How long the task still takes, and why nothing moves while it waits."""
        if task.finished:
            return ""
        waits = 0.0 if self._pace is None else self._pace.waiting_seconds()
        left = None if task.total is None else round(task.total - task.completed)
        by_rate = (
            self._pace.seconds_for(left)
            if self._pace is not None and left and task.description in REQUEST_TASKS
            else 0.0
        )
        seconds = max(by_rate, task.time_remaining or 0.0)
        shown = _clock(seconds) if seconds else "-:--:--"
        return f"{shown} {self._waiting}" if waits >= SHORTEST_WAIT_SECONDS else shown


class _TimeLeft(ProgressColumn):
    """Time left, from the key's rate where that is what takes the time."""

    def __init__(self, bars: Bars) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self._bars = bars

    def render(self, task: Task) -> Text:
        return Text(self._bars.told_left(task), style="progress.remaining")


class Lines:
    """One log line a task every few seconds, and one when it is done."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}
        self._started: dict[str, tuple[float, int]] = {}
        self._latest: tuple[str, int, int | None] | None = None
        self._pace: Pace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Has nothing to close."""

    def follow(self, pace: Pace | None) -> None:
        """Tells from now on when requests wait for their turn."""
        self._pace = pace

    def beat(self) -> None:
        """Says where the last task is while it waits for the key's rate."""
        waits = 0.0 if self._pace is None else self._pace.waiting_seconds()
        if self._latest is not None and waits >= SHORTEST_WAIT_SECONDS:
            self._tell(*self._latest, waits=waits)

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Tells where the task is, unless it just did."""
        self._tell(task, done, total)

    def _tell(self, task: str, done: int, total: int | None, waits: float = 0.0) -> None:
        now = time.monotonic()
        self._latest = None if done == total else (task, done, total)
        started_at, at_start = self._started.setdefault(task, (now, done))
        is_done = total is not None and done >= total
        if not is_done and now - self._told_at.setdefault(task, now) < SECONDS_BETWEEN_LINES:
            return
        self._told_at[task] = now
        seconds = now - started_at
        per_minute = round((done - at_start) / seconds * 60) if seconds > 1 else None
        left = None if total is None or not per_minute else round((total - done) / per_minute * 60)
        if total is not None and self._pace is not None and task in REQUEST_TASKS:
            left = max(left or 0, round(self._pace.seconds_for(total - done)))
        facts = {"done": done, "of": total, "per_minute": per_minute, "seconds_left": left}
        why = f", {WAITING}" if waits else ""
        log.info(f"{task}{why}", extra=facts)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


def progress_for(console: Console) -> Bars | Lines:
    """What suits the place that standard error goes to."""
    return Bars(console) if console.is_terminal else Lines()
