"""Declarations of the raw tables that tell what was published: figures of sessions, and closed months.

They come from the marts and not from ZenHire. Rows are only ever added, and a row counts once the row that is
written last (``published_builds``, ``month_closings``) names its build or its closing.
"""

from __future__ import annotations

from zenhire_schemas.declaration import Column, Table, bigint, key, text, timestamp

_CAUSE = "Why the {} differ from those published before; see the mart restatements. new: first figures."

PUBLISHED_SESSIONS = Table(
    "published_sessions",
    "One row per session and publication with other figures or facts of it than the one before.",
    ("session_id", "build_id"),
    (
        key("session_id", "sessions.id."),
        key("build_id", "published_builds.build_id."),
        key("facts_mark", "Hash of what ZenHire said of the session, by which figures are reckoned."),
        text("started", "sessions.started_at as text; null until then."),
        key("credits_cause", _CAUSE.format("credits")),
        key("interview_cause", _CAUSE.format("interviews and their length")),
        key("survey_cause", _CAUSE.format("surveys")),
        text("was_project_key", "Client and project before; null when the session had no figures."),
        text("was_month", "First day of the month before (ISO 8601); null when the session had no figures."),
        bigint("was_credits", "Credits charged before.", nullable=False),
        bigint("was_interview_sec", "Seconds of a completed interview before.", nullable=False),
        bigint("was_interviews", "1 for a completed interview before, else 0.", nullable=False),
        bigint("was_surveys", "1 with a survey before, else 0.", nullable=False),
        bigint("was_negative_surveys", "1 with a flagged survey before, else 0.", nullable=False),
        key("project_key", "Client and project."),
        key("month", "First day of the month that the session counts in (ISO 8601)."),
        bigint("credits", "Credits charged.", nullable=False),
        bigint("interview_sec", "Seconds of a completed interview.", nullable=False),
        bigint("interviews", "1 for a completed interview, else 0.", nullable=False),
        bigint("surveys", "1 with a survey, else 0.", nullable=False),
        bigint("negative_surveys", "1 with a flagged survey, else 0.", nullable=False),
        Column("is_deleted", "bool", "Whether the session was found deleted.", False),
    ),
)

PUBLISHED_BUILDS = Table(
    "published_builds",
    "One row per build of the marts that was published.",
    ("build_id",),
    (
        key("build_id", "dbt's id of the build."),
        timestamp("built_at", "Wall clock at the start of the build (UTC).", nullable=False),
        timestamp("known_until", "Until when the marts knew (UTC); null before the first good sync."),
        timestamp("recorded_at", "Wall clock when it was published (UTC).", nullable=False),
    ),
)

CLOSED_MONTHS = Table(
    "closed_months",
    "One row per closing of a month and project: the figures that were signed.",
    ("closing_id", "project_key"),
    (
        key("closing_id", "month_closings.closing_id."),
        key("project_key", "Client and project."),
        key("account", "Name of the account when it was closed."),
        text("project_id", "sessions.project_id; null for sessions without a project."),
        key("project_name", "Name of the project when it was closed."),
        bigint("credits", "Credits of the sessions of the month.", nullable=False),
        bigint("billed_minutes", "Minutes of the sessions of the month, rounded up.", nullable=False),
        bigint("interviews", "Completed interviews of the month.", nullable=False),
        bigint("adjustment_credits", "Credits by which earlier closed months had changed.", nullable=False),
        bigint("adjustment_billed_minutes", "The same in minutes, rounded up.", nullable=False),
        bigint("adjustment_interviews", "The same in completed interviews.", nullable=False),
    ),
)

CLOSED_CHARGES = Table(
    "closed_charges",
    "One row per closing of a month and charge of it, as the dataset of FOCUS 1.4 had it when it was signed.",
    ("closing_id", "charge_id"),
    (
        key("closing_id", "month_closings.closing_id."),
        key("charge_id", "Hash of what identifies the charge, x_ChargeId of the dataset."),
        text("corrected_charge_id", "Of a correction the charge that it corrects; else null."),
        key("usage_date", "Day of usage (ISO 8601) in the reporting time zone."),
        timestamp("charge_starts_at", "Start of that day (UTC).", nullable=False),
        timestamp("charge_ends_at", "End of that day (UTC), exclusive.", nullable=False),
        timestamp("period_starts_at", "Start of the month that was closed (UTC).", nullable=False),
        timestamp("period_ends_at", "End of the month that was closed (UTC), exclusive.", nullable=False),
        key("client_id", "The company's id at ZenHire (uuid)."),
        text("account_name", "Name of the account, where it had one of its own; else null."),
        text("project_id", "sessions.project_id; null for sessions without a project."),
        text("project_name", "Name of the project; null without a project."),
        key("persona_id", "The interviewing persona (uuid)."),
        text("persona_name", "Name of the persona; null when it was never known."),
        key("description", "The charge in words."),
        key("source", "requests (API) or playground (console)."),
        bigint("credits", "Credits charged.", nullable=False),
        bigint("billed_minutes", "Minutes of completed sessions, each rounded up.", nullable=False),
        bigint("interviews", "Completed interviews.", nullable=False),
        key("unit_price", "Money for one credit as a decimal number; 0 where no price was set."),
        key("currency", "ISO 4217 code of that money; XXX where no price was set."),
    ),
)

MONTH_CLOSINGS = Table(
    "month_closings",
    "One row per time that a month was closed, or opened again.",
    ("closing_id",),
    (
        key("closing_id", "Id of the run that closed or reopened."),
        key("month", "First day of the month (ISO 8601)."),
        key("event", "close or reopen."),
        timestamp("happened_at", "Wall clock (UTC).", nullable=False),
        text("note", "What the user wrote of it; null when nothing."),
    ),
)

PUBLISHED_TABLES: tuple[Table, ...] = (
    PUBLISHED_SESSIONS, PUBLISHED_BUILDS, CLOSED_MONTHS, CLOSED_CHARGES, MONTH_CLOSINGS,
)  # fmt: skip
