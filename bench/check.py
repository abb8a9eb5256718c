"""Holds a warehouse against the truth of the company it was read from. A fast wrong answer has no time.

Run alone: ``python -m bench.check FOLDER WAREHOUSE``; fails with what differs.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import duckdb

from bench.company import PAGE_ROWS, Truth

_FOUND = """
    select
        (select count(*) from sessions where id is not null and synced_at is not null) as sessions,
        (select count(*) from sessions where status = 'completed') as completed,
        (select sum(credit_charged) from sessions) as credits,
        (select sum(duration_sec) from sessions) as seconds,
        (select count(*) from session_tags) as tags,
        (select count(distinct (session_id, key)) from session_metadata) as metadata,
        (select count(*) from session_feedback) as surveys,
        (select coalesce(sum(rating), 0) from session_feedback) as ratings,
        (select count(*) from personas) as personas
"""


def differences(truth: Truth, warehouse: Path) -> list[str]:
    """What is not as it must be, by name; the request bill too."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        con.execute("use warehouse.zenhire_raw")
        names = [column[0] for column in con.execute(_FOUND).description]
        row = con.fetchone() or ()
        found = {name: int(value) for name, value in zip(names, row, strict=True)}
        bill = con.execute("select requests, retries, rate_limited, rejected from sync_runs").fetchall()
        twice = con.execute("select count(*) - count(distinct id) from sessions").fetchall()[0][0]
    expected = asdict(truth)
    wrong = [f"{n}: {found[n]}, not {expected[n]}" for n in expected if found[n] != expected[n]]
    if twice:
        wrong.append(f"{twice} sessions are there twice")
    pages, credits_calls = -(-truth.sessions // PAGE_ROWS), 1
    most = pages + credits_calls + (truth.completed + truth.personas if truth.personas else 0)
    if len(bill) != 1 or bill[0][0] > most or any(bill[0][1:]):
        wrong.append(f"bill (requests, retries, 429s, rejected): {bill}, not one of {most} requests at most")
    return wrong


if __name__ == "__main__":
    if wrong := differences(Truth.read(Path(sys.argv[1])), Path(sys.argv[2])):
        sys.exit("the result is wrong: " + "; ".join(wrong))
