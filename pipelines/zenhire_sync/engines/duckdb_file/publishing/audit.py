"""What must hold before the copy replaces the published file; the copy is read as it stands on disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.publishing.figures import (
    AuditedTotals,
    BuiltFigures,
    RawFigures,
    count_rows,
)
from zenhire_sync.engines.duckdb_file.quoting import COPY, WAREHOUSE, mart
from zenhire_sync.errors import AuditError, WarehouseError

CREDIT_MART = "credit_usage_daily"
SURVEY_MART = "negative_feedback"
_FACTS = ("fct_sessions", "fct_feedback")
_REMEDY = "the published file stays as it was; run `zenhire-sync build`, then publish again"


def require_nothing_pending(state_dir: Path) -> None:
    """Raises AuditError while a load of dlt is unfinished: its tables may be committed in part only."""
    pending = [
        package
        for stage in ("load/normalized", "load/new", "normalize/extracted")
        for depth in ("*", "*/*", "*/*/*")
        for package in state_dir.glob(f"{depth}/{stage}/*")
        if not package.name.startswith(".")
    ]
    if pending:
        raise AuditError(
            f"not published: a sync is unfinished ({len(pending)} load package(s) wait in {state_dir}); "
            "run `zenhire-sync sync` and `zenhire-sync build`, then publish again"
        )


def require_tables(connection: Any, *tables: str) -> None:
    """Raises WarehouseError unless these raw tables exist."""
    if missing := [name for name in sorted(tables) if not _exists(connection, RAW_SCHEMA, name)]:
        names = ", ".join(f"{RAW_SCHEMA}.{name}" for name in missing)
        raise WarehouseError(f"the warehouse has no {names}; run `zenhire-sync sync` first")


def require_main_marts(tables: tuple[str, ...]) -> None:
    """Raises AuditError unless the marts that the others stand on are there."""
    if missing := sorted({CREDIT_MART, SURVEY_MART, *_FACTS} - set(tables)):
        raise AuditError(f"not published: the mart {' and '.join(missing)} is missing; {_REMEDY}")


def require_newest(built: BuiltFigures, raw: RawFigures) -> None:
    """Raises AuditError when a sync ended well that the marts do not hold: no build followed it."""
    if _is_before(built.data_until, raw.data_until) or _is_before(
        built.last_sync_finished_at, raw.last_sync_finished_at
    ):
        ended = f"{raw.last_sync_finished_at:%Y-%m-%d %H:%M} UTC"
        raise AuditError(
            f"not published: the marts are older than the sync that ended at {ended}; {_REMEDY},"
            " or `zenhire-sync publish --as-built` to publish them as they are"
        )


def audit_copy(connection: Any, expected: AuditedTotals, rows_by_table: dict[str, int]) -> None:
    """Compares the copy with the totals that it must repeat, and with the warehouse's marts.

    Raises AuditError with every difference and its two numbers, in one line.
    """
    copied = count_rows(connection, tuple(rows_by_table), catalog=COPY)
    flagged = expected.negative_surveys
    (credit,) = connection.execute(
        f"select coalesce(sum(credits_charged), 0) from {mart(COPY, CREDIT_MART)}"  # noqa: S608 - own names
    ).fetchone()
    differences = [
        f"{table} has {copied[table]} rows, {rows} in the warehouse"
        for table, rows in rows_by_table.items()
        if copied[table] != rows
    ]
    if credit != expected.credits_charged:
        differences.append(
            f"{CREDIT_MART} adds up to {credit} credits,"
            f" the {expected.of} sessions to {expected.credits_charged}"
        )
    if copied[SURVEY_MART] != flagged:
        differences.append(
            f"{SURVEY_MART} has {copied[SURVEY_MART]} rows, {flagged} {expected.of} surveys are flagged"
        )
    if differences:
        raise AuditError(f"not published: {'; '.join(differences)}; {_REMEDY}")


def _is_before(shown: datetime | None, known: datetime | None) -> bool:
    return known is not None and (shown is None or shown < known)


def _exists(connection: Any, schema: str, table: str) -> bool:
    query = "select count(*) from duckdb_tables() where (database_name, schema_name, table_name) = (?, ?, ?)"
    (found,) = connection.execute(query, [WAREHOUSE, schema, table]).fetchone()
    return bool(found)
