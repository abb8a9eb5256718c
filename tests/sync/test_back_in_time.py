"""An orchestrator clears an old run: ``--as-of`` before that of a run which is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.small_api import NOT_FOUND, Row, SmallApi, detail, session, small_api, survey, uid
from tests.sync.test_spellings import DAY, KEY, NOW, night, rows_of, settings_for
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.sync.step import reconcile_sessions

CONTENT = (
    "select id, status, credit_charged, deleted_at is null from sessions order by id",
    "select session_id, rating from session_feedback order by 1",
    "select id, system_prompt from personas",
    "select endpoint, session_id, healed_at is null from rejected_rows order by 1, 2",
)
RUN_TIMES = """
    select greatest(detail_checked_at, deleted_at, synced_at) as moment from sessions
    union select valid_from from persona_versions union select valid_to from persona_versions
    union select first_seen_at from rejected_rows union select seen_at from rejected_rows
    union select healed_at from rejected_rows
"""


def company() -> list[Row]:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(3)]
    return [*rows, session(3, NOW - timedelta(hours=8), status="odd")]


def lives(api: SmallApi, settings: Settings, when_back: datetime | None) -> list[Any]:
    """A night, perhaps a run back in time, in which much has changed at ZenHire, and a night."""
    rows, prompt = company(), "Be kind."
    api.rows = rows

    def answer(asked: str) -> tuple[int, Any]:
        row = next((row for row in api.rows if row["id"] == asked), None)
        if row is None:
            return NOT_FOUND
        return 200, detail(row, prompt, survey(NOW) if prompt != "Be kind." and asked == uid(0) else None)

    api.answer_detail = answer
    night(settings, NOW)
    [(before,)] = rows_of(settings, "select cursors_after from sync_runs")
    prompt = "Be brief."
    api.rows = [rows[0], {**rows[3], "status": "completed"}, session(4, NOW - timedelta(hours=1))]
    if when_back is not None:
        [(latest,)] = rows_of(settings, f"select max(moment) from ({RUN_TIMES})")
        night(settings, when_back)
        assert rows_of(
            settings, f"select count(*) from ({RUN_TIMES}) where moment < '{latest}'::timestamptz"
        ) == [(0,)], "what is seen now is not older than what was seen before"
        [(after,)] = rows_of(
            settings, "select cursors_after from sync_runs order by finished_at desc limit 1"
        )
        assert after >= before, "cursors are ISO texts, and one does not go back"
    night(settings, NOW + DAY)
    reconcile_sessions(settings, KEY, as_of=NOW + DAY, progress=Silent())
    return [rows_of(settings, sql) for sql in CONTENT]


@pytest.mark.slow
@pytest.mark.file_only
def test_a_run_sent_back_in_time_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    ended = []
    for when_back in (None, NOW - 9 * DAY):
        with small_api([]) as api:
            settings = settings_for(tmp_path / str(when_back is None), api)
            ended.append(lives(api, settings, when_back))
    assert ended[0] == ended[1]
    versions = rows_of(
        settings, "select system_prompt, valid_from, valid_to from persona_versions order by version"
    )
    assert [row[0] for row in versions] == ["Be kind.", "Be brief."]
    times = [moment for row in versions for moment in row[1:]]
    assert times == sorted(times)
    assert versions[0][2] < versions[1][1]


@pytest.mark.slow
def test_a_session_marked_missing_in_the_night_it_was_looked_at_lives_when_it_is_listed(
    tmp_path: Path,
) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(2)]
    with small_api(rows[:1]) as api:
        settings = settings_for(tmp_path, api)
        api.rows = rows
        night(settings, NOW)
        api.rows = rows[:1]
        for when in (NOW, NOW - DAY):
            reconcile_sessions(settings, KEY, as_of=when, progress=Silent())
            assert rows_of(settings, "select count(deleted_at) from sessions") == [(1,)]
        api.rows = rows
        night(settings, NOW + timedelta(minutes=5))
        assert rows_of(settings, "select count(deleted_at) from sessions") == [(0,)]
