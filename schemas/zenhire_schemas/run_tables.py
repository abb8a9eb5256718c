"""Declarations of the raw tables that tell of the runs: what each did, was told, and found."""

from __future__ import annotations

from zenhire_schemas.declaration import Column, Table, bigint, key, text, timestamp
from zenhire_schemas.names import DETAIL_REASONS

SYNC_RUNS = Table(
    "sync_runs",
    "One row per run of sync or reconcile.",
    ("run_id",),
    (
        key("run_id", "Id of the run."),
        key("command", "sync or reconcile."),
        key(
            "outcome",
            "done, set_aside (done, with rejected rows), failed, or running: it works now, or was killed, "
            "which the next run notes as failed.",
        ),
        timestamp("as_of", "The run's time for every decision (UTC).", nullable=False),
        timestamp("started_at", "Wall clock at the start (UTC).", nullable=False),
        timestamp(
            "finished_at", "Wall clock at the end (UTC), at the start while there is none.", nullable=False
        ),
        bigint("sessions_listed", "Distinct sessions read from the list.", nullable=False),
        bigint("requests", "Requests sent to the API, retries included.", nullable=False),
        text("requests_by_reason", "JSON object: reason to number of requests, retries not included."),
        bigint("retries", "Requests repeated after a fault.", nullable=False),
        bigint("rate_limited", "Answers 429.", nullable=False),
        bigint("rejected", "Rows set aside by this run.", nullable=False),
        text("rows_by_table", "JSON object: raw table to rows written by this run."),
        text(
            "cursors_before", "JSON object: key name to its created_at and completed_at cursor at the start."
        ),
        text("cursors_after", "JSON object: the same at the end; what the next run starts from."),
        text("paging", "JSON object: key name to the paging dialect that was found to work."),
        Column(
            "credit_balance", "double", "Balance of the only account; null when there are several, or none."
        ),
        text("error", "What stopped the run; null when it ended well."),
        bigint("layout", "Version of the raw tables' layout that the run wrote; null before there were any."),
    ),
)

CREDIT_BALANCES = Table(
    "credit_balances",
    "One row per run and ZenHire client whose balance it asked for.",
    ("run_id", "client_id"),
    (
        key("run_id", "sync_runs.run_id."),
        key("client_id", "sessions.client_id; empty when no session had told yet whose balance it is."),
        Column("credit_balance", "double", "Balance answered by /credits, in credits.", False),
    ),
)

DETAIL_RESULTS = Table(
    "detail_results",
    "One row per run and reason why it asked for details of sessions, the rungs of the ladder apart.",
    ("run_id", "reason", "rung"),
    (
        key("run_id", "sync_runs.run_id."),
        key("reason", f"{', '.join(DETAIL_REASONS[:-1])} or {DETAIL_REASONS[-1]}, as in requests_by_reason."),
        key("rung", "With the reason survey: days after completion, of the ladder; empty with the others."),
        bigint("details", "Sessions whose detail was asked for.", nullable=False),
        bigint("surveys_found", "Of them, those with a survey that was not known.", nullable=False),
        bigint("negative_surveys_found", "Of these, those flagged as negative.", nullable=False),
        bigint(
            "changes_found",
            "Of the sessions, those known in another state, and those found to be gone.",
            nullable=False,
        ),
        bigint("persona_contents_found", "New contents of personas that the details showed.", nullable=False),
    ),
)

AUDIT_RESULTS = Table(
    "audit_results",
    "One row per run, stratum of its sample and field: sessions asked for beyond the plan, and those that "
    "were other than the warehouse had them. The stratum's own row has the field any.",
    ("run_id", "stratum", "field"),
    (
        key("run_id", "sync_runs.run_id; the sample was drawn with it as the seed."),
        key("stratum", "recheck_window, beyond_recheck, beyond_ladder or never_detailed."),
        key("field", "any, or the name of a field in which a session differed."),
        bigint("sessions", "Sessions of the stratum that the plan did not ask for.", nullable=False),
        bigint("sampled", "Of them, those drawn.", nullable=False),
        bigint("compared", "Of these, those that answered, as a session or as gone.", nullable=False),
        bigint("differing", "Of these, those that differed in the field.", nullable=False),
    ),
)

VERIFIED_RANGES = Table(
    "verified_ranges",
    "One row per client, project and stretch of creation times: the last run in which the API showed each "
    "living session held of it. Stretches of one project do not overlap; it is written anew as a whole.",
    ("client_id", "project_id", "created_from"),
    (
        key("client_id", "sessions.client_id."),
        key("project_id", "sessions.project_id; empty for sessions without a project."),
        timestamp("created_from", "First creation time of the stretch (UTC).", nullable=False),
        timestamp("created_to", "Last creation time of the stretch, itself within (UTC).", nullable=False),
        timestamp("verified_at", "The run's time (UTC).", nullable=False),
        key("run_id", "sync_runs.run_id."),
        key("key_name", "Name of the API key whose list was read; never the key."),
        Column(
            "is_slice",
            "bool",
            "True where the rolling reconcile read it, false for a night's own list.",
            False,
        ),
    ),
)
