"""The summary of a run: on standard output with ``--json``, and in the file that ``--summary`` names."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from zenhire_schemas.run_summary import SCHEMA_VERSION, Outcome, RunSummary, SummarisedCommand
from zenhire_sync.errors import EXIT_HUNG_UP, ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.cli.perform import Call

SUMMARISED = frozenset(get_args(SummarisedCommand))

log = logging.getLogger(__name__)


def begin_summary(call: Call) -> None:
    """Writes that the run works, where a file was named: one that is killed leaves that, not last night's.

    Raises ConfigurationError when it cannot be written.
    """
    if call.summary is None:
        return
    try:
        _write(call.summary, _json(_summary(call, outcome="running")))
    except OSError as error:
        raise ConfigurationError(
            f"--summary {call.summary} cannot be written ({error.strerror}): name a file in a folder that is "
            "there, in ZENHIRE_SUMMARY_FILE or on the command line"
        ) from None


def end_summary(call: Call, exit_code: int, parts: Mapping[str, Any], error: str | None) -> str:
    """The summary as JSON, written into the file too where one was named, and given to the signals.

    ``error`` is what the user is told.

    A file that cannot be written any more is a warning: the run is what counts.
    """
    steps = call.steps.ended
    if error is not None:
        outcome: Outcome = "stopped" if exit_code >= EXIT_HUNG_UP else "failed"
        parts = {"error": error}
    else:
        outcome = "set_aside" if any(step.outcome == "set_aside" for step in steps) else "done"
    now = datetime.now(UTC)
    summary = _summary(
        call,
        outcome=outcome,
        exit_code=exit_code,
        ended_at=now,
        seconds=round((now - call.started_at).total_seconds(), 3),
        steps=tuple(step.facts() for step in steps),
        **parts,
    )
    for signals in call.signals:
        signals.tell(summary)
    text = _json(summary)
    if call.summary is not None:
        try:
            _write(call.summary, text)
        except OSError as failure:
            log.warning("the summary could not be written", extra={"why": failure.strerror})
    return text


def _summary(call: Call, **facts: Any) -> RunSummary:
    return RunSummary.model_validate(
        {
            "schema_version": SCHEMA_VERSION,
            "version": version("zenhire-sync"),
            "command": call.command,
            "run_id": call.run_id,
            "started_at": call.started_at,
            "exit_code": None,
            "ended_at": None,
            "seconds": None,
            **facts,
        }
    )


def _json(summary: RunSummary) -> str:
    return summary.model_dump_json(exclude_unset=True)


def _write(path: Path, text: str) -> None:
    """In one go: a monitor may read at any time. Raises OSError when it cannot be written."""
    if not path.name:
        # A folder such as "." or "/", or an empty variable.
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
