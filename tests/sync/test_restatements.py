"""Figures that were published and changed: what is told of them, against what was done at the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.sync.published_story import (
    EVENTS,
    PLAIN,
    START,
    Story,
    charge_is_edited,
    edit_charge,
    link_is_sent_again,
    session_arrives_after_its_month,
)
from tests.sync.world import nights, world
from zenhire_sync.month_close import close_month, reopen_month
from zenhire_sync.publish import publish_marts
from zenhire_sync.simulator import DIALECTS, Company
from zenhire_sync.warehouse import published_record

AUCKLAND = "Pacific/Auckland"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with world(tmp_path, Company(PLAIN), START) as here:
        yield Story(here)


@pytest.mark.slow
def test_29_nights_tell_each_change_once_with_its_cause(story: Story) -> None:
    live_through(story, nights(START + timedelta(days=9), 29))
    assert {cause for cause, _ in story.log} == {
        *("late_survey", "charge_edited", "session_edited", "reinvited", "healed", "arrived_late")
    }


def test_some_nights_tell_each_change_once_with_its_cause(story: Story) -> None:
    live_through(story, nights(START + timedelta(days=11), 4), events=EVENTS[:3])


def live_through(
    story: Story, moments: list[datetime], events: tuple[Callable[[Story, datetime], None], ...] = EVENTS
) -> None:
    story.night(moments[0])
    for number, now in enumerate(moments[1:]):
        events[number % len(events)](story, now)
        story.night(now)
    # What was done in the last nights comes with the next rung of the ladder.
    story.night(moments[-1] + timedelta(days=6))
    assert {cause for cause, _ in story.told} & {"unexplained", "rule_changed"} == set()
    assert set(story.told) == set(story.log)


@pytest.mark.parametrize(
    ("place", "again"), [("_is_recorded", "the next night"), ("PUBLISHED_BUILDS", "the same build")]
)
def test_a_publication_that_dies_before_its_record_is_whole_is_told_once(
    story: Story, monkeypatch: pytest.MonkeyPatch, place: str, again: str
) -> None:
    """Before anything of it is written, and before the row that makes it count."""
    now = START + timedelta(days=11)
    story.night(now)
    charge_is_edited(story, now)
    link_is_sent_again(story, now)
    later = now + timedelta(days=1)
    with monkeypatch.context() as patched:
        patched.setattr(published_record, place, Deadly())
        with pytest.raises(DeathError):
            story.night(later)
    if again == "the same build":
        story.look(publish_marts(story.here.settings, now=later))
    story.night(later + timedelta(days=1))
    assert {cause for cause, _ in story.told} == {"charge_edited", "reinvited"}
    assert set(story.told) == set(story.log)
    builds = story.rows("select distinct build_id from zenhire_marts.restatements")
    assert len(builds) == 1


class DeathError(Exception):
    """Where a machine that loses power would be."""


class Deadly:
    """Whoever asks anything of it dies."""

    def __call__(self, *_: object) -> bool:
        raise DeathError

    @property
    def name(self) -> str:
        raise DeathError

    def arrow_schema(self) -> None:
        raise DeathError


def test_a_change_that_only_the_sample_finds_is_told_as_its_find(story: Story) -> None:
    now = START + timedelta(days=44)
    story.night(now)
    (old, *_) = story.rows(
        "select session_id from zenhire_marts.fct_sessions where outcome = 'completed' and completed_at < ?"
        " and credits_charged > 0 order by session_id",
        (now - timedelta(days=32)).replace(tzinfo=None),
    )
    edit_charge(story.here.sim.company, old["session_id"])
    # The list is read as little as can be, and the sample is all that there are.
    little = {"recheck_days": 1, "recheck_pages": 1, "audit_requests": 5_000}
    story.here.settings = story.here.settings.model_copy(update=little)
    story.night(now + timedelta(days=1))
    assert set(story.told) == {("audit", old["session_id"])}


def test_what_the_rolling_reconcile_mends_is_healed(story: Story) -> None:
    here, now = story.here, story.here.sim.company.settled_at + timedelta(days=40)
    here.settings = here.settings.model_copy(update={"verify_days": 2, "recheck_pages": 1, "page_size": 20})
    here.sim.behaviour = DIALECTS["offset_total"]
    story.night(now)
    [(oldest,)] = here.query("select id from sessions where status = 'completed' order by created_at limit 1")
    edit_charge(here.sim.company, oldest)
    story.night(now + timedelta(days=1))
    assert set(story.told) == {("healed", oldest)}


def test_another_time_zone_restates_the_sessions_whose_month_it_changes(story: Story) -> None:
    now = datetime(2026, 2, 2, 2, tzinfo=UTC)
    company, late = story.here.sim.company, datetime(2026, 1, 31, 20, tzinfo=UTC)
    chosen = company.add_session(late - timedelta(hours=1), persona_id=company.persona_ids[0])
    company.complete_session(chosen, late, duration_sec=600)
    story.night(now)
    ended = story.rows(
        "select session_id, completed_at from zenhire_marts.fct_sessions where usage_date is not null"
        " and outcome = 'completed'"
    )
    zone = ZoneInfo(AUCKLAND)
    moved = {
        row["session_id"]
        for row in ended
        if row["completed_at"].replace(tzinfo=UTC).month
        != row["completed_at"].replace(tzinfo=UTC).astimezone(zone).month
    }
    assert chosen in moved
    story.here.settings = story.here.settings.model_copy(update={"reporting_time_zone": AUCKLAND})
    story.show(now)
    assert set(story.told) == {("rule_changed", session_id) for session_id in moved}


def test_a_closed_month_stays_as_it_was_signed(story: Story) -> None:
    now = datetime(2026, 2, 2, 2, tzinfo=UTC)
    story.night(now)
    signed = close_month(story.here.settings, "2026-01", note="signed by finance", now=now, run_id="close-1")
    story.show(now)
    closed = "select * from zenhire_marts.credit_close where is_closed order by credit_close_key"
    before = story.rows(closed)
    assert sum(row["credits_to_sign"] for row in before) == signed.credits > 0
    session_arrives_after_its_month(story, now)
    settings = story.here.settings
    story.here.settings = settings.model_copy(update={"reporting_time_zone": AUCKLAND})
    story.show(now)
    assert story.rows(closed) == before
    # What came after it, and what the other zone moved, is in the open month.
    (total,) = story.rows("select sum(credits_charged) as credits from zenhire_marts.fct_sessions")
    (told,) = story.rows("select sum(credits_to_sign) as credits from zenhire_marts.credit_close")
    assert told == total
    (adjusted,) = story.rows(
        "select sum(adjustment_credits) as credits, min(month_start_date) as first_month"
        " from zenhire_marts.credit_close where not is_closed and adjustment_credits <> 0"
    )
    assert adjusted["credits"] != 0
    assert adjusted["first_month"].isoformat() == "2026-02-01"
    reopen_month(settings, "2026-01", note=None, now=now + timedelta(hours=1), run_id="reopen-1")
    story.here.settings = settings
    story.show(now)
    assert story.rows(closed) == []
    assert [row["event"] for row in story.here.rows("month_closings")] == ["close", "reopen"]
