"""A warehouse many times as large, made in SQL from one that was synced: copies further and further back.

Data flow: warehouse.duckdb of a synced company -> the same with ``times`` as many sessions, of which the
newest are changed or unknown. Run alone: ``python -m bench.grow SEED TARGET TIMES CHANGED UNKNOWN``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb

# The seed company spans so many days; fifty copies are three years, and further ones lie on top of them.
DAYS, SPANS = 23, 50


def grow(seed: Path, target: Path, times: int) -> None:
    """Writes the larger warehouse."""
    shutil.copyfile(seed, target)
    with duckdb.connect(str(target)) as con:
        con.sql("use zenhire_raw")
        con.sql(f"create temp table copies as select range as n from range(1, {times})")
        _copy(con, "sessions", "id", ("created_at", "started_at", "completed_at", "detail_checked_at"))
        _copy(con, "session_feedback", "session_id", ("submitted_at",))
        _copy(con, "session_tags", "session_id", ())
        _copy(con, "session_metadata", "session_id", ())
        con.sql("checkpoint")


def change_newest(warehouse: Path, changed: int, removed: int) -> None:
    """Makes the newest ``removed`` sessions unknown and the next ``changed`` ones out of date."""
    with duckdb.connect(str(warehouse)) as con:
        con.sql("use zenhire_raw")
        con.sql(
            "create temp table newest as select id, row_number() over (order by created_at desc) as place "
            f"from sessions order by created_at desc limit {changed + removed}"
        )
        con.sql(
            # what it says of tags and metadata stays right
            "update sessions set duration_sec = coalesce(duration_sec, 0) + 1,"
            " fingerprint = repeat('f', 16) || substr(fingerprint, 17) "
            f"where id in (select id from newest where place > {removed})"
        )
        for table, key in (
            ("session_tags", "session_id"),
            ("session_metadata", "session_id"),
            ("session_feedback", "session_id"),
            ("sessions", "id"),
        ):
            con.sql(f"delete from {table} where {key} in (select id from newest where place <= {removed})")


def _copy(con: duckdb.DuckDBPyConnection, table: str, key: str, times: tuple[str, ...]) -> None:
    digits = f"md5({key} || '-' || n)"
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    uuid = " || '-' || ".join(f"substr({digits}, {start}, {length})" for start, length in parts)
    replaced = [f"{uuid} as {key}"]
    back = f"to_days(cast({DAYS} * (1 + (n - 1) % {SPANS}) as integer))"
    replaced += [f"{time} - {back} as {time}" for time in times]
    con.sql(
        f"insert into {table} select t.* replace ({', '.join(replaced)}) from {table} t cross join copies"
    )


if __name__ == "__main__":
    paths, numbers = [Path(text) for text in sys.argv[1:3]], [int(text) for text in sys.argv[3:]]
    grow(*paths, numbers[0])
    change_newest(paths[1], *numbers[1:])
