"""The row that tells a reader what is published: when, from what, by which version, how much."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from zenhire_sync.warehouse.audit import Audited


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
