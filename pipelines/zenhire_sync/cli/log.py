"""Logs to standard error: one line an event, as text or JSON, without values of rows."""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import structlog

from zenhire_sync.cli.redact import without_keys

LogFormat = Literal["text", "json"]


def set_up_logging(log_format: LogFormat, level: int) -> None:
    """Formats every record, dlt's and dbt's too, in one way."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
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


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment: above the bars, while there are any."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(without_keys(self.format(record), os.environ), file=sys.stderr)  # noqa: T201
        except Exception:
            self.handleError(record)
