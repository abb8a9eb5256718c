"""Credits ahead: each month against what it will come to, and how long the balance lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, INK, SERIES, count_axis, inline
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, Section, Table, absent, text

MONTHS = 13
_FEW_DAYS = timedelta(days=10)
_SOFT = "var(--soft)"


def credits_per_month(published: Published) -> Section:
    """Credits of the last months, the current one up to its run-rate with the range."""
    anchor, title = "credits-per-month", "Credits per month, and where this month is heading"
    rate = "all_projects_run_rate"
    needed = (f"{rate}_credits", f"{rate}_low_credits", f"{rate}_high_credits")
    if not published.has("credit_usage_monthly", "month_start_date", "credits_charged", *needed):
        return absent(anchor, title, "credit_usage_monthly")
    rows = published.rows(
        """
        select
            month_start_date as month,
            cast(sum(credits_charged) as bigint) as credits,
            cast(max(all_projects_run_rate_credits) as double) as expected,
            cast(max(all_projects_run_rate_low_credits) as double) as low,
            cast(max(all_projects_run_rate_high_credits) as double) as high
        from zenhire_marts.credit_usage_monthly
        group by month_start_date
        order by month_start_date desc
        limit ?
        """,
        MONTHS,
    )
    if not rows:
        return Section(anchor, title, "No interview has been charged yet.")
    lead = _month_sentence(rows[0])
    table = Table(
        "Credits per month",
        (
            Heading("Month"),
            *(Heading(name, is_number=True) for name in ("Credits", "Expected by its end", "Low", "High")),
        ),
        tuple(
            (f"{row['month']:%Y-%m}", text(row["credits"]), *(_whole(row[name]) for name in _RANGE))
            for row in rows
        ),
    )
    return Section(anchor, title, lead, _months(rows), f"Bars of credits per month. {lead}", table)


_RANGE = ("expected", "low", "high")


def _month_sentence(latest: Row) -> str:
    sentence = f"{latest['credits']:,} credits so far in {latest['month']:%B %Y}"
    if latest["expected"] is None:
        return f"{sentence}."
    return (
        f"{sentence}; at this rate {_whole(latest['expected'])} by its end "
        f"(between {_whole(latest['low'])} and {_whole(latest['high'])})."
    )


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _months(rows: list[Row]) -> alt.LayerChart:
    values: list[dict[str, Any]] = [
        {**{name: row[name] for name in ("credits", *_RANGE)}, "month": row["month"].isoformat()}
        for row in reversed(rows)
    ]
    tooltip = [
        alt.Tooltip("month:T", timeUnit="utcyearmonth", title="Month", format="%b %Y"),
        alt.Tooltip("credits:Q", title="Credits", format=",d"),
        alt.Tooltip("expected:Q", title="Expected by its end", format=",.0f"),
    ]
    base = alt.Chart(inline(values)).encode(
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


def credit_balance(published: Published) -> Section:
    """The balance as asked at each run, and the days it lasts."""
    anchor, title = "balance", "Credit balance, and days left"
    needed = ("as_of", "credit_balance", "burn_credits_per_day", "days_until_empty")
    if not published.has("credit_balance", *needed):
        return absent(anchor, title, "credit_balance")
    rows = published.rows(
        """
        select
            as_of as asked_at,
            cast(credit_balance as double) as balance,
            cast(burn_credits_per_day as double) as burn,
            cast(days_until_empty as double) as days_left
        from zenhire_marts.credit_balance
        where credit_balance is not null
        order by as_of desc
        limit 180
        """
    )
    if not rows:
        return Section(anchor, title, "The balance was never answered.")
    lead = _balance_sentence(rows[0])
    table = Table(
        "Credit balance per run",
        (
            Heading("Asked (UTC)"),
            Heading("Balance", is_number=True),
            Heading("Credits a day", is_number=True),
            Heading("Days left", is_number=True),
        ),
        tuple(
            (text(row["asked_at"]), _whole(row["balance"]), text(row["burn"]), text(row["days_left"]))
            for row in rows
        ),
    )
    return Section(anchor, title, lead, _balance_line(rows), f"Line of the credit balance. {lead}", table)


def _balance_sentence(latest: Row) -> str:
    sentence = f"{_whole(latest['balance'])} credits left on {latest['asked_at']:%Y-%m-%d}"
    if latest["burn"] is None:
        return f"{sentence}; how long they last is known after a week of runs."
    if latest["days_left"] is None:
        return f"{sentence}; nothing is being spent."
    days, burn = _whole(latest["days_left"]), text(latest["burn"])
    return f"{sentence}, enough for about {days} days at {burn} credits a day."


def _balance_line(rows: list[Row]) -> alt.Chart:
    # Over a few days the usual number of ticks would name a day twice.
    span = rows[0]["asked_at"] - rows[-1]["asked_at"]
    ticks = alt.TimeIntervalStep(interval="day", step=1) if span < _FEW_DAYS else 8
    values = [{"asked": f"{row['asked_at']:%Y-%m-%dT%H:%M:%SZ}", "balance": row["balance"]} for row in rows]
    chart: alt.Chart = (
        alt.Chart(inline(values))
        .mark_line(point=alt.OverlayMarkDef(color=SERIES[0], size=40), color=SERIES[0], strokeWidth=2)
        .encode(
            x=alt.X(
                "asked:T",
                scale=alt.Scale(type="utc"),
                title=None,
                axis=alt.Axis(format="%d %b %Y", labelOverlap=True, tickCount=ticks),
            ),
            y=count_axis("balance", "Credits left"),
            tooltip=[
                alt.Tooltip("asked:T", title="Asked", timeUnit="utcyearmonthdate", format="%d %b %Y"),
                alt.Tooltip("balance:Q", title="Credits left", format=",.0f"),
            ],
        )
        .properties(height=CHART_HEIGHT)
    )
    return chart
