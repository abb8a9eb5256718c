"""Receivers of messages: a webhook that answers as it likes, and a mail server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Hook:
    """A webhook. ``status`` is its answer; one that ``hangs`` gives none before it is closed."""

    url: str = ""
    status: int = 200
    hangs: bool = False
    bodies: list[Any] = field(default_factory=list)
    sent: bytes = b""


@contextmanager
def hook() -> Iterator[Hook]:
    """A webhook on loopback."""
    here, is_over = Hook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.sent += str(self.headers).encode() + body
            here.bodies.append(json.loads(body))
            if here.hangs:
                is_over.wait()
                return
            self.send_response(here.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here.url = f"http://127.0.0.1:{server.server_port}/services/T0/s3cretT0ken"
        try:
            yield here
        finally:
            is_over.set()
            server.shutdown()


@dataclass
class Mailbox:
    """What a mail server took."""

    url: str = ""
    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refused: frozenset[str] = frozenset()

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """The same for each recipient."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd calls it for each mail."""
        self.mails.append(envelope.content)
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server on loopback."""
    here = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(here, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        here.url = f"smtp://127.0.0.1:{port}"
        yield here
    finally:
        controller.stop()


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The address of a server that gives every request the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                with taken:
                    taken.recv(65_536)
                    taken.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/services/T0/s3cretT0ken"
        server.shutdown(socket.SHUT_RDWR)
