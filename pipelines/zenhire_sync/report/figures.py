"""The figures of the first screen: each with its change against as many days before, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from zenhire_sync.metrics import Metric, metric
from zenhire_sync.report.balances import COMPARED_DAYS, latest_balances
from zenhire_sync.report.forecast import month_credits
from zenhire_sync.report.measured import (
    Share,
    higher_or_lower,
    in_words,
    more_or_fewer,
    number,
    share,
    surveys_final_until,
    without_survey,
)
from zenhire_sync.report.money import Money
from zenhire_sync.report.periods import ALL_FILTERS, BY_WHO, DAYS, Period, days_until
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


def key_figures(
    published: Published, last_day: date, last: date, money: Money | None
) -> tuple[KeyFigure, ...]:
    """The figures in the order in which they are asked about. ``last`` is the last whole day."""
    period = days_until(last, DAYS)
    questions: tuple[Callable[[], KeyFigure | None], ...] = (
        lambda: _month(published, last_day, last, money),
        lambda: _balance(published, last_day),
        lambda: _interviews(published, period),
        lambda: _completion(published, period),
        lambda: _negative(published, period),
        lambda: _waiting(published, last),
    )
    return tuple(figure for ask in questions if (figure := ask()) is not None)


def _month(published: Published, last_day: date, last: date, money: Money | None) -> KeyFigure | None:
    """Credits of the running month, where it ends, and its whole days against those of the month before."""
    credit = metric("credits")
    if not published.has(credit.mart, "usage_date", "credits_charged"):
        return None
    known = month_credits(published, last_day)
    details = () if known is None or known["expected"] is None else (_ends(known),)
    if money is not None:
        cost = money.shown(money.cost(last_day.replace(day=1), last_day))
        details = (f"{cost} so far", *details)
    if last < last_day.replace(day=1):
        change = in_words("first_day")
    else:
        days = Period(last_day.replace(day=1), last)
        now, before = number(published, credit, days), number(published, credit, days.month_before)
        words = in_words("in_period", first=days.month_before.first, last=days.month_before.last)
        change = f"{days}: {more_or_fewer(now, before, words)}"
    return KeyFigure(
        "month",
        f"Credits in {last_day:%B %Y}",
        f"{text(0 if known is None else known['credits'])} so far",
        details,
        change,
        "credits-per-month",
        BY_WHO,
        "it is always this month",
    )


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
    lines = tuple(f"{now['account']}: {whole(now['balance'])}, {_lasts(now)}" for now, _ in latest)
    more = len(lines) - _MOST_BALANCES
    shown = (*lines[:_MOST_BALANCES], *((f"and {more} more",) if more > 0 else ()))
    change = "; ".join(
        f"{now['account']}: {_balance_change(now, before)}" for now, before in latest[:_MOST_BALANCES]
    )
    return _of_balances(f"{len(lines)} accounts", shown, change)


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


def _interviews(published: Published, period: Period) -> KeyFigure | None:
    one = metric("interviews_completed")
    if not published.has(one.mart, "usage_date", "outcome"):
        return None
    now, before = number(published, one, period), number(published, one, period.before)
    change = more_or_fewer(now, before, _before(period))
    return KeyFigure("interviews", one.label, text(now), (), change, "credits-per-day", ALL_FILTERS)


def _completion(published: Published, period: Period) -> KeyFigure | None:
    one = metric("completion_rate")
    if not published.has(one.mart, "created_date", "outcome"):
        return None
    shares = (share(published, one.name, period), share(published, one.name, period.before))
    [row] = published.rows(
        "select count(*) as found from zenhire_marts.fct_sessions"
        " where created_date between ? and ? and outcome in ('in_progress', 'waiting')",
        period.first,
        period.last,
    )
    still = text(row["found"])
    return _of_share("completion", one, shares, period, of="sessions", anchor="funnel", still=still)


def _negative(published: Published, period: Period) -> KeyFigure | None:
    one = metric("negative_rate")
    if not published.has(one.mart, "feedback_date", "is_negative", "session_id"):
        return None
    shares = (share(published, one.name, period), share(published, one.name, period.before))
    return _of_share("negative", one, shares, period, of="surveys", anchor="negative-rate")


def _of_share(
    name: str,
    one: Metric,
    shares: tuple[Share, Share],
    period: Period,
    *,
    of: str,
    anchor: str,
    still: str = "",
) -> KeyFigure:
    now, before = shares
    if now.rate is None:
        details: tuple[str, ...] = (in_words("no_answers", answers=of),)
    else:
        answers = f"{text(now.answers)} {of}"
        if still:
            answers = in_words("open", answers=text(now.answers), open=still)
        low, high = percent(now.low), percent(now.high)
        details = (in_words("share", low=low, high=high, hits=text(now.hits), answers=answers),)
    change = higher_or_lower(now, before, _before(period))
    return KeyFigure(name, one.label, percent(now.rate) or "none", details, change, anchor, ALL_FILTERS)


def _waiting(published: Published, last: date) -> KeyFigure | None:
    """Interviews that have no survey and are asked for it again."""
    if not published.has("fct_sessions", "usage_date", "outcome", "has_feedback"):
        return None
    days = waiting_days(published, last)
    return KeyFigure(
        "waiting",
        "Surveys waiting",
        text(without_survey(published, days)),
        (in_words("may_come", days=days),),
        in_words("still_none", before=text(without_survey(published, days.before)), days=text(days.days)),
        "ratings",
        BY_WHO,
        "it is always the interviews that are still asked about",
    )


def waiting_days(published: Published, last: date) -> Period:
    """The days whose interviews may still get a survey; the last 30 where the file does not say."""
    final = surveys_final_until(published)
    if final is None:
        return days_until(last, _LADDER_DAYS)
    return Period(min(final + timedelta(days=1), last), last)
