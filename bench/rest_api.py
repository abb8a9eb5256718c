"""dlt's declarative REST source on the same API, written as its documentation shows it.

Run alone: ``python -m bench.rest_api BASE_URL WAREHOUSE list|details``.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from bench.server import KEY


def config(base_url: str, *, with_details: bool) -> dict[str, Any]:
    """The source's configuration: the list, and the detail of each completed session."""
    sessions = {"name": "sessions", "endpoint": {"path": "sessions", "params": {"limit": 100}}}
    details = {
        "name": "session_details",
        "endpoint": {"path": "sessions/{resources.completed.id}", "paginator": "single_page"},
    }
    completed = {
        **sessions,
        "name": "completed",
        "selected": False,
        "processing_steps": [{"filter": lambda row: row["status"] == "completed"}],
    }
    return {
        "client": {
            "base_url": base_url,
            "auth": {"type": "api_key", "name": "X-API-Key", "api_key": KEY, "location": "header"},
            "paginator": {
                "type": "cursor",
                "cursor_path": "pagination.next_cursor",
                "cursor_param": "cursor",
            },
        },
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [sessions, completed, details] if with_details else [sessions],
    }


def main(base_url: str, warehouse: str, *, with_details: bool) -> None:
    """Loads the company with dlt's defaults."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    from dlt.sources.rest_api import rest_api_source

    pipeline = dlt.pipeline(
        "rest_api",
        destination=dlt.destinations.duckdb(warehouse),
        dataset_name="zenhire",
        pipelines_dir=f"{warehouse}.dlt",
    )
    pipeline.run(rest_api_source(config(base_url, with_details=with_details)))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], with_details=sys.argv[3] == "details")
