"""Cursors and the recheck window: for any history and any run times, nothing that changed is missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.plan.cursors import Cursors, advanced, earlier_of, read_back_to, watched_since

START = datetime(2026, 1, 1, tzinfo=UTC)
LAG = timedelta(hours=1)
RECHECK = timedelta(days=30)
hours = st.integers(0, 24 * 40)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[datetime, list[datetime]]]:
    """Sessions: creation, then the times of their changes; unfinished until the last change."""
    sessions = []
    for _ in range(draw(st.integers(1, 12))):
        created = START + timedelta(hours=draw(hours))
        changes = draw(st.lists(st.integers(1, 24 * 28), max_size=4))
        sessions.append((created, sorted(created + timedelta(hours=change) for change in changes)))
    return sessions


@given(histories(), st.lists(hours, min_size=1, max_size=10))
def test_the_union_of_what_is_read_covers_every_change(
    sessions: list[tuple[datetime, list[datetime]]], run_hours: list[int]
) -> None:
    last_change = max((change for created, changes in sessions for change in (created, *changes)))
    runs = sorted({START + timedelta(hours=h) for h in run_hours} | {last_change + timedelta(hours=1)})
    cursors: Cursors | None = None
    last_run: datetime | None = None
    known: dict[int, datetime] = {}
    for now in runs:
        since = watched_since(now, last_run, RECHECK)
        watched = [
            sessions[n][0]
            for n, seen in known.items()
            if not _finished(sessions[n][1], seen) and sessions[n][0] > since
        ]
        target = read_back_to(cursors, min(watched, default=None), LAG)
        visible = [n for n, (created, _) in enumerate(sessions) if created <= now]
        for n in visible:
            if target is None or sessions[n][0] >= target:
                known[n] = now
        newest = max((sessions[n][0] for n in visible), default=None)
        cursors = advanced(cursors, Cursors(newest, None), now)
        last_run = now
    for n, (created, changes) in enumerate(sessions):
        last = changes[-1] if changes else created
        assert known[n] >= last


def _finished(changes: list[datetime], seen: datetime) -> bool:
    """Whether the warehouse shows the session completed: all its changes were seen."""
    return bool(changes) and changes[-1] <= seen


@given(st.lists(st.tuples(hours, hours), min_size=1))
def test_a_cursor_never_goes_back_and_never_passes_now(steps: list[tuple[int, int]]) -> None:
    cursors: Cursors | None = None
    now = START
    for seen, passed in steps:
        now += timedelta(hours=passed)
        before = cursors
        cursors = advanced(cursors, Cursors(START + timedelta(hours=seen), None), now)
        assert cursors.created_at is not None
        assert cursors.created_at <= now
        if before is not None and before.created_at is not None:
            assert cursors.created_at >= before.created_at


def test_a_vendors_clock_that_runs_ahead_does_not_make_later_sessions_look_old() -> None:
    ahead = Cursors(START + timedelta(days=300), None)
    cursors = advanced(None, ahead, START)
    target = read_back_to(cursors, None, LAG)
    assert target is not None
    assert target < START


def test_without_a_cursor_everything_is_read() -> None:
    assert read_back_to(None, START, LAG) is None
    assert earlier_of(Cursors(START, START), None) is None


def test_the_cursor_that_promises_less_counts() -> None:
    later = START + timedelta(days=1)
    assert earlier_of(Cursors(START, later), Cursors(later, START)) == Cursors(START, START)


def test_cursors_survive_the_way_through_json_and_a_broken_one_means_read_everything() -> None:
    cursors = Cursors(START, None)
    assert Cursors.from_json(cursors.to_json()) == cursors
    for broken in (
        None,
        {},
        {"created_at": "x", "completed_at": None},
        {"created_at": "2026-01-01T00:00:00"},
    ):
        assert Cursors.from_json(broken) is None
