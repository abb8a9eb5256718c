"""A Superset with the dashboards, on this machine, until Ctrl-C: ``make superset``."""

from __future__ import annotations

import argparse
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.dashboards.__main__ import write
from tools.dashboards.bundle import PUBLISHED_FILE, Bundle

ENVIRONMENT = Path(__file__).parents[2] / ".venvs" / "superset"
PORT = 8088
_SERVE = Path(__file__).with_name("serve.py")


@dataclass(frozen=True)
class Server:
    """A Superset that answers, and who may log in. Its log says what it did."""

    address: str
    user: str
    password: str
    log: Path


@contextmanager
def serving(environment: Path, bundles: Sequence[Bundle], port: int = 0) -> Iterator[Server]:
    """A new Superset with these bundles, which ends with the block; port 0 is any that is free.

    Raises RuntimeError with the end of its log when it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="zenhire-superset-"))
    log, user, password = folder / "log", "admin", secrets.token_urlsafe(9)
    try:
        places = [folder / f"bundle-{place}" for place in range(len(bundles))]
        for bundle, place in zip(bundles, places, strict=True):
            write(bundle.files(), place)
        with log.open("w") as told:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [environment / "bin" / "python", _SERVE, folder, str(port), user, *places],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                # Ctrl-C is for the one that started it, which ends it
                start_new_session=True,
            )
        try:
            yield Server(_address(process, password, log), user, password, log)
        finally:
            process.kill()
            process.communicate()
    finally:
        shutil.rmtree(folder)


def _address(process: subprocess.Popen[str], password: str, log: Path) -> str:
    """Waits until it answers. It says other things before, which its migrations print."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(f"{password}\n")
    process.stdin.flush()
    for line in process.stdout:
        if line.startswith("ready at "):
            return line.removeprefix("ready at ").strip()
    raise RuntimeError("Superset did not start:\n" + log.read_text("utf-8", errors="replace")[-2000:])


def main(arguments: Sequence[str] | None = None) -> None:
    """Shows them until Ctrl-C."""
    asked = argparse.ArgumentParser(prog="python -m tools.dashboards.show", description=__doc__)
    asked.add_argument("database", help=f"SQLAlchemy's address of the marts, such as {PUBLISHED_FILE}")
    asked.add_argument("--port", type=int, default=PORT, help="where it answers (default: %(default)s)")
    told = asked.parse_args(arguments)
    if _is_taken(told.port):
        asked.error(f"port {told.port} is taken: choose another one with PORT=")
    say = sys.stderr.write
    say("Superset starts, which takes half a minute\n")
    try:
        with serving(ENVIRONMENT, [Bundle(uri=told.database)], told.port) as server:
            say(f"open  {server.address}/dashboard/list/\n")
            say(f"login {server.user}, password {server.password}\n")
            say("Ctrl-C ends it and removes it\n")
            signal.pause()
    except KeyboardInterrupt:
        say("\n")


def _is_taken(port: int) -> bool:
    with socket.socket() as free:
        # as the server does: a port that was left a moment ago can be had
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    main()
