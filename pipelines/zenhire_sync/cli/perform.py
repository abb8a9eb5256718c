"""Runs one command: settings, lock, progress, summary, and one line instead of a traceback."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from zenhire_sync.cli.redact import without_keys
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, ConfigurationError, ZenhireError
from zenhire_sync.run_id import new_run_id

if TYPE_CHECKING:
    from zenhire_sync.config import Config
    from zenhire_sync.progress import Progress

log = logging.getLogger(__name__)

Summary = Mapping[str, Any]
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called."""

    command: str
    profile: str | None = None
    as_json: bool = False
    log_format: str = "text"
    as_of: str | None = None
    needs_lock: bool = True
    run_id: str = field(default_factory=new_run_id)


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    config: Config
    as_of: datetime
    progress: Progress
    run_id: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did: facts for ``--json``, text for people."""

    summary: Summary
    text: str
    exit_code: int = EXIT_DONE


def perform(call: Call, work: Callable[[Context], Result]) -> None:
    """Does the work, prints its summary and exits with its code. Never shows a traceback."""
    guard(call, lambda: _perform(call, work))


def guard(call: Call, work: Callable[[], Result]) -> None:
    """The same for work that needs no settings."""
    # Files of people's data: whatever is created belongs to its owner alone.
    os.umask(0o077)
    try:
        result = work()
    except ZenhireError as error:
        fail(call, str(error), error.exit_code)
    except KeyboardInterrupt:
        fail(call, "stopped; what was committed stays, run again to go on", EXIT_INTERRUPTED)
    except Exception as error:
        fail(call, _unexpected(error), EXIT_FAILED)
    summary = {"command": call.command, "exit_code": result.exit_code, **result.summary}
    _print(json.dumps(summary, default=_plain) if call.as_json else result.text)
    raise typer.Exit(result.exit_code)


def fail(call: Call, message: str, exit_code: int) -> NoReturn:
    """Ends the command with one line on standard error, and as JSON where that was asked for."""
    told = without_keys(" ".join(message.split()), os.environ)
    facts = {"command": call.command, "exit_code": exit_code, "run_id": call.run_id}
    line = f"{f'zenhire-sync {call.command}'.strip()}: {told}"
    if call.log_format == "json":
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = json.dumps({"event": told, "level": "error", "logger": __name__, **facts, "timestamp": now})
    # A log on a full disk must not change the exit code, which a monitor reads.
    with suppress(OSError):
        print(line, file=sys.stderr)  # noqa: T201
    with suppress(OSError):
        if call.as_json:
            _print(json.dumps({**facts, "error": told}))
            sys.stdout.flush()
    raise typer.Exit(exit_code)


def parse_moment(text: str, option: str) -> datetime:
    """The moment a user named, UTC unless it says otherwise.

    Raises ConfigurationError when it is not a moment.
    """
    import pendulum

    # The models take as long to import as all the rest of --help.
    from zenhire_schemas.session import FIRST_YEAR, LAST_YEAR

    try:
        named = pendulum.parse(text, exact=True, strict=True)
    except ValueError:
        named = None
    if isinstance(named, pendulum.Date) and not isinstance(named, pendulum.DateTime):
        named = pendulum.datetime(named.year, named.month, named.day)
    if not isinstance(named, pendulum.DateTime):
        raise ConfigurationError(f"{option} is an ISO 8601 time such as 2026-03-01T02:00:00Z, not {text!r}")
    if not FIRST_YEAR < named.year < LAST_YEAR:
        raise ConfigurationError(
            f"{option} is a time after {FIRST_YEAR} and before {LAST_YEAR}, not {text!r}"
        )
    # A plain datetime: what travels on is compared, stored and printed like every other time here.
    return datetime.fromisoformat(named.in_timezone("UTC").isoformat())


def _perform(call: Call, work: Callable[[Context], Result]) -> Result:
    from rich.console import Console

    from zenhire_sync.cli.log import set_up_logging
    from zenhire_sync.cli.progress import progress_for
    from zenhire_sync.config import load_config, unknown_variables
    from zenhire_sync.lock import exclusive

    if call.log_format not in {"text", "json"}:
        raise ConfigurationError(f"--log-format is text or json, not {call.log_format!r}")
    set_up_logging(call.log_format, logging.INFO, call.run_id)  # type: ignore[arg-type]
    as_of = datetime.now(UTC) if call.as_of is None else parse_moment(call.as_of, "--as-of")
    config = load_config(os.environ, call.profile)
    for name, meant in unknown_variables(config).items():
        guess = {} if meant is None else {"did_you_mean": meant}
        log.warning("nothing reads this variable; is it misspelled?", extra={"variable": name, **guess})
    with progress_for(Console(stderr=True)) as progress:
        context = Context(config, as_of, progress, call.run_id)
        if not call.needs_lock:
            return work(context)
        with exclusive(config.settings.state_dir, call.command):
            return work(context)


def _unexpected(error: Exception) -> str:
    from tempfile import NamedTemporaryFile

    trace = without_keys("".join(traceback.format_exception(error)), os.environ)
    what = f"unexpected {type(error).__name__}; this is a defect of zenhire-sync"
    try:
        with NamedTemporaryFile(prefix="zenhire-sync-", suffix=".txt", delete=False) as file:
            file.write(trace.encode("utf-8", "backslashreplace"))
    except OSError as failure:
        return f"{what}, and its trace could not be kept ({failure.strerror})"
    return f"{what}, its trace is in {file.name}"


def _print(text: str) -> None:
    print(text)  # noqa: T201


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else str(value)
