"""What a run met and did not stop for, as one warning a kind: who reads logs alone must see it too."""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict

from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.warehouse.port import Reader

log = logging.getLogger(__name__)

_MOST_NAMED = 10
_LONGEST_NAME = 40
_SET_ASIDE = """
    select reason, request_id from rejected_rows where run_id = ? and healed_at is null
    order by reason, request_id
"""
_UNKNOWN = "select unknown_fields from sessions where run_id = ? and unknown_fields is not null"


def log_problems(warehouse: Reader, outcome: SyncOutcome) -> None:
    """Rows that the run set aside, unknown fields, keys that were refused. Names, never values.

    Raises WarehouseError when they cannot be read.
    """
    rows: Counter[str] = Counter()
    request_ids: dict[str, list[str]] = defaultdict(list)
    for row in warehouse.rows(_SET_ASIDE, outcome.run_id) if outcome.rejected else ():
        kind = kind_of(row["reason"])
        rows[kind] += 1
        request_ids[kind] += [row["request_id"]] if row["request_id"] else []
    for kind, found in rows.items():
        named = sorted(request_ids[kind])[:_MOST_NAMED]
        log.warning("rows set aside", extra={"reason": kind, "rows": found, "request_ids": named})
    unknown = sorted(_unknown_fields(warehouse, outcome.run_id))[:_MOST_NAMED]
    if unknown:
        log.warning("fields that the contract does not know, kept as JSON", extra={"fields": unknown})
    for name, rate in outcome.rates_found.items():
        told = {"key": name, "per_minute": rate, "set": f"ZENHIRE_RATE_LIMIT_PER_MINUTE={rate}"}
        log.warning("key allows fewer requests than are sent", extra=told)
    for problem in outcome.key_problems:
        log.warning(
            "a key was refused and its sessions were not read; mend the key",
            extra={"key": problem.key_name, "why": problem.message},
        )


def _unknown_fields(warehouse: Reader, run_id: str) -> set[str]:
    return {
        name[:_LONGEST_NAME]
        for batch in warehouse.stream(_UNKNOWN, run_id)
        for text in batch.column(0).to_pylist()
        for name in json.loads(text)
    }
