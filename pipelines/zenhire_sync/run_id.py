"""The name of a run: in its log, in its summary, and in every row that it writes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new_run_id() -> str:
    """When the run began (UTC), and something that no other run of that second has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
