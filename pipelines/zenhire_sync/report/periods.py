"""The days that the page counts, and those that they are compared with.

A part of a day beside whole ones would look like a fall, so a period ends on the last whole day that the data
reach. A company whose first day is not over has no whole day: its period ends on that first one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from zenhire_sync.report.published import Published

# of the figures and of the charts, where nothing is chosen
FIGURE_DAYS, CHART_DAYS = 30, 90
# what a reader may choose instead, beside all days that the page has rows of
CHOICES = (30, 90, 365)
# What a figure or a part of the page may be filtered by.
ALL_FILTERS = ("project", "persona", "language", "period")
BY_WHO = ALL_FILTERS[:3]
_FIRST_DAYS = (("fct_sessions", "created_date"), ("credit_usage_daily", "usage_date"))


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, up to the day before its first."""
        return days_until(self.first - timedelta(days=1), self.days)

    @property
    def month_before(self) -> Period:
        """As many days of the month before, from its first on; where that month is shorter, up to its end."""
        month_end = self.first.replace(day=1) - timedelta(days=1)
        first = min(month_end.replace(day=1), month_end - timedelta(days=self.days - 1))
        return Period(first, first + timedelta(days=self.days - 1))

    def __str__(self) -> str:
        return str(self.last) if self.days == 1 else f"{self.first} to {self.last}"


def days_until(last: date, days: int) -> Period:
    """So many days up to that one."""
    return Period(last - timedelta(days=days - 1), last)


@dataclass(frozen=True, slots=True)
class DataDays:
    """How far the data reach: to the ``last`` day, which is not over, and to the last ``whole`` one.

    ``first`` is the first day with a session; None before there is one.
    """

    first: date | None
    last: date
    whole: date

    @property
    def month_start(self) -> date:
        """The first day of the running month."""
        return self.last.replace(day=1)

    def has(self, period: Period) -> bool:
        """Whether the company was there on all of these days, so that others can be held against them."""
        return self.first is not None and self.first <= period.first


def data_days(published: Published, last: date) -> DataDays:
    """The days of a publication whose data end on that one."""
    for mart, column in _FIRST_DAYS:
        if published.has(mart, column):
            # The names are those written above.
            [row] = published.rows(f"select min({column}) as first from zenhire_marts.{mart}")  # noqa: S608
            first = row["first"]
            return DataDays(first, last, last if first == last else last - timedelta(days=1))
    return DataDays(None, last, last - timedelta(days=1))
