"""What somebody would write in ten minutes: requests and pandas, every page, the whole table anew each night.

No checks, no retries, no memory of the night before. Needs pandas, which the project does not: it takes part
where ``BENCH_PANDAS`` names a folder that ``pip install --target`` put it into.
Run alone: ``python -m bench.script BASE_URL WAREHOUSE list|details``.
"""

from __future__ import annotations

import sys
from typing import Any

import duckdb
import requests

from bench.server import KEY


def rows(session: requests.Session, base_url: str) -> list[dict[str, Any]]:
    """Every row of the list."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 100}
    while True:
        page = session.get(f"{base_url}sessions", params=params).json()
        found += page["data"]
        if not page["pagination"]["next_cursor"]:
            return found
        params["cursor"] = page["pagination"]["next_cursor"]


def main(base_url: str, warehouse: str, *, with_details: bool) -> None:
    """Sessions, tags and metadata, and of completed ones surveys and personas, as tables."""
    import pandas as pd

    session = requests.Session()
    session.headers["X-API-Key"] = KEY
    listed = rows(session, base_url)
    frame = pd.DataFrame(listed)
    for name in ("created_at", "started_at", "completed_at"):
        frame[name] = pd.to_datetime(frame[name])
    tables = {"sessions": frame.drop(columns=["tags", "metadata"])}
    tables["session_tags"] = frame[["id", "tags"]].explode("tags").dropna()
    entries = [(row["id"], *entry) for row in listed for entry in (row["metadata"] or {}).items()]
    tables["session_metadata"] = pd.DataFrame(entries, columns=["session_id", "key", "value"])
    tables["session_metadata"]["value"] = tables["session_metadata"]["value"].astype(str)
    if with_details:
        ids = [row["id"] for row in listed if row["status"] == "completed"]
        details = [session.get(f"{base_url}sessions/{session_id}").json() for session_id in ids]
        surveys = [{"session_id": row["id"], **row["feedback"]} for row in details if row.get("feedback")]
        tables["session_feedback"] = pd.DataFrame(surveys)
        personas = [row["persona"] for row in details if row.get("persona")]
        tables["personas"] = pd.DataFrame(personas).drop_duplicates()
    with duckdb.connect(warehouse) as con:
        for name, table in tables.items():
            con.register("incoming", table)
            con.execute(f"create table {name} as select * from incoming")  # noqa: S608 - our names
            con.unregister("incoming")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], with_details=sys.argv[3] == "details")
