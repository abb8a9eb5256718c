"""What a metric comes to over the days of a period, and its change in words.

The sentences are also those of the page's script, which puts other numbers into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zenhire_sync.metrics import Metric, metric
from zenhire_sync.report.periods import Period
from zenhire_sync.report.published import Published
from zenhire_sync.report.section import percent, text
from zenhire_sync.warehouse.intervals import interval_functions

WORDS = {
    "more": "{by} more than {before_days} ({before})",
    "fewer": "{by} fewer than {before_days} ({before})",
    "same": "as many as {before_days}",
    "higher": "{by} points higher than {before_days} ({before}): {surely}",
    "lower": "{by} points lower than {before_days} ({before}): {surely}",
    "same_rate": "the same as {before_days}",
    "surely": "more than chance",
    "chance": "may be chance",
    "no_before": "nothing to compare it with {before_days}",
    "begins": "nothing before {first} to compare it with",
    "no_session": "no session yet",
    "figure_days": "{period}, where no other days are named, against the {days} days before.",
    "all_days": "{period}, where no other days are named.",
    "in_days": "in the {days} days before",
    "in_period": "in {first} to {last}",
    "share": "95% between {low} and {high}; {hits} of {answers}",
    "open": "{answers} sessions; {open} still open",
    "ends": "{expected} by its end (95% between {low} and {high})",
    "may_come": "interviews of {days} without a survey, which may still come",
    "still_none": "of the {days} days before, {before} have none",
    "first_day": "the first day of the month is not over",
    "credits": "{total} credits from {first} to {last}, {rate} a day.",
    "day_credits": "{total} credits on {first}.",
    "no_credits": "No interview was charged from {period}.",
    "month_credits": "{credits} credits so far in {month}; where it ends is told of the whole company only.",
    "ratings": "{surveys} since {first}, {average} of 5 on average;",
    "changes": "{changes} seen (triangles).",
    "no_changes": "no prompt change seen.",
    "no_ratings": "No survey was submitted from {period};",
    "funnel": "{hits} of {answers} sessions created from {period} completed ({rate}).",
    "personas": "{shown} of {all} personas with surveys are of what was chosen.",
    "no_sessions": "No session was created from {period}.",
    "no_answers": "no {answers} in these days",
}
# a change of a rate is no chance where both rest on so many answers and their intervals do not touch
SURE_ANSWERS = 10
# the metrics whose difference are the interviews without a survey
WITHOUT_SURVEY = ("interviews_completed", "interviews_with_survey")


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the answers, with its 95% interval; None without answers."""

    hits: int
    answers: int
    rate: float | None
    low: float | None
    high: float | None


def surveys_final_until(published: Published) -> date | None:
    """The day up to which no interview can get a survey any more; None when the file does not say."""
    if not published.has("sync_freshness", "surveys_final_until_date"):
        return None
    sql = "select min(surveys_final_until_date) as final from zenhire_marts.sync_freshness"
    final: date | None = published.rows(sql)[0]["final"]
    return final


def without_survey(published: Published, period: Period) -> int:
    """Interviews of a period that have no survey by now."""
    done, answered = (number(published, metric(name), period) for name in WITHOUT_SURVEY)
    return done - answered


def in_words(kind: str, **values: object) -> str:
    """One of the sentences with its values."""
    return WORDS[kind].format(**values)


def more_or_fewer(now: int, before: int, before_days: str) -> str:
    """The change of a number."""
    kind = "more" if now > before else "fewer" if now < before else "same"
    return in_words(kind, by=text(abs(now - before)), before=text(before), before_days=before_days)


def higher_or_lower(now: Share, before: Share, before_days: str) -> str:
    """The change of a share, and whether it may be chance."""
    if now.rate is None or before.rate is None:
        return in_words("no_before", before_days=before_days)
    points = abs(round(100 * now.rate, 1) - round(100 * before.rate, 1))
    kind = "same_rate" if round(points, 1) == 0 else "higher" if now.rate > before.rate else "lower"
    return in_words(
        kind,
        by=f"{points:.1f}",
        before=percent(before.rate),
        before_days=before_days,
        surely=WORDS["surely" if _is_sure(now, before) else "chance"],
    )


def share(published: Published, name: str, period: Period) -> Share:
    """A metric that is a share, over the days of a period."""
    one = metric(name)
    low, high = (interval_functions()[f"wilson_{end}"].sql for end in ("low", "high"))
    # The metric's own words, and the marts' own intervals.
    [row] = published.rows(
        f"""
        select hits, answers, cast(rate as double precision) as rate,
            cast({low} as double precision) as low, cast({high} as double precision) as high
        from (
            select cast(coalesce({one.numerator}, 0) as bigint) as hits,
                cast({one.denominator} as bigint) as answers, {one.expression} as rate
            from zenhire_marts.{one.mart}
            where {one.day} between ? and ?
        ) as counted
        """,  # noqa: S608
        period.first,
        period.last,
    )
    return Share(**row)


def number(published: Published, one: Metric, period: Period) -> int:
    """A metric that is a count or a sum, over the days of a period."""
    [row] = published.rows(
        f"select cast(coalesce({one.expression}, 0) as bigint) as found from zenhire_marts.{one.mart}"  # noqa: S608
        f" where {one.day} between ? and ?",
        period.first,
        period.last,
    )
    found: int = row["found"]
    return found


def _is_sure(now: Share, before: Share) -> bool:
    """The rule of the marts' is_worse, for both directions."""
    if min(now.answers, before.answers) < SURE_ANSWERS:
        return False
    ends = (now.low, now.high, before.low, before.high)
    low, high, low_before, high_before = (end or 0.0 for end in ends)
    return low > high_before or high < low_before
