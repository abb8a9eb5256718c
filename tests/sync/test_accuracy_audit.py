"""Sessions edited behind every cursor: the sample finds them, mends them and counts them, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.sync.world import World, assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.progress import Silent
from zenhire_sync.simulator import DEFAULT, Company, CompanySpec
from zenhire_sync.sync.dry_run import estimate_bill
from zenhire_sync.sync.pace import DetailTime

START = datetime(2026, 1, 5, tzinfo=UTC)
SPEC = CompanySpec(sessions=240, days=20, start=START)
SMALL_PAGES = replace(DEFAULT, largest_page=20, default_page_size=20)
DAY = timedelta(days=1)


def old_company() -> tuple[Company, datetime]:
    """A company in which nothing happens any more, and a night long after its last rung."""
    company = Company(SPEC)
    return company, company.settled_at + 60 * DAY


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A warehouse that holds all of an old company; lists are read as little as can be."""
    company, quiet = old_company()
    with world(tmp_path, company, quiet, SMALL_PAGES, recheck_pages=1, audit_requests=30) as here:
        here.night()
        here.night(quiet + DAY)
        yield here


def sampled(here: World, run_id: str) -> list[dict[str, Any]]:
    return [row for row in here.rows("audit_results") if row["run_id"] == run_id]


def asked_ids(here: World) -> list[str]:
    records = here.sim.log.records()
    return [record.session_id for record in records if record.endpoint == "detail" and record.session_id]


def completed_ids(here: World) -> list[str]:
    return [
        row[0]
        for row in here.query("select id from sessions where status = 'completed' order by created_at, id")
    ]


def test_a_first_night_samples_nothing_that_it_has_just_read(tmp_path: Path) -> None:
    company, quiet = old_company()
    with world(tmp_path, company, quiet, audit_requests=30) as here:
        done = here.night()
        assert "audit" not in done.ledger.by_reason
        assert here.rows("audit_results") == []


def test_a_quiet_night_asks_the_plan_and_the_sample_and_finds_nothing(here: World) -> None:
    quiet = here.sim.now
    for number in range(1, 6):
        done = here.night(quiet + number * DAY)
        assert dict(done.ledger.by_reason).keys() == {"list", "credits", "audit"}
        assert done.ledger.by_reason["audit"] == 30 == len(set(asked_ids(here)))
        rows = sampled(here, done.run_id)
        assert {row["field"] for row in rows} == {"any"}
        assert {row["stratum"] for row in rows} == {"beyond_ladder", "never_detailed"}
        assert sum(row["sampled"] for row in rows) == sum(row["compared"] for row in rows) == 30
        assert sum(row["differing"] for row in rows) == 0
        assert sum(row["sessions"] for row in rows) == len(here.rows("sessions"))
        assert done.changed_sessions == done.deleted == done.surveys_found == 0


def test_what_was_edited_behind_every_cursor_is_found_mended_and_counted_by_field(here: World) -> None:
    company, now = here.sim.company, here.sim.now
    charged, surveyed, moved, deleted = completed_ids(here)[:4]
    company.complete_session(charged, now, duration_sec=4_321, credit_charged=999)
    company.submit_survey(surveyed, now, 1, "late, and angry")
    company.move_session(moved, company.project_ids[0])
    company.delete_session(deleted, now)
    truly_moved = here.query("select project_id from sessions where id = ?", moved) != [
        (company.project_ids[0],)
    ]
    everything = replace(here, settings=here.settings.model_copy(update={"audit_requests": 20_000}))
    done = everything.night(now + DAY)
    rows = sampled(here, done.run_id)
    differing = {row["field"]: row["differing"] for row in rows if row["stratum"] == "beyond_ladder"}
    assert differing["any"] == 3 + truly_moved
    assert differing["feedback"] == differing["deleted_at"] == differing["credit_charged"] == 1
    assert differing["duration_sec"] == 1
    assert differing.get("project_id", 0) == truly_moved
    assert (done.deleted, done.surveys_found, done.negative_surveys_found) == (1, 1, 1)
    assert done.ledger.by_reason["audit"] == len(set(asked_ids(here)))
    assert [r["details"] for r in done.detail_results.rows("r").to_pylist() if r["reason"] == "audit"] == [
        done.ledger.by_reason["audit"]
    ]
    assert_lists_equal(here, here.sim.now)
    assert_feedback_equal(here, here.sim.now)
    again = everything.night(now + 2 * DAY)
    assert {row["differing"] for row in sampled(here, again.run_id)} == {0}


