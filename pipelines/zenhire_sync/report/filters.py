"""What a reader may choose, which parts of the page follow, and what the page's script needs for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from zenhire_sync.metrics import metric
from zenhire_sync.report.charts import MOST_LABELS
from zenhire_sync.report.credits import FEWEST_DAYS
from zenhire_sync.report.experience import FEWEST_WEEKS, change_name, prompt_changes_by_week
from zenhire_sync.report.figures import waiting_days
from zenhire_sync.report.filter_rows import FilterRows
from zenhire_sync.report.measured import SURE_ANSWERS, WITHOUT_SURVEY, WORDS
from zenhire_sync.report.operations import STAGES
from zenhire_sync.report.periods import (
    ALL_FILTERS,
    BY_WHO,
    CHART_DAYS,
    CHOICES,
    FIGURE_DAYS,
    DataDays,
    Period,
)
from zenhire_sync.report.persona_rates import ROW_HEIGHT
from zenhire_sync.report.project_names import OTHER_PROJECTS
from zenhire_sync.report.published import Published
from zenhire_sync.report.section import Section

_SHARES = ("completion_rate", "negative_rate")
_BY_PERSONA = ("persona", "language")
# By section, the filters that it follows, and why not the others.
_FOLLOWS = {
    "credits-per-day": (ALL_FILTERS, ""),
    "credits-per-month": (BY_WHO, "it always shows the last months"),
    "balance": ((), "a balance is of a whole account, as it was told at each run"),
    "negative-rate": (
        _BY_PERSONA,
        "it compares the last 28 days of a persona with the 28 before, in all projects",
    ),
    "ratings": (ALL_FILTERS, ""),
    "prompt-impact": (_BY_PERSONA, "it compares 28 days before and after a change, in all projects"),
    "funnel": (ALL_FILTERS, ""),
    "quality": ((), "the checks look at everything that is published"),
    "freshness": ((), "a mart is built as a whole"),
}
# sections whose chart and table are made anew; of others, rows are hidden
_COUNTED = ("credits-per-day", "credits-per-month", "ratings", "funnel")
_NOTHING = "there is nothing to show in the last days, of whatever part"


@dataclass(frozen=True, slots=True)
class Filters:
    """The choices, each a label and its value, and what the script counts with."""

    projects: tuple[tuple[str, int], ...]
    personas: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    periods: tuple[tuple[str, int], ...]
    usual_period: str
    rows: dict[str, Any]
    first: date
    is_all: bool


def with_filters(section: Section) -> Section:
    """The section with the filters that it follows."""
    follows, why_not = _FOLLOWS[section.anchor]
    if section.anchor in _COUNTED and section.chart is None:
        follows, why_not = (), _NOTHING
    return replace(section, follows=follows, why_not=why_not)


def filters_of(published: Published, filter_rows: FilterRows, days: DataDays) -> Filters:
    """The choices of a page and what its script counts with."""
    who, first, is_all = filter_rows.who, filter_rows.first, filter_rows.is_all
    projects: dict[str, int] = {}
    for number, label in enumerate(who.projects):
        projects.setdefault(who.project_names.get(label, label), number)
    reach = Period(first, days.whole).days
    periods = [(f"last {choice} days", choice) for choice in CHOICES if is_all or choice <= reach]
    return Filters(
        projects=tuple(sorted(projects.items(), key=lambda choice: choice[0].casefold())),
        personas=tuple((name, number) for number, name in enumerate(who.personas)),
        languages=tuple((name or "not known", number) for number, name in enumerate(who.languages)),
        periods=(*periods, (f"all days since {first}", 0)),
        usual_period=f"{CHART_DAYS} days (figures {FIGURE_DAYS})",
        rows=_rows(published, filter_rows, days),
        first=first,
        is_all=is_all,
    )


def _rows(published: Published, filter_rows: FilterRows, days: DataDays) -> dict[str, Any]:
    who, month = filter_rows.who, days.month_start
    changes = prompt_changes_by_week(published, filter_rows.first, days.whole)
    month_before = Period(month, max(month, days.whole)).month_before
    waiting = waiting_days(published, days.whole)
    return {
        "packed": filter_rows.packed,
        "first": filter_rows.first,
        "last": days.whole,
        "today": days.last,
        "begins": days.first,
        "figureDays": FIGURE_DAYS,
        "chartDays": CHART_DAYS,
        "isAll": filter_rows.is_all,
        "month": month,
        "monthName": f"{month:%B %Y}",
        "monthBefore": (month_before.first, month_before.last),
        "waiting": (waiting.first, waiting.last),
        "projects": who.projects,
        "projectNames": {label: name for label, name in who.project_names.items() if label != name},
        "otherProjects": OTHER_PROJECTS,
        "personaLanguages": who.persona_languages,
        "changes": [
            (change["week"], who.persona_number.get(change["persona_id"]), change_name(change))
            for change in changes
        ],
        "stages": [(column, label) for column, label, _ in STAGES],
        "shares": {name: metric(name).parts for name in _SHARES},
        "withoutSurvey": WITHOUT_SURVEY,
        "sureAnswers": SURE_ANSWERS,
        "words": WORDS,
        "mostLabels": MOST_LABELS,
        "fewestDays": FEWEST_DAYS,
        "fewestWeeks": FEWEST_WEEKS,
        "rowHeight": ROW_HEIGHT,
    }
