"""Candidate experience: ratings over time with the prompt changes, and negative rates by persona."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import altair as alt

from zenhire_sync.metrics import metric
from zenhire_sync.report.charts import CHART_HEIGHT, INK, RATINGS, count_axis, date_labels, inline, labels
from zenhire_sync.report.measured import in_words
from zenhire_sync.report.periods import Period
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, counted, quiet, text

FEWEST_WEEKS = 8


def ratings_over_time(published: Published, period: Period) -> Section:
    """Surveys of the period by week and rating, with the weeks in which a prompt changed."""
    anchor, title = "ratings", "Ratings by week, and prompt changes"
    if not published.has("fct_feedback", "feedback_date", "rating"):
        return absent(anchor, title, "fct_feedback")
    rows = published.rows(
        """
        select cast(date_trunc('week', feedback_date) as date) as week, rating, count(*) as surveys
        from zenhire_marts.fct_feedback
        where rating is not null and feedback_date between ? and ?
        group by 1, 2
        order by 1, 2
        """,
        period.first,
        period.last,
    )
    if not rows:
        latest = published.latest("fct_feedback", "feedback_date", period.last)
        return Section(anchor, title, quiet("survey has been submitted", period, latest))
    changes = prompt_changes_by_week(published, rows[0]["week"], period.last)
    surveys = sum(row["surveys"] for row in rows)
    average = _average(published, period)
    lead = in_words(
        "ratings",
        surveys=counted(surveys, "survey"),
        first=rows[0]["week"],
        average=f"{average:.2f}",
    )
    lead += f" {_changes_sentence(len(changes))}"
    return Section(
        anchor,
        title,
        lead,
        _stacked_weeks(rows, changes, period.last),
        f"Stacked bars of surveys per week by rating. {lead}",
        _week_table(rows, changes),
    )


def _changes_sentence(changes: int) -> str:
    seen = counted(changes, "prompt change")
    return in_words("changes", changes=seen) if changes else in_words("no_changes")


def _average(published: Published, period: Period) -> float:
    """The average rating of the surveys that are shown."""
    # The metric's own words.
    [row] = published.rows(
        f"select cast({metric('average_rating').expression} as double precision) as average"  # noqa: S608
        " from zenhire_marts.fct_feedback where feedback_date between ? and ?",
        period.first,
        period.last,
    )
    average: float = row["average"]
    return average


def prompt_changes_by_week(published: Published, since: date, last_day: date) -> list[Row]:
    """Changes of a persona's content, in the week in which the new content was first seen."""
    needed = ("persona_id", "in_force_from_at", "role_name", "persona_version")
    if not published.has("dim_persona_version", *needed):
        return []
    return published.rows(
        """
        select
            cast(date_trunc('week', in_force_from_at) as date) as week, persona_id, role_name, persona_version
        from zenhire_marts.dim_persona_version
        where in_force_from_at >= ? and cast(in_force_from_at as date) <= ?
        order by in_force_from_at desc nulls last
        limit 500
        """,
        since,
        # the versions' times are UTC, whose day may be a day ahead
        last_day + timedelta(days=1),
    )


def _stacked_weeks(rows: list[Row], changes: list[Row], last_day: date) -> alt.LayerChart:
    utc = alt.Scale(type="utc")
    bars = (
        alt.Chart(inline("weeks", _stacks(rows, last_day)))
        .mark_rect(stroke="var(--paper)", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "week:T",
                scale=utc,
                title=None,
                axis=date_labels(),
            ),
            x2="week_end:T",
            y=count_axis("top", "Surveys"),
            y2="bottom:Q",
            color=alt.Color(
                "rating:O",
                title="Rating",
                scale=alt.Scale(domain=[1, 2, 3, 4, 5], range=list(RATINGS)),
                legend=alt.Legend(columns=5),
            ),
            tooltip=[
                alt.Tooltip("week:T", title="Week of", format="%d %b %Y", timeUnit="utcyearmonthdate"),
                alt.Tooltip("rating:O", title="Rating"),
                alt.Tooltip("surveys:Q", title="Surveys", format=",d"),
            ],
        )
    )
    layers = [bars, *(_change_marks(_changes_by_week(changes)) if changes else ())]
    weeks = labels(sorted({row["week"] for row in rows}))
    chart: alt.LayerChart = alt.LayerChart(layer=layers).add_params(weeks).properties(height=CHART_HEIGHT)
    return chart


