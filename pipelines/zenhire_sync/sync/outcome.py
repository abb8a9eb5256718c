"""What a sync did: collected while it runs, written to sync_runs, shown as the summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from zenhire_schemas.tables import CREDIT_BALANCES, LAYOUT, SYNC_RUNS
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.rows.changes import TICK
from zenhire_sync.sync.audit_results import AuditResults
from zenhire_sync.sync.detail_results import DetailResults

# What a run is called before it ends; one that was killed is found under this name by the next.
RUNNING = "running"
_ADDED_UP = (
    "new_sessions",
    "changed_sessions",
    "surveys_found",
    "negative_surveys_found",
    "deleted",
    "rejected",
    "healed",
    "details_kept",
    "sessions_verified",
    "verified_changed",
)


@dataclass(slots=True)
class KeyProblem:
    """A key whose sessions could not be read, and why; the other keys went on."""

    key_name: str
    message: str


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """Credits of one client, as one of its keys was told; ``client_id`` is None before its first session."""

    client_id: str | None
    key_name: str
    credits: float


@dataclass(slots=True)
class SyncOutcome:
    """Facts of one run. ``rows_by_table`` counts rows written; ``rejected`` rows set aside by this run.

    ``rates_found``: requests a minute of each key that allows less than the setting. ``details_postponed``:
    the plan would have kept the marts waiting too long, and was left as a whole. ``is_out_of_time``: the time
    for details was up before the plan was done. ``sessions_verified``: read again by the rolling reconcile,
    which found so many ``verified_changed``; the lists of ``keys_not_verified`` have no middle to read.
    """

    run_id: str
    command: str
    as_of: datetime
    started_at: datetime
    ledger: RequestLedger = field(default_factory=RequestLedger)
    rows_by_table: Counter[str] = field(default_factory=Counter)
    sessions_listed: int = 0
    new_sessions: int = 0
    changed_sessions: int = 0
    surveys_found: int = 0
    negative_surveys_found: int = 0
    deleted: int = 0
    rejected: int = 0
    healed: int = 0
    cursors_before: dict[str, Any] = field(default_factory=dict)
    cursors_after: dict[str, Any] = field(default_factory=dict)
    paging: dict[str, Any] = field(default_factory=dict)
    balances: list[AccountBalance] = field(default_factory=list)
    detail_results: DetailResults = field(default_factory=DetailResults)
    audit_results: AuditResults = field(default_factory=AuditResults)
    key_problems: list[KeyProblem] = field(default_factory=list)
    rates_found: dict[str, int] = field(default_factory=dict)
    details_left: int = 0
    details_kept: int = 0
    sessions_verified: int = 0
    verified_changed: int = 0
    keys_not_verified: list[str] = field(default_factory=list)
    details_postponed: bool = False
    is_out_of_time: bool = False
    error: str | None = None
    latest_before: datetime | None = None

    @property
    def stamped_at(self) -> datetime:
        """The time that what this run saw is written with: ``as_of``, but never before what is known.

        An orchestrator that clears an old run sends it back in time; what it sees is new all the same, and
        comes just after what the runs before it saw.
        """
        if self.latest_before is None or self.as_of >= self.latest_before:
            return self.as_of
        return self.latest_before + TICK

    @property
    def credit_balance(self) -> float | None:
        """Credits of the only account; None where there are several, or none told."""
        return self.balances[0].credits if len(self.balances) == 1 else None

    @property
    def outcome(self) -> str:
        """done, set_aside or failed, as in sync_runs."""
        if self.error is not None:
            return "failed"
        return "set_aside" if self.rejected or self.key_problems else "done"

    def followed_by(self, later: SyncOutcome) -> SyncOutcome:
        """Both as one run: what they brought is added up; what is left, and how it ended, is the later's."""
        added = {name: getattr(self, name) + getattr(later, name) for name in _ADDED_UP}
        return replace(
            later,
            **added,
            run_id=self.run_id,
            started_at=self.started_at,
            sessions_listed=max(self.sessions_listed, later.sessions_listed),
            cursors_before=self.cursors_before,
            ledger=self.ledger.with_those_of(later.ledger),
            rows_by_table=self.rows_by_table + later.rows_by_table,
            rates_found={**self.rates_found, **later.rates_found},
        )

    def count(self, counts: Mapping[str, int]) -> None:
        """Adds what a window changed, by the name of the field."""
        for name, number in counts.items():
            setattr(self, name, getattr(self, name) + number)

    def counts(self) -> dict[str, int]:
        """What the end of the step tells."""
        return {
            "sessions_listed": self.sessions_listed,
            "sessions_new": self.new_sessions,
            "sessions_changed": self.changed_sessions,
            "sessions_deleted": self.deleted,
            "surveys_found": self.surveys_found,
            "details_kept": self.details_kept,
            "details_left": self.details_left,
            "requests": self.ledger.total,
            "retries": self.ledger.retries,
            "rate_limited": self.ledger.rate_limited,
            "rejected": self.rejected,
            "keys_refused": len(self.key_problems),
        }

    def as_row(self, *, is_running: bool = False) -> pa.Table:
        """The run as its row of sync_runs, at its end or while it is running."""
        row = {
            "run_id": self.run_id,
            "command": self.command,
            "outcome": RUNNING if is_running else self.outcome,
            "as_of": self.as_of,
            "started_at": self.started_at,
            "finished_at": self.started_at if is_running else datetime.now(UTC),
            "sessions_listed": self.sessions_listed,
            "requests": self.ledger.total,
            "requests_by_reason": _json(dict(self.ledger.by_reason)),
            "retries": self.ledger.retries,
            "rate_limited": self.ledger.rate_limited,
            "rejected": self.rejected,
            "rows_by_table": _json(dict(self.rows_by_table)),
            "cursors_before": _json(self.cursors_before),
            "cursors_after": _json(self.cursors_after),
            "paging": _json(self.paging),
            "credit_balance": self.credit_balance,
            "error": self.error or "; ".join(problem.message for problem in self.key_problems) or None,
            "layout": LAYOUT,
        }
        return pa.Table.from_pylist([row], schema=SYNC_RUNS.arrow_schema())

    def balance_rows(self) -> pa.Table:
        """The balances as rows of credit_balances; an account that is not known has an empty id there."""
        rows = [
            {"run_id": self.run_id, "client_id": balance.client_id or "", "credit_balance": balance.credits}
            for balance in self.balances
        ]
        return pa.Table.from_pylist(rows, schema=CREDIT_BALANCES.arrow_schema())


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
