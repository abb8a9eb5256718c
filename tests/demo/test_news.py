"""What the demo tells as news is news: late, alive again, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from zenhire_sync.demo.news import Revival, Seen, news
from zenhire_sync.demo.story import NIGHTS, night, tell_story

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)


def _seen(
    status: str, *, days_old: float = 1, ended: float | None = None, survey: float | None = None
) -> Seen:
    """A session created, ended and surveyed so many days before now."""

    def moment(days: float | None) -> datetime | None:
        return None if days is None else NOW - timedelta(days=days)

    created = moment(days_old)
    assert created is not None
    return Seen(status, created, moment(ended), moment(survey), None if survey is None else 2)


def test_a_survey_within_a_day_of_the_interview_is_not_late() -> None:
    before = {"quick": _seen("completed", ended=1.5), "late": _seen("completed", ended=9)}
    after = {
        "quick": _seen("completed", ended=1.5, survey=0.6),
        "late": _seen("completed", ended=9, survey=0.5),
    }
    assert {**news(before, after, NOW).late_surveys} == {"late": timedelta(days=8.5)}


def test_a_survey_that_was_known_or_of_a_new_session_is_no_news() -> None:
    known = {"known": _seen("completed", ended=9, survey=2)}
    new = {"new": _seen("completed", ended=9, survey=2)}
    assert news(known, known | new, NOW).late_surveys == {}


def test_only_what_was_over_can_come_alive_again() -> None:
    before = {
        "failed": _seen("failed"),
        "expired": _seen("initiated", days_old=8),
        "fresh": _seen("initiated", days_old=2),
        "still failed": _seen("failed"),
        "still expired": _seen("initiated", days_old=8),
    }
    after = {
        "failed": _seen("initiated"),
        "expired": _seen("completed", days_old=8),
        "fresh": _seen("completed"),
        "still failed": _seen("failed"),
        "still expired": _seen("initiated", days_old=9),
    }
    assert news(before, after, NOW).revivals == (
        Revival("failed", "failed", "initiated"),
        Revival("expired", "expired", "completed"),
    )


def test_the_story_holds_what_the_demo_shows() -> None:
    story = tell_story()
    sessions = [
        story.company.at(night(number)).session(story.reinvited_id) for number in range(1, NIGHTS + 1)
    ]
    assert [session and session["status"] for session in sessions] == [
        "failed",
        "initiated",
        "completed",
        "completed",
    ]
    assert 1_900 < len(story.company.at(night(1)).ids()) < 2_100
    first, second = (story.company.at(night(number)).detail(story.late_survey_id) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert (first["feedback"], second["feedback"]["flagged"]) == (None, True)


def test_another_last_night_moves_the_story_and_changes_nothing_in_it() -> None:
    """The demo ends on the day it is run, else its report begins with a warning that its data is stale."""
    now = datetime(2027, 11, 2, 14, 23, tzinfo=UTC)
    then, today = tell_story(), tell_story(now)
    assert today.last_night == night(NIGHTS, now) == now
    for number in range(1, NIGHTS + 1):
        before, after = then.company.at(night(number)), today.company.at(night(number, now))
        assert before.ids() == after.ids()
        statuses = [[shown.session(i)["status"] for i in shown.ids()[:200]] for shown in (before, after)]
        assert statuses[0] == statuses[1]
