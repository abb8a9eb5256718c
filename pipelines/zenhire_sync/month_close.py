"""Data flow: the published totals of a month -> what was signed, in the raw tables -> the mart credit_close.

Alone: ``zenhire-sync close`` and ``zenhire-sync reopen``. The next build shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from zenhire_schemas.session import FIRST_YEAR, LAST_YEAR
from zenhire_schemas.tables import CLOSED_CHARGES, CLOSED_MONTHS, MONTH_CLOSINGS, YOUNG_TABLES
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Loader, Reader, Warehouse

_MONTH = re.compile(r"\d{4}-\d{2}")
_LONGEST_NOTE = 500
_TO_SIGN = """
    select project_key, account, project_id, project_name, is_complete_month, is_closed,
        credits_charged as credits, billed_minutes, sessions_completed as interviews,
        adjustment_credits, adjustment_billed_minutes,
        adjustment_sessions_completed as adjustment_interviews
    from zenhire_marts.credit_close where cast(month_start_date as varchar) = ?
    order by project_key
"""
_CHARGES = """
    select "x_ChargeId" as charge_id, "x_CorrectedChargeId" as corrected_charge_id,
        cast("x_UsageDate" as varchar) as usage_date, "ChargePeriodStart" as charge_starts_at,
        "ChargePeriodEnd" as charge_ends_at, "BillingPeriodStart" as period_starts_at,
        "BillingPeriodEnd" as period_ends_at, "BillingAccountId" as client_id,
        "BillingAccountName" as account_name, "SubAccountId" as project_id,
        "SubAccountName" as project_name, "ResourceId" as persona_id, "ResourceName" as persona_name,
        "ChargeDescription" as description, "x_Source" as source,
        cast("PricingQuantity" as bigint) as credits, cast("ConsumedQuantity" as bigint) as billed_minutes,
        "x_SessionsCompleted" as interviews, cast("ContractedUnitPrice" as varchar) as unit_price,
        "BillingCurrency" as currency
    from zenhire_marts.focus_1_4_cost_and_usage where cast("x_BillingMonthStartDate" as varchar) = ?
    order by charge_id
"""
_MARTS = """
    select count(*) as marts from information_schema.tables
    where table_schema = 'zenhire_marts' and table_name in ('credit_close', 'focus_1_4_cost_and_usage')
"""
_LAST_EVENT = """
    select event from month_closings where month = ?
    order by happened_at desc nulls last, closing_id desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed for a month: projects and their sums, adjustments of earlier months included."""

    month: str
    projects: int
    credits: int
    adjustment_credits: int
    billed_minutes: int
    interviews: int


def parse_month(text: str) -> str:
    """First day of the month, in ISO 8601. Raises ConfigurationError when it is no month."""
    try:
        first = date.fromisoformat(f"{text}-01") if _MONTH.fullmatch(text) else None
    except ValueError:
        first = None
    if first is None or not FIRST_YEAR < first.year < LAST_YEAR:
        raise ConfigurationError(f"MONTH is a month such as 2026-02, not {text!r}")
    return first.isoformat()


def close_month(settings: Settings, text: str, *, note: str | None, now: datetime, run_id: str) -> Signed:
    """Records the published totals of a month as signed. Under the lock.

    Raises ConfigurationError when it is no month, is not over, is closed already or holds nothing, or when
    nothing is published; WarehouseError when something cannot be read or written.
    """
    month, warehouse = parse_month(text), warehouse_of(settings)
    _require_short(note)
    _require_published(warehouse)
    if _is_closed(warehouse, month):
        raise ConfigurationError(f"{text} is closed already; `zenhire-sync reopen {text}` opens it again")
    with warehouse.published() as reader:
        _require_marts(reader)
        rows, charges = reader.rows(_TO_SIGN, month), reader.rows(_CHARGES, month)
    if not rows:
        raise ConfigurationError(f"{text} has no usage in what is published; there is nothing to close")
    if any(row["is_closed"] for row in rows):
        raise ConfigurationError(
            f"{text} was opened again after the last publication; build and publish, then close it"
        )
    if not all(row["is_complete_month"] for row in rows):
        raise ConfigurationError(
            f"{text} was not over when what is published was synced; close it after a sync of a later month"
        )
    signed = [{name: row[name] for name in _COPIED} for row in rows]
    with warehouse.loading() as loader:
        for table, copies in ((CLOSED_MONTHS, signed), (CLOSED_CHARGES, charges)):
            kept = [{"closing_id": run_id, **copy} for copy in copies]
            loader.load({table.name: pa.Table.from_pylist(kept, schema=table.arrow_schema())})
        # Last: rows of a closing that is not here do not count.
        _note(loader, {"closing_id": run_id, "month": month, "event": "close", "happened_at": now}, note)
    return Signed(
        month=text,
        projects=len(signed),
        **{name: sum(int(row[name]) for row in signed) for name in _SUMMED},
    )


def reopen_month(settings: Settings, text: str, *, note: str | None, now: datetime, run_id: str) -> None:
    """Records that a month is open again; what was signed stays in ``closed_months``. Under the lock.

    Raises ConfigurationError when it is no month or is not closed, WarehouseError.
    """
    month, warehouse = parse_month(text), warehouse_of(settings)
    _require_short(note)
    if not _is_closed(warehouse, month):
        raise ConfigurationError(f"{text} is not closed; there is nothing to reopen")
    with warehouse.loading() as loader:
        _note(loader, {"closing_id": run_id, "month": month, "event": "reopen", "happened_at": now}, note)


_COPIED = tuple(name for name in CLOSED_MONTHS.column_names if name != "closing_id")
_SUMMED = ("credits", "adjustment_credits", "billed_minutes", "interviews")


def _require_short(note: str | None) -> None:
    if note is not None and (len(note) > _LONGEST_NOTE or not note.isprintable()):
        raise ConfigurationError(f"--note is one line of at most {_LONGEST_NOTE} characters")


def _require_published(warehouse: Warehouse) -> None:
    if not warehouse.is_published():
        raise ConfigurationError(
            "nothing is published yet; a month is closed as it was published: run `zenhire-sync run` first"
        )


def _require_marts(published: Reader) -> None:
    [row] = published.rows(_MARTS)
    if row["marts"] < 2:
        raise ConfigurationError(
            "an earlier version published what there is; build and publish, then close the month"
        )


def _is_closed(warehouse: Warehouse, month: str) -> bool:
    if not (warehouse.raw_tables() or frozenset()) >= YOUNG_TABLES:
        return False
    with warehouse.reading() as raw:
        return [row["event"] for row in raw.rows(_LAST_EVENT, month)] == ["close"]


def _note(loader: Loader, event: dict[str, Any], note: str | None) -> None:
    rows = pa.Table.from_pylist([{**event, "note": note}], schema=MONTH_CLOSINGS.arrow_schema())
    loader.add(MONTH_CLOSINGS.name, rows)
