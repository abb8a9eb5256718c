"""Run by the Python of Dagster's environment: what its definitions say and what its runs left, as JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from definitions import PUBLISHED, defs, each_night


def evaluations(instance: dg.DagsterInstance) -> dict[str, list[Any]]:
    """Of each asset check, whether it passed, how grave that is, and what it told; the newest run first."""
    found: dict[str, list[Any]] = {}
    for run in instance.get_runs():
        for log in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
            assert log.dagster_event is not None
            one = log.dagster_event.asset_check_evaluation_data
            told = {name: value.value for name, value in one.metadata.items()}
            where = f"{one.asset_key.to_user_string()}:{one.check_name}"
            found.setdefault(where, []).append([one.passed, one.severity.value, told])
    return found


def materializations(instance: dg.DagsterInstance) -> dict[str, Any]:
    """Of each asset, what its last materialization told."""
    keys = defs.resolve_asset_graph().get_all_asset_keys()
    events = {key: instance.get_latest_materialization_event(key) for key in keys}
    return {
        key.to_user_string(): {name: one.value for name, one in event.asset_materialization.metadata.items()}
        for key, event in events.items()
        if event is not None and event.asset_materialization is not None
    }


def main() -> None:
    """All of it on standard output."""
    graph, instance = defs.resolve_asset_graph(), dg.DagsterInstance.get()
    due = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)
    night = each_night(dg.build_schedule_context(scheduled_execution_time=due))
    assert isinstance(night, dg.RunRequest)
    policy = graph.get(PUBLISHED).freshness_policy_or_from_metadata
    told = {
        "upstream": {
            key.to_user_string(): sorted(one.to_user_string() for one in graph.get(key).parent_keys)
            for key in graph.get_all_asset_keys()
        },
        "materializations": materializations(instance),
        "checks": evaluations(instance),
        "checks_known": sorted(
            f"{key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys
        ),
        "fail_window_hours": policy.fail_window.to_timedelta().total_seconds() / 3600,
        "tags_of_a_night": dict(night.tags),
    }
    json.dump(told, sys.stdout, default=str)


if __name__ == "__main__":
    main()
