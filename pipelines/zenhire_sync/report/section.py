"""What a part of the page is made of: a sentence, a chart, and the table with the chart's numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import altair as alt

from zenhire_sync.report.periods import ALL_FILTERS, Period

Chart = alt.Chart | alt.LayerChart
Cell = str | int | float | date | datetime | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table; numbers are set to the right, code as code. ``name`` is the uncut label."""

    label: str
    is_number: bool = False
    is_code: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Aging:
    """A cell that says whether data is fresh; ``data_until`` (UTC) is what it is worked out from."""

    text: str
    data_until: datetime | None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Exact:
    """A cell that is shown rounded or cut, with the number or name as a spreadsheet gets it."""

    text: str
    value: str | float

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row is about, for the filters: numbers of the page's projects and personas, and its day."""

    persona: int | None = None
    project: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The numbers behind a chart, for readers who cannot see the picture, or want its figures."""

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str | Aging | Exact, ...], ...]
    note: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page. Without a chart, ``lead`` says why or the table speaks for itself.

    ``follows`` are the filters that it follows; of the others it says at once that it does not, and
    ``why_not``.
    """

    anchor: str
    title: str
    lead: str
    chart: Chart | None = None
    chart_label: str = ""
    table: ReportTable | None = None
    is_absent: bool = False
    follows: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def ignores(self) -> tuple[str, ...]:
        """The filters that it does not follow."""
        return tuple(name for name in ALL_FILTERS if name not in self.follows)


def absent(anchor: str, title: str, mart: str) -> Section:
    """A part whose mart the published file does not have; named in one list at the end of the page."""
    return Section(anchor, title, f"the published file has no usable {mart}", is_absent=True)


def text(value: Cell) -> str:
    """A value as a person reads it; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def quiet(what: str, period: Period, latest: date | None) -> str:
    """Why a part that shows so many days is empty, such as when the latest interview is older than that."""
    if latest is None:
        return f"No {what} yet."
    return f"No {what} in the {period.days} days until {period.last}; the latest was on {latest}."


def whole(value: float | None) -> str:
    """A number without its fraction; nothing for null."""
    return "" if value is None else f"{value:,.0f}"


def exact(value: float | None) -> str | Exact:
    """A number that is shown with one digit; nothing for null."""
    return "" if value is None else Exact(text(value), value)


def exact_whole(value: float | None) -> str | Exact:
    """A number that is shown without its fraction; nothing for null."""
    return "" if value is None else Exact(whole(value), value)


def exact_percent(share: float | None) -> str | Exact:
    """A share that is shown as a percentage; nothing for null."""
    return "" if share is None else Exact(percent(share), share)


def counted(number: int, noun: str) -> str:
    """So many of something, such as ``1 survey`` or ``1,200 surveys``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as a percentage; nothing for null."""
    return "" if share is None else f"{100 * share:.1f}%"


def change_of(is_worse: bool, before: float | None, after: float | None) -> str:
    """What became of a negative rate, in words; ``is_worse`` is the mart's word that it was not chance."""
    if is_worse:
        return "worse"
    if before is None or after is None:
        return "nothing to compare"
    if after > before:
        return "higher, may be chance"
    return "lower" if after < before else "the same"


def short_labels(identifiers: Iterable[str]) -> dict[str, str]:
    """The first part of each uuid where that is enough to tell it from the others, else all of it."""
    known = set(identifiers)
    starts = Counter(identifier[:8] for identifier in known)
    return {
        identifier: identifier[:8] if len(identifier) == 36 and starts[identifier[:8]] == 1 else identifier
        for identifier in known
    }
