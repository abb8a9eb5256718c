"""Declarations of the raw tables: names, keys, columns with types, null meaning and units.

One declaration feeds the Arrow schemas that are loaded, dlt's hints, dbt's sources and the data dictionary.
Column names are the API's words (S of the API contract) where they come from it.
"""

from __future__ import annotations

from zenhire_schemas.company_tables import COMPANY_TABLES as COMPANY_TABLES
from zenhire_schemas.declaration import Column, bigint, key, text, timestamp
from zenhire_schemas.declaration import ColumnType as ColumnType
from zenhire_schemas.declaration import Table as Table
from zenhire_schemas.names import MARTS_SCHEMA as MARTS_SCHEMA
from zenhire_schemas.names import RAW_SCHEMA as RAW_SCHEMA
from zenhire_schemas.published_tables import CLOSED_CHARGES as CLOSED_CHARGES
from zenhire_schemas.published_tables import CLOSED_MONTHS as CLOSED_MONTHS
from zenhire_schemas.published_tables import MONTH_CLOSINGS as MONTH_CLOSINGS
from zenhire_schemas.published_tables import PUBLISHED_BUILDS as PUBLISHED_BUILDS
from zenhire_schemas.published_tables import PUBLISHED_SESSIONS as PUBLISHED_SESSIONS
from zenhire_schemas.published_tables import PUBLISHED_TABLES as PUBLISHED_TABLES
from zenhire_schemas.run_tables import AUDIT_RESULTS as AUDIT_RESULTS
from zenhire_schemas.run_tables import CREDIT_BALANCES as CREDIT_BALANCES
from zenhire_schemas.run_tables import DETAIL_RESULTS as DETAIL_RESULTS
from zenhire_schemas.run_tables import SYNC_RUNS as SYNC_RUNS
from zenhire_schemas.run_tables import VERIFIED_RANGES as VERIFIED_RANGES

# Counted up with every change of a raw table, so that an older version leaves a newer warehouse alone.
LAYOUT = 7

_SYNCED_AT = timestamp(
    "synced_at", "The run's time when this row was last written here (UTC).", nullable=False
)
_RUN_ID = key("run_id", "The run that last wrote this row; see sync_runs.")
# dlt removes a child set that became empty only when a marked row tells it to; the marked row itself
# never reaches the table, so in the warehouse this column is always false.
_IS_REMOVED = Column("is_removed", "bool", "Marker of the loader, always false in the warehouse.", False)

SESSIONS = Table(
    "sessions",
    "One row per interview session, in the state last seen.",
    ("id",),
    (
        key("id", "Session id (uuid)."),
        key("client_id", "The company's id at ZenHire (uuid)."),
        key("persona_id", "The interviewing persona (uuid); stays when the persona is deleted."),
        text("candidate_ref", "The company's own opaque candidate reference; null when none was given."),
        key("status", "initiated, active, completed or failed."),
        key("consent_mode", "explicit or integrator."),
        key("source", "requests (API) or playground (console)."),
        text("project_id", "Project of the calling key (uuid); null when the key has none."),
        timestamp("started_at", "When the candidate opened the link (UTC); null until then."),
        timestamp("completed_at", "When the interview ended (UTC); null until then."),
        bigint("duration_sec", "Length of the interview in seconds; null until it ended."),
        bigint("credit_charged", "Credits charged on completion; null until then."),
        text("recording_s3_key", "Storage reference of the recording; null when there is none."),
        text("transcript_s3_key", "Storage reference of the transcript; null when there is none."),
        text("interview_svc_session_id", "The interview backend's id; null until completion."),
        timestamp("created_at", "When the session was created (UTC).", nullable=False),
        text("role_name", "The persona's role, last known; null when never known."),
        text("language", "The persona's interview language, last known; null when never known."),
        text("unknown_fields", "JSON object of fields the contract does not know; null when none."),
        text("sent_id", "The id as the API last spelled it, for requests; null when it was in lower case."),
        timestamp(
            "deleted_at", "When the session was first found deleted at ZenHire (UTC); null while it exists."
        ),
        timestamp(
            "detail_checked_at", "The run's time of the last detail answer (UTC); null when never asked."
        ),
        text(
            "fingerprint",
            "Hex digits that tell whether row, tags and metadata are still as written; null when not known.",
        ),
        _SYNCED_AT,
        _RUN_ID,
    ),
)

