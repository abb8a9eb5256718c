"""The metrics of the Prometheus file: name, kind, meaning, and how long a value stands.

docs/signals.md lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
