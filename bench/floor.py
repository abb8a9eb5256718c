"""The floor: what nobody can go below by much, and what it leaves out is most of the work.

Every needed URL is fetched through one pipelined socket and thrown away; then DuckDB reads the same rows as
NDJSON, with explicit columns, into sessions and their children. No paging, no checks, no merge.
Run alone: ``python -m bench.floor FOLDER PORT WAREHOUSE list|details``.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import duckdb

from bench.company import PAGE_ROWS, Truth
from bench.server import KEY, PREFIX

SENT_AHEAD = 16
_LENGTH = b"Content-Length: "
_TEXTS = (
    "id",
    "client_id",
    "persona_id",
    "candidate_ref",
    "status",
    "consent_mode",
    "source",
    "project_id",
    "recording_s3_key",
    "transcript_s3_key",
    "interview_svc_session_id",
    "role_name",
    "language",
)
_COLUMNS = {
    **dict.fromkeys(_TEXTS, "VARCHAR"),
    **dict.fromkeys(("started_at", "completed_at", "created_at"), "TIMESTAMPTZ"),
    **dict.fromkeys(("duration_sec", "credit_charged"), "BIGINT"),
    "tags": "VARCHAR[]",
    "metadata": "MAP(VARCHAR, JSON)",
}
_PERSONA = "STRUCT(id VARCHAR, role_name VARCHAR, language VARCHAR, system_prompt VARCHAR)"
_FEEDBACK = 'STRUCT(rating BIGINT, "comment" VARCHAR, submitted_at TIMESTAMPTZ, flagged BOOLEAN)'


def urls(folder: Path) -> Iterator[bytes]:
    """Every address of the company, one after the other."""
    for number in range(-(-Truth.read(folder).sessions // PAGE_ROWS)):
        yield PREFIX + b"?limit=100" + (b"&cursor=after-%d" % number if number else b"")
    yield from (PREFIX + b"/" + session_id for session_id in (folder / "detail_ids").read_bytes().split())


def fetch(port: int, addresses: Iterable[bytes]) -> int:
    """Bytes of all bodies, which are thrown away."""
    total = 0
    requests = (b"GET %s HTTP/1.1\r\nHost: a\r\nX-API-Key: %s\r\n\r\n" % (a, KEY.encode()) for a in addresses)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        buffer = b""
        while batch := list(islice(requests, SENT_AHEAD)):
            connection.sendall(b"".join(batch))
            for _ in batch:
                while b"\r\n\r\n" not in buffer:
                    buffer += connection.recv(1 << 20)
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                length = int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
                total += length
                chunks, have = [buffer], len(buffer)
                while have < length:
                    chunks.append(connection.recv(1 << 20))
                    have += len(chunks[-1])
                buffer = b"".join(chunks)[length:]
    return total


def load(folder: Path, warehouse: Path, *, with_details: bool) -> None:
    """The company's rows as tables."""
    with duckdb.connect(str(warehouse)) as con:
        con.execute(f"create temp table r as {_read(folder / 'list.ndjson', _COLUMNS)}")
        con.execute("create table sessions as select * exclude (tags, metadata) from r")
        con.execute(
            "create table session_tags as select id as session_id, "
            "generate_subscripts(tags, 1) - 1 as position, unnest(tags) as tag from r where tags is not null"
        )
        con.execute(
            "create table session_metadata as select session_id, e.key, e.value ->> '$' as value, "
            "json_type(e.value) as value_type from "
            "(select id as session_id, unnest(map_entries(metadata)) as e from r where metadata is not null)"
        )
        if with_details:
            columns = {"id": "VARCHAR", "persona": _PERSONA, "feedback": _FEEDBACK}
            con.execute(f"create temp table d as {_read(folder / 'details.ndjson', columns)}")
            con.execute(
                "create table session_feedback as "
                "select id as session_id, unnest(feedback) from d where feedback is not null"
            )
            con.execute(
                "create table personas as select unnest(persona) from (select distinct persona from d)"
            )


def _read(path: Path, columns: dict[str, str]) -> str:
    named = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    return f"select * from read_json('{path}', format = 'newline_delimited', columns = {{{named}}})"  # noqa: S608


if __name__ == "__main__":
    here = Path(sys.argv[1])
    fetch(int(sys.argv[2]), urls(here))
    load(here, Path(sys.argv[3]), with_details=sys.argv[4] == "details")
