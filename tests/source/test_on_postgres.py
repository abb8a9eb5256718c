"""The same weeks into PostgreSQL, whose sessions are in another time zone than ours."""

from __future__ import annotations

from pathlib import Path

import dlt
import pytest

from tests.source.lives import LIVELY, START, live_through
from tests.source.loads import Row, loads_into
from tests.transforms.postgres.server import running
from zenhire_sync.simulator import Company


@pytest.mark.slow
def test_weeks_of_a_living_company_end_with_the_vendors_truth_in_postgresql(tmp_path: Path) -> None:
    company = Company(LIVELY)
    with running() as server:

        def query(sql: str) -> list[Row]:
            for name in ("sessions", "personas", "session_tags", "session_metadata", "session_feedback"):
                sql = sql.replace(f"from {name}", f"from interviews.{name}")
            return server.rows(sql)

        address = f"postgresql://postgres:unused@127.0.0.1:{server.port}/postgres"
        with loads_into(tmp_path, company, START, dlt.destinations.postgres(address), query) as here:
            # Without the ADBC driver dlt sends Arrow as CSV, in which an empty text is none.
            here.load_arguments["loader_file_format"] = "insert_values"
            live_through(here, company)
