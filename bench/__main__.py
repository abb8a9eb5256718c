"""``python -m bench``: makes companies, holds the contest, prints it, writes README.md and results.svg."""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import large_warehouse, plot, table
from bench.contest import FLOOR, OURS, PANDAS, REST_API, SCRIPT, Case, Result, hold
from bench.measure import BenchError

# The peer takes minutes on the larger ones: one round there.
DEFAULT = (
    Case(20_000, False, {OURS: 3, FLOOR: 3, REST_API: 3}),
    Case(100_000, False, {OURS: 3, FLOOR: 3, REST_API: 1}),
    Case(20_000, True, {OURS: 3, FLOOR: 3, REST_API: 1}),
)
LARGE = (
    Case(20_000, False, {OURS: 1, FLOOR: 1}),
    Case(1_000_000, False, {OURS: 1, FLOOR: 1}),
    Case(5_000_000, False, {OURS: 1, FLOOR: 1}),
)
# How often the seed of 20,000 sessions: 200,000 and a million; five million.
DEFAULT_TIMES, LARGE_TIMES, TINY_TIMES = (10, 50), (250,), (2,)
TINY = (
    Case(500, False, {OURS: 1, FLOOR: 1, REST_API: 1}),
    Case(2_000, False, {OURS: 1, FLOOR: 1, REST_API: 1}),
    Case(500, True, {OURS: 1, FLOOR: 1, REST_API: 1}),
)


def main() -> None:
    """Runs the contest that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "size", nargs="?", choices=("default", "large", "tiny"), default="default", help="tiny writes nothing"
    )
    size = parser.parse_args().size
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    machine = _machine()
    try:
        results = _contest({"default": DEFAULT, "large": LARGE, "tiny": TINY}[size])
        times = {"default": DEFAULT_TIMES, "large": LARGE_TIMES, "tiny": TINY_TIMES}[size]
        warehouses = large_warehouse.table(large_warehouse.measure(times))
    except BenchError as error:
        sys.exit(f"bench: {error}")
    machine += f", at the end {_load()}"
    print("\n".join((machine, table.whole_table(results), table.verdicts(results), warehouses)))  # noqa: T201
    if size == "default":
        table.put("results", "\n\n".join((machine, table.verdicts(results), table.whole_table(results))))
        table.put("short", table.short_table(results))
        table.put("warehouses", "\n\n".join((machine, warehouses)))
        plot.draw(results)
    if size == "large":
        page = (machine, table.verdicts(results), table.whole_table(results), warehouses)
        table.put("large", "\n\n".join(page))


def _contest(cases: tuple[Case, ...]) -> list[Result]:
    if os.environ.get(PANDAS):
        cases = tuple(replace(case, rounds={**case.rounds, SCRIPT: case.rounds[OURS]}) for case in cases)
    with TemporaryDirectory(prefix="zenhire-bench-") as folder:
        return [hold(case, Path(folder) / str(number)) for number, case in enumerate(cases)]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {os.cpu_count()} cores ({_processor()}), {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; load average at the start {_load()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine()
    )


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
