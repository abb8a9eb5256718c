"""Ours, the floor and the peer on one company, round by round, so that all of them see the same machine."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Measured, medians, python, run, serving
from bench.server import KEY

log = logging.getLogger(__name__)

OURS, FLOOR, REST_API, SCRIPT = "zenhire-sync", "floor", "dlt rest_api", "requests + pandas"
# A folder with pandas, for the tool that needs it.
PANDAS = "BENCH_PANDAS"
PROGRAM = str(Path(sys.executable).with_name("zenhire-sync"))


@dataclass(frozen=True, slots=True)
class Case:
    """One company and how it is read; rounds of each tool, none when it does not take part."""

    sessions: int
    with_details: bool
    rounds: Mapping[str, int]

    @property
    def name(self) -> str:
        """How tables call it."""
        return f"{self.sessions:,} {'with details' if self.with_details else 'list only'}"

    @property
    def mode(self) -> str:
        """How the commands of this folder call it."""
        return "details" if self.with_details else "list"


@dataclass(frozen=True, slots=True)
class Result:
    """Medians by tool, and of how many rounds."""

    case: Case
    medians: Mapping[str, Measured]

    def ratio(self, of: str, to: str) -> float:
        """How many times as long one tool takes as the other."""
        return self.medians[of].wall_sec / self.medians[to].wall_sec

    def cpu_ratio(self, of: str, to: str) -> float:
        """The same of CPU time, which a busy machine disturbs less."""
        return self.medians[of].cpu_sec / self.medians[to].cpu_sec


def hold(case: Case, folder: Path) -> Result:
    """Measures every tool on the case. Raises BenchError when one fails or our result is wrong."""
    company = folder / "company"
    company.mkdir(parents=True)
    run(python("company", str(company), str(case.sessions), case.mode))
    runs: dict[str, list[Measured]] = {tool: [] for tool, rounds in case.rounds.items() if rounds}
    with serving(company) as port:
        for number in range(max(case.rounds.values())):
            for tool in runs:
                if number < case.rounds[tool]:
                    place = folder / "place"
                    place.mkdir()
                    runs[tool].append(_TOOLS[tool](case, company, port, place))
                    told = (case.name, tool, number + 1, runs[tool][-1], os.getloadavg()[0])
                    log.info("%s, %s, round %d: %s, load %.1f", *told)
                    shutil.rmtree(place)
    shutil.rmtree(folder)
    return Result(case, {tool: medians(measured) for tool, measured in runs.items()})


def base_url(port: int) -> str:
    """Where the bench's server answers."""
    return f"http://127.0.0.1:{port}/api/v1/interview"


def _ours(case: Case, company: Path, port: int, place: Path) -> Measured:
    environ = {
        "ZENHIRE_BASE_URL": base_url(port),
        "ZENHIRE_API_KEY": KEY,
        "ZENHIRE_DATA_DIR": str(place),
        # The key's rate is no limit here; that is bench/rate.py.
        "ZENHIRE_RATE_LIMIT_PER_MINUTE": "1000000",
    }
    command = [PROGRAM, "sync", *([] if case.with_details else ["--no-details"])]
    measured = run(command, environ)
    run(python("check", str(company), str(place / "warehouse.duckdb")))
    return measured


def _floor(case: Case, company: Path, port: int, place: Path) -> Measured:
    return run(python("floor", str(company), str(port), str(place / "floor.duckdb"), case.mode))


def _rest_api(case: Case, _company: Path, port: int, place: Path) -> Measured:
    return run(python("rest_api", base_url(port) + "/", str(place / "rest_api.duckdb"), case.mode))


def _script(case: Case, _company: Path, port: int, place: Path) -> Measured:
    command = python("script", base_url(port) + "/", str(place / "script.duckdb"), case.mode)
    return run(command, {"PYTHONPATH": os.environ[PANDAS]})


_TOOLS: Mapping[str, Callable[[Case, Path, int, Path], Measured]] = {
    OURS: _ours,
    FLOOR: _floor,
    REST_API: _rest_api,
    SCRIPT: _script,
}
