"""Weeks of a living company in a pipeline of a user's: late surveys, re-invitations, outages lose nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dlt
import duckdb

from tests.source.lives import LIVELY, START, live_through
from tests.source.loads import Row, assert_all_is_there, loads, loads_into
from zenhire_sync.simulator import DIALECTS, Company

# A destination that keeps every row: what a load brought last of a session is the session.
LATEST = """
    select * from (
        select *, max(synced_at) over (partition by {key}) as latest
        from read_parquet('{folder}/interviews/{table}/*.parquet')
    ) where synced_at = latest {rest}
"""


def test_months_of_a_living_company_end_with_the_vendors_truth_though_old_pages_are_not_read_again(
    tmp_path: Path,
) -> None:
    # Personas keep their content: a session that is not read again keeps the role that it was read with.
    company = Company(replace(LIVELY, edits_per_persona=0, days=150, sessions=240))
    behaviour = replace(DIALECTS["page_nothing_reported"], largest_page=20)
    nights = [START + timedelta(days=days, hours=2) for days in (100, 101, 130, 151)]
    with loads(tmp_path, company, START, behaviour, page_size=20, recheck_pages=1) as here:
        asked = [here.load(now) for now in nights]
        assert asked[1]["list"] < asked[0]["list"]
        assert asked[1]["detail"] < asked[0]["detail"] / 5
        quiet = max(nights[-1], company.settled_at) + timedelta(days=31)
        here.load(quiet)
        assert_all_is_there(here, quiet)


def test_a_folder_keeps_every_load_and_its_latest_rows_are_the_vendors_truth(tmp_path: Path) -> None:
    company, folder = Company(LIVELY), tmp_path / "folder"

    def query(sql: str) -> list[Row]:
        with duckdb.connect() as con:
            con.sql("set TimeZone = 'UTC'")
            for table in ("sessions", "personas", "session_tags", "session_metadata", "session_feedback"):
                key, rest = ("session_id", "and not is_removed") if "_" in table else ("id", "")
                latest = LATEST.format(folder=folder, table=table, key=key, rest=rest)
                con.sql(f"create view {table} as {latest}")
            return con.sql(sql).to_arrow_table().to_pylist()

    destination = dlt.destinations.filesystem(folder.as_uri())
    with loads_into(tmp_path, company, START, destination, query) as here:
        live_through(here, company)
