"""What the details of a run were good for, by the reason they were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa

from zenhire_schemas.tables import DETAIL_RESULTS
from zenhire_sync.plan.detail_plan import PlannedDetail

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DetailNews:
    """What a window of details showed that was not known: ids of sessions, and of personas."""

    with_survey: frozenset[str] = frozenset()
    with_negative_survey: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    personas: frozenset[str] = frozenset()


@dataclass(slots=True)
class DetailResults:
    """Counts of one run by reason and rung."""

    _counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def count(self, asked: Sequence[PlannedDetail], news: DetailNews) -> None:
        """Adds a window: what was asked for, and what came of it. A persona counts for its first."""
        personas = set(news.personas)
        for planned in asked:
            counts = self._counts.setdefault((planned.reason, _rung(planned)), Counter())
            counts["details"] += 1
            counts["surveys_found"] += planned.session_id in news.with_survey
            counts["negative_surveys_found"] += planned.session_id in news.with_negative_survey
            counts["changes_found"] += planned.session_id in news.changed
            if planned.persona_id in personas:
                personas.discard(planned.persona_id)
                counts["persona_contents_found"] += 1

    def rows(self, run_id: str) -> pa.Table:
        """Rows of detail_results."""
        schema = DETAIL_RESULTS.arrow_schema()
        rows = [
            {"run_id": run_id, "reason": reason, "rung": rung}
            | {name: counts[name] for name in schema.names[len(DETAIL_RESULTS.key) :]}
            for (reason, rung), counts in sorted(self._counts.items())
        ]
        return pa.Table.from_pylist(rows, schema=schema)


def _rung(planned: PlannedDetail) -> str:
    return "" if planned.rung is None else str(planned.rung // _DAY)
