"""Credits: per day by project, per month, and how long the balance lasts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, OTHER, SERIES, count_axis, day_axis, inline
from zenhire_sync.report.charts import labels as axis_labels
from zenhire_sync.report.filter_rows import Who
from zenhire_sync.report.measured import in_words
from zenhire_sync.report.money import Money
from zenhire_sync.report.periods import Period
from zenhire_sync.report.project_names import NO_PROJECT, OTHER_PROJECTS, project_labels, whole_names
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, quiet, text

FEWEST_DAYS = 14
_COLOURS = [*SERIES, OTHER]


def credits_per_day(
    published: Published, period: Period, money: Money | None = None, who: Who | None = None
) -> Section:
    """Credits of the period, stacked by project."""
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
        period.first,
        period.last,
    )
    if not rows:
        latest = published.latest("credit_usage_daily", "usage_date", period.last)
        return Section(anchor, title, quiet("interview has been charged", period, latest))
    labels = project_labels(rows) if who is None else who.project_labels
    names = whole_names(rows, labels) if who is None else who.project_names
    for row in rows:
        row["project"] = labels.get(row["project_id"], NO_PROJECT)
    projects = _biggest_projects(rows)
    days = _by_day(rows, projects, period.last)
    lead = _usage_sentence(rows, period.last)
    if money is not None:
        lead += f" Their cost: {money.shown(money.cost(rows[0]['usage_date'], period.last))}."
    return Section(
        anchor,
        title,
        lead,
        _stacked_days(days, projects, names),
        f"Stacked bars of credits per day by project. {lead}",
        _day_table(days, projects, names),
    )


def _usage_sentence(rows: list[Row], last_day: date) -> str:
    total = sum(row["credits"] for row in rows)
    first, last = rows[0]["usage_date"], rows[-1]["usage_date"]
    if first == last == last_day:
        return in_words("day_credits", total=text(total), first=first)
    per_day = total / ((last_day - first).days + 1)
    return in_words("credits", total=text(total), first=first, last=last_day, rate=text(per_day))


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
    first: date = min(rows[0]["usage_date"], last - timedelta(days=FEWEST_DAYS - 1))
    days = {
        first + timedelta(days=number): dict.fromkeys(projects, 0)
        for number in range((last - first).days + 1)
    }
    for row in rows:
        project = row["project"] if row["project"] in projects else OTHER_PROJECTS
        days[row["usage_date"]][project] += row["credits"]
    return days


def _stacked_days(
    days: dict[date, dict[str, int]], projects: list[str], names: Mapping[str, str]
) -> alt.Chart:
    cut = {label: name for label, name in names.items() if label != name}
    values: list[dict[str, Any]] = [
        {
            "day": day.isoformat(),
            "project": project,
            "credits": credit,
            "rank": projects.index(project),
        }
        for day, per_project in days.items()
        for project, credit in per_project.items()
        # The biggest project's zeros keep days without usage on the axis.
        if credit or project == projects[0]
    ]
    chart: alt.Chart = (
        alt.Chart(inline("days", values))
        .transform_calculate(name="names[datum.project] || datum.project")
        .mark_bar()
        .encode(
            x=day_axis(),
            y=count_axis("credits", "Credits"),
            color=alt.Color(
                "project:N",
                title="Project",
                scale=alt.Scale(domain=alt.ExprRef("projects"), range=_COLOURS),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="Day", format="%d %b %Y"),
                alt.Tooltip("name:N", title="Project"),
                alt.Tooltip("credits:Q", title="Credits", format=",d"),
            ],
        )
        # noon, so that a label stands under its day's bar and not between two
        .add_params(
            axis_labels(list(days), hour=12),
            alt.param(name="projects", value=projects),
            alt.param(name="names", value=cut),
        )
        .properties(height=CHART_HEIGHT)
    )
    return chart


def _day_table(
    days: dict[date, dict[str, int]], projects: list[str], names: Mapping[str, str]
) -> ReportTable:
    headings = (
        Heading("Day"),
        *(Heading(project, is_number=True, name=names.get(project, "")) for project in projects),
    )
    rows = tuple(
        (day.isoformat(), *(text(days[day][project]) for project in projects))
        for day in sorted(days, reverse=True)
    )
    return ReportTable("Credits per day and project", headings, rows)
