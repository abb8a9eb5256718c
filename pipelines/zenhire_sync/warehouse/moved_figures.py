"""How many figures of published months are others now, for those who look at what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from zenhire_schemas.names import MARTS_SCHEMA

DAYS = 28
# One figure of one project and month may move for several causes, and at several publications.
_FIGURE = "project_key || ' ' || cast(month_start_date as varchar) || ' ' || figure"
_MOVED = f"""
    select count(distinct case when build_id = ? then {_FIGURE} end) as last_figures,
        count(distinct {_FIGURE}) as figures
    from {MARTS_SCHEMA}.restatements where restated_at > ?
"""  # noqa: S608 - our own names
_BY_CAUSE = f"""
    select cause, count(distinct {_FIGURE}) as figures
    from {MARTS_SCHEMA}.restatements where restated_at > ?
    group by cause order by figures desc nulls last, cause
"""  # noqa: S608 - our own names


class Rows(Protocol):
    """Who answers questions about what is published."""

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The answer of a SELECT, as Python values by the name of their column."""


@dataclass(frozen=True, slots=True)
class MovedFigures:
    """Figures (of a project, month and kind) that differ from what was published before.

    ``last_figures`` moved at the publication that readers see, ``figures`` in the 28 days up to its build;
    ``by_cause`` counts the latter, the most first: a figure that moved for two causes counts for both.
    """

    last_figures: int
    figures: int
    by_cause: tuple[tuple[str, int], ...]

    @property
    def causes(self) -> str:
        """Such as: charge edited 3, late survey 1."""
        return ", ".join(f"{cause.replace('_', ' ')} {figures:,}" for cause, figures in self.by_cause)


def moved_figures(published: Rows) -> MovedFigures | None:
    """What moved in the last 28 days; None when nothing did. The mart ``restatements`` must be there."""
    sql = f"select distinct build_id, built_at from {MARTS_SCHEMA}.sync_freshness"  # noqa: S608 - our own name
    build = next(iter(published.rows(sql)), None)
    if build is None:
        return None
    since = build["built_at"] - timedelta(days=DAYS)
    [row] = published.rows(_MOVED, build["build_id"], since)
    if not row["figures"]:
        return None
    causes = published.rows(_BY_CAUSE, since)
    return MovedFigures(
        row["last_figures"], row["figures"], tuple((one["cause"], one["figures"]) for one in causes)
    )
