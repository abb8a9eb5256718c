"""Commands as users run them, in a process of their own (of a warm interpreter) and an empty folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.accidents.commands import PROGRAM, Nursery
from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer

__all__ = ["KEY", "PROGRAM", "Ended", "Shell", "answering"]
KEY = "zh_api_0123456789abcdef"
_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """The one line on standard error that is no log line."""
        lines = [line for line in self.err.splitlines() if not _LOG_LINE.match(line)]
        assert len(lines) == 1, self.err
        return lines[0]

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """An empty folder with variables, and commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {name: text for name, text in os.environ.items() if not name.startswith("ZENHIRE_")}
        self.set(
            ZENHIRE_API_KEY=KEY, ZENHIRE_RETRY_BASE_SECONDS="0.01", ZENHIRE_RATE_LIMIT_PER_MINUTE="100000"
        )

    def set(self, **variables: str | None) -> None:
        """Exports variables; None takes one away."""
        for name, text in variables.items():
            if text is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = text

    def run(self, *arguments: str, timeout: float = 600) -> Ended:
        nursery = Nursery.of_this_process()
        ended = Ended(*nursery.told(arguments, self.variables, self.folder, timeout))
        assert "Traceback" not in ended.out + ended.err
        return ended

    def holds(self, secret: str) -> list[Path]:
        """Files in the folder that hold a text."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return [path for path in files if secret.encode() in path.read_bytes()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@contextmanager
def answering(
    status: int, body: str, content_type: str = "application/json", **headers: str
) -> Iterator[str]:
    """The base URL of a server that gives every request the same answer; ``{key}`` in it is the key sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = body.replace("{key}", self.headers.get("X-API-Key", "")).encode()
            self.send_response(status)
            for name, value in {"Content-Type": content_type, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v1/interview"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def api() -> Iterator[SimulatorServer]:
    """A small company that knows the shell's key."""
    company = Company(CompanySpec(sessions=40, days=10))
    server = SimulatorServer(
        company, now=company.settled_at, keys={KEY: None}, rate_limit_per_minute=1_000_000
    )
    with server as running:
        yield running
