"""Summaries: the same facts as JSON and as lines that a person understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from zenhire_sync.marts import BuildSummary
    from zenhire_sync.publish import PublishSummary
    from zenhire_sync.report import ReportSummary
    from zenhire_sync.sync.dry_run import Bill
    from zenhire_sync.sync.outcome import SyncOutcome

_MOST_RESTATED = 3
_LABEL_WIDTH = 10


def sync_facts(outcome: SyncOutcome) -> dict[str, Any]:
    """Facts of a sync or reconcile, as the summary's SyncPart names them."""
    return {
        "run_id": outcome.run_id,
        "as_of": outcome.as_of,
        "outcome": outcome.outcome,
        "sessions_listed": outcome.sessions_listed,
        "sessions_new": outcome.new_sessions,
        "sessions_changed": outcome.changed_sessions,
        "sessions_deleted": outcome.deleted,
        "surveys_found": outcome.surveys_found,
        "negative_surveys_found": outcome.negative_surveys_found,
        "rows_by_table": dict(outcome.rows_by_table),
        "requests": outcome.ledger.total,
        "requests_by_reason": dict(outcome.ledger.by_reason),
        "retries": outcome.ledger.retries,
        "rate_limited": outcome.ledger.rate_limited,
        "rates_found": outcome.rates_found,
        "rejected": outcome.rejected,
        "healed": outcome.healed,
        "details_left": outcome.details_left,
        "sessions_verified": outcome.sessions_verified,
        "verified_changed": outcome.verified_changed,
        "keys_not_verified": outcome.keys_not_verified,
        "is_out_of_time": outcome.is_out_of_time,
        "credit_balance": outcome.credit_balance,
        "credit_balances": [asdict(balance) for balance in outcome.balances],
        "cursors_before": outcome.cursors_before,
        "cursors_after": outcome.cursors_after,
        "paging": outcome.paging,
        "key_problems": [asdict(problem) for problem in outcome.key_problems],
    }


def sync_lines(outcome: SyncOutcome) -> list[str]:
    """What a sync did, for a person."""
    lines = [
        _line(
            "sessions",
            f"{outcome.sessions_listed:,} listed, {outcome.new_sessions:,} new, "
            f"{outcome.changed_sessions:,} changed, {outcome.deleted:,} found deleted",
        ),
        _line(
            "surveys", f"{outcome.surveys_found:,} new, {outcome.negative_surveys_found:,} of them negative"
        ),
        _line(
            "requests", f"{outcome.ledger.total:,} ({_counts(outcome.ledger.by_reason)}){_troubles(outcome)}"
        ),
        _line("written", _written(outcome)),
    ]
    for balance in outcome.balances:
        whose = (
            f" (client {balance.client_id}, key {balance.key_name!r})" if len(outcome.balances) > 1 else ""
        )
        lines.append(_line("balance", f"{balance.credits:,.0f} credits left at ZenHire{whose}"))
    lines += _verified(outcome)
    if outcome.details_left:
        why = "; the time for them was up" if outcome.is_out_of_time else ""
        lines.append(
            _line("left", f"{outcome.details_left:,} details are due{why}; the next sync asks for them")
        )
    if outcome.healed:
        lines.append(_line("healed", f"{outcome.healed:,} rows set aside earlier are good now"))
    if outcome.rejected:
        lines.append(_line("SET ASIDE", f"{outcome.rejected:,} rows, see zenhire_raw.rejected_rows"))
    for name, rate in outcome.rates_found.items():
        advice = f"set ZENHIRE_RATE_LIMIT_PER_MINUTE={rate}"
        lines.append(_line("RATE", f"key {name!r} allows about {rate:,} requests a minute; {advice}"))
    lines.extend(_line("KEY", problem.message) for problem in outcome.key_problems)
    return lines


def _verified(outcome: SyncOutcome) -> list[str]:
    """What the rolling reconcile read, and of which keys it cannot."""
    seen, changed = outcome.sessions_verified, outcome.verified_changed
    lines = [_line("verified", f"{seen:,} old sessions read again, {changed:,} changed")] if seen else []
    return lines + [
        _line("verified", f"key {name!r}: no way into the middle of its list; `reconcile` reads all of it")
        for name in outcome.keys_not_verified
    ]


def _written(outcome: SyncOutcome) -> str:
    """Rows by table; a session counts twice that was listed and then looked at."""
    counts = _counts({f"rows of {name}": rows for name, rows in outcome.rows_by_table.items()})
    again = outcome.rows_by_table["sessions"] - outcome.sessions_listed
    note = " (a session is written again when its detail has come)" if again > 0 else ""
    return counts.replace(" rows of sessions", f" rows of sessions{note}", 1) or "nothing: no row differs"


