"""Runs one command: settings, lock, progress, summary, and one line instead of a traceback."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, ConfigurationError, ZenhireError

if TYPE_CHECKING:
    from zenhire_sync.config import Config
    from zenhire_sync.progress import Progress

Summary = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called."""

    command: str
    profile: str | None
    as_json: bool
    log_format: str
    as_of: str | None = None
    needs_lock: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    config: Config
    as_of: datetime
    progress: Progress


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did: facts for ``--json``, text for people."""

    summary: Summary
    text: str
    exit_code: int = EXIT_DONE


def perform(call: Call, work: Callable[[Context], Result]) -> None:
    """Does the work, prints its summary and exits with its code. Never shows a traceback."""
    # Files of people's data: whatever is created belongs to its owner alone.
    os.umask(0o077)
    try:
        result = _perform(call, work)
    except ZenhireError as error:
        _fail(call, str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail(call, "stopped; what was committed stays, run again to go on", 130)
    except Exception as error:
        _fail(call, _unexpected(error), EXIT_FAILED)
    else:
        _print(call, {"command": call.command, "exit_code": result.exit_code, **result.summary}, result.text)
        raise typer.Exit(result.exit_code)


def _perform(call: Call, work: Callable[[Context], Result]) -> Result:
    from rich.console import Console

    from zenhire_sync.cli.log import set_up_logging
    from zenhire_sync.cli.progress import progress_for
    from zenhire_sync.config import load_config
    from zenhire_sync.lock import exclusive

    if call.log_format not in {"text", "json"}:
        raise ConfigurationError(f"--log-format is text or json, not {call.log_format!r}")
    set_up_logging(call.log_format, logging.INFO)  # type: ignore[arg-type]
    as_of = parse_as_of(call.as_of)
    config = load_config(os.environ, call.profile)
    with progress_for(Console(stderr=True)) as progress:
        context = Context(config, as_of, progress)
        if not call.needs_lock:
            return work(context)
        with exclusive(config.settings.state_dir, call.command):
            return work(context)


def parse_as_of(text: str | None) -> datetime:
    """The moment a user named (UTC unless it says otherwise), or now.

    Raises ConfigurationError when it is not a moment.
    """
    if text is None:
        return datetime.now(UTC)
    import pendulum

    try:
        moment = pendulum.parse(text, tz="UTC", strict=True)
    except ValueError:
        moment = None
    if not isinstance(moment, pendulum.DateTime):
        raise ConfigurationError(f"--as-of is an ISO 8601 time such as 2026-03-01T02:00:00Z, not {text!r}")
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def _fail(call: Call, message: str, exit_code: int) -> None:
    print(f"zenhire-sync {call.command}: {message}", file=sys.stderr)  # noqa: T201
    if call.as_json:
        print(json.dumps({"command": call.command, "exit_code": exit_code, "error": message}))  # noqa: T201
    raise typer.Exit(exit_code)


def _unexpected(error: Exception) -> str:
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", prefix="zenhire-sync-", suffix=".txt", delete=False) as file:
        file.write("".join(traceback.format_exception(error)))
    return f"unexpected {type(error).__name__}; this is a defect of zenhire-sync, its trace is in {file.name}"


def _print(call: Call, summary: Summary, text: str) -> None:
    shown = json.dumps(summary, default=_plain) if call.as_json else text
    print(shown)  # noqa: T201


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else str(value)
