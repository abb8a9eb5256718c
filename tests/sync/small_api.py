"""A few sessions behind a real port, for what the simulator's company would never answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

Row = dict[str, Any]
# What a list call answers: a body and headers, for the parameters of its query.
List = Callable[[dict[str, str]], tuple[Any, dict[str, str]]]
# What a detail call answers: a status and a body.
Detail = Callable[[str], tuple[int, Any]]
NOT_FOUND = (404, {"error": {"code": "NOT_FOUND", "message": "Session not found."}})


def uid(number: int, kind: int = 1) -> str:
    """An id with letters in it."""
    return str(UUID(int=(kind << 96) + 0xABCDEF0000 + number, version=4))


def session(number: int, ended_at: datetime, **fields: Any) -> Row:
    """A list row of an interview of ten minutes and ten credits."""
    row = {
        "id": uid(number),
        "client_id": uid(0, 2),
        "persona_id": uid(0, 3),
        "candidate_ref": f"candidate-{number}",
        "status": "completed",
        "consent_mode": "explicit",
        "source": "requests",
        "project_id": uid(0, 4),
        "tags": ["eu"],
        "metadata": {"req": "1"},
        "started_at": (ended_at - timedelta(minutes=10)).isoformat(),
        "completed_at": ended_at.isoformat(),
        "duration_sec": 600,
        "credit_charged": 10,
        "created_at": (ended_at - timedelta(hours=1)).isoformat(),
        "role_name": "Role",
        "language": "en",
    }
    return row | fields


def detail(row: Row, prompt: str = "Be kind.", feedback: Row | None = None) -> Row:
    """The detail of a list row."""
    persona = {"id": row["persona_id"], "role_name": "Role", "language": "en", "system_prompt": prompt}
    bare = {name: value for name, value in row.items() if name not in {"role_name", "language"}}
    return {**bare, "persona": persona, "feedback": feedback}


def survey(submitted_at: datetime, rating: int = 1) -> Row:
    """A survey with a comment."""
    return {
        "rating": rating,
        "comment": "slow",
        "submitted_at": submitted_at.isoformat(),
        "flagged": rating <= 2,
    }


@dataclass
class SmallApi:
    """Rows by page and offset, newest first as they are given; ids of detail calls are compared as text."""

    rows: list[Row]
    answer_detail: Detail | None = None
    answer_list: List | None = None
    asked: list[str] = field(default_factory=list)
    base_url: str = ""

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a request."""
        if "/sessions" in path and self.answer_list is not None and not self._is_detail(path):
            return 200, *self.answer_list({name: values[0] for name, values in query.items()})
        return *self._plain_answer(path, query), {}

    def _is_detail(self, path: str) -> bool:
        return any(path.endswith(row["id"]) for row in self.rows)

    def _plain_answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path.endswith("/credits"):
            return 200, {"balance": 1000}
        if path.endswith("/sessions"):
            start, limit = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["20"])[0])
            paging = {"offset": start, "limit": limit, "total": len(self.rows)}
            return 200, {"data": self.rows[start : start + limit], "pagination": paging}
        session_id = path.rsplit("/", 1)[1]
        self.asked.append(session_id)
        if self.answer_detail is not None:
            return self.answer_detail(session_id)
        row = next((row for row in self.rows if row["id"] == session_id), None)
        return NOT_FOUND if row is None else (200, detail(row))


@contextmanager
def small_api(
    rows: list[Row], answer_detail: Detail | None = None, answer_list: List | None = None
) -> Iterator[SmallApi]:
    """Serves the rows while the block runs."""
    api = SmallApi(rows, answer_detail, answer_list)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body, headers = api.answer(parts.path, parse_qs(parts.query))
            # Bytes are the page of somebody in between.
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    api.base_url = f"http://127.0.0.1:{server.server_port}/api/v1/interview"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
