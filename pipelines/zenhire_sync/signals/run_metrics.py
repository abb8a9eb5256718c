"""The metrics of one run, from its summary: name, kind, meaning, and how long a value stands.

docs/signals.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zenhire_schemas.run_summary import RunSummary, SyncPart

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]

OUTCOMES = ("done", "set_aside", "failed", "stopped")
GOOD = {"done", "set_aside"}

# run: of the last run of that command, and gone when the next one does not come to it.
# state: of the warehouse, until a run tells it anew, all labels together.
# sample: the same, each by its labels.
Kept = Literal["run", "state", "sample"]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric."""

    meaning: str
    kept: Kept = "run"
    kind: Literal["gauge", "counter"] = "gauge"


FAMILIES = {
    "zenhire_last_success_timestamp_seconds": Family(
        "When the command last ended well (done, or done with rows set aside), Unix time.", "sample"
    ),
    "zenhire_data_until_timestamp_seconds": Family(
        "Time of the last good sync in what is published, Unix time; the age of the data is time() minus it.",
        "state",
    ),
    "zenhire_credit_balance_credits": Family("Credits that ZenHire says a client has left.", "state"),
    "zenhire_published_rows": Family("Rows that readers see, by table.", "state"),
    "zenhire_last_run_end_timestamp_seconds": Family("When the command last ended, well or not, Unix time."),
    "zenhire_last_run_duration_seconds": Family("How long it took, wall clock."),
    "zenhire_last_run_exit_code": Family("Its exit code."),
    "zenhire_last_run_outcome": Family(
        "1 for how it ended: done, set_aside, failed or stopped; 0 for the others."
    ),
    "zenhire_last_run_step_duration_seconds": Family("How long each of its steps took, wall clock."),
    "zenhire_last_run_requests": Family("Requests to the API by reason, without retries."),
    "zenhire_last_run_rate_used_ratio": Family(
        "Requests, retries included, as a share of what ZENHIRE_RATE_LIMIT_PER_MINUTE allows in that time."
    ),
    "zenhire_last_run_retries": Family("Requests that were tried again."),
    "zenhire_last_run_rate_limited_answers": Family("Answers 429."),
    "zenhire_last_run_rows_written": Family("Rows written, by raw table."),
    "zenhire_last_run_rows_set_aside": Family("Rows that broke the API's contract."),
    "zenhire_last_run_keys_refused": Family("Keys whose sessions could not be read."),
    "zenhire_last_run_details_left": Family("Session details that are due and are left to the next run."),
    "zenhire_last_run_surveys_found": Family("Surveys that were not known before."),
    "zenhire_last_run_negative_surveys_found": Family("Those of them that are flagged as negative."),
    "zenhire_runs_total": Family(
        "Runs by command and outcome, since the file was made.", "sample", "counter"
    ),
    "zenhire_requests_total": Family(
        "Requests to the API by reason, without retries, since the file was made.", "sample", "counter"
    ),
}


def samples_of(summary: RunSummary, rate_per_minute: int) -> Samples:
    """What one command tells of itself, by metric and labels; counters are its own share.

    ``rate_per_minute`` is what all keys together allow.
    """
    found: Samples = {}

    def add(name: str, value: float | None, **labels: str) -> None:
        key = name, tuple(sorted(labels.items()))
        if value is not None:
            # A run that built twice has two steps of that name.
            found[key] = found.get(key, 0.0) + value

    command, ended_at = summary.command, summary.ended_at
    ended = None if ended_at is None else ended_at.timestamp()
    add("zenhire_last_run_end_timestamp_seconds", ended, command=command)
    add("zenhire_last_run_duration_seconds", summary.seconds, command=command)
    add("zenhire_last_run_exit_code", summary.exit_code, command=command)
    for outcome in OUTCOMES:
        add("zenhire_last_run_outcome", float(outcome == summary.outcome), command=command, outcome=outcome)
    add("zenhire_runs_total", 1, command=command, outcome=summary.outcome)
    if summary.outcome in GOOD:
        add("zenhire_last_success_timestamp_seconds", ended, command=command)
    for step in summary.steps:
        add("zenhire_last_run_step_duration_seconds", step.seconds, command=command, step=step.step)
    for name, value, labels in _of_sync(summary.sync or summary.reconcile):
        add(name, value, **labels, **({"command": command} if FAMILIES[name].kept == "run" else {}))
    add("zenhire_last_run_rate_used_ratio", _rate_used(summary, rate_per_minute), command=command)
    if summary.publish is not None:
        if summary.publish.data_until is not None:
            add("zenhire_data_until_timestamp_seconds", summary.publish.data_until.timestamp())
        for table, rows in summary.publish.rows_by_table.items():
            add("zenhire_published_rows", rows, table=table)
    return found


def _of_sync(part: SyncPart | None) -> Iterator[tuple[str, float, dict[str, str]]]:
    if part is None:
        return
    for reason, requests in part.requests_by_reason.items():
        yield "zenhire_last_run_requests", requests, {"reason": reason}
        yield "zenhire_requests_total", requests, {"reason": reason}
    for table, rows in part.rows_by_table.items():
        yield "zenhire_last_run_rows_written", rows, {"table": table}
    yield "zenhire_last_run_retries", part.retries, {}
    yield "zenhire_last_run_rate_limited_answers", part.rate_limited, {}
    yield "zenhire_last_run_rows_set_aside", part.rejected, {}
    yield "zenhire_last_run_keys_refused", len(part.key_problems), {}
    yield "zenhire_last_run_details_left", part.details_left, {}
    yield "zenhire_last_run_surveys_found", part.surveys_found, {}
    yield "zenhire_last_run_negative_surveys_found", part.negative_surveys_found, {}
    for balance in part.credit_balances:
        whose = {"client_id": balance.client_id or "", "key": balance.key_name}
        yield "zenhire_credit_balance_credits", balance.credits, whose


def _rate_used(summary: RunSummary, rate_per_minute: int) -> float | None:
    part = summary.sync or summary.reconcile
    seconds = sum(step.seconds for step in summary.steps if step.step in {"sync", "reconcile"})
    return None if part is None or not seconds else part.requests / (seconds / 60 * rate_per_minute)
