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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from zenhire_sync.cli.redact import without_keys
from zenhire_sync.cli.wrapping import fitted
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, ConfigurationError, ZenhireError
from zenhire_sync.steps import Steps
from zenhire_sync.stopping import Stopped, stop_behind

if TYPE_CHECKING:
    from zenhire_sync.config import Config
    from zenhire_sync.progress import Progress
    from zenhire_sync.signals import Signals

log = logging.getLogger(__name__)

Summary = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called. ``signals`` come to it with its settings."""

    command: str
    profile: str | None = None
    as_json: bool = False
    log_format: str = "text"
    as_of: str | None = None
    needs_lock: bool = True
    summary: Path | None = None
    steps: Steps = field(default_factory=Steps)
    signals: list[Signals] = field(default_factory=list)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def run_id(self) -> str:
        """The name of this run in logs and tables."""
        return self.steps.run_id


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    config: Config
    as_of: datetime
    progress: Progress
    run_id: str
    steps: Steps


@dataclass(frozen=True, slots=True)
class Result:
    """What a command did: facts for ``--json``, text for people, whose lines a terminal may break or not."""

    summary: Summary
    text: str
    exit_code: int = EXIT_DONE
    keeps_lines: bool = False


def perform(call: Call, work: Callable[[Context], Result]) -> None:
    """Does the work, prints its summary and exits with its code. Never shows a traceback."""
    guard(call, lambda: _perform(call, work))


def guard(call: Call, work: Callable[[], Result]) -> None:
    """The same for work that needs no settings. Raises typer.Exit with the exit code."""
    # Files of people's data: whatever is created belongs to its owner alone.
    os.umask(0o077)
    try:
        result = work()
    except (Exception, KeyboardInterrupt) as error:
        fail(call, *why(error))
    shown = result.text if result.keeps_lines else fitted(result.text, sys.stdout)
    as_json = _told(call, result.exit_code, result.summary)
    _print(as_json if call.as_json else shown)
    _wait_for_signals(call)
    raise typer.Exit(result.exit_code)


def fail(call: Call, message: str, exit_code: int) -> NoReturn:
    """Ends the command with one line on standard error, and as JSON where that was asked for.

    Raises typer.Exit with the exit code.
    """
    told = without_keys(" ".join(message.split()), os.environ)
    facts = {"command": call.command, "exit_code": exit_code, "run_id": call.run_id}
    line = fitted(f"{f'zenhire-sync {call.command}'.strip()}: {told}", sys.stderr)
    if call.log_format == "json":
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        line = json.dumps({"event": told, "level": "error", "logger": __name__, **facts, "timestamp": now})
    # A log on a full disk must not change the exit code, which a monitor reads.
    with suppress(OSError):
        print(line, file=sys.stderr)  # noqa: T201
    with suppress(OSError):
        as_json = _told(call, exit_code, {}, told)
        if call.as_json:
            _print(as_json)
            sys.stdout.flush()
    _wait_for_signals(call)
    raise typer.Exit(exit_code)


def why(error: BaseException) -> tuple[str, int]:
    """What a user is told, and the exit code. After a signal whatever fails does so because of it."""
    stop = stop_behind(error) or (Stopped() if isinstance(error, typer.Abort) else None)
    if stop is not None:
        kept = stop.kept or "what was committed stays, run again to go on"
        return str(Stopped(stop.number, kept)), stop.exit_code
    if isinstance(error, ZenhireError):
        return str(error), error.exit_code
    return _unexpected(error), EXIT_FAILED


def exit_code_of(outcome: str, context: Context) -> int:
    """Of a run that ended well. Most schedulers take whatever is not 0 for a failure, and start it again."""
    return int(context.config.settings.set_aside_exit) if outcome == "set_aside" else EXIT_DONE


def _told(call: Call, exit_code: int, facts: Summary, error: str | None = None) -> str:
    """What ``--json`` prints, which is written into the summary's file too."""
    if call.summary is None and not call.as_json and not call.signals:
        return ""
    from zenhire_sync.cli.summary_file import SUMMARISED, end_summary

    if call.command in SUMMARISED:
        return end_summary(call, exit_code, facts, error)
    end = {} if error is None else {"run_id": call.run_id, "error": error}
    steps = {"steps": [step.facts() for step in call.steps.ended]} if call.steps.ended else {}
    return json.dumps(
        {"command": call.command, "exit_code": exit_code, **facts, **end, **steps}, default=_plain
    )


def _wait_for_signals(call: Call) -> None:
    # After the summary was shown: what they cannot send does not keep it.
    for signals in call.signals:
        signals.wait()


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


def parse_within(text: str | None) -> timedelta | None:
    """The time that a user gave; None for none. Raises ConfigurationError when it is not one."""
    from zenhire_sync.duration import parse_duration

    try:
        return None if text is None else parse_duration(text)
    except ValueError:
        raise ConfigurationError(f"--within is a time such as 90m or 1h30m, not {text!r}") from None


def _perform(call: Call, work: Callable[[Context], Result]) -> Result:
    from rich.console import Console

    from zenhire_sync.cli.log import LoggedSteps, set_up_logging
    from zenhire_sync.cli.progress_display import progress_for
    from zenhire_sync.cli.summary_file import SUMMARISED, begin_summary
    from zenhire_sync.cli.unknown_variables import unknown_variables
    from zenhire_sync.config import load_config
    from zenhire_sync.engines.open import warehouse_of
    from zenhire_sync.signals import signals_of
    from zenhire_sync.step_record import StepRecords

    if call.log_format not in {"text", "json"}:
        raise ConfigurationError(f"--log-format is text or json, not {call.log_format!r}")
    set_up_logging(call.log_format, logging.INFO, call.run_id)  # type: ignore[arg-type]
    begin_summary(call)
    as_of = datetime.now(UTC) if call.as_of is None else parse_moment(call.as_of, "--as-of")
    config = load_config(os.environ, call.profile)
    # Who else has to know how each step begins and ends is added here.
    call.steps.listeners.append(LoggedSteps(call.log_format))
    call.steps.listeners.append(StepRecords(config.settings.state_dir, call.command, _tidy))
    if call.command in SUMMARISED and (signals := signals_of(config, call.command, _tidy)):
        call.signals.append(signals)
        call.steps.listeners.append(signals)
    for name, meant in unknown_variables(config).items():
        guess = {} if meant is None else {"did_you_mean": meant}
        log.warning("nothing reads this variable; is it misspelled?", extra={"variable": name, **guess})
    with progress_for(Console(stderr=True)) as progress:
        context = Context(config, as_of, progress, call.run_id, call.steps)
        if not call.needs_lock:
            return work(context)
        with warehouse_of(config.settings).exclusive(call.command):
            return work(context)


def _tidy(text: str) -> str:
    return without_keys(text, os.environ)


def _unexpected(error: BaseException) -> str:
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
