"""The rows that the page's filters count: days, projects and personas with counts, and nothing of a person.

Data flow: fct_sessions, fct_feedback -> one text, dictionary-coded and deflated, for the page's script.

A day has its rows one after the other; a row is the number of a pair of project and persona, and the number
of a set of counts, of which there are few. No id and no session is in it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zenhire_sync.metrics import metric
from zenhire_sync.report.periods import Period
from zenhire_sync.report.persona_names import full_names
from zenhire_sync.report.project_names import NO_PROJECT, project_labels, whole_names
from zenhire_sync.report.published import Published, Row

# About 280,000 bytes of the page; older days are then left out, and the page says from when on it has rows.
MOST_ROWS = 100_000
_WHO = ("project_id", "project_name", "persona_id", "persona_name", "role_name", "language")


def _counted(condition: str) -> str:
    return f"sum(case when {condition} then 1 else 0 end)"


@dataclass(frozen=True, slots=True)
class _Source:
    """A mart, its day and its counts: metrics, and what only the page's own charts count."""

    mart: str
    day: str
    metrics: tuple[str, ...]
    others: Mapping[str, str]

    @property
    def counts(self) -> dict[str, str]:
        """The SQL of each count by name."""
        return {**{name: metric(name).expression for name in self.metrics}, **self.others}


_SOURCES = {
    "usage": _Source(
        "fct_sessions", "usage_date", ("credits", "interviews_completed", "interviews_with_survey"), {}
    ),
    "created": _Source(
        "fct_sessions",
        "created_date",
        ("sessions_created", "sessions_started", "sessions_completed", "sessions_expired"),
        {
            "sessions_failed": _counted("outcome = 'failed'"),
            "sessions_withdrawn": _counted("outcome = 'withdrawn'"),
            "sessions_in_progress": _counted("outcome = 'in_progress'"),
            "sessions_waiting": _counted("outcome = 'waiting'"),
            "sessions_reinvited": _counted("is_reinvited"),
        },
    ),
    "surveys": _Source(
        "fct_feedback",
        "feedback_date",
        ("surveys", "negative_surveys"),
        {f"rating_{rating}": _counted(f"rating = {rating}") for rating in range(1, 6)},
    ),
}
_COLUMNS = {
    "fct_sessions": ("usage_date", "created_date", "outcome", "is_reinvited", "has_feedback", *_WHO),
    "fct_feedback": ("feedback_date", "rating", "is_negative", *_WHO),
}


@dataclass(frozen=True, slots=True)
class Who:
    """Projects and personas by what the page calls them; the number of each is its place.

    ``project_names`` are the uncut names by label.
    ``languages`` are those of the personas, ``persona_languages`` the number of each persona's.
    """

    projects: tuple[str, ...]
    personas: tuple[str, ...]
    languages: tuple[str, ...]
    persona_languages: tuple[int, ...]
    project_number: Mapping[str | None, int]
    persona_number: Mapping[str, int]
    project_labels: Mapping[str, str]
    project_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilterRows:
    """The rows from ``first`` to ``last``; ``is_all`` when no older day has any."""

    who: Who
    first: date
    last: date
    is_all: bool
    packed: str


def filter_rows_of(published: Published, last: date) -> FilterRows | None:
    """The rows of the page's days, up to the last whole one; None when the file has no such marts or rows."""
    if not all(published.has(mart, *columns) for mart, columns in _COLUMNS.items()):
        return None
    reach = _reach(published, last)
    if reach is None:
        return None
    first, is_all = reach
    who = _who(published)
    pairs: dict[tuple[int, int], int] = {}
    sources = {}
    for name, source in _SOURCES.items():
        rows = _rows(published, source, first, last)
        sources[name] = _coded(rows, tuple(source.counts), who, pairs, Period(first, last))
    content = {
        "pairs": [number for pair in pairs for number in pair],
        "languages": who.persona_languages,
        "sources": sources,
    }
    text = json.dumps(content, separators=(",", ":")).encode()
    return FilterRows(who, first, last, is_all, base64.b64encode(zlib.compress(text, 9)).decode())


def _reach(published: Published, last: date) -> tuple[date, bool] | None:
    """The first day from which on all rows fit, and whether there is nothing before it."""
    days = " union all ".join(
        f"select distinct {source.day} as day, project_id, persona_id, '{name}' as source"  # noqa: S608
        f" from zenhire_marts.{source.mart} where {source.day} <= ?"
        for name, source in _SOURCES.items()
    )
    rows = published.rows(
        f"select day, count(*) as rows_of_day from ({days}) as found "  # noqa: S608
        "group by day order by day desc nulls last",
        *(last for _ in _SOURCES),
    )
    if not rows:
        return None
    room, first = MOST_ROWS, last
    for row in rows:
        room -= row["rows_of_day"]
        if room < 0:
            return first, False
        first = min(first, row["day"])
    return first, True


def _rows(published: Published, source: _Source, first: date, last: date) -> list[Row]:
    counts = ", ".join(f"cast({sql} as bigint) as {name}" for name, sql in source.counts.items())
    # Our own names, and the metrics' own words.
    return published.rows(
        f"select {source.day} as day, project_id, persona_id, {counts} from zenhire_marts.{source.mart}"  # noqa: S608
        f" where {source.day} between ? and ? group by {source.day}, project_id, persona_id"
        f" order by {source.day}, project_id, persona_id",
        first,
        last,
    )


def _who(published: Published) -> Who:
    """All projects and personas that sessions belong to, the projects with most credits first."""
    projects = published.rows(
        "select project_id, max(project_name) as project_name, sum(coalesce(credits_charged, 0)) as credits"
        " from zenhire_marts.fct_sessions group by project_id order by credits desc nulls last, project_id"
    )
    personas = published.rows(
        "select persona_id, max(persona_name) as persona_name, max(role_name) as role_name,"
        " max(language) as language from zenhire_marts.fct_sessions group by persona_id order by persona_id"
    )
    labels = project_labels(projects)
    named = full_names(personas)
    personas.sort(key=lambda row: (named[row["persona_id"]].casefold(), row["persona_id"]))
    languages = sorted({row["language"] or "" for row in personas})
    return Who(
        projects=tuple(labels.get(row["project_id"], NO_PROJECT) for row in projects),
        personas=tuple(named[row["persona_id"]] for row in personas),
        languages=tuple(languages),
        persona_languages=tuple(languages.index(row["language"] or "") for row in personas),
        project_number={row["project_id"]: place for place, row in enumerate(projects)},
        persona_number={row["persona_id"]: place for place, row in enumerate(personas)},
        project_labels=labels,
        project_names=whole_names(projects, labels),
    )


def _coded(
    rows: list[Row], names: tuple[str, ...], who: Who, pairs: dict[tuple[int, int], int], reach: Period
) -> dict[str, Any]:
    """The rows as columns of numbers; ``pairs`` gets the pairs of project and persona that are new."""
    sets: dict[tuple[int, ...], int] = {}
    of_day, pair_numbers, set_numbers = [0] * reach.days, [], []
    for row in rows:
        of_day[(row["day"] - reach.first).days] += 1
        pair = (who.project_number[row["project_id"]], who.persona_number[row["persona_id"]])
        pair_numbers.append(pairs.setdefault(pair, len(pairs)))
        counts = tuple(row[name] for name in names)
        set_numbers.append(sets.setdefault(counts, len(sets)))
    return {"names": names, "days": of_day, "pairs": pair_numbers, "sets": set_numbers, "counts": list(sets)}