def bill_facts(bill: Bill) -> dict[str, Any]:
    """Facts of a dry run for ``--json``."""
    return {
        "requests": bill.requests,
        "requests_by_reason": {**bill.list_by_reason, **bill.details_by_reason, "credits": bill.balances},
        "minutes": round(bill.minutes, 2),
    }


def bill_lines(bill: Bill) -> list[str]:
    """Requests that a sync would make now, for a person."""
    details = sum(bill.details_by_reason.values())
    return [
        _line("list", f"{bill.list_pages:,} requests (made, to know the rest; nothing was kept)"),
        _line("details", f"{details:,} requests ({_counts(bill.details_by_reason) or 'nothing is due'})"),
        _line("credits", _balance_requests(bill.balances)),
        _line("in all", f"{bill.requests:,} requests, about {bill.minutes:,.1f} minutes at the key's rate"),
    ]


def _balance_requests(balances: int) -> str:
    return (
        "1 request (the balance)" if balances == 1 else f"{balances:,} requests (a balance for each client)"
    )


def build_facts(summary: BuildSummary) -> dict[str, Any]:
    """Facts of a build for ``--json``."""
    return asdict(summary)


def build_lines(summary: BuildSummary) -> list[str]:
    """What a build did, for a person."""
    return [
        _line("marts", f"{len(summary.rows_by_mart)} built, {summary.tests_passed} tests passed"),
        _line("credits", f"{summary.credits_charged:,} charged in all"),
        _line("negative", f"{summary.negative_surveys:,} surveys in all"),
    ]


def publish_facts(summary: PublishSummary) -> dict[str, Any]:
    """Facts of a publication for ``--json``."""
    facts = {**asdict(summary), "rows_by_table": dict(summary.rows_by_table)}
    facts["parquet_path"] = None if summary.parquet_path is None else str(summary.parquet_path)
    return {"path": facts.pop("place"), **facts}


def publish_lines(summary: PublishSummary) -> list[str]:
    """Where the published files are, for a person."""
    return [
        _line(
            "published",
            f"{summary.place} ({summary.bytes / 1e6:.1f} MB, {len(summary.rows_by_table)} tables)",
        ),
        *([] if summary.parquet_path is None else [_line("parquet", str(summary.parquet_path))]),
        *(_line("and", where) for where in summary.elsewhere),
        *([_line("restated", _restated(summary))] if summary.restatements else []),
    ]


def _restated(summary: PublishSummary) -> str:
    """Such as: 3 restatements since the last publication: -12 credits in 2026-02 (charge edited)."""
    count = summary.restatements
    named = f"{count:,} {'restatement' if count == 1 else 'restatements'} since the last publication"
    credit = [
        f"{one.credits:+,} credits in {one.month_start_date:%Y-%m} ({one.cause.replace('_', ' ')})"
        for one in summary.restated_credits
    ]
    shown, left = credit[:_MOST_RESTATED], len(credit[_MOST_RESTATED:])
    more = [f"and {left:,} more"] if left else []
    return f"{named}: {', '.join([*shown, *more])}" if credit else f"{named}, none in credits"


def older_report_lines(report_path: Path) -> list[str]:
    """That a report which is there shows an earlier publication; for a publish that none follows."""
    if not report_path.is_file():
        return []
    return [_line("report", f"{report_path} still shows the publication before; `zenhire-sync report` next")]


def report_facts(summary: ReportSummary) -> dict[str, Any]:
    """Facts of a report for ``--json``."""
    attention = [{"cause": one.cause, "sentence": one.sentence} for one in summary.attention]
    return {**asdict(summary), "path": str(summary.path), "attention": attention}


def report_lines(summary: ReportSummary) -> list[str]:
    """Where the report is, for a person."""
    return [
        _line("report", str(summary.path)),
        *(_line("ATTENTION", one.sentence) for one in summary.attention),
    ]


def text(heading: str, *parts: Iterable[str]) -> str:
    """A heading with its lines."""
    return "\n".join([heading, *(line for part in parts for line in part)])


def _line(label: str, what: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}} {what}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _troubles(outcome: SyncOutcome) -> str:
    ledger = outcome.ledger
    told = f", {ledger.rate_limited} answered 429" if ledger.rate_limited else ""
    return f", {ledger.retries} retries{told}" if ledger.retries else ""
