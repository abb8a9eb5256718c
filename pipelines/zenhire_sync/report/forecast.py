"""Credits ahead: each month against what it will come to, and how long the balance lasts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, INK, SERIES, count_axis, date_axis, inline, whole_numbers
from zenhire_sync.report.money import Money
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, text

MONTHS = 13
_FEW_DAYS = timedelta(days=10)
_SOFT = "var(--soft)"
# a balance that fell by less than this share of its highest is drawn on an axis of its own
_FROM_ZERO = 0.5


def credits_per_month(published: Published, last_day: date, money: Money | None = None) -> Section:
    """Credits of the last months, the current one up to its run-rate with the range."""
    anchor, title = "credits-per-month", "Credits per month, and where this month is heading"
    needed = (f"{_RATE}_credits", f"{_RATE}_low_credits", f"{_RATE}_high_credits")
    if not published.has("credit_usage_monthly", "month_start_date", "credits_charged", *needed):
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
        (f"{row['month']:%Y-%m}", text(row["credits"]), *(_whole(row[name]) for name in _RANGE))
        for row in rows
    ]
    if money is not None:
        names += ["Cost", "Expected cost"]
        cells = [
            (*cell, money.shown(_cost(row, money)), money.shown(_cost_of(row["expected"], money)))
            for cell, row in zip(cells, rows, strict=True)
        ]
    headings = (Heading("Month"), *(Heading(name, is_number=True) for name in names))
    return ReportTable("Credits per month", headings, tuple(cells))


def _cost(row: Row, money: Money) -> float:
    """What the credits of a month cost."""
    return money.cost(row["month"], _months_before(row["month"], -1) - timedelta(days=1))


def _cost_of(credit: float | None, money: Money) -> float | None:
    return None if credit is None else credit * money.price


def _month_sentence(latest: Row, last_day: date, money: Money | None) -> str:
    cost = "" if money is None else f" ({money.shown(money.cost(latest['month'], last_day))})"
    sentence = f"{latest['credits']:,} credits{cost} so far in {latest['month']:%B %Y}"
    price = "" if money is None else f" {money.price_sentence()}"
    if latest["expected"] is None:
        return f"{sentence}.{price}"
    expected = "" if money is None else f" ({money.shown(latest['expected'] * money.price)})"
    return (
        f"{sentence}; at this rate {_whole(latest['expected'])}{expected} by its end "
        f"(between {_whole(latest['low'])} and {_whole(latest['high'])}).{price}"
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


def credit_balance(published: Published, last_day: date, money: Money | None = None) -> Section:
    """The balance as asked at each run, and the days it lasts."""
    anchor, title = "balance", "Credit balance, and days left"
    needed = ("as_of", "credit_balance", "burn_credits_per_day", "days_until_empty")
    if not published.has("credit_balance", *needed):
        return absent(anchor, title, "credit_balance")
    account = "account" if published.has("credit_balance", "account") else "''"
    rows = published.rows(
        f"""
        select
            {account} as account,
            as_of as asked_at,
            cast(credit_balance as double precision) as balance,
            cast(burn_credits_per_day as double precision) as burn,
            cast(days_until_empty as double precision) as days_left
        from zenhire_marts.credit_balance
        where credit_balance is not null and cast(as_of as date) <= ?
        order by as_of desc nulls last, account
        limit 180
        """,  # noqa: S608 - one of two names
        # times are UTC, whose day may be a day ahead
        last_day + timedelta(days=1),
    )
    if not rows:
        return Section(anchor, title, "The balance was never answered.")
    latest = {row["account"]: row for row in reversed(rows)}
    lead = " ".join(
        f"{account + ': ' if len(latest) > 1 else ''}{_balance_sentence(latest[account], money)}"
        for account in sorted(latest)
    )
    table = _balance_table(rows, whose=len(latest) > 1)
    if len(rows) == 1 or len({(row["account"], row["balance"]) for row in rows}) == len(latest) == 1:
        # one dot, or a line that is as flat as its axis, tells nothing that the sentence does not
        runs = "" if len(rows) == 1 else f" It was the same in all of the last {len(rows)} runs."
        return Section(anchor, title, f"{lead}{runs}", table=table)
    return Section(anchor, title, lead, _balance_line(rows), f"Line of the credit balance. {lead}", table)


def _balance_table(rows: list[Row], *, whose: bool) -> ReportTable:
    names = ("Balance", "Credits a day", "Days left")
    accounts = (Heading("Account"),) if whose else ()
    return ReportTable(
        "Credit balance per run",
        (Heading("Asked (UTC)"), *accounts, *(Heading(name, is_number=True) for name in names)),
        tuple(
            (
                text(row["asked_at"]),
                *((row["account"],) if whose else ()),
                _whole(row["balance"]),
                text(row["burn"]),
                text(row["days_left"]),
            )
            for row in rows
        ),
    )


def _balance_sentence(latest: Row, money: Money | None) -> str:
    worth = "" if money is None else f" ({money.shown(_cost_of(latest['balance'], money))})"
    sentence = f"{_whole(latest['balance'])} credits{worth} left on {latest['asked_at']:%Y-%m-%d}"
    if latest["burn"] is None:
        return f"{sentence}; how long they last is known after a week of runs."
    if latest["days_left"] is None:
        return f"{sentence}; nothing is being spent."
    days, burn = _whole(latest["days_left"]), text(latest["burn"])
    return f"{sentence}, enough for about {days} days at {burn} credits a day."


def _balance_axis(rows: list[Row]) -> alt.Y:
    """From zero upwards, unless that would make a flat line of what was spent; then the axis says so."""
    balances = [row["balance"] for row in rows]
    if min(balances) < max(balances) * _FROM_ZERO:
        return count_axis("balance", "Credits left")
    return alt.Y(
        "balance:Q",
        title="Credits left (not from 0)",
        scale=alt.Scale(zero=False, nice=True),
        axis=whole_numbers(5),
    )


def _balance_line(rows: list[Row]) -> alt.Chart:
    # Over a few days the usual number of ticks would name a day twice.
    span = rows[0]["asked_at"] - rows[-1]["asked_at"]
    ticks = alt.TimeIntervalStep(interval="day", step=1) if span < _FEW_DAYS else 8
    names = ("account", "balance")
    values = [
        {"asked": f"{row['asked_at']:%Y-%m-%dT%H:%M:%SZ}", **{name: row[name] for name in names}}
        for row in rows
    ]
    accounts = sorted({row["account"] for row in rows})
    legend = alt.Legend(title=None, orient="top") if len(accounts) > 1 else None
    colours = alt.Scale(domain=accounts, range=list(SERIES))
    chart: alt.Chart = (
        alt.Chart(inline(values))
        .mark_line(point=alt.OverlayMarkDef(size=40), strokeWidth=2)
        .encode(
            color=alt.Color("account:N", scale=colours, legend=legend),
            x=alt.X(
                "asked:T",
                scale=alt.Scale(type="utc"),
                title=None,
                axis=date_axis(tickCount=ticks),
            ),
            y=_balance_axis(rows),
            tooltip=[
                alt.Tooltip("asked:T", title="Asked", timeUnit="utcyearmonthdate", format="%d %b %Y"),
                alt.Tooltip("balance:Q", title="Credits left", format=",.0f"),
            ],
        )
        .properties(height=CHART_HEIGHT)
    )
    return chart
