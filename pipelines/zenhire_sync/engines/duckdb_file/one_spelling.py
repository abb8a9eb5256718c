"""The upgrade that joins what older versions split: a uuid in capitals was another session or persona.

Done once, in one transaction, before the column is made whose absence tells that it is due: a run that dies
meanwhile leaves the next one the same work. Histories of personas that overlap (a run was sent back in time)
are put in order on the way.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from zenhire_schemas.tables import PERSONA_VERSIONS, PERSONAS, RAW_SCHEMA, Table
from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS
from zenhire_sync.plan.personas import replayed
from zenhire_sync.rows.erased import PERSONAL_COLUMNS, PLAIN_REASON
from zenhire_sync.warehouse.shape import Present

log = logging.getLogger(__name__)

# Since this column is there, every id is written in its one form.
_SINCE = ("sessions", "sent_id")
# Every row may be rewritten, which the limit of a night would not hold.
_ROOM = "50%"
_PLAIN_IDS = {"sessions": ("client_id", "persona_id", "project_id")}
_CHILDREN = ("session_tags", "session_metadata", "session_feedback")
# Names and texts are those of our own declarations. A session that lives goes before one that was marked
# deleted since it was listed under its other spelling; then the one that was written last.
_SESSIONS = """
    create temp table spelled as
    select id, lower(id) as one_id,
        row_number() over (
            partition by lower(id) order by deleted_at is not null, synced_at desc, id desc
        ) = 1 as is_kept
    from sessions where lower(id) in (select lower(id) from sessions where id <> lower(id))
"""
_SESSION_STEPS = (
    # Null never overwrites a name.
    """
    update sessions set
        role_name = coalesce(sessions.role_name, known.role_name),
        language = coalesce(sessions.language, known.language)
    from (
        select s.one_id, arg_max(o.role_name, o.synced_at) as role_name,
            arg_max(o.language, o.synced_at) as language
        from spelled s join sessions o on o.id = s.id group by s.one_id
    ) known
    where lower(sessions.id) = known.one_id
    """,
    "delete from session_tags where session_id in (select id from spelled where not is_kept)",
    "delete from session_metadata where session_id in (select id from spelled where not is_kept)",
    # A survey is never lost: without one of its own a session takes that of its twin.
    """
    create temp table surveys as
    select f.session_id,
        row_number() over (
            partition by s.one_id order by s.is_kept desc, f.submitted_at desc nulls last, f.session_id
        ) = 1 as is_kept
    from session_feedback f join spelled s on s.id = f.session_id
    """,
    "delete from session_feedback where session_id in (select session_id from surveys where not is_kept)",
    *(
        f"update {child} set session_id = lower(session_id) where session_id in (select id from spelled)"
        for child in _CHILDREN
    ),
    "delete from sessions where id in (select id from spelled where not is_kept)",
    "update sessions set id = lower(id) where id in (select id from spelled)",
)
_REJECTED_STEPS = (
    """
    create temp table set_aside as
    select rejected_id,
        substr(sha256(endpoint || chr(10) || lower(session_id)), 1, 32) as one_id,
        min(first_seen_at) over same as first_seen_at,
        row_number() over (same order by seen_at desc, rejected_id) = 1 as is_kept
    from rejected_rows where lower(session_id) in (
        select lower(session_id) from rejected_rows where session_id <> lower(session_id)
    )
    window same as (partition by endpoint, lower(session_id))
    """,
    "delete from rejected_rows where rejected_id in (select rejected_id from set_aside where not is_kept)",
    """
    update rejected_rows set
        rejected_id = s.one_id, session_id = lower(session_id), first_seen_at = s.first_seen_at
    from set_aside s where s.rejected_id = rejected_rows.rejected_id
    """,
)
_ERASED_STEPS = (
    """
    create temp table erased as
    select lower(session_id) as session_id, min(erased_at) as erased_at,
        case when count(*) = count(finished_at) then max(finished_at) end as finished_at
    from erased_sessions group by 1
    """,
    "delete from erased_sessions",
    "insert into erased_sessions by name select * from erased",
)
_RETURNED = " or ".join(f"s.{name} is not null" for name in PERSONAL_COLUMNS)
_BACK = f"""
    create temp table back as
    select s.id, s.candidate_ref from sessions s join erased_sessions e on e.session_id = s.id
    where {_RETURNED}
        or s.id in (select session_id from session_metadata)
        or s.id in (select session_id from session_feedback where comment is not null)
