"""Figures that were published and changed: what is told of them, against what was done at the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.sync.world import World, nights, world
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import build_marts
from zenhire_sync.month_close import close_month, reopen_month
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Profile
from zenhire_sync.simulator import DIALECTS, Company, CompanySpec

START = datetime(2026, 1, 20, tzinfo=UTC)
# Of its own it has no survey, no second invitation and no deletion: those are the test's.
PLAIN = CompanySpec(
    sessions=900, days=45, start=START, survey_share=0, reinvite_share=0, sessions_deleted_share=0
)
FIGURES = ("credits_charged", "interview_sec", "interviews", "surveys", "negative_surveys")
AUCKLAND = "Pacific/Auckland"

Row = dict[str, Any]
Totals = Counter[tuple[str, Any, str]]


@dataclass
class Story:
    """A company whose marts are published night by night, and the log of what was done to it."""

    here: World
    log: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    totals: Totals = field(default_factory=Counter)

    def night(self, now: datetime) -> PublishSummary:
        """A whole night without the report; what it tells must be what changed, to the last credit."""
        self.here.night(now)
        return self.show(now)

    def show(self, now: datetime) -> PublishSummary:
        """The marts of what is known, published."""
        settings = self.here.settings
        target = "postgres" if settings.home.destination == "postgres" else "duckdb"
        build_marts(settings, Profile(name="test", description="test", dbt_target=target), now)
        done = publish_marts(settings, now=now)
        self.look(done)
        return done

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """What readers see."""
        with warehouse_of(self.here.settings).published() as reader:
            return reader.rows(sql, *values)

    def look(self, done: PublishSummary) -> None:
        """Differences by cause and first figures are the change of every total."""
        news = self.rows(
            "select * from zenhire_marts.restatements"
            " where build_id in (select build_id from zenhire_marts.sync_freshness)"
        )
        assert len(news) == done.restatements
        change: Totals = Counter()
        for row in news:
            change[row["project_key"], row["month_start_date"], row["figure"]] += int(row["difference"])
            self.told.update((row["cause"], one) for one in set(row["session_ids"].split(", ")))
        for row in self.rows("select * from zenhire_marts.session_changes"):
            if row["credits_cause"] == "new":
                for figure in FIGURES:
                    change[row["project_key"], row["month_start_date"], figure] += row[figure]
        now = self.facts()
        moved = Counter(now)
        moved.subtract(self.totals)
        assert {key: by for key, by in change.items() if by} == {key: by for key, by in moved.items() if by}
        self.totals = now

    def facts(self) -> Totals:
        """Every total by project, month and figure, added up from the facts and not from what is tested."""
        sql = """
            select s.project_key, cast(date_trunc('month', coalesce(s.usage_date, s.created_date)) as date)
                as month_start_date,
                sum(coalesce(s.credits_charged, 0)) as credits_charged,
                sum(case when s.outcome = 'completed' then coalesce(s.duration_sec, 0) else 0 end)
                as interview_sec,
                sum(case when s.outcome = 'completed' then 1 else 0 end) as interviews,
                sum(case when f.session_id is not null then 1 else 0 end) as surveys,
                sum(case when f.is_negative then 1 else 0 end) as negative_surveys
            from zenhire_marts.fct_sessions s
            left join zenhire_marts.fct_feedback f on f.session_id = s.session_id group by 1, 2
        """
        found: Totals = Counter()
        for row in self.rows(sql):
            for figure in FIGURES:
                found[row["project_key"], row["month_start_date"], figure] = int(row[figure])
        return found

    def young(self, now: datetime) -> str:
        """A published interview that the next nights ask for its survey, and that nothing was done to."""
        used = {session_id for _, session_id in self.log}
        since = (now - timedelta(hours=60)).replace(tzinfo=None)
        for row in self.rows(
            "select session_id from zenhire_marts.fct_sessions where outcome = 'completed'"
            " and completed_at > ? and credits_charged > 0 order by session_id",
            since,
        ):
            if row["session_id"] not in used:
                return str(row["session_id"])
        raise AssertionError(f"no interview is young enough at {now}")


def survey_comes(story: Story, now: datetime) -> None:
    chosen = story.young(now)
    story.here.sim.company.submit_survey(chosen, now - timedelta(minutes=1), 1)
    story.log["late_survey", chosen] += 1


def charge_is_edited(story: Story, now: datetime) -> None:
    chosen = story.young(now)
    _edit_charge(story.here.sim.company, chosen)
    story.log["charge_edited", chosen] += 1


def session_moves(story: Story, now: datetime) -> None:
    chosen, company = story.young(now), story.here.sim.company
    session = company.find(chosen)
    assert session is not None
    others = [one for one in company.project_ids if one != session.project_id]
    company.move_session(chosen, others[0])
    story.log["session_edited", chosen] += 1


def link_is_sent_again(story: Story, now: datetime) -> None:
    chosen = story.young(now)
    story.here.sim.company.reinvite(chosen, now - timedelta(minutes=1))
    story.log["reinvited", chosen] += 1


def session_is_deleted(story: Story, now: datetime) -> None:
    """Its usage still counts: nothing is restated."""
    story.here.sim.company.delete_session(story.young(now), now - timedelta(minutes=1))


def session_arrives_after_its_month(story: Story, now: datetime) -> None:
    """The list does not show it to a night any more; a reconcile reads all of it."""
    company, created = story.here.sim.company, START + timedelta(days=1)
    chosen = company.add_session(created, persona_id=company.persona_ids[0])
    company.complete_session(chosen, created + timedelta(hours=1), duration_sec=600)
    story.here.sim.now = now
    story.here.reconcile()
    cause = "arrived_late" if now.month > created.month else "new"
    if cause != "new":
        story.log[cause, chosen] += 1


def old_charge_is_found_by_a_reconcile(story: Story, now: datetime) -> None:
    chosen = story.young(now)
    _edit_charge(story.here.sim.company, chosen)
    story.here.sim.now = now
    story.here.reconcile()
    story.log["healed", chosen] += 1


def _edit_charge(company: Company, session_id: str) -> None:
    session = company.find(session_id)
    assert session is not None
    last = session.states[-1]
    # A day that is over is charged otherwise, as if it always had been.
    session.states[-1] = last._replace(credit_charged=(last.credit_charged or 0) + 5)
    session.rendered = None
    company.move_session(session_id, session.project_id)


def nothing_happens(story: Story, now: datetime) -> None:
    """What is known is published once more: nothing is written."""
    done = story.show(now - timedelta(days=1))
    assert done.restatements == 0
    assert story.rows("select count(*) as changed from zenhire_marts.session_changes") == [{"changed": 0}]


EVENTS: tuple[Callable[[Story, datetime], None], ...] = (
    survey_comes,
    charge_is_edited,
    session_moves,
    link_is_sent_again,
    session_is_deleted,
    old_charge_is_found_by_a_reconcile,
    session_arrives_after_its_month,
    nothing_happens,
)


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


def test_what_the_rolling_reconcile_mends_is_healed(story: Story) -> None:
    here, now = story.here, story.here.sim.company.settled_at + timedelta(days=40)
    here.settings = here.settings.model_copy(update={"verify_days": 2, "recheck_pages": 1, "page_size": 20})
    here.sim.behaviour = DIALECTS["offset_total"]
    story.night(now)
    [(oldest,)] = here.query("select id from sessions where status = 'completed' order by created_at limit 1")
    _edit_charge(here.sim.company, oldest)
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
