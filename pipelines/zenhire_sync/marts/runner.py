"""One call of dbt in this process: arguments in, result out, nothing on stdout and nothing left open."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zenhire_sync.errors import BuildError
from zenhire_sync.progress import NODES_BUILT, Progress
from zenhire_sync.stopping import asked

log = logging.getLogger("zenhire_sync.marts.dbt")
# what matters of it is said once, by verdict.py; this is for who looks closer
_LEVELS = {"warn": logging.INFO, "error": logging.INFO}
# Such as "Database Error in model x (models/x.sql)"; what follows a colon is the problem itself.
_HEADING = re.compile(r"[\w ]*Error(?: in [^:]*)?:?")


def run_dbt(
    command: tuple[str, ...],
    *,
    project: Path,
    target: str,
    work: Path,
    let_go: Callable[[], None],
    on_event: Callable[[Any], None] = lambda _: None,
) -> Any:
    """dbt's result object of ``command``, such as ``("build",)``; success or not is for the caller to see.

    ``on_event`` gets each event of dbt, from any of its threads; ``let_go`` is called at the end.

    Raises BuildError when dbt could not start: the project does not parse, the warehouse is locked.
    """
    # importing dbt takes three seconds, which other commands should not pay
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager_client import cleanup_event_logger

    arguments = [*command, *_arguments(project, target, work)]
    try:
        # a runner is not reused: its manifest goes stale
        answer = dbtRunner(callbacks=[_log_event, on_event]).invoke(arguments)
    finally:
        # dbt keeps its log open for a next call, and the warehouse.
        let_go()
        cleanup_event_logger()
    if isinstance(answer.exception, KeyboardInterrupt):
        raise answer.exception
    if answer.result is None:
        raise BuildError(
            f"dbt did not run: {telling_line(answer.exception)} (log: {work / 'logs' / 'dbt.log'})"
        )
    return answer.result


def telling_line(problem: object) -> str:
    """The telling line of a message of dbt, which may start with a heading."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    if len(lines) > 1 and _HEADING.fullmatch(lines[0]):
        return lines[1]
    return lines[0] if lines else "no reason given"


def _arguments(project: Path, target: str, work: Path) -> list[str]:
    return [
        *("--project-dir", str(project), "--profiles-dir", str(project), "--target", target),
        *("--target-path", str(work / "target"), "--log-path", str(work / "logs")),
        # events reach Python logging through the callback; the console is not dbt's
        *("--log-level", "none", "--log-level-file", "info", "--no-use-colors", "--no-use-colors-file"),
        *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-print", "--write-json"),
    ]


class NodesDone:
    """Tells how many models and tests are done, from dbt's own events."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._counting = threading.Lock()
        self._done = 0
        self._total: int | None = None
        # Reading the project takes seconds, in which dbt says nothing.
        progress.advance(NODES_BUILT, 0, None)

    def __call__(self, event: Any) -> None:
        """Counts the event if it is a node's end."""
        match event.info.name:
            case "ConcurrencyLine":
                self._advance(0, event.data.node_count)
            # an ephemeral model is part of its reader, and not among the nodes that dbt counts
            case "NodeFinished" if event.data.node_info.materialized != "ephemeral":
                self._advance(1, self._total)

    def _advance(self, more: int, total: int | None) -> None:
        with self._counting:
            self._done, self._total = self._done + more, total
            self._progress.advance(NODES_BUILT, self._done, self._total)


def _log_event(event: Any) -> None:
    # one line an event; a trace is in dbt's own log
    is_trace = "StackTrace" in event.info.name
    level = logging.DEBUG if is_trace else _LEVELS.get(event.info.level, logging.DEBUG)
    # After a signal every model that was under way fails because of it.
    if log.isEnabledFor(level) and asked() is None:
        log.log(level, "%s", " ".join(event.info.msg.split()))
