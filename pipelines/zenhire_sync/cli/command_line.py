"""A command line in, an exit code out: what the parser cannot read is told in one line too."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from zenhire_sync.cli.perform import EXIT_INTERRUPTED, Call, fail
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE

PROGRAM = "zenhire-sync"
# typer bundles click in some versions and depends on it in others; this is its class either way.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def run_command_line(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Runs the command that ``arguments`` name; the exit code is one of the documented ones."""
    for stream in (sys.stdout, sys.stderr):
        # A candidate's comment must not end a run because a terminal lacks its letters.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return _run(app, arguments or ["--help"])
    except typer.Exit as end:
        return int(end.exit_code)
    except BrokenPipeError:
        # Who read our output has enough of it; nothing may be written to it at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _run(app: typer.Typer, arguments: Sequence[str]) -> int:
    call = Call(
        _command_named(app, arguments),
        as_json="--json" in arguments,
        log_format="json" if _wants_json_log(arguments) else "text",
    )
    try:
        code = get_command(app).main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except _UsageError as error:
        fail(call, f"{_message(error)}; see {f'{PROGRAM} {call.command}'.strip()} --help", EXIT_USAGE)
    except (KeyboardInterrupt, typer.Abort):
        fail(call, "stopped", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else EXIT_DONE


def _wants_json_log(arguments: Sequence[str]) -> bool:
    """Asked before the parser is, which may be what fails."""
    named = " ".join(arguments).replace("--log-format ", "--log-format=")
    return "--log-format=json" in named or os.environ.get("ZENHIRE_LOG_FORMAT") == "json"


def _command_named(app: typer.Typer, arguments: Sequence[str]) -> str:
    names = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    return arguments[0] if arguments[0] in names else ""


def _message(error: Exception) -> str:
    text: str = error.format_message()  # type: ignore[attr-defined]
    return (text[:1].lower() + text[1:]).rstrip(".")
