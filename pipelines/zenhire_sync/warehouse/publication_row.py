"""The row that tells a reader what is published: when, from what, by which version, how much."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Self

from zenhire_schemas.publication import COLUMNS
from zenhire_sync.warehouse.audit import Audited, AuditedTotals


@dataclass(frozen=True, slots=True)
class ToPublish:
    """What a copy of the marts must hold: rows by mart, the totals, and the row itself."""

    rows_by_table: Mapping[str, int]
    totals: AuditedTotals
    row: Sequence[Any]

    @classmethod
    def again(cls, told: Mapping[str, Any]) -> Self:
        """The same once more at another place, from the row that is published."""
        totals = AuditedTotals("published", told["credits_charged"], told["negative_surveys"])
        return cls(json.loads(told["rows_by_table"]), totals, [told[column] for column in COLUMNS])


def publication_values(audited: Audited, published_at: datetime) -> list[Any]:
    """The values of ``publication``, in the order of its columns."""
    built, totals = audited.built, audited.totals
    # Without a zone, as all times of the marts: readers of every kind show them alike.
    times = (published_at, built.as_of, built.built_at, built.data_until, built.last_sync_finished_at)
    return [
        *(time and time.astimezone(UTC).replace(tzinfo=None) for time in times),
        version("zenhire-sync"),
        built.sessions,
        totals.credits_charged,
        totals.negative_surveys,
        json.dumps(dict(audited.rows_by_table), sort_keys=True),
    ]
