"""The figures of the first screen: each with its change against as many days before, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from zenhire_sync.metrics import Metric, metric
from zenhire_sync.report.balances import COMPARED_DAYS, latest_balances
from zenhire_sync.report.forecast import month_credits
from zenhire_sync.report.measured import (
    higher_or_lower,
    in_words,
    more_or_fewer,
    number,
    share,
    surveys_final_until,
    without_survey,
)
from zenhire_sync.report.money import Money
from zenhire_sync.report.periods import ALL_FILTERS, BY_WHO, FIGURE_DAYS, DataDays, Period, days_until
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import percent, text, whole

_MOST_BALANCES = 3
_LADDER_DAYS = 30


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure. ``anchor`` is the section that tells more, ``follows`` the filters that it follows."""

    name: str
    label: str
    value: str
    details: tuple[str, ...]
    change: str
    anchor: str
    follows: tuple[str, ...]
    why_not: str = ""

    @property
    def ignores(self) -> tuple[str, ...]:
        """The filters that it does not follow."""
        return tuple(name for name in ALL_FILTERS if name not in self.follows)


def key_figures(published: Published, days: DataDays, money: Money | None) -> tuple[KeyFigure, ...]:
    """The figures in the order in which they are asked about."""
    questions: tuple[Callable[[], KeyFigure | None], ...] = (
        lambda: _month(published, days, money),
        lambda: _balance(published, days.last),
        lambda: _interviews(published, days),
        lambda: _completion(published, days),
        lambda: _negative(published, days),
        lambda: _waiting(published, days),
    )
    return tuple(figure for ask in questions if (figure := ask()) is not None)


def _month(published: Published, days: DataDays, money: Money | None) -> KeyFigure | None:
    """Credits of the running month, where it ends, and its whole days against those of the month before."""
    credit = metric("credits")
    if not published.has(credit.mart, "usage_date", "credits_charged"):
        return None
    known = month_credits(published, days.last)
    details = () if known is None or known["expected"] is None else (_ends(known),)
    if money is not None:
        details = (f"{money.shown(money.cost(days.month_start, days.last))} so far", *details)
    change = in_words("first_day")
    if days.whole >= days.month_start:
        month = Period(days.month_start, days.whole)
        before = month.month_before
        words = in_words("in_period", first=before.first, last=before.last)
        change = f"{month}: {_change(published, credit, days, (month, before), words)}"
    return KeyFigure(
        "month",
        f"Credits in {days.last:%B %Y}",
        f"{text(0 if known is None else known['credits'])} so far",
        details,
        change,
        "credits-per-month",
        BY_WHO,
        "it is always this month",
    )


def _change(
    published: Published, one: Metric, days: DataDays, compared: tuple[Period, Period], before_days: str
) -> str:
    """The change of a number between two periods, where the company was there in the earlier one."""
    if not days.has(compared[1]):
        return _nothing_before(days)
    now, before = (number(published, one, period) for period in compared)
    return more_or_fewer(now, before, before_days)


def _nothing_before(days: DataDays) -> str:
    return in_words("begins", first=days.first) if days.first else in_words("no_session")


def _ends(known: Row) -> str:
    return in_words("ends", **{name: whole(known[name]) for name in ("expected", "low", "high")})


def _balance(published: Published, last_day: date) -> KeyFigure | None:
    """What is left on each account: balances of several are never added."""
    latest = latest_balances(published, last_day)
    if latest is None:
        return None
    if not latest:
        return _of_balances("not known", ("The balance was never answered.",), "")
    if len(latest) == 1:
        [(now, before)] = latest
        return _of_balances(whole(now["balance"]), (_lasts(now),), _balance_change(now, before))
    lines = tuple(
        f"{now['account']}: {whole(now['balance'])}, {_lasts(now)}; {_balance_change(now, before)}"
        for now, before in latest
    )
    more = len(lines) - _MOST_BALANCES
    shown = (*lines[:_MOST_BALANCES], *((f"and {more} more",) if more > 0 else ()))
    return _of_balances(f"{len(lines)} accounts", shown, "")


def _of_balances(value: str, details: tuple[str, ...], change: str) -> KeyFigure:
    why = "a balance is of a whole account, and as it was told last"
    return KeyFigure("balance", "Credits left", value, details, change, "balance", (), why)


