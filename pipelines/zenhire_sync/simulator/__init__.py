"""A local server that answers as the API contract says, in front of a company that lives.

An independent witness: it imports nothing of the rest of zenhire_sync. Names load on first use, so
that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zenhire_sync.simulator.arrivals import Arrivals
    from zenhire_sync.simulator.behaviour import ALL_FILTERS, DEFAULT, Behaviour
    from zenhire_sync.simulator.company import Company
    from zenhire_sync.simulator.dialect_draft import SimulatedDialect
    from zenhire_sync.simulator.dialects import DIALECTS
    from zenhire_sync.simulator.faults import NO_FAULTS, Fault, FaultPlan, mutate_sessions
    from zenhire_sync.simulator.listing import NO_PROJECT
    from zenhire_sync.simulator.request_log import RequestRecord, key_name
    from zenhire_sync.simulator.server import SimulatorServer, run_simulator
    from zenhire_sync.simulator.simulated_api import DEFAULT_KEY
    from zenhire_sync.simulator.snapshot import Snapshot
    from zenhire_sync.simulator.spec import CompanySpec, first_day
    from zenhire_sync.simulator.strange_dialects import compose

_HOMES = {
    "ALL_FILTERS": "behaviour",
    "Arrivals": "arrivals",
    "DEFAULT": "behaviour",
    "Behaviour": "behaviour",
    "Company": "company",
    "DIALECTS": "dialects",
    "SimulatedDialect": "dialect_draft",
    "NO_FAULTS": "faults",
    "Fault": "faults",
    "FaultPlan": "faults",
    "mutate_sessions": "faults",
    "NO_PROJECT": "listing",
    "RequestRecord": "request_log",
    "key_name": "request_log",
    "SimulatorServer": "server",
    "run_simulator": "server",
    "DEFAULT_KEY": "simulated_api",
    "Snapshot": "snapshot",
    "CompanySpec": "spec",
    "compose": "strange_dialects",
    "first_day": "spec",
}

__all__ = [
    "ALL_FILTERS",
    "DEFAULT",
    "DEFAULT_KEY",
    "DIALECTS",
    "NO_FAULTS",
    "NO_PROJECT",
    "Arrivals",
    "Behaviour",
    "Company",
    "CompanySpec",
    "Fault",
    "FaultPlan",
    "RequestRecord",
    "SimulatedDialect",
    "SimulatorServer",
    "Snapshot",
    "compose",
    "first_day",
    "key_name",
    "mutate_sessions",
    "run_simulator",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{home}"), name)
