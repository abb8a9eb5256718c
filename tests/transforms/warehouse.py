"""Raw fixture tables written straight from their declarations, as a sync would leave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES, Table
from zenhire_sync.bundle import bundled
from zenhire_sync.engines.duckdb_file import switching
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import BuildSummary, build_marts
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.runner import run_dbt
from zenhire_sync.settings import Profile, Settings

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
PROFILE = Profile(name="duckdb", description="test")

Row = dict[str, Any]


def write_raw(path: Path, rows_by_table: Mapping[str, Iterable[Row]]) -> None:
    """A warehouse with all eight raw tables; missing columns of a row are null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {RAW_SCHEMA}")
        for table in RAW_TABLES:
            arrow = _arrow(table, rows_by_table.get(table.name, ()))
            connection.register("incoming", arrow)
            connection.execute(f"create or replace table {RAW_SCHEMA}.{table.name} as select * from incoming")
            connection.unregister("incoming")


def at(text: str) -> datetime:
    """A UTC time such as ``2026-03-01 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def session(session_id: str, created: str, **fields: Any) -> Row:
    """A raw session, ``initiated`` unless told otherwise."""
    return {
        "id": session_id,
        "client_id": "client",
        "persona_id": "persona-1",
        "status": "initiated",
        "consent_mode": "explicit",
        "source": "requests",
        "created_at": at(created),
        "role_name": "Nurse",
        "language": "en",
        "synced_at": NOW,
        "run_id": "run-1",
        **fields,
    }


def completed(session_id: str, started_at: str, seconds: int, **fields: Any) -> Row:
    """A raw session created an hour before it started and charged two credits a begun minute."""
    start = at(started_at)
    return session(
        session_id,
        started_at,
        **{
            "status": "completed",
            "created_at": start - timedelta(hours=1),
            "started_at": start,
            "completed_at": start + timedelta(seconds=seconds),
            "duration_sec": seconds,
            "credit_charged": 2 * -(-seconds // 60),
            "interview_svc_session_id": f"svc-{session_id}",
            **fields,
        },
    )


def survey(session_id: str, rating: int, submitted_at: str, **fields: Any) -> Row:
    """A raw survey, flagged as the API says."""
    return {
        "session_id": session_id,
        "rating": rating,
        "submitted_at": at(submitted_at),
        "flagged": rating <= 2,
        "is_removed": False,
        **fields,
    }


def tags(session_id: str, *names: str) -> list[Row]:
    """The raw tag rows of a session."""
    return [
        {"session_id": session_id, "position": i, "tag": name, "is_removed": False}
        for i, name in enumerate(names)
    ]


def persona_version(persona_id: str, version: int, seen: tuple[str, str], **fields: Any) -> Row:
    """A raw content of a persona, seen from the first to the second time."""
    return {
        "persona_id": persona_id,
        "version": version,
        "role_name": "Nurse",
        "language": "en",
        "system_prompt": f"prompt {version}",
        "valid_from": at(seen[0]),
        "valid_to": at(seen[1]),
        "run_id": "run-1",
        **fields,
    }


def detail_result(run_id: str, reason: str, rung: str, counts: tuple[int, int, int]) -> dict[str, Any]:
    """A row of detail_results; ``counts`` are details, surveys and negative surveys."""
    details, surveys, negative = counts
    found = {"surveys_found": surveys, "negative_surveys_found": negative, "changes_found": 0}
    asked = {"run_id": run_id, "reason": reason, "rung": rung, "details": details}
    return {**asked, **found, "persona_contents_found": 0}


def audit_result(run_id: str, stratum: str, counts: tuple[int, int, int, int], field: str = "any") -> Row:
    """A row of audit_results; ``counts`` are sessions, and those sampled, compared and differing."""
    names = ("sessions", "sampled", "compared", "differing")
    return {"run_id": run_id, "stratum": stratum, "field": field, **dict(zip(names, counts, strict=True))}


def published_before(session_id: str, build_id: str, *, credits_charged: int) -> Row:
    """A row of published_sessions: an interview of March 2026 without a survey, as it was first published."""
    figures = ("interview_sec", "interviews", "surveys", "negative_surveys")
    return {
        "session_id": session_id,
        "build_id": build_id,
        "facts_mark": "as it was",
        **dict.fromkeys(("credits_cause", "interview_cause", "survey_cause"), "new"),
        **dict.fromkeys(("was_credits", *(f"was_{name}" for name in figures)), 0),
        "project_key": "client/no_project",
        "month": "2026-03-01",
        "credits": credits_charged,
        **dict.fromkeys(figures, 0),
        "interviews": 1,
        "is_deleted": False,
    }


def signed_month(note: str = "signed") -> dict[str, list[Row]]:
    """The raw rows of February 2026 closed with one interview of seven credits, at a price of its own."""
    closing = {"closing_id": "closing-1"}
    figures = {"credits": 7, "billed_minutes": 3, "interviews": 1}
    names = {"project_id": None, "project_name": "(no project)", "account": "client"}
    nothing = dict.fromkeys((f"adjustment_{name}" for name in figures), 0)
    of_month = {"project_key": "client/no_project", **names, **figures, **nothing}
    charge = {
        "charge_id": "charge-1",
        "usage_date": "2026-02-03",
        "charge_starts_at": at("2026-02-03 00:00"),
        "charge_ends_at": at("2026-02-04 00:00"),
        "period_starts_at": at("2026-02-01 00:00"),
        "period_ends_at": at("2026-03-01 00:00"),
        "client_id": "client",
        "persona_id": "persona-1",
        "persona_name": "Night nurse",
        "description": "AI interviews",
        "source": "requests",
        "unit_price": "0.300000",
        "currency": "CHF",
        **figures,
    }
    closed = {"month": "2026-02-01", "event": "close", "happened_at": NOW, "note": note}
    return {
        "month_closings": [closing | closed],
        "closed_months": [closing | of_month],
        "closed_charges": [closing | charge],
    }


def sync_run(run_id: str, credit_balance: float | None = None, **fields: Any) -> Row:
    """A raw run that ended well at ``NOW``."""
    counts = ("sessions_listed", "requests", "retries", "rate_limited", "rejected")
    return {
        "run_id": run_id,
        "command": "sync",
        "outcome": "done",
        "as_of": NOW,
        "started_at": NOW,
        "finished_at": NOW,
        **dict.fromkeys(counts, 0),
        "credit_balance": credit_balance,
        **fields,
    }


def _arrow(table: Table, rows: Iterable[Row]) -> pa.Table:
    filled = [{name: row.get(name) for name in table.column_names} for row in rows]
    return pa.Table.from_pylist(filled, schema=table.arrow_schema())


@dataclass(frozen=True)
class Company:
    """A data directory whose raw tables can be written and whose marts can be built and read."""

    data_dir: Path
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings its marts are built with."""
        return Settings(data_dir=self.data_dir, memory_limit="1GB", **self.options)

    def build(self, rows_by_table: Mapping[str, Iterable[Row]], as_of: datetime = NOW) -> BuildSummary:
        """Marts built from exactly these raw rows."""
        write_raw(self.settings.warehouse_path, rows_by_table)
        with pytest.MonkeyPatch.context() as patch:
            # What was built stays for looks at its steps and for more of dbt.
            patch.setattr(switching, "remove_built", lambda _: None)
            return build_marts(self.settings, PROFILE, as_of)

    def rows(self, query: str) -> list[Row]:
        """Answer of a query on the warehouse, one dict a row."""
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            answer = connection.execute(query)
            names = [column[0] for column in answer.description]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def steps(self, query: str) -> list[Row]:
        """The same of a table between the raw tables and the marts."""
        with duckdb.connect(str(switching.build_path(self.settings))) as connection:
            answer = connection.sql(query).to_arrow_table()
            return list(answer.to_pylist())

    def execute(self, statement: str) -> None:
        """Changes what dbt has built behind its back."""
        with duckdb.connect(str(switching.build_path(self.settings))) as connection:
            connection.execute(statement)

    def dbt(self, *command: str, as_of: datetime = NOW) -> list[Any]:
        """Results of a dbt command on this warehouse."""
        work = work_dir(self.settings)
        with process_set_up(dbt_variables(self.settings, as_of)):
            answer = run_dbt(
                command,
                project=bundled("transforms"),
                target="duckdb",
                work=work,
                let_go=warehouse_of(self.settings).dbt().let_go,
            )
        return list(answer.results)
