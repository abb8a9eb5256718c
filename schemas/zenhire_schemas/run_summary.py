"""What one command did, as a scheduler or a monitor reads it: ``--json``, and the file of ``--summary``.

One object a run, of ``run``, ``sync``, ``reconcile``, ``build``, ``publish`` and ``report``. Its JSON Schema
is docs/run-summary.schema.json. It holds counts, times and paths, and never a key, a prompt, a comment or a
candidate reference. All times are UTC, in ISO 8601.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Raised when a key loses its meaning or goes; new keys come without it.
SchemaVersion = Literal[1]
SCHEMA_VERSION: SchemaVersion = 1

SummarisedCommand = Literal["run", "sync", "reconcile", "build", "publish", "report"]
StepName = Literal["sync", "reconcile", "build", "publish", "report"]
Outcome = Literal["running", "done", "set_aside", "failed", "stopped"]


class Part(BaseModel):
    """A part of the summary: nothing in it that the schema does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StepPart(BaseModel):
    """One step, as far as it came; the rest are its counts, whole numbers by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, int]

    step: StepName
    outcome: Literal["done", "set_aside", "failed", "stopped"]
    seconds: float = Field(description="Wall clock.")
    error: str | None = Field(None, description="What the user was told; only if it failed or was stopped.")


class BalancePart(Part):
    """Credits that ZenHire says a client has left."""

    client_id: str | None = Field(description="Null before the client's first session.")
    key_name: str = Field(description="Name of the key that was told; never the key.")
    credits: float


class KeyProblemPart(Part):
    """A key whose sessions could not be read; the other keys went on."""

    key_name: str
    message: str


class SyncPart(Part):
    """What a sync or a reconcile brought."""

    run_id: str = Field(description="The run in `sync_runs`.")
    as_of: datetime = Field(description='"Now" of every decision.')
    outcome: Literal["done", "set_aside", "failed"]
    sessions_listed: int = Field(description="Sessions that the list showed.")
    sessions_new: int
    sessions_changed: int = Field(description="Known ones of which a field differed.")
    sessions_deleted: int = Field(description="Known ones that are found to be gone.")
    surveys_found: int = Field(description="Surveys that were not known before.")
    negative_surveys_found: int = Field(description="Those of them that are flagged as negative.")
    rows_by_table: dict[str, int] = Field(description="Rows written, by raw table.")
    requests: int = Field(description="Requests in all, retries included.")
    requests_by_reason: dict[str, int] = Field(description="The bill: requests by why they were made.")
    retries: int
    rate_limited: int = Field(description="Answers 429.")
    rates_found: dict[str, int] = Field(description="Requests a minute of keys that allow less than set.")
    rejected: int = Field(description="Rows set aside by this run.")
    healed: int = Field(description="Rows set aside before that are good now.")
    details_left: int = Field(description="Details that are due and were not asked for; the next run does.")
    sessions_verified: int = Field(description="Sessions behind the cursors that were read again.")
    verified_changed: int = Field(description="Changes that this found, new sessions apart.")
    keys_not_verified: tuple[str, ...] = Field(
        description="Keys whose list cannot be read from its middle: old sessions are seen by `reconcile`."
    )
    is_out_of_time: bool = Field(description="Some of them because the time of `--within` was up.")
    credit_balance: float | None = Field(description="Of the only client; null where there are several.")
    credit_balances: tuple[BalancePart, ...]
    cursors_before: dict[str, object] = Field(description="By key name.")
    cursors_after: dict[str, object] = Field(description="By key name.")
    paging: dict[str, object] = Field(description="How the list pages, by key name.")
    key_problems: tuple[KeyProblemPart, ...]


class BillPart(Part):
    """Requests that a sync would make now (``sync --dry-run``)."""

    requests: int
    requests_by_reason: dict[str, int]
    minutes: float = Field(description="At the rate that is set.")


class BuildPart(Part):
    """What a build made."""

    rows_by_mart: dict[str, int]
    tests_passed: int
    tests_warned: int
    seconds: float
    credits_charged: int = Field(description="In all.")
    negative_surveys: int = Field(description="In all.")


class RestatedCreditsPart(Part):
    """Credits by which a month that was published before differs."""

    month_start_date: date = Field(description="First day of the month.")
    cause: str = Field(description="restatements.cause.")
    credits: int = Field(description="What it changed.")


class PublishPart(Part):
    """What readers see from now on."""

    path: str = Field(description="The file, or the database and schema.")
    parquet_path: str | None
    bytes: int
    rows_by_table: dict[str, int]
    published_at: datetime = Field(description="On the wall clock.")
    as_of: datetime
    data_until: datetime | None = Field(description="Time of the last sync that did not fail.")
    credits_charged: int
    negative_surveys: int
    elsewhere: tuple[str, ...] = Field(description="Further places that show the same.")
    restatements: int = Field(0, description="Figures published before that differ now, by cause.")
    restated_credits: tuple[RestatedCreditsPart, ...] = Field((), description="Those of them in credits.")


class AttentionPart(Part):
    """Something in what is published that needs a person's attention."""

    cause: str = Field(description="The same on every night of one trouble.")
    sentence: str = Field(description="What the report says of it; it may name projects and personas.")


class ReportPart(Part):
    """The page that was written."""

    path: str
    bytes: int
    charts: int
    comments_shown: int
    comments_total: int
    data_until: datetime | None
    attention: tuple[AttentionPart, ...] = Field(
        description="What needs attention, as on the page: a balance that runs out, budgets, rows set aside."
    )


class RunSummary(Part):
    """One run of a command."""

    schema_version: SchemaVersion
    version: str = Field(description="Of zenhire-sync.")
    command: SummarisedCommand
    run_id: str = Field(description="In the log, and in `sync_runs` where it synced.")
    outcome: Outcome = Field(
        description="`running` as long as it works, and for ever if it was killed; `set_aside` is done, with "
        "rows set aside; `stopped` is by a signal."
    )
    exit_code: int | None = Field(description="As the process ended; null while it is running.")
    error: str | None = Field(None, description="The one line that the user was told, unless it ended well.")
    started_at: datetime
    ended_at: datetime | None = Field(description="Null while it is running.")
    seconds: float | None = Field(description="Wall clock; null while it is running.")
    steps: tuple[StepPart, ...] = Field((), description="Those that began, in their order.")
    sync: SyncPart | None = Field(None, description="Of a `run` that synced twice: the later one.")
    reconcile: SyncPart | None = None
    bill: BillPart | None = None
    build: BuildPart | None = None
    publish: PublishPart | None = None
    is_report_older: bool | None = Field(
        None, description="After `publish` alone: a report is there that shows the publication before."
    )
    report: ReportPart | None = None
