"""Credits: per day by project, per month, and how long the balance lasts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, OTHER, SERIES, count_axis, day_axis, inline
from zenhire_sync.report.money import Money
from zenhire_sync.report.project_names import NO_PROJECT, OTHER_PROJECTS, project_labels
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, quiet, text

DAYS = 90
_FEWEST_DAYS = 14


def credits_per_day(published: Published, last_day: date, money: Money | None = None) -> Section:
    """Credits of the last days, stacked by project."""
    anchor, title = "credits-per-day", "Credits per day, by project"
    if not published.has("credit_usage_daily", "usage_date", "project_id", "credits_charged"):
        return absent(anchor, title, "credit_usage_daily")
    # Marts of an earlier version have no names.
    name = "project_name" if published.has("credit_usage_daily", "project_name") else "project_id"
    rows = published.rows(
        f"""
        select usage_date, project_id, max({name}) as project_name,
            cast(sum(credits_charged) as bigint) as credits
        from zenhire_marts.credit_usage_daily
        where usage_date between ? and ?
        group by usage_date, project_id
        order by usage_date
        """,  # noqa: S608 - one of two names
        last_day - timedelta(days=DAYS - 1),
        last_day,
    )
    if not rows:
        latest = published.latest("credit_usage_daily", "usage_date", last_day)
        return Section(anchor, title, quiet("interview has been charged", DAYS, last_day, latest))
    labels = project_labels(rows)
    for row in rows:
        row["project"] = labels.get(row["project_id"], NO_PROJECT)
    projects = _biggest_projects(rows)
    days = _by_day(rows, projects, last_day)
    lead = _usage_sentence(rows, last_day, published.publication().data_until)
    if money is not None:
        lead += f" Their cost: {money.shown(money.cost(rows[0]['usage_date'], last_day))}."
    return Section(
        anchor,
        title,
        lead,
        _stacked_days(days, projects),
        f"Stacked bars of credits per day by project. {lead}",
        _day_table(days, projects),
    )


def _usage_sentence(rows: list[Row], last_day: date, data_until: datetime | None) -> str:
    total = sum(row["credits"] for row in rows)
    first, last = rows[0]["usage_date"], rows[-1]["usage_date"]
    sentence = f"{total:,} credits on {first}."
    if last > first:
        per_day = total / ((last_day - first).days + 1)
        sentence = f"{total:,} credits from {first} to {last_day}, {per_day:,.1f} a day."
    if data_until is not None and (last > first or last == last_day):
        # else its short bar would look like a fall
        sentence += f" The last day is known up to {data_until:%H:%M} UTC only."
    return sentence


def _biggest_projects(rows: list[Row]) -> list[str]:
    """Labels of the projects with most credits, then one for the rest when there are more than colours."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["project"]] = totals.get(row["project"], 0) + row["credits"]
    ranked = sorted(totals, key=lambda label: (-totals[label], label))
    if len(ranked) <= len(SERIES):
        return ranked
    return [*ranked[: len(SERIES)], OTHER_PROJECTS]


def _by_day(rows: list[Row], projects: list[str], last: date) -> dict[date, dict[str, int]]:
    """Credits by day and project; days without usage are there too."""
    # A company of one session still gets a time axis.
    first: date = min(rows[0]["usage_date"], last - timedelta(days=_FEWEST_DAYS - 1))
    days = {
        first + timedelta(days=number): dict.fromkeys(projects, 0)
        for number in range((last - first).days + 1)
    }
    for row in rows:
        project = row["project"] if row["project"] in projects else OTHER_PROJECTS
        days[row["usage_date"]][project] += row["credits"]
    return days


def _stacked_days(days: dict[date, dict[str, int]], projects: list[str]) -> alt.Chart:
    values: list[dict[str, Any]] = [
        {"day": day.isoformat(), "project": project, "credits": credit, "rank": projects.index(project)}
        for day, per_project in days.items()
        for project, credit in per_project.items()
        # The biggest project's zeros keep days without usage on the axis.
        if credit or project == projects[0]
    ]
    colours = [*SERIES[: len(projects)], OTHER][: len(projects)]
    chart: alt.Chart = (
        alt.Chart(inline(values))
        .mark_bar()
        .encode(
            x=day_axis(list(days)),
            y=count_axis("credits", "Credits"),
            color=alt.Color("project:N", title="Project", scale=alt.Scale(domain=projects, range=colours)),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="Day", format="%d %b %Y"),
                alt.Tooltip("project:N", title="Project"),
                alt.Tooltip("credits:Q", title="Credits", format=",d"),
            ],
        )
        .properties(height=CHART_HEIGHT)
    )
    return chart


def _day_table(days: dict[date, dict[str, int]], projects: list[str]) -> ReportTable:
    headings = (Heading("Day"), *(Heading(project, is_number=True) for project in projects))
    rows = tuple(
        (day.isoformat(), *(text(days[day][project]) for project in projects))
        for day in sorted(days, reverse=True)
    )
    return ReportTable("Credits per day and project", headings, rows)
