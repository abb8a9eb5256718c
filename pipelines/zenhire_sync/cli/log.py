"""Logs to standard error: one line an event, as text or JSON, without values of rows."""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import structlog

from zenhire_sync.cli.redact import without_keys
from zenhire_sync.steps import Step

log = logging.getLogger(__name__)

LogFormat = Literal["text", "json"]
_ENDED = {"done": "done", "set_aside": "done, rows were set aside", "failed": "failed", "stopped": "stopped"}


def set_up_logging(log_format: LogFormat, level: int, run_id: str) -> None:
    """Formats every record, dlt's and dbt's and warnings of Python too, in one way.

    JSON lines carry the run's id, so that many nights can be in one file.
    """
    shared: list[structlog.types.Processor] = [
        _without_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        shared.append(lambda _logger, _name, event: {**event, "run_id": run_id})
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("zenhire_sync").setLevel(level)
    logging.captureWarnings(capture=True)
    # A log that cannot be written (dbt's, on a full disk) is not told with a trace for each of its lines.
    logging.raiseExceptions = False


def _without_trace(
    _logger: object, _name: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """One line an event: on a terminal a trace would show what variables hold, keys and people included."""
    raised = event.pop("exc_info", None)
    event.pop("stack_info", None)
    return {**event, "error": raised[0].__name__} if isinstance(raised, tuple) and raised[0] else event


class LoggedSteps:
    """One event when a step begins and one when it ends, with its outcome, seconds and counts.

    As text only a good end is told, and not on a terminal, where bars and the summary show the same.
    """

    def __init__(self, log_format: str) -> None:
        self._is_json = log_format == "json"

    def begins(self, step: Step) -> None:
        """Tells that the step begins."""
        if self._is_json:
            log.info(f"{step.name} begins", extra={"step": step.name})

    def ends(self, step: Step) -> None:
        """Tells how the step ended; why it failed is told by the command's last line."""
        if self._is_json or (step.error is None and not sys.stderr.isatty()):
            log.info(f"{step.name} {_ENDED[step.outcome]}", extra=step.facts())


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment: above the bars, while there are any."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(without_keys(self.format(record), os.environ), file=sys.stderr)  # noqa: T201
        except Exception:
            self.handleError(record)
