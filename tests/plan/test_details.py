"""The detail plan: each call has a reason, each reason comes in time, and nothing else is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.plan.detail_plan import (
    Backlog,
    Bounds,
    OpenRejection,
    PersonaUse,
    Policy,
    SessionState,
    Situation,
    completed_reason,
    due_rung,
    plan_details,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
LADDER = tuple(timedelta(days=days) for days in (0, 1, 2, 3, 5, 8, 13, 21, 30))
POLICY = Policy(LADDER, timedelta(days=7), timedelta(days=30))


def session(**changes: object) -> SessionState:
    values = {
        "id": "s",
        "persona_id": "p",
        "created_at": START,
        "completed_at": START,
        "detail_checked_at": None,
        **changes,
    }
    return SessionState(**values)  # type: ignore[arg-type]


@given(st.lists(st.integers(1, 24 * 50), min_size=1, unique=True))
def test_each_rung_is_asked_for_once_however_the_nights_fall(hours: list[int]) -> None:
    checked = START
    asked = []
    for hour in sorted(hours):
        now = START + timedelta(hours=hour)
        if completed_reason(session(detail_checked_at=checked), LADDER, now) == "survey":
            asked.append(now)
            checked = now
    assert len(asked) <= len(LADDER) - 1
    nights = [START + timedelta(hours=hour) for hour in sorted(hours)]
    for rung in LADDER[1:]:
        first_night = next((night for night in nights if night >= START + rung), None)
        # Every rung has a look at or after it, no later than the first night that comes.
        if first_night is not None:
            assert any(START + rung <= look <= first_night for look in asked)
    assert all(look <= first for look, first in zip(asked[-1:], nights[-1:], strict=False))


def test_after_the_last_rung_nothing_is_asked_for_any_more() -> None:
    checked = START + timedelta(days=30)
    assert completed_reason(session(detail_checked_at=checked), LADDER, START + timedelta(days=500)) is None


def test_a_long_outage_costs_one_look_for_all_the_rungs_it_missed() -> None:
    now = START + timedelta(days=90)
    assert due_rung(START, START + timedelta(days=2), LADDER, now) == timedelta(days=30)
    assert due_rung(START, now, LADDER, now + timedelta(days=1)) is None


def test_a_session_completed_again_after_its_last_look_is_newly_completed() -> None:
    again = session(completed_at=START + timedelta(days=9), detail_checked_at=START + timedelta(days=2))
    assert completed_reason(again, LADDER, START + timedelta(days=10)) == "completed"


def test_an_end_that_is_still_to_come_costs_no_request_every_night() -> None:
    tomorrow = session(completed_at=START + timedelta(days=10), detail_checked_at=START + timedelta(days=2))
    assert completed_reason(tomorrow, LADDER, START + timedelta(days=9)) is None
    assert completed_reason(tomorrow, LADDER, START + timedelta(days=10)) == "completed"


def test_surveys_of_an_interview_long_after_its_invitation_are_asked_for() -> None:
    end = START + timedelta(days=40)
    late = session(completed_at=end, detail_checked_at=end)
    assert completed_reason(late, LADDER, end + timedelta(days=1)) == "survey"


def test_two_backfills_side_by_side_ask_for_every_session_once() -> None:
    middle, day = START + timedelta(days=5), timedelta(days=1)
    first, second = Bounds(START, middle), Bounds(middle, START + 9 * day)
    for created_at in (START, middle - timedelta(microseconds=1), middle, middle + day):
        assert [first.hold(created_at), second.hold(created_at)].count(True) == 1
    assert not first.hold(START - timedelta(microseconds=1))


def test_a_session_is_asked_for_once_under_its_first_reason() -> None:
    now = START + timedelta(days=10)
    due = session(detail_checked_at=START)
    situation = Situation(
        looked_at=[due],
        rejections=[OpenRejection("r", "sessions/{id}", "s", START)],
        personas=[PersonaUse("p", "other", now, None), PersonaUse("q", "s", now, None)],
    )
    plan = plan_details(situation, POLICY, now).named
    assert [(planned.session_id, planned.reason) for planned in plan] == [("s", "survey")]


def test_what_cannot_be_asked_for_is_not_planned() -> None:
    nameless = OpenRejection("r", "sessions", None, START)
    fresh = OpenRejection("r", "sessions", "s", START)
    assert plan_details(Situation(rejections=[nameless, fresh]), POLICY, START).named == []


def test_a_persona_out_of_use_is_left_alone() -> None:
    now = START + timedelta(days=100)
    old = PersonaUse("p", "s", START, START)
    assert plan_details(Situation(personas=[old]), POLICY, now).named == []
    never_seen = PersonaUse("p", "s", START, None)
    plan = plan_details(Situation(personas=[never_seen]), POLICY, now)
    assert [planned.reason for planned in plan.named] == ["persona"]


def test_nights_at_the_same_time_of_day_look_at_a_persona_on_the_day_it_is_due() -> None:
    now = START + timedelta(days=7)
    used = PersonaUse("p", "s", now, START)
    assert [planned.reason for planned in plan_details(Situation(personas=[used]), POLICY, now).named] == [
        "persona"
    ]
    assert plan_details(Situation(personas=[used]), POLICY, now - timedelta(seconds=1)).named == []


def test_a_persona_that_a_planned_detail_shows_is_not_asked_for_as_well() -> None:
    now = START + timedelta(days=1)
    situation = Situation(
        looked_at=[session(detail_checked_at=START)], personas=[PersonaUse("p", "newest", now, None)]
    )
    plan = plan_details(situation, POLICY, now).named
    assert [(planned.session_id, planned.reason) for planned in plan] == [("s", "survey")]


def test_a_deleted_session_that_the_list_shows_again_is_looked_at_on_the_ladder() -> None:
    gone = session(deleted_at=START, detail_checked_at=START)
    assert plan_details(Situation(relisted=[gone]), POLICY, START + timedelta(hours=5)).named == []
    plan = plan_details(Situation(relisted=[gone]), POLICY, START + timedelta(days=1))
    assert [planned.reason for planned in plan.named] == ["reappeared"]


def test_the_backlog_is_counted_and_covers_its_personas() -> None:
    now = START + timedelta(days=10)
    situation = Situation(
        backlog=[Backlog("p", "c", None, 7)],
        looked_at=[session(detail_checked_at=START, persona_id="q")],
        rejections=[OpenRejection("r", "sessions/{id}", "waits", START)],
        personas=[PersonaUse("p", "other", now, None), PersonaUse("x", "third", now, None)],
        waiting=frozenset({"waits"}),
    )
    plan = plan_details(situation, POLICY, now)
    assert [(planned.session_id, planned.reason) for planned in plan.named] == [
        ("s", "survey"),
        ("third", "persona"),
    ]
    assert len(plan) == 9
    assert plan.by_reason() == {"completed": 7, "survey": 1, "persona": 1}
