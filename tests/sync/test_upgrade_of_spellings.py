"""A warehouse of the version before, which took a uuid in capitals for another session, ends as one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.sync.small_api import detail, session, small_api, survey, uid
from tests.sync.test_spellings import NOW, night, rows_of, settings_for
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.rows.contract import Rejection
from zenhire_sync.settings import Settings

pytestmark = pytest.mark.file_only

ERASED, SURVEYED, PLAIN, ODD = (uid(n) for n in range(4))
SPLIT = """
    insert into sessions by name select * replace (
        upper(id) as id, upper(persona_id) as persona_id, upper(project_id) as project_id,
        upper(client_id) as client_id, synced_at + interval 1 day as synced_at,
        case when id = '{plain}' then synced_at end as deleted_at, 20 as credit_charged
    ) from sessions;
    insert into session_tags by name select * replace (upper(session_id) as session_id) from session_tags;
    insert into session_metadata by name
        select upper(id) as session_id, 'mail' as key, 'm@x' as value, 'string' as value_type,
            false as is_removed
        from sessions where id = lower(id);
    insert into personas by name select * replace (
        upper(id) as id, last_seen_at + interval 1 day as last_seen_at
    ) from personas;
    insert into persona_versions by name select * replace (
        upper(persona_id) as persona_id, valid_from + interval 1 day as valid_from,
        valid_to + interval 1 day as valid_to
    ) from persona_versions;
    insert into rejected_rows by name select * replace (
        upper(session_id) as session_id, 'other' as rejected_id,
        first_seen_at - interval 1 day as first_seen_at, seen_at - interval 1 hour as seen_at
    ) from rejected_rows;
    insert into erased_sessions values (upper('{erased}'), '2026-02-01', '2026-02-01');
    alter table sessions drop column sent_id;
"""


def aged(settings: Settings, sql: str) -> None:
    """The warehouse as an older version left it."""
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.sql("set TimeZone = 'UTC'; use warehouse.zenhire_raw")
        con.execute(sql)


def upgrade(settings: Settings) -> None:
    """What every run does first."""
    with warehouse_of(settings).loading():
        pass


@pytest.fixture
def split(tmp_path: Path) -> Iterator[Settings]:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(3)]
    odd = session(3, NOW - timedelta(hours=9), status="odd")
    by_id = {row["id"]: row for row in rows}
    with small_api([*rows, odd]) as api:
        api.answer_detail = lambda asked: (
            (200, detail(by_id[asked], feedback=survey(NOW) if asked == SURVEYED else None))
            if asked in by_id
            else (200, {**detail(odd), "status": "odd"})
        )
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        aged(settings, SPLIT.format(plain=PLAIN, erased=ERASED))
        yield settings


def test_what_was_split_is_one_after_the_first_run(split: Settings) -> None:
    settings = split
    upgrade(settings)
    rows = rows_of(settings, "select id, credit_charged, deleted_at is null from sessions order by id")
    # The row written last counts, and one that lives counts more.
    assert rows == [(ERASED, 20, True), (SURVEYED, 20, True), (PLAIN, 10, True)]
    assert rows_of(settings, "select session_id from session_feedback") == [(SURVEYED,)]
    assert rows_of(settings, "select session_id, tag from session_tags order by 1") == [
        (session_id, "eu") for session_id in (ERASED, SURVEYED, PLAIN)
    ]
    assert rows_of(settings, "select distinct persona_id, project_id, client_id from sessions") == [
        (uid(0, 3), uid(0, 4), uid(0, 2))
    ]
    assert rows_of(settings, "select id from personas") == [(uid(0, 3),)]
    assert rows_of(
        settings, "select persona_id, version, valid_to - valid_from >= interval 1 day from persona_versions"
    ) == [(uid(0, 3), 1, True)]
    expected = {Rejection(endpoint, ODD, "", None).rejected_id for endpoint in ("sessions", "sessions/{id}")}
    set_aside = rows_of(
        settings, "select rejected_id, session_id, first_seen_at < seen_at from rejected_rows"
    )
    assert {row[0] for row in set_aside} <= expected
    assert {row[1:] for row in set_aside} == {(ODD, True)}


def test_an_erased_person_who_came_back_in_capitals_goes_again(split: Settings) -> None:
    settings = split
    upgrade(settings)
    person: list[Any] = rows_of(
        settings,
        f"select candidate_ref, (select count(*) from session_metadata where session_id = '{ERASED}') "
        f"from sessions where id = '{ERASED}'",
    )
    assert person == [(None, 0)]
    # The files are still to be cleared.
    assert rows_of(settings, "select session_id, finished_at from erased_sessions") == [(ERASED, None)]
    assert rows_of(settings, "select count(*) from session_metadata where key = 'mail'") == [(1,)]


def test_histories_that_overlap_since_a_run_went_back_in_time_are_put_in_order(tmp_path: Path) -> None:
    with small_api([session(0, NOW - timedelta(hours=3))]) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        aged(
            settings,
            """
            update persona_versions set system_prompt = 'old', valid_to = valid_from + interval 20 day;
            insert into persona_versions by name select * replace (
                2 as version, 'Be kind.' as system_prompt, valid_from + interval 5 day as valid_from,
                valid_from + interval 9 day as valid_to
            ) from persona_versions;
            alter table sessions drop column sent_id
            """,
        )
        upgrade(settings)
        versions = rows_of(
            settings, "select version, system_prompt, valid_from, valid_to from persona_versions order by 1"
        )
        assert [row[:2] for row in versions] == [(1, "old"), (2, "Be kind."), (3, "old")]
        moments = [moment for row in versions for moment in row[2:]]
        assert moments == sorted(moments)
        assert datetime(2026, 1, 1, tzinfo=UTC) < moments[0]
