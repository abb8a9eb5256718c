"""Declarations of the raw tables: names, keys, columns with types, null meaning and units.

One declaration feeds the Arrow schemas that are loaded, dlt's hints, dbt's sources and the data dictionary.
Column names are the API's words (S of the API contract) where they come from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zenhire_schemas.names import MARTS_SCHEMA as MARTS_SCHEMA
from zenhire_schemas.names import RAW_SCHEMA as RAW_SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

ColumnType = Literal["text", "bigint", "double", "bool", "timestamp"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``nullable`` columns say in their description what null means."""

    name: str
    type: ColumnType
    description: str
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """One raw table. ``removal_marker`` names the column that tells the loader to drop a child set."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    removal_marker: str | None = None

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of the table, columns in declared order."""
        # It takes longer to import than some commands take to answer.
        import pyarrow as pa

        types: dict[ColumnType, pa.DataType] = {
            "text": pa.string(),
            "bigint": pa.int64(),
            "double": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us", tz="UTC"),
        }
        return pa.schema([pa.field(c.name, types[c.type], nullable=c.nullable) for c in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in declared order."""
        return tuple(c.name for c in self.columns)


def _text(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "text", description, nullable)


def _int(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "bigint", description, nullable)


def _time(name: str, description: str, *, nullable: bool = True) -> Column:
    return Column(name, "timestamp", description, nullable)


def _key(name: str, description: str) -> Column:
    return Column(name, "text", description, nullable=False)


_SYNCED_AT = _time("synced_at", "The run's time when this row was last written here (UTC).", nullable=False)
_RUN_ID = _key("run_id", "The run that last wrote this row; see sync_runs.")
# dlt removes a child set that became empty only when a marked row tells it to; the marked row itself
# never reaches the table, so in the warehouse this column is always false.
_IS_REMOVED = Column("is_removed", "bool", "Marker of the loader, always false in the warehouse.", False)

SESSIONS = Table(
    "sessions",
    "One row per interview session, in the state last seen.",
    ("id",),
    (
        _key("id", "Session id (uuid)."),
        _key("client_id", "The company's id at ZenHire (uuid)."),
        _key("persona_id", "The interviewing persona (uuid); stays when the persona is deleted."),
        _text("candidate_ref", "The company's own opaque candidate reference; null when none was given."),
        _key("status", "initiated, active, completed or failed."),
        _key("consent_mode", "explicit or integrator."),
        _key("source", "requests (API) or playground (console)."),
        _text("project_id", "Project of the calling key (uuid); null when the key has none."),
        _time("started_at", "When the candidate opened the link (UTC); null until then."),
        _time("completed_at", "When the interview ended (UTC); null until then."),
        _int("duration_sec", "Length of the interview in seconds; null until it ended."),
        _int("credit_charged", "Credits charged on completion; null until then."),
        _text("recording_s3_key", "Storage reference of the recording; null when there is none."),
        _text("transcript_s3_key", "Storage reference of the transcript; null when there is none."),
        _text("interview_svc_session_id", "The interview backend's id; null until completion."),
        _time("created_at", "When the session was created (UTC).", nullable=False),
        _text("role_name", "The persona's role, last known; null when never known."),
        _text("language", "The persona's interview language, last known; null when never known."),
        _text("unknown_fields", "JSON object of fields the contract does not know; null when none."),
        _text("sent_id", "The id as the API last spelled it, for requests; null when it was in lower case."),
        _time(
            "deleted_at", "When the session was first found deleted at ZenHire (UTC); null while it exists."
        ),
        _time("detail_checked_at", "The run's time of the last detail answer (UTC); null when never asked."),
        _SYNCED_AT,
        _RUN_ID,
    ),
)

SESSION_TAGS = Table(
    "session_tags",
    "One row per tag of a session, in the order given.",
    ("session_id", "position"),
    (
        _key("session_id", "sessions.id."),
        _int("position", "Place in the tag list, from 0.", nullable=False),
        _text("tag", "The tag."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

SESSION_METADATA = Table(
    "session_metadata",
    "One row per metadata entry of a session.",
    ("session_id", "key"),
    (
        _key("session_id", "sessions.id."),
        _key("key", "Metadata key."),
        _text("value", "Text; JSON text when the value is not a string; null when it is null."),
        _text("value_type", "string, integer, number, boolean, null, array or object."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

SESSION_FEEDBACK = Table(
    "session_feedback",
    "One row per session with a submitted survey.",
    ("session_id",),
    (
        _key("session_id", "sessions.id."),
        _int("rating", "1 (worst) to 5 (best)."),
        _text("comment", "The candidate's words; null when none."),
        _time("submitted_at", "When the survey was submitted (UTC)."),
        Column("flagged", "bool", "True when the rating is 2 or less (negative feedback)."),
        _IS_REMOVED,
    ),
    removal_marker="is_removed",
)

_PERSONA_CONTENT = (
    _text("role_name", "The persona's role.", nullable=False),
    _text("language", "The persona's interview language.", nullable=False),
    _text("system_prompt", "The persona's prompt."),
    _text("base_prompt_override", "Override of the vendor's base prompt; null means the vendor's default."),
)

PERSONAS = Table(
    "personas",
    "One row per persona ever seen, with the latest content seen.",
    ("id",),
    (
        _key("id", "Persona id (uuid)."),
        *_PERSONA_CONTENT,
        _time("first_seen_at", "The run's time when the persona was first seen (UTC).", nullable=False),
        _time("last_seen_at", "The run's time when this content was last seen (UTC).", nullable=False),
        _SYNCED_AT,
        _RUN_ID,
    ),
)

PERSONA_VERSIONS = Table(
    "persona_versions",
    "One row per content change of a persona, as seen.",
    ("persona_id", "version"),
    (
        _key("persona_id", "personas.id."),
        _int("version", "1 for the first content seen, then counting up.", nullable=False),
        *_PERSONA_CONTENT,
        _time("valid_from", "When this content was first seen (UTC).", nullable=False),
        _time("valid_to", "When this content was last seen (UTC).", nullable=False),
        _RUN_ID,
    ),
)

REJECTED_ROWS = Table(
    "rejected_rows",
    "One row per answer or row that broke the contract or could not be fetched.",
    ("rejected_id",),
    (
        _key("rejected_id", "Hash of endpoint and session id (of the payload where there is no id)."),
        _key("endpoint", "sessions (list row) or sessions/{id} (detail)."),
        _text("session_id", "The session, when it could be read."),
        _key("reason", "What is wrong, by field."),
        _text("payload", "The row as received (JSON text); null when no answer came."),
        _text("request_id", "The vendor's requestId, when one came."),
        _time("first_seen_at", "When it was first set aside (UTC).", nullable=False),
        _time("seen_at", "When it was last set aside (UTC).", nullable=False),
        _time(
            "healed_at",
            "When the row was accepted after all, or was there no more (UTC); null while set aside.",
        ),
        _RUN_ID,
    ),
)

SYNC_RUNS = Table(
    "sync_runs",
    "One row per run of sync or reconcile.",
    ("run_id",),
    (
        _key("run_id", "Id of the run."),
        _key("command", "sync or reconcile."),
        _key("outcome", "done, set_aside (done, with rejected rows) or failed."),
        _time("as_of", "The run's time for every decision (UTC).", nullable=False),
        _time("started_at", "Wall clock at the start (UTC).", nullable=False),
        _time("finished_at", "Wall clock at the end (UTC).", nullable=False),
        _int("sessions_listed", "Distinct sessions read from the list.", nullable=False),
        _int("requests", "Requests sent to the API, retries included.", nullable=False),
        _text("requests_by_reason", "JSON object: reason to number of requests, retries not included."),
        _int("retries", "Requests repeated after a fault.", nullable=False),
        _int("rate_limited", "Answers 429.", nullable=False),
        _int("rejected", "Rows set aside by this run.", nullable=False),
        _text("rows_by_table", "JSON object: raw table to rows written by this run."),
        _text(
            "cursors_before", "JSON object: key name to its created_at and completed_at cursor at the start."
        ),
        _text("cursors_after", "JSON object: the same at the end; what the next run starts from."),
        _text("paging", "JSON object: key name to the paging dialect that was found to work."),
        Column("credit_balance", "double", "Balance answered by /credits; null when not asked or not found."),
        _text("error", "What stopped the run; null when it ended well."),
    ),
)

ERASED_SESSIONS = Table(
    "erased_sessions",
    "One row per session whose person was erased; their fields stay empty whatever the API sends.",
    ("session_id",),
    (
        _key("session_id", "sessions.id, or the id of a row that was set aside."),
        _time("erased_at", "When the person was removed from the raw tables (UTC).", nullable=False),
        _time(
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
        _key("candidate_mark", "HMAC-SHA-256 of the reference, keyed with the salt, in hex."),
        _key("salt", "Random key of the marks, one per warehouse, in hex."),
        _time("erased_at", "When the reference was first erased (UTC).", nullable=False),
    ),
)

ERASURES = Table(
    "erasures",
    "One row per run of erase, for whoever must show that it was done; it names no person and no session.",
    ("run_id",),
    (
        _key("run_id", "Id of the run of erase."),
        _time("erased_at", "When the person was removed from the raw tables (UTC).", nullable=False),
        _key("asked_by", "candidate_ref, session or both: the options that named the person."),
        _int("sessions", "Sessions that it meant, earlier unfinished ones included.", nullable=False),
        _text("rows_by_table", "JSON object: raw table to rows emptied or deleted by this run."),
        _text(
            "files_rewritten",
            "JSON list: what was made anew or removed in the data directory; null until finished.",
        ),
        _time(
            "finished_at",
            "When every file was made anew and the raw tables were looked through once more without finding "
            "the person (UTC); null while unfinished.",
        ),
    ),
)

RAW_TABLES: tuple[Table, ...] = (
    SESSIONS, SESSION_TAGS, SESSION_METADATA, SESSION_FEEDBACK, PERSONAS, PERSONA_VERSIONS,
    REJECTED_ROWS, SYNC_RUNS, ERASED_SESSIONS, ERASED_CANDIDATES, ERASURES,
)  # fmt: skip
