"""A simulated company before a user's own dlt pipeline, and what came of it held against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb

from tests.sync.world import (
    UNLIMITED,
    expected_feedback,
    expected_metadata,
    expected_session,
    expected_tags,
)
from zenhire_sync.simulator import DEFAULT, DEFAULT_KEY, Behaviour, Company, SimulatorServer
from zenhire_sync.source import zenhire

Row = dict[str, Any]
# All rows of a query; tables have no schema in front.
Query = Callable[[str], list[Row]]
PERSONA = ("id", "role_name", "language", "system_prompt", "base_prompt_override")


@dataclass
class Loads:
    """One company, its server, and one pipeline of a user's."""

    sim: SimulatorServer
    pipeline: Any
    query: Query
    settings: dict[str, Any] = field(default_factory=dict)
    # Of each load: what is said to dlt beside the source.
    load_arguments: dict[str, Any] = field(default_factory=dict)

    def source(self, **arguments: Any) -> Any:
        """The source at the company's time."""
        settings = {"rate_limit_per_minute": UNLIMITED, "retry_base_seconds": 0.01, **self.settings}
        given = {"api_key": DEFAULT_KEY, "base_url": self.sim.base_url, "as_of": self.sim.now}
        return zenhire(**{**given, **arguments}, settings=settings)

    def load(self, now: datetime | None = None, *tables: str, **arguments: Any) -> Counter[str]:
        """Runs the pipeline, with all resources or some, after moving the company to ``now``.

        How often each endpoint was asked.
        """
        if now is not None:
            self.sim.now = now
        source = self.source(**arguments)
        return self.run(source.with_resources(*tables) if tables else source)

    def run(self, data: Any, **arguments: Any) -> Counter[str]:
        """Runs the pipeline."""
        self.sim.log.clear()
        self.pipeline.run(data, **self.load_arguments, **arguments)
        return Counter(record.endpoint for record in self.sim.log.records())

    def state(self) -> Row:
        """dlt's state of the source, by resource."""
        resources: Row = self.pipeline.state["sources"]["zenhire"]["resources"]
        return resources

    def count(self, table: str) -> int:
        """Rows of a table."""
        count: int = self.query(f"select count(*) as found from {table}")[0]["found"]
        return count


@contextmanager
def loads(
    tmp_path: Path, company: Company, now: datetime, behaviour: Behaviour = DEFAULT, **settings: Any
) -> Iterator[Loads]:
    """Into DuckDB."""
    path = tmp_path / "theirs.duckdb"
    with loads_into(
        tmp_path,
        company,
        now,
        dlt.destinations.duckdb(str(path)),
        of_duckdb(path),
        behaviour=behaviour,
        **settings,
    ) as here:
        yield here


@contextmanager
def loads_into(
    tmp_path: Path,
    company: Company,
    now: datetime,
    destination: Any,
    query: Query,
    *,
    behaviour: Behaviour = DEFAULT,
    **settings: Any,
) -> Iterator[Loads]:
    """Into any destination, of which ``query`` reads the dataset ``interviews``."""
    with SimulatorServer(company, now=now, behaviour=behaviour, rate_limit_per_minute=UNLIMITED) as sim:
        pipeline = dlt.pipeline(
            "theirs",
            destination=destination,
            dataset_name="interviews",
            pipelines_dir=str(tmp_path / "pipelines"),
        )
        yield Loads(sim, pipeline, query, settings)


def of_duckdb(path: Path) -> Query:
    """Reads a DuckDB file."""

    def query(sql: str) -> list[Row]:
        with duckdb.connect(str(path), read_only=True) as con:
            con.sql("set TimeZone = 'UTC'")
            con.sql("set schema = 'interviews'")
            return con.sql(sql).to_arrow_table().to_pylist()

    return query


def assert_all_is_there(here: Loads, now: datetime) -> None:
    """Every table equals what the API shows at ``now``, field by field."""
    shown = here.sim.company.at(now)
    sessions, details = shown.sessions(), shown.details()
    ours = {row["id"]: row for row in here.query("select * from sessions")}
    assert len(ours) == here.count("sessions")
    for row in sessions:
        expected = expected_session(row, {})
        assert {name: ours[row["id"]][name] for name in expected} == expected
    ids = {row["id"] for row in sessions}
    children = {
        "session_tags": (
            ("session_id", "position", "tag"),
            [t for row in sessions for t in expected_tags(row)],
        ),
        "session_metadata": (
            ("session_id", "key", "value", "value_type"),
            [m for row in sessions for m in expected_metadata(row)],
        ),
        "session_feedback": (
            ("session_id", "rating", "comment", "submitted_at", "flagged"),
            [found for row in details if (found := expected_feedback(row)) is not None],
        ),
    }
    for table, (columns, expected_rows) in children.items():
        rows = here.query(f"select * from {table}")
        found = [tuple(row[name] for name in columns) for row in rows if row["session_id"] in ids]
        assert sorted(found, key=str) == sorted(expected_rows, key=str), table
    assert_personas(here, details)


def assert_personas(here: Loads, details: list[Row]) -> None:
    """Each persona that a detail shows has the content that it has there."""
    shown = {row["persona"]["id"]: row["persona"] for row in details if row["persona"] is not None}
    ours = {row["id"]: {name: row[name] for name in PERSONA} for row in here.query("select * from personas")}
    assert {persona_id: ours.get(persona_id) for persona_id in shown} == shown
