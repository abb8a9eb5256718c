"""A server that answers with bytes: what proxies, gateways and old servers do below HTTP's good manners."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

BASE = "/api/v1/interview"


@dataclass
class Seen:
    """Where the server is and what came: request lines in order, heads as they were, connections."""

    port: int
    lines: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"


@dataclass(frozen=True)
class Asked:
    """One request: its path with the query, and which one of its connection it is (from 1)."""

    path: str
    number: int
    connection: int


RESET = b"reset"
# The bytes of an answer and whether the connection stays; RESET breaks it, and b"" closes it without a word.
Answers = Callable[[Asked], tuple[bytes, bool]]


def answer(body: object, status: str = "200 OK", **headers: str) -> bytes:
    """The bytes of an answer with a JSON body, or with the bytes given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


@contextmanager
def serving(answers: Answers) -> Iterator[Seen]:
    """A server on loopback, a thread a connection."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        seen = Seen(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    seen.connections += 1
                    Thread(target=talk, args=(connection, seen.connections), daemon=True).start()

        def talk(connection: socket.socket, number: int) -> None:
            with closing(connection), suppress(OSError):
                for count in range(1, 10_000):
                    head = b""
                    while b"\r\n\r\n" not in head:
                        block = connection.recv(65_536)
                        if not block:
                            return
                        head += block
                    line = head.partition(b"\r\n")[0].decode()
                    seen.lines.append(line)
                    seen.heads.append(head.decode())
                    told, stays = answers(Asked(line.split()[1], count, number))
                    if told == RESET:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    connection.sendall(told)
                    if not stays:
                        return

        Thread(target=accept, daemon=True).start()
        yield seen
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