def test_what_was_damaged_in_the_warehouse_is_seen_although_its_fingerprint_is_not(here: World) -> None:
    [damaged, emptied] = completed_ids(here)[:2]
    here.change("update sessions set credit_charged = credit_charged + 1 where id = ?", damaged)
    tagged = here.query("select session_id from session_tags where session_id = ?", emptied)
    here.change("delete from session_tags where session_id = ?", emptied)
    everything = replace(here, settings=here.settings.model_copy(update={"audit_requests": 20_000}))
    done = everything.night(here.sim.now + DAY)
    found = {row["field"]: row["differing"] for row in sampled(here, done.run_id) if row["differing"]}
    assert found["any"] == 1 + bool(tagged)
    assert found["credit_charged"] == 1
    assert_lists_equal(here, here.sim.now)


def test_each_key_is_asked_for_its_own_and_a_refused_key_for_nothing(tmp_path: Path) -> None:
    company = Company(replace(SPEC, projects=2))
    one, two = company.project_ids
    keys = {"zh_api_one": one, "zh_api_two": two}
    with world(tmp_path, company, company.settled_at + 60 * DAY, keys=keys, audit_requests=20_000) as here:
        here.keys = tuple(ApiKey(name=key, value=SecretStr(key)) for key in keys)
        here.night()
        ids = dict(here.query("select id, project_id from sessions where project_id is not null"))
        done = here.night(here.sim.now + DAY)
        askers = Counter(ids.get(session_id) for session_id in asked_ids(here))
        assert askers[one] == sum(project == one for project in ids.values()) > 0
        assert askers[two] == sum(project == two for project in ids.values()) > 0
        assert sum(row["differing"] for row in sampled(here, done.run_id)) == 0
        here.sim.set_keys({"zh_api_one": one})
        done = here.night(here.sim.now + DAY)
        # No answer of another key says anything of what is in the project of this one.
        assert [problem.key_name for problem in done.key_problems] == ["zh_api_two"]
        assert {ids.get(session_id) for session_id in asked_ids(here)} == {one}
        rows = [row for row in sampled(here, done.run_id) if row["field"] == "any"]
        assert sum(row["sampled"] for row in rows) > sum(row["compared"] for row in rows) == askers[one]
        assert (done.deleted, sum(row["differing"] for row in rows)) == (0, 0)


def test_a_sample_of_nothing_costs_nothing(here: World) -> None:
    silent = replace(here, settings=here.settings.model_copy(update={"audit_requests": 0}))
    done = silent.night(here.sim.now + DAY)
    assert set(done.ledger.by_reason) == {"list", "credits"}
    assert sampled(here, done.run_id) == []


def test_no_time_for_details_is_no_time_for_a_sample(here: World) -> None:
    done = here.night(here.sim.now + DAY, time=DetailTime(until=0.0))
    assert here.sim.log.count("detail") == 0
    assert (done.details_left, sampled(here, done.run_id)) == (0, [])


def test_a_lively_night_asks_no_session_twice_and_a_dry_run_says_so_before(tmp_path: Path) -> None:
    now = START + 12 * DAY
    with world(tmp_path, Company(SPEC), now, SMALL_PAGES, audit_requests=40) as here:
        here.night()
        for number in range(1, 5):
            here.sim.now = now + number * DAY
            bill = estimate_bill(here.settings, here.keys, as_of=here.sim.now, progress=Silent())
            done = here.night()
            asked = asked_ids(here)
            assert len(asked) == len(set(asked))
            planned = sum(bill.details_by_reason.values()) - bill.details_by_reason["audit"]
            assert len(asked) == planned + 40
            assert done.ledger.by_reason["audit"] == bill.details_by_reason["audit"] == 40
            assert bill.requests == done.ledger.total