SESSION_TAGS = Table(
    "session_tags",
    "One row per tag of a session, in the order given.",
    ("session_id", "position"),
    (
        key("session_id", "sessions.id."),
        bigint("position", "Place in the tag list, from 0.", nullable=False),
        text("tag", "The tag."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

SESSION_METADATA = Table(
    "session_metadata",
    "One row per metadata entry of a session.",
    ("session_id", "key"),
    (
        key("session_id", "sessions.id."),
        key("key", "Metadata key."),
        text("value", "Text; JSON text when the value is not a string; null when it is null."),
        text("value_type", "string, integer, number, boolean, null, array or object."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

SESSION_FEEDBACK = Table(
    "session_feedback",
    "One row per session with a submitted survey.",
    ("session_id",),
    (
        key("session_id", "sessions.id."),
        bigint("rating", "1 (worst) to 5 (best)."),
        text("comment", "The candidate's words; null when none."),
        timestamp("submitted_at", "When the survey was submitted (UTC)."),
        Column("flagged", "bool", "True when the rating is 2 or less (negative feedback)."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

_PERSONA_CONTENT = (
    text("role_name", "The persona's role.", nullable=False),
    text("language", "The persona's interview language.", nullable=False),
    text("system_prompt", "The persona's prompt."),
    text("base_prompt_override", "Override of the vendor's base prompt; null means the vendor's default."),
)

SESSION_STATES = Table(
    "session_states",
    "One row per state of a session as it was seen, from the first run of a version that keeps them on.",
    ("session_id", "seen_from"),
    (
        key("session_id", "sessions.id."),
        timestamp(
            "seen_from",
            "The time of the run that first saw this state (UTC); of a session that an older version had "
            "brought, when its row was last written.",
            nullable=False,
        ),
        key("status", "initiated, active, completed or failed."),
        text("project_id", "Project of the calling key (uuid); null when the key has none."),
        key("persona_id", "The interviewing persona (uuid)."),
        timestamp("started_at", "When the candidate opened the link (UTC); null until then."),
        timestamp("completed_at", "When the interview ended (UTC); null until then."),
        bigint("duration_sec", "Length of the interview in seconds; null until it ended."),
        bigint("credit_charged", "Credits charged on completion; null until then."),
        bigint("rating", "1 (worst) to 5 (best); null while no survey is known."),
        Column("flagged", "bool", "True when the rating is 2 or less; null while no survey is known."),
        timestamp("deleted_at", "When the session was found deleted (UTC); null while it exists."),
        key("run_id", "The run that first saw this state; see sync_runs."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

PERSONAS = Table(
    "personas",
    "One row per persona ever seen, with the latest content seen.",
    ("id",),
    (
        key("id", "Persona id (uuid)."),
        *_PERSONA_CONTENT,
        timestamp("first_seen_at", "The run's time when the persona was first seen (UTC).", nullable=False),
        timestamp("last_seen_at", "The run's time when this content was last seen (UTC).", nullable=False),
        _SYNCED_AT,
        _RUN_ID,
    ),
)

PERSONA_VERSIONS = Table(
    "persona_versions",
    "One row per content change of a persona, as seen.",
    ("persona_id", "version"),
    (
        key("persona_id", "personas.id."),
        bigint("version", "1 for the first content seen, then counting up.", nullable=False),
        *_PERSONA_CONTENT,
        timestamp("valid_from", "When this content was first seen (UTC).", nullable=False),
        timestamp("valid_to", "When this content was last seen (UTC).", nullable=False),
        _RUN_ID,
    ),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    "One row per answer or row that broke the contract or could not be fetched.",
    ("rejected_id",),
    (
        key("rejected_id", "Hash of endpoint and session id (of the payload where there is no id)."),
        key("endpoint", "sessions (list row) or sessions/{id} (detail)."),
        text("session_id", "The session, when it could be read."),
        key("reason", "What is wrong, by field."),
        text("payload", "The row as received (JSON text); null when no answer came."),
        text("request_id", "The vendor's requestId, when one came."),
        timestamp("first_seen_at", "When it was first set aside (UTC).", nullable=False),
        timestamp("seen_at", "When it was last set aside (UTC).", nullable=False),
        timestamp(
            "healed_at",
            "When the row was accepted after all, or was there no more (UTC); null while set aside.",
        ),
        _RUN_ID,
    ),
)

ERASED_SESSIONS = Table(
    "erased_sessions",
    "One row per session whose person was erased; their fields stay empty whatever the API sends.",
    ("session_id",),
    (
        key("session_id", "sessions.id, or the id of a row that was set aside."),
        timestamp("erased_at", "When the person was removed from the raw tables (UTC).", nullable=False),
        timestamp(
            "finished_at",
            "When no table or file of this program held the person any more (UTC); null while the erasure is "
            "unfinished: run erase again.",
        ),
    ),
)

ERASED_CANDIDATES = Table(
    "erased_candidates",
    "One row per candidate reference that was erased, without the reference.",
    ("candidate_mark",),
    (
        key("candidate_mark", "HMAC-SHA-256 of the reference, keyed with the salt, in hex."),
        key("salt", "Random key of the marks, one per warehouse, in hex."),
        timestamp("erased_at", "When the reference was first erased (UTC).", nullable=False),
    ),
)

ERASURES = Table(
    "erasures",
    "One row per run of erase, for whoever must show that it was done; it names no person and no session.",
    ("run_id",),
    (
        key("run_id", "Id of the run of erase."),
        timestamp("erased_at", "When the person was removed from the raw tables (UTC).", nullable=False),
        key("asked_by", "candidate_ref, session or both: the options that named the person."),
        bigint("sessions", "Sessions that it meant, earlier unfinished ones included.", nullable=False),
        text("rows_by_table", "JSON object: raw table to rows emptied or deleted by this run."),
        text(
            "files_rewritten",
            "JSON list: what was made anew or removed in the data directory; null until finished.",
        ),
        timestamp(
            "finished_at",
            "When every file was made anew and the raw tables were looked through once more without finding "
            "the person (UTC); null while unfinished.",
        ),
    ),
)

RAW_TABLES: tuple[Table, ...] = (
    SESSIONS, SESSION_TAGS, SESSION_METADATA, SESSION_FEEDBACK, PERSONAS, PERSONA_VERSIONS,
    REJECTED_ROWS, SYNC_RUNS, CREDIT_BALANCES, DETAIL_RESULTS, AUDIT_RESULTS, VERIFIED_RANGES,
    SESSION_STATES,
    ERASED_SESSIONS, ERASED_CANDIDATES, ERASURES, *COMPANY_TABLES, *PUBLISHED_TABLES,
)  # fmt: skip

# An older version made none of these; what opens its warehouse to write does. Columns that such a version's
# tables lack are nullable, or nothing would tell them from tables that are not ours.
YOUNG_TABLES = frozenset(
    table.name
    for young in (
        (ERASURES, CREDIT_BALANCES, DETAIL_RESULTS, AUDIT_RESULTS, VERIFIED_RANGES, SESSION_STATES),
        COMPANY_TABLES,
        PUBLISHED_TABLES,
    )
    for table in young
)
