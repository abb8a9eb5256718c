"""What details were good for: counted by the reason they were asked for, as the vendor's own log has it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import world
from zenhire_sync.errors import ApiUnreachableError
from zenhire_sync.simulator import Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync.outcome import SyncOutcome

START = datetime(2026, 1, 5, tzinfo=UTC)
COMPANY = Company(CompanySpec(sessions=150, days=12, start=START))
DAY = timedelta(days=1)
LADDER = (0, 1, 2, 3, 5, 8, 13, 21, 30)


def by_reason(outcome: SyncOutcome) -> Counter[str]:
    rows = outcome.detail_results.rows("r").to_pylist()
    return sum((Counter({row["reason"]: row["details"]}) for row in rows), Counter())


def night_after(moment: datetime) -> datetime:
    """Nights are at midnight; the first that is not before the moment."""
    return START - (START - moment) // DAY * DAY


def rung_that_finds(ended: datetime, submitted: datetime) -> str:
    """The rung of the look that first shows a survey; empty for the first look of all."""
    first = night_after(ended)
    if submitted <= first:
        return ""
    looks = ((str(days), night_after(ended + days * DAY)) for days in LADDER)
    return next(rung for rung, look in looks if look > first and submitted <= look)


@pytest.mark.slow
def test_every_detail_and_every_survey_is_counted_once_under_its_rung(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, START) as here:
        for day in range(1, 30):
            done = here.night(START + day * DAY)
            asked = Counter(done.ledger.by_reason)
            assert by_reason(done) == Counter({name: asked[name] for name in by_reason(done)})
            assert sum(by_reason(done).values()) == here.sim.log.count("detail")
        rows = here.rows("detail_results")
        feedback = here.rows("session_feedback")
        assert sum(row["surveys_found"] for row in rows) == len(feedback) > 10
        negative = sum(row["flagged"] for row in feedback)
        assert sum(row["negative_surveys_found"] for row in rows) == negative
        assert sum(row["persona_contents_found"] for row in rows) == len(here.rows("persona_versions"))
        assert {row["rung"] for row in rows if row["reason"] != "survey"} == {""}
        found = Counter[str]()
        for row in rows:
            found[row["rung"]] += row["surveys_found"]
        times = here.query(
            "select s.completed_at, f.submitted_at from session_feedback f "
            "join sessions s on s.id = f.session_id"
        )
        assert +found == Counter(rung_that_finds(*both) for both in times)
        assert len(+found) >= 4


def test_what_a_run_that_failed_had_found_is_counted_too(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, START + 20 * DAY, window_details=20) as here:
        here.sim.faults = FaultPlan((Fault("internal_error", "sessions/*", first=60, times=None),))
        with pytest.raises(ApiUnreachableError):
            here.night()
        here.sim.faults = FaultPlan()
        here.night()
        rows = here.rows("detail_results")
        assert len({row["run_id"] for row in rows}) == 2
        assert sum(row["surveys_found"] for row in rows) == len(here.rows("session_feedback"))
