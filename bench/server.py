"""The API with answers made beforehand, in a process of its own, so that the server is no bottleneck.

Data flow: a company's folder -> GET /sessions (cursor, 100 rows), /sessions/{id}, /credits, /health.
Run alone: ``python -m bench.server FOLDER``; prints its port.
"""

from __future__ import annotations

import asyncio
import mmap
import re
import sys
from array import array
from pathlib import Path

KEY = "zh_api_bench"
PREFIX = b"/api/v1/interview/sessions"
_CURSOR = re.compile(rb"[?&]cursor=after-(\d+)")
_CREDITS = b'{"data":{"balance":250000}}'
_HEALTH = b'{"status":"ok"}'
_HEAD = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_REFUSED = b'{"error":{"code":"REFUSED","message":"refused","timestamp":"2026-03-01T02:00:00.000Z"}}'


class Bodies:
    """Bodies by their place in a file that is mapped into memory."""

    def __init__(self, path: Path) -> None:
        self._starts = array("Q")
        self._starts.frombytes(path.with_suffix(".index").read_bytes())
        with path.open("rb") as file:
            empty = path.stat().st_size == 0
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> bytes:
        return self._bytes[self._starts[place] : self._starts[place + 1]]


class Answers:
    """What the API answers to a path."""

    def __init__(self, folder: Path) -> None:
        self._pages = Bodies(folder / "pages.bin")
        self._details = Bodies(folder / "details.bin")
        ids = (folder / "detail_ids").read_bytes().split()
        self._places = {session_id: place for place, session_id in enumerate(ids)}

    def answer(self, head: bytes) -> bytes:
        """The whole answer, head and body, to a request's head."""
        if b"x-api-key: " + KEY.encode() not in head.replace(b"X-API-Key", b"x-api-key"):
            return refusal(b"401 Unauthorized")
        path = head.split(b" ", 2)[1]
        body = self._body(path)
        return refusal(b"404 Not Found") if body is None else _told(b"200 OK", body)

    def _body(self, path: bytes) -> bytes | None:
        if path.startswith(PREFIX + b"/"):
            place = self._places.get(path[len(PREFIX) + 1 :])
            return None if place is None else self._details[place]
        if path.startswith(PREFIX):
            found = _CURSOR.search(path)
            number = int(found[1]) if found else 0
            return self._pages[number] if number < len(self._pages) else None
        return {b"/api/v1/credits": _CREDITS, b"/api/v1/health": _HEALTH}.get(path)


def refusal(status: bytes) -> bytes:
    """The whole answer to a request that is refused."""
    return _told(status, _REFUSED)


def _told(status: bytes, body: bytes) -> bytes:
    return _HEAD % (status, len(body)) + body


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests may be sent ahead of their answers."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every request that is whole."""
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._answers.answer(head))  # type: ignore[attr-defined]


async def serve(folder: Path) -> None:
    """Serves the company until the process is ended; prints the port first."""
    answers = Answers(folder)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