def _lasts(now: Row) -> str:
    if now["burn"] is None:
        return "how long they last is known after a week of runs"
    if now["days_left"] is None:
        return "nothing is being spent"
    until = "" if now["empty_date"] is None else f", until {now['empty_date']}"
    return f"about {whole(now['days_left'])} days left{until}"


def _balance_change(now: Row, before: Row | None) -> str:
    if before is None:
        return f"nothing to compare it with {COMPARED_DAYS} days before"
    return more_or_fewer(round(now["balance"]), round(before["balance"]), f"on {before['asked_at']:%Y-%m-%d}")


def _before(period: Period) -> str:
    return in_words("in_days", days=text(period.days))


def _interviews(published: Published, days: DataDays) -> KeyFigure | None:
    one = metric("interviews_completed")
    if not published.has(one.mart, "usage_date", "outcome"):
        return None
    period = days_until(days.whole, FIGURE_DAYS)
    change = _change(published, one, days, (period, period.before), _before(period))
    value = text(number(published, one, period))
    return KeyFigure("interviews", one.label, value, (), change, "credits-per-day", ALL_FILTERS)


def _completion(published: Published, days: DataDays) -> KeyFigure | None:
    if not published.has("fct_sessions", "created_date", "outcome"):
        return None
    period = days_until(days.whole, FIGURE_DAYS)
    [row] = published.rows(
        "select count(*) as found from zenhire_marts.fct_sessions"
        " where created_date between ? and ? and outcome in ('in_progress', 'waiting')",
        period.first,
        period.last,
    )
    of = _Answers("sessions", "funnel", text(row["found"]))
    return _of_share(published, "completion", metric("completion_rate"), days, of)


def _negative(published: Published, days: DataDays) -> KeyFigure | None:
    if not published.has("fct_feedback", "feedback_date", "is_negative", "session_id"):
        return None
    return _of_share(
        published, "negative", metric("negative_rate"), days, _Answers("surveys", "negative-rate")
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a share is of, the section that tells more, and how many of them are still open."""

    noun: str
    anchor: str
    still_open: str = ""


def _of_share(published: Published, name: str, one: Metric, days: DataDays, of: _Answers) -> KeyFigure:
    period = days_until(days.whole, FIGURE_DAYS)
    now = share(published, one.name, period)
    if now.rate is None:
        details: tuple[str, ...] = (in_words("no_answers", answers=of.noun),)
    else:
        answers = f"{text(now.answers)} {of.noun}"
        if of.still_open:
            answers = in_words("open", answers=text(now.answers), open=of.still_open)
        low, high = percent(now.low), percent(now.high)
        details = (in_words("share", low=low, high=high, hits=text(now.hits), answers=answers),)
    change = _nothing_before(days)
    if days.has(period.before):
        change = higher_or_lower(now, share(published, one.name, period.before), _before(period))
    return KeyFigure(name, one.label, percent(now.rate) or "none", details, change, of.anchor, ALL_FILTERS)


def _waiting(published: Published, days: DataDays) -> KeyFigure | None:
    """Interviews that have no survey and are asked for it again."""
    if not published.has("fct_sessions", "usage_date", "outcome", "has_feedback"):
        return None
    period = waiting_days(published, days.whole)
    change = _nothing_before(days)
    if days.has(period.before):
        before = text(without_survey(published, period.before))
        change = in_words("still_none", before=before, days=text(period.days))
    return KeyFigure(
        "waiting",
        "Surveys waiting",
        text(without_survey(published, period)),
        (in_words("may_come", days=period),),
        change,
        "ratings",
        BY_WHO,
        "it is always the interviews that are still asked about",
    )


def figure_days(days: DataDays) -> str:
    """Which days the figures count where they name no others."""
    period = days_until(days.whole, FIGURE_DAYS)
    return in_words("figure_days", period=period, days=text(period.days))


def waiting_days(published: Published, last: date) -> Period:
    """The days whose interviews may still get a survey; the last 30 where the file does not say."""
    final = surveys_final_until(published)
    if final is None:
        return days_until(last, _LADDER_DAYS)
    return Period(min(final + timedelta(days=1), last), last)
