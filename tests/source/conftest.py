"""dlt as a user has it: what this program tells dlt for its own runs is not to be there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from tests.transforms.postgres.server import CAN_BUILD

collect_ignore = [] if CAN_BUILD else ["test_on_postgres.py"]


@pytest.fixture(autouse=True)
def dlt_of_a_user(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    context = Container()[PluggableRunContext]
    before = context.providers
    context.reload_providers()
    yield
    context.providers = before
