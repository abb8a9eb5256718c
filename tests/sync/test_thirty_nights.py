"""Thirty nights of a living company: after each, the warehouse holds what could be known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import (
    World,
    assert_feedback_equal,
    assert_lists_equal,
    assert_no_orphans_or_twins,
    assert_personas_equal,
    expected_feedback,
    nights,
    world,
)
from zenhire_sync.simulator import DIALECTS, Behaviour, Company, CompanySpec

START = datetime(2026, 1, 5, tzinfo=UTC)
LIVELY = CompanySpec(
    sessions=320,
    days=55,
    start=START,
    personas=5,
    personas_deleted=2,
    edits_per_persona=3,
    sessions_deleted_share=0.03,
    reinvite_share=0.6,
)
# Of each kind of list one that tells the least; what lies between comes night by night in the test after it.
ARCHETYPES = {
    "cursor": "cursor_next_cursor_in_pagination",
    "bare": "bare_offset",
    "unordered": "page_total_pages",
}
LADDER = [timedelta(days=days) for days in (0, 1, 2, 3, 5, 8, 13, 21, 30)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ARCHETYPES)
def test_thirty_nights_end_with_the_vendors_truth(kind: str, tmp_path: Path) -> None:
    behaviour = DIALECTS[ARCHETYPES[kind]]
    if kind == "unordered":
        behaviour = replace(behaviour, order="unordered")
    live_through(tmp_path, LIVELY, lambda: iter([behaviour] * 100))


@pytest.mark.slow
def test_a_vendor_that_changes_its_dialect_every_night_loses_nothing(tmp_path: Path) -> None:
    live_through(tmp_path, replace(LIVELY, seed=11), lambda: iter([*DIALECTS.values(), *DIALECTS.values()]))


def live_through(tmp_path: Path, spec: CompanySpec, dialects: object) -> None:
    company = Company(spec)
    behaviours: Iterator[Behaviour] = dialects()  # type: ignore[operator]
    seen_at: dict[str, datetime] = {}
    with world(tmp_path, company, START) as here:
        for now in nights(START + timedelta(days=30), 30):
            here.sim.behaviour = next(behaviours)
            here.night(now)
            note_details(here, now, seen_at)
            assert_lists_equal(here, now)
            assert_surveys_as_known(here, company, seen_at)
            assert_asked_in_time(here, now, seen_at)
        settle(here, company, behaviours, now)


def note_details(here: World, now: datetime, seen_at: dict[str, datetime]) -> None:
    """When each session's detail was last answered, from the server's own log."""
    for record in here.sim.log.records():
        if record.endpoint == "detail" and record.status == 200 and record.session_id:
            seen_at[record.session_id] = now


def assert_surveys_as_known(here: World, company: Company, seen_at: dict[str, datetime]) -> None:
    """Each survey is here exactly as its session's last detail showed it."""
    columns = "session_id, rating, comment, submitted_at, flagged"
    ours = {row[0]: row for row in here.query(f"select {columns} from session_feedback")}
    snapshots = {moment: company.at(moment) for moment in set(seen_at.values())}
    known = {}
    for session_id, moment in seen_at.items():
        detail = snapshots[moment].detail(session_id)
        assert detail is not None
        survey = expected_feedback(detail)
        if survey is not None:
            known[session_id] = survey
    assert ours == known


def assert_asked_in_time(here: World, now: datetime, seen_at: dict[str, datetime]) -> None:
    """No completed session waits for a detail beyond its rung of the ladder."""
    surveys = {row[0] for row in here.query("select session_id from session_feedback")}
    for row in here.sim.company.at(now).sessions():
        if row["status"] != "completed" or row["id"] in surveys:
            continue
        completed = datetime.fromisoformat(row["completed_at"].replace("Z", "+00:00"))
        due = [completed + rung for rung in LADDER if completed + rung <= now]
        assert row["id"] in seen_at
        assert not due or seen_at[row["id"]] >= max(due)


def settle(here: World, company: Company, behaviours: Iterator[Behaviour], last: datetime) -> None:
    """The vendor goes quiet; after the recheck window everything equals the truth."""
    quiet_from = max(last, company.settled_at).replace(hour=2) + timedelta(days=1)
    between = [last + timedelta(days=days) for days in (4, 11, 24)]
    after = [quiet_from + timedelta(days=days) for days in (0, 8, 16, 31, 62)]
    for now in sorted(between + after):
        here.sim.behaviour = next(behaviours)
        here.night(now)
    assert_lists_equal(here, now)
    assert_feedback_equal(here, now)
    assert_no_orphans_or_twins(here)
    here.reconcile()
    gone = {i for i, at in company.session_deletions().items() if at <= now}
    ours = dict(here.query("select id, deleted_at from sessions"))
    assert {i for i, at in ours.items() if at is not None} == gone & set(ours)
    quiet = here.night(now + timedelta(days=1))
    assert set(quiet.ledger.by_reason) - {"end"} == {"list", "credits"}
    assert quiet.rows_by_table == {}
    assert_personas_equal(here, now)