"""
_BACK_STEPS = (
    """
    delete from session_tags using back where back.id = session_id and tag = back.candidate_ref
    """,
    "delete from session_metadata where session_id in (select id from back)",
    "update session_feedback set comment = null where session_id in (select id from back)",
    f"update sessions set {', '.join(f'{name} = null' for name in PERSONAL_COLUMNS)} "
    "where id in (select id from back)",
    f"""
    update rejected_rows set payload = null,
        reason = case when contains(reason, 'metadata.') then '{PLAIN_REASON}' else reason end
    where session_id in (select id from back)
    """,
    # Files hold the person still: the next erasure, or the same again, ends it.
    "update erased_sessions set finished_at = null where session_id in (select id from back)",
)
_TANGLED = """
    select distinct lower(persona_id) from (
        select persona_id, valid_from, valid_to,
            lag(valid_to) over (partition by persona_id order by version) as ended_before
        from persona_versions
    ) where persona_id <> lower(persona_id) or valid_to < valid_from or valid_from < ended_before
"""
_TEMPORARY = ("spelled", "surveys", "set_aside", "erased", "back")


def is_due(present: Mapping[str, Present]) -> bool:
    """Whether the warehouse was last written by a version that kept ids as they were spelled."""
    table, column = _SINCE
    return table in present and column not in present[table].columns


def join_spellings(connection: Any, present: Mapping[str, Present]) -> None:
    """Makes one row of those whose keys are one uuid, and brings every id into its one form.

    Raises duckdb.Error when it cannot be done; then nothing has changed.
    """
    connection.execute(f"set memory_limit = '{_ROOM}'; use {RAW_SCHEMA}; begin transaction")
    try:
        if joined := _join(connection, present):
            log.warning("ids that stood in several spellings were joined", extra={"tables": joined})
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        connection.execute(f"set memory_limit = '{DUCKDB_LIMITS['memory_limit']}'")


def _join(connection: Any, present: Mapping[str, Present]) -> list[str]:
    """Names of the tables in which something was to be done."""
    for name in _TEMPORARY:
        connection.execute(f"drop table if exists temp.{name}")
    joined = []
    for table, columns in _PLAIN_IDS.items():
        for column in columns:
            if _is_spelled(connection, table, column):
                connection.execute(
                    f"update {table} set {column} = lower({column}) where {column} is not null"
                )
                joined.append(f"{table}.{column}")
    if _is_spelled(connection, "sessions", "id"):
        _run(connection, _SESSIONS, *_SESSION_STEPS)
        joined.append("sessions")
    for table, steps in (("rejected_rows", _REJECTED_STEPS), ("erased_sessions", _ERASED_STEPS)):
        if table in present and _is_spelled(connection, table, "session_id"):
            _run(connection, *steps)
            joined.append(table)
    if {"sessions", "erased_sessions"} & set(joined) and "erased_sessions" in present:
        _keep_away(connection)
    if _untangle(connection):
        joined.append("persona_versions")
    return joined


def _is_spelled(connection: Any, table: str, column: str) -> bool:
    sql = f"select 1 from {table} where {column} <> lower({column}) limit 1"
    return bool(connection.execute(sql).fetchall())


def _run(connection: Any, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)


def _keep_away(connection: Any) -> None:
    """An erased person who came back under another spelling goes again."""
    connection.execute(_BACK)
    [(people,)] = connection.execute("select count(*) from back").fetchall()
    if people:
        _run(connection, *_BACK_STEPS)
        log.warning(
            "erased people had come back under ids in capitals and were removed from the raw tables; "
            "run the same erase again to clear the files too",
            extra={"sessions": people},
        )


def _untangle(connection: Any) -> bool:
    """Histories of personas in one spelling and in order; whether there was anything to do."""
    ids = [persona_id for (persona_id,) in connection.execute(_TANGLED).fetchall()]
    if not ids:
        return False
    sql = "select * from persona_versions where lower(persona_id) in (select unnest(?))"
    rows = connection.sql(sql, params=[ids]).to_arrow_table().to_pylist()
    by_persona: dict[str, list[dict[str, Any]]] = {persona_id: [] for persona_id in ids}
    for row in rows:
        by_persona[row["persona_id"].lower()].append({**row, "persona_id": row["persona_id"].lower()})
    histories = [replayed(versions) for versions in by_persona.values()]
    _replace(connection, PERSONA_VERSIONS, "persona_id", ids, [row for rows in histories for row in rows])
    _replace(connection, PERSONAS, "id", ids, [_persona(history) for history in histories])
    return True


def _persona(history: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = history[0], history[-1]
    return {
        **last,
        "id": last["persona_id"],
        "first_seen_at": first["valid_from"],
        "last_seen_at": last["valid_to"],
        "synced_at": last["valid_to"],
    }


def _replace(connection: Any, table: Table, key: str, ids: list[str], rows: list[dict[str, Any]]) -> None:
    connection.execute(f"delete from {table.name} where lower({key}) in (select unnest(?))", [ids])
    schema = table.arrow_schema()
    named = [{name: row[name] for name in schema.names} for row in rows]
    connection.register("replacing", pa.Table.from_pylist(named, schema=schema))
    connection.execute(f"insert into {table.name} by name select * from replacing")
    connection.unregister("replacing")