def _change_marks(weeks: list[dict[str, Any]]) -> tuple[alt.Chart, ...]:
    """A dashed line and a triangle in each week with a prompt change."""
    at_change = alt.Chart(inline("changes", weeks)).encode(
        x=alt.X("middle:T", scale=alt.Scale(type="utc")),
        tooltip=[
            alt.Tooltip("week:N", title="Week of"),
            alt.Tooltip("changes:Q", title="Prompt changes"),
            alt.Tooltip("personas:N", title="Personas"),
        ],
    )
    return (
        at_change.mark_rule(strokeDash=[3, 3], opacity=0.7, color=INK),
        at_change.mark_point(shape="triangle-down", filled=True, size=110, opacity=1, color=INK).encode(
            y=alt.value(0)
        ),
    )


def _stacks(rows: list[Row], last_day: date) -> list[dict[str, Any]]:
    """One rectangle per week and rating, the worst at the bottom."""
    rectangles = []
    height: dict[date, int] = {}
    # Empty rectangles keep a time axis when there is a single week of surveys, and end it with the data.
    this_week = last_day - timedelta(days=last_day.weekday())
    axis_start = {"week": this_week - timedelta(days=7 * FEWEST_WEEKS), "rating": 1, "surveys": 0}
    axis_end = {"week": this_week, "rating": 5, "surveys": 0}
    for row in (axis_start, *rows, axis_end):
        week: date = row["week"]
        bottom = height.get(week, 0)
        height[week] = bottom + row["surveys"]
        rectangles.append(
            {
                "week": week.isoformat(),
                "week_end": (week + timedelta(days=7)).isoformat(),
                "rating": row["rating"],
                "surveys": row["surveys"],
                "bottom": bottom,
                "top": height[week],
            }
        )
    return rectangles


def change_name(change: Row) -> str:
    """What the chart calls the new content of a persona."""
    return f"{change['role_name']} v{change['persona_version']}"


def _changes_by_week(changes: list[Row]) -> list[dict[str, Any]]:
    by_week: dict[date, list[str]] = {}
    for change in changes:
        by_week.setdefault(change["week"], []).append(change_name(change))
    return [
        {
            "week": week.isoformat(),
            "middle": f"{week + timedelta(days=3)}T12:00:00Z",
            "changes": len(names),
            "personas": ", ".join(names[:5]) + (" …" if len(names) > 5 else ""),
        }
        for week, names in sorted(by_week.items())
    ]


def _week_table(rows: list[Row], changes: list[Row]) -> ReportTable:
    counts: dict[date, dict[int, int]] = {}
    for row in rows:
        counts.setdefault(row["week"], {})[row["rating"]] = row["surveys"]
    notes = {mark["week"]: mark["personas"] for mark in _changes_by_week(changes)}
    for week in notes:
        counts.setdefault(date.fromisoformat(week), {})
    headings = (
        Heading("Week of"),
        *(Heading(f"{rating} of 5", is_number=True) for rating in range(1, 6)),
        Heading("Prompt changes"),
    )
    table = tuple(
        (
            week.isoformat(),
            *(text(counts[week].get(rating, 0)) for rating in range(1, 6)),
            notes.get(week.isoformat(), ""),
        )
        for week in sorted(counts, reverse=True)
    )
    return ReportTable("Surveys per week and rating", headings, table)
