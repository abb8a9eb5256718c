"""Credits of each month, and what the running one will come to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, INK, SERIES, count_axis, inline
from zenhire_sync.report.money import Money
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, exact_whole, text, whole

MONTHS = 13
_SOFT = "var(--soft)"


def credits_per_month(published: Published, last_day: date, money: Money | None = None) -> Section:
    """Credits of the last months, the current one up to its run-rate with the range."""
    anchor, title = "credits-per-month", "Credits per month, and where this month is heading"
    if not published.has("credit_usage_monthly", "month_start_date", "credits_charged", *_NEEDED):
        return absent(anchor, title, "credit_usage_monthly")
    this_month = last_day.replace(day=1)
    known = _known_months(published, this_month)
    if not known:
        latest = published.latest("credit_usage_monthly", "month_start_date", last_day)
        words = "No interview has been charged yet."
        if latest is not None:
            words = f"No interview was charged in the {MONTHS} months until {this_month:%B %Y}."
        return Section(anchor, title, words)
    rows = _without_gaps(known, this_month)
    lead = _month_sentence(rows[0], last_day, money)
    table = _month_table(rows, money)
    return Section(anchor, title, lead, _months(rows), f"Bars of credits per month. {lead}", table)


_RANGE = ("expected", "low", "high")
_RATE = "all_projects_run_rate"
_NEEDED = (f"{_RATE}_credits", f"{_RATE}_low_credits", f"{_RATE}_high_credits")


def _known_months(published: Published, this_month: date) -> list[Row]:
    """Months with a row, of all accounts together: what they come to is the sum, and their ranges, which
    move on their own, are added as variances are.
    """
    # Marts of an earlier version have no accounts.
    account = "account" if published.has("credit_usage_monthly", "account") else "''"
    return published.rows(
        f"""
        with accounts as (
            select
                cast(month_start_date as date) as month,
                sum(credits_charged) as credits,
                cast(max({_RATE}_credits) as double precision) as expected,
                cast(max({_RATE}_low_credits) as double precision) as low,
                cast(max({_RATE}_high_credits) as double precision) as high
            from zenhire_marts.credit_usage_monthly
            where month_start_date between ? and ?
            group by month_start_date, {account}
        )
        select
            month,
            cast(sum(credits) as bigint) as credits,
            sum(coalesce(expected, credits)) * max(case when expected is not null then 1 end) as expected,
            sum(coalesce(expected, credits)) - sqrt(sum((expected - low) * (expected - low))) as low,
            sum(coalesce(expected, credits)) + sqrt(sum((high - expected) * (high - expected))) as high
        from accounts
        group by month
        """,  # noqa: S608 - our own names
        _months_before(this_month, MONTHS - 1),
        this_month,
    )


def month_credits(published: Published, last_day: date) -> Row | None:
    """The running month: its ``credits``, and what it comes to (``expected``, ``low``, ``high``) if known.

    None where nothing was charged in it or the file does not say.
    """
    if not published.has("credit_usage_monthly", "month_start_date", "credits_charged", *_NEEDED):
        return None
    this_month = last_day.replace(day=1)
    return next((row for row in _known_months(published, this_month) if row["month"] == this_month), None)


def _months_before(month: date, count: int) -> date:
    """The first day of the month so many months earlier."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _without_gaps(known: list[Row], this_month: date) -> list[Row]:
    """The months from this one back to the oldest known; those without a row had no usage."""
    by_month = {row["month"]: row for row in known}
    oldest = min(by_month)
    months = (_months_before(this_month, number) for number in range(MONTHS))
    nothing = dict.fromkeys(_RANGE)
    return [
        by_month.get(month) or {"month": month, "credits": 0, **nothing}
        for month in months
        if month >= oldest
    ]


def _month_table(rows: list[Row], money: Money | None) -> ReportTable:
    names = ["Credits", "Expected by its end", "Low", "High"]
    cells = [
        (f"{row['month']:%Y-%m}", text(row["credits"]), *(exact_whole(row[name]) for name in _RANGE))
        for row in rows
    ]
    if money is not None:
        names += ["Cost", "Expected cost"]
        cells = [
            (*cell, money.shown(_cost(row, money)), money.shown(money.worth(row["expected"])))
            for cell, row in zip(cells, rows, strict=True)
        ]
    headings = (Heading("Month"), *(Heading(name, is_number=True) for name in names))
    return ReportTable("Credits per month", headings, tuple(cells))


def _cost(row: Row, money: Money) -> float:
    """What the credits of a month cost."""
    return money.cost(row["month"], _months_before(row["month"], -1) - timedelta(days=1))


def _month_sentence(latest: Row, last_day: date, money: Money | None) -> str:
    cost = "" if money is None else f" ({money.shown(money.cost(latest['month'], last_day))})"
    sentence = f"{latest['credits']:,} credits{cost} so far in {latest['month']:%B %Y}"
    price = "" if money is None else f" {money.price_sentence()}"
    if latest["expected"] is None:
        return f"{sentence}.{price}"
    expected = "" if money is None else f" ({money.shown(latest['expected'] * money.price)})"
    return (
        f"{sentence}; at this rate {whole(latest['expected'])}{expected} by its end "
        f"(between {whole(latest['low'])} and {whole(latest['high'])}).{price}"
    )


def _months(rows: list[Row]) -> alt.LayerChart:
    values: list[dict[str, Any]] = [
        {**{name: row[name] for name in ("credits", *_RANGE)}, "month": row["month"].isoformat()}
        for row in reversed(rows)
    ]
    tooltip = [
        alt.Tooltip("month:T", timeUnit="utcyearmonth", title="Month", format="%b %Y"),
        alt.Tooltip("credits:Q", title="Credits", format=",d"),
        alt.Tooltip("expected:Q", title="Expected by its end", format=",.0f"),
        alt.Tooltip("low:Q", title="95% from", format=",.0f"),
        alt.Tooltip("high:Q", title="95% to", format=",.0f"),
    ]
    base = alt.Chart(inline("months", values)).encode(
        x=alt.X(
            "month:O",
            timeUnit="utcyearmonth",
            title=None,
            axis=alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True),
        ),
        tooltip=tooltip,
    )
    layers = [
        base.mark_bar(color=_SOFT, stroke=SERIES[0]).encode(y=alt.Y("expected:Q", title="Credits")),
        base.mark_bar(color=SERIES[0]).encode(y=count_axis("credits", "Credits")),
        base.mark_rule(color=INK, strokeWidth=2).encode(y=alt.Y("low:Q"), y2="high:Q"),
    ]
    chart: alt.LayerChart = alt.LayerChart(layer=layers).properties(height=CHART_HEIGHT)
    return chart
