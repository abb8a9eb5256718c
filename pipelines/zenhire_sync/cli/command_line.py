"""A command line in, an exit code out: what the parser cannot read is told in one line too."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer
from typer.main import get_command

from zenhire_sync.cli.perform import Call, fail, why
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.stopping import signals_stop

PROGRAM = "zenhire-sync"


def run_command_line(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Runs the command that ``arguments`` name; the exit code is one of the documented ones."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # A service manager closed it.
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - until the process ends
        # A candidate's comment must not end a run because a terminal lacks its letters.
        getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        code = _run(app, arguments or ["--help"])
    except typer.Exit as end:
        code = int(end.exit_code)
    except OSError as error:
        # Of printing: everything else was told by the command.
        return _unprinted(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or _unprinted(error)
    try:
        sys.stderr.flush()
    except OSError:
        # A log on a full disk changes no exit code.
        _silence(sys.stderr)
    return code


def _silence(stream: TextIO) -> None:
    """Nothing of it may be left to write at the interpreter's end, which would end with a code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _unprinted(error: OSError) -> int:
    _silence(sys.stdout)
    if not isinstance(error, BrokenPipeError):
        # Who closed the pipe has had enough; a full disk is news.
        with suppress(OSError):
            print(f"{PROGRAM}: the output cannot be written ({error.strerror})", file=sys.stderr)  # noqa: T201
    return EXIT_FAILED


def _run(app: typer.Typer, arguments: Sequence[str]) -> int:
    call = Call(
        _command_named(app, arguments),
        as_json="--json" in arguments,
        log_format="json" if _wants_json_log(arguments) else "text",
    )
    with signals_stop(_farewell(call)):
        try:
            code = get_command(app).main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        except (KeyboardInterrupt, typer.Abort) as error:
            fail(call, *why(error))
        except Exception as error:
            # The base class of typer's own errors has no public name; this is how each tells its message.
            told = getattr(error, "format_message", None)
            if told is None:
                raise
            fail(call, f"{_message(told())}; see {f'{PROGRAM} {call.command}'.strip()} --help", EXIT_USAGE)
    return code if isinstance(code, int) else EXIT_DONE


def _farewell(call: Call) -> bytes:
    """What is written when a second signal, or a stop that hangs, ends the process at once."""
    told = "ended at once; what was committed stays, run again to go on"
    if call.log_format == "json":
        line = json.dumps({"event": told, "level": "error", "command": call.command})
    else:
        line = f"{f'{PROGRAM} {call.command}'.strip()}: {told}"
    # The bars hide it.
    cursor = "\x1b[?25h" if sys.stderr.isatty() else ""
    return f"{cursor}{line}\n".encode()


def _wants_json_log(arguments: Sequence[str]) -> bool:
    """Asked before the parser is, which may be what fails."""
    named = " ".join(arguments).replace("--log-format ", "--log-format=")
    return "--log-format=json" in named or os.environ.get("ZENHIRE_LOG_FORMAT") == "json"


def _command_named(app: typer.Typer, arguments: Sequence[str]) -> str:
    names = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    return arguments[0] if arguments[0] in names else ""


def _message(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
