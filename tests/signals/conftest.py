"""A server that keeps every byte it is sent, and answers as it is told: well, with an error, or never."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from tests.cli.conftest import api, shell
from zenhire_schemas.run_summary import RunSummary

__all__ = ["Received", "Receiver", "api", "reasons", "receiving", "shell", "summary"]


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``status`` 0 is no answer at all."""

    url: str = ""
    status: int = 200
    body: bytes = b"OK"
    received: list[Received] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def every_byte(self) -> bytes:
        return b"\n".join(f"{r.path} {r.headers}".encode() + r.body for r in self.received)


@contextmanager
def receiving(status: int = 200, body: bytes = b"OK") -> Iterator[Receiver]:
    """The server, until the end of the block; then it lets go of those it kept waiting."""
    receiver = Receiver(status=status, body=body)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.received.append(Received(self.command, self.path, dict(self.headers), sent))
            if not receiver.status:
                receiver.over.wait()
                return
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Why signals were not sent, as it was told."""
    return [vars(record)["why"] for record in caplog.records if hasattr(record, "why")]


def summary(**facts: Any) -> RunSummary:
    """The summary of a good run, with other facts."""
    ended = datetime(2026, 2, 1, 2, 5, tzinfo=UTC)
    told = {
        "schema_version": 1,
        "version": "0.1.0",
        "command": "run",
        "run_id": "20260201T020000Z-abcdef",
        "outcome": "done",
        "exit_code": 0,
        "started_at": datetime(2026, 2, 1, 2, tzinfo=UTC),
        "ended_at": ended,
        "seconds": 300.0,
    }
    return RunSummary.model_validate({**told, **facts})
