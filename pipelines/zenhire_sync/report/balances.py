"""The credit balance of each account as it was told, and how long it lasts."""

from __future__ import annotations

from datetime import date, timedelta

import altair as alt

from zenhire_sync.report.charts import CHART_HEIGHT, SERIES, count_axis, date_axis, inline, whole_numbers
from zenhire_sync.report.money import Money
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, ReportTable, Section, absent, exact, exact_whole, text, whole

COMPARED_DAYS = 30
_FEW_DAYS = timedelta(days=10)
# a balance that fell by less than this share of its highest is drawn on an axis of its own
_FROM_ZERO = 0.5
_MOST_ROWS = 180
_NEEDED = ("as_of", "credit_balance", "burn_credits_per_day", "days_until_empty")


def latest_balances(published: Published, last_day: date) -> list[tuple[Row, Row | None]] | None:
    """The latest balance of each account, what runs out first before the others, and the one 30 days before.

    None when the file has no balances.
    """
    if not published.has("credit_balance", *_NEEDED):
        return None
    by_account: dict[str, list[Row]] = {}
    for row in _balances(published, last_day):
        by_account.setdefault(row["account"], []).append(row)
    latest = []
    for rows in by_account.values():
        long_ago = rows[0]["asked_at"] - timedelta(days=COMPARED_DAYS)
        latest.append((rows[0], next((row for row in rows if row["asked_at"] <= long_ago), None)))
    never = float("inf")
    return sorted(
        latest,
        key=lambda pair: (
            never if pair[0]["days_left"] is None else pair[0]["days_left"],
            pair[0]["account"],
        ),
    )


def _balances(published: Published, last_day: date) -> list[Row]:
    """Every balance told, newest first."""
    # Marts of an earlier version have no accounts.
    account = "account" if published.has("credit_balance", "account") else "''"
    empty = "empty_date" if published.has("credit_balance", "empty_date") else "cast(null as date)"
    return published.rows(
        f"""
        select
            {account} as account,
            as_of as asked_at,
            cast(credit_balance as double precision) as balance,
            cast(burn_credits_per_day as double precision) as burn,
            cast(days_until_empty as double precision) as days_left,
            {empty} as empty_date
        from zenhire_marts.credit_balance
        where credit_balance is not null and cast(as_of as date) <= ?
        order by as_of desc nulls last, account
        """,  # noqa: S608 - our own names
        # times are UTC, whose day may be a day ahead
        last_day + timedelta(days=1),
    )


def credit_balance(published: Published, last_day: date, money: Money | None = None) -> Section:
    """The balance as asked at each run, and the days it lasts."""
    anchor, title = "balance", "Credit balance, and days left"
    if not published.has("credit_balance", *_NEEDED):
        return absent(anchor, title, "credit_balance")
    rows = _balances(published, last_day)[:_MOST_ROWS]
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
                exact_whole(row["balance"]),
                exact(row["burn"]),
                exact(row["days_left"]),
            )
            for row in rows
        ),
    )


def _balance_sentence(latest: Row, money: Money | None) -> str:
    worth = "" if money is None else f" ({money.shown(money.worth(latest['balance']))})"
    sentence = f"{whole(latest['balance'])} credits{worth} left on {latest['asked_at']:%Y-%m-%d}"
    if latest["burn"] is None:
        return f"{sentence}; how long they last is known after a week of runs."
    if latest["days_left"] is None:
        return f"{sentence}; nothing is being spent."
    days, burn = whole(latest["days_left"]), text(latest["burn"])
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
    names = ("account", "balance", "burn", "days_left")
    values = [
        {"asked": f"{row['asked_at']:%Y-%m-%dT%H:%M:%SZ}", **{name: row[name] for name in names}}
        for row in rows
    ]
    accounts = sorted({row["account"] for row in rows})
    legend = alt.Legend(title=None, orient="top") if len(accounts) > 1 else None
    colours = alt.Scale(domain=accounts, range=list(SERIES))
    chart: alt.Chart = (
        alt.Chart(inline("balances", values))
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
                *((alt.Tooltip("account:N", title="Account"),) if len(accounts) > 1 else ()),
                alt.Tooltip("balance:Q", title="Credits left", format=",.0f"),
                alt.Tooltip("burn:Q", title="Credits a day", format=",.1f"),
                alt.Tooltip("days_left:Q", title="Days left", format=",.0f"),
            ],
        )
        .properties(height=CHART_HEIGHT)
    )
    return chart
