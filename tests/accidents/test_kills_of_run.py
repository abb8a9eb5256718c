"""kill -9 of the whole night: readers find the old publication or the new one; the next run ends right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.accidents.commands import KEY, Ended, Nursery, settled_truth, variables
from tests.sync.world import World, world
from tests.thorough import dice, few_or_all
from zenhire_sync.simulator import Company, CompanySpec

pytestmark = pytest.mark.file_only

SPEC = CompanySpec(sessions=60, days=25, personas=3, personas_deleted=0, sessions_deleted_share=0)
# A night takes half a minute.
KILLS = few_or_all(1, 4)


def run(here: World, nursery: Nursery, deadly: int = 0) -> Ended:
    env = variables(here.settings.data_dir, here.sim.base_url)
    return nursery.run(env, "run", "--as-of", here.sim.now.isoformat(), deadly=deadly)


def published(here: World) -> tuple[int, int]:
    """Credits and negative surveys as a reader of the published file adds them up."""
    with duckdb.connect(str(here.settings.published_path), read_only=True) as reader:
        reader.sql("use zenhire.zenhire_marts")
        [(charged,)] = reader.sql("select sum(credits_charged) from credit_usage_daily").fetchall()
        [(negative,)] = reader.sql("select count(*) from negative_feedback").fetchall()
        [said] = reader.sql("select credits_charged, negative_surveys from publication").fetchall()
    assert said == (charged, negative)
    return int(charged), int(negative)


def truth(here: World) -> tuple[int, int]:
    """The same as ZenHire has it."""
    now = here.sim.company.at(here.sim.now)
    surveys = [row["feedback"] for row in now.details() if row["feedback"]]
    return now.credits_charged(), sum(survey["flagged"] for survey in surveys)


@pytest.mark.slow
def test_killed_at_steps_of_a_night_while_readers_look_on(tmp_path: Path, nursery: Nursery) -> None:
    company = Company(SPEC)
    evening = company.settled_at
    with world(tmp_path, company, datetime(2026, 1, 27, tzinfo=UTC), keys={KEY: None}) as here:
        steps = run(here, nursery).well().steps
        old = published(here)
        assert old == truth(here)
        here.sim.now = evening + timedelta(hours=2)
        new = truth(here)
        assert new != old
        random = dice("the steps to die at")
        for part in range(KILLS):
            deadly = 1 + int((part + random.random()) * steps / KILLS)
            assert run(here, nursery, deadly).exit_code in {-9, 0}, deadly
            assert published(here) in {old, new}
            assert here.settings.report_path.read_text().rstrip().endswith("</html>")
        run(here, nursery).well()
        assert published(here) == new
        settled_truth(here)
        assert not list(here.settings.data_dir.rglob("*.wal"))
        assert not list(here.settings.published_path.parent.glob(".publish-*"))
