"""Reading the warehouse and the published file, without a lock that anybody would wait for."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.status.facts import Erasure, Erasures, Publication, Raw, RejectedRow, Run, SetAside
from zenhire_sync.warehouse.looking import InUseError, opened

RUNS_SHOWN = 5
_REASONS_SHOWN = 5
_ERASURES_SHOWN = 5


def read_raw(path: Path, *, runs: int = RUNS_SHOWN, with_rejected: bool = False) -> Raw | None:
    """What the warehouse tells, with the last ``runs``; None when nothing was synced yet.

    Raises InUseError when somebody writes it, WarehouseError when it cannot be read.
    """
    with opened(path, "run `zenhire-sync check` for more, or restore it from a backup") as connection:
        tables = _tables(connection, RAW_SCHEMA)
        if not {"sync_runs", "rejected_rows"} <= tables:
            return None
        connection.execute(f"use {RAW_SCHEMA}")
        return Raw(
            _runs(connection, runs),
            *_last_good_sync(connection),
            _set_aside(connection),
            _erasures(connection, tables),
            _rejected(connection) if with_rejected else None,
        )


def read_publication(path: Path) -> Publication | None:
    """What is published; None when nothing is. Raises WarehouseError when it cannot be read."""
    if not path.is_file():
        return None
    remedy = "run `zenhire-sync publish` to replace it"
    try:
        with opened(path, remedy) as connection:
            if "publication" not in _tables(connection, MARTS_SCHEMA):
                raise WarehouseError(f"{path} was not published by zenhire-sync; {remedy}")
            connection.execute(f"use {MARTS_SCHEMA}")
            [row] = connection.execute(
                f"select epoch_us(published_at), epoch_us(data_until), {_finished_at(connection)},"  # noqa: S608
                " rows_by_table, sessions, credits_charged, negative_surveys from publication"
            ).fetchall()
    except InUseError as error:
        raise WarehouseError(f"{path} is open to write in {error}; readers must open it read-only") from None
    published_at, data_until, finished_at, rows_by_table, *totals = row
    marts = len(json.loads(rows_by_table))
    return Publication(_time(published_at), _optional(data_until), _optional(finished_at), marts, *totals)


def _finished_at(connection: Any) -> str:
    """What to select for the end of the last sync in it: null of a file that does not tell."""
    columns = {name for name, *_ in connection.execute("describe publication").fetchall()}
    return "epoch_us(last_sync_finished_at)" if "last_sync_finished_at" in columns else "null"


def _tables(connection: Any, schema: str) -> set[str]:
    sql = "select table_name from information_schema.tables where table_schema = ?"
    return {name for (name,) in connection.execute(sql, [schema]).fetchall()}


def _runs(connection: Any, most: int) -> tuple[Run, ...]:
    rows = connection.execute(
        "select epoch_us(started_at), epoch_us(finished_at), run_id, command, outcome, sessions_listed,"
        " requests, rejected, error from sync_runs order by finished_at desc, run_id desc limit ?",
        [most],
    ).fetchall()
    return tuple(Run(_time(started), _time(finished), *others) for started, finished, *others in rows)


def _last_good_sync(connection: Any) -> tuple[datetime | None, datetime | None]:
    [(until, finished_at)] = connection.execute(
        "select epoch_us(max(as_of)), epoch_us(max(finished_at)) from sync_runs where outcome <> 'failed'"
    ).fetchall()
    return _optional(until), _optional(finished_at)


def _set_aside(connection: Any) -> SetAside:
    rows = connection.execute(
        "select reason, count(*), epoch_us(min(first_seen_at)) from rejected_rows"
        " where healed_at is null group by reason"
    ).fetchall()
    kinds: Counter[str] = Counter()
    for reason, count, _ in rows:
        kinds[kind_of(reason)] += count
    return SetAside(
        rows=kinds.total(),
        oldest_at=_optional(min((oldest for *_, oldest in rows), default=None)),
        by_reason=tuple(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[:_REASONS_SHOWN]),
    )


def _rejected(connection: Any) -> tuple[RejectedRow, ...]:
    rows = connection.execute(
        "select session_id, endpoint, reason, epoch_us(first_seen_at), epoch_us(seen_at), request_id"
        " from rejected_rows where healed_at is null order by first_seen_at, session_id"
    ).fetchall()
    return tuple(
        RejectedRow(session_id, endpoint, kind_of(reason), _time(first), _time(last), request_id)
        for session_id, endpoint, reason, first, last, request_id in rows
    )


def _erasures(connection: Any, tables: set[str]) -> Erasures:
    """An older version made no such table, or only the first of the two."""
    if "erased_sessions" not in tables:
        return Erasures(0, ())
    rows = connection.execute(
        "select session_id, finished_at is null from erased_sessions order by session_id"
    ).fetchall()
    unfinished = tuple(session_id for session_id, is_open in rows if is_open)
    if "erasures" not in tables:
        return Erasures(len(rows), unfinished)
    [(runs,)] = connection.execute("select count(*) from erasures").fetchall()
    last = connection.execute(
        "select run_id, epoch_us(erased_at), epoch_us(finished_at), asked_by, sessions"
        " from erasures order by erased_at desc, run_id desc limit ?",
        [_ERASURES_SHOWN],
    ).fetchall()
    return Erasures(
        len(rows),
        unfinished,
        runs,
        tuple(Erasure(run, _time(at), _optional(end), by, count) for run, at, end, by, count in last),
    )


def _time(microseconds: int) -> datetime:
    # As numbers: with a zone they would need a library of zones, which costs more than the query.
    return datetime.fromtimestamp(microseconds / 1e6, UTC).replace(microsecond=0)


def _optional(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _time(microseconds)
