"""Something between the program and the API that changes answers or breaks connections, as proxies do."""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """An answer on its way. ``path`` is below the base URL; ``number`` counts the answers of a connection."""

    path: str
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    key: str = ""
    number: int = 1

    def but(self, body: str | bytes, status: int | None = None, **headers: str) -> Answer:
        """Another answer in its place."""
        content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return replace(self, body=content, status=status or self.status, headers={**self.headers, **headers})


# None: the connection is reset instead.
Change = Callable[[Answer], Answer | None]


@dataclass
class Between:
    """``base_url`` is asked instead of the API's; ``requests`` is what came, path by path."""

    base_url: str
    requests: list[str] = field(default_factory=list)


@contextmanager
def between(api: str, change: Change) -> Iterator[Between]:
    """A server that asks ``api``, the base URL of another, and hands on what ``change`` makes of it."""
    there = urlsplit(api)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = 0

        def do_GET(self) -> None:
            self.answered += 1
            path = self.path.removeprefix(there.path).partition("?")[0].strip("/")
            found.requests.append(path)
            key = self.headers.get("X-API-Key", "")
            status, body = asked(there.netloc, self.path, key)
            answer = change(Answer(path, status, body, key=key, number=self.answered))
            if answer is None:
                self.reset()
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(answer.body)

        def reset(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        found = Between(f"http://127.0.0.1:{server.server_port}{there.path}")
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def asked(netloc: str, target: str, key: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    connection = http.client.HTTPConnection(netloc)
    try:
        connection.request("GET", target, headers={"X-API-Key": key})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
