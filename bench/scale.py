"""How far each engine goes on one machine: a night, a build and a publish of large warehouses.

Data flow: a synced company -> a grown warehouse -> the file itself, and copies of it on a PostgreSQL
server and on a lake in a folder -> a sync of 2,000 changes, a build and a publish on each.
Run alone: ``python -m bench.scale ENGINE=TIMES[,TIMES] ...``, engines duckdb, postgres, lake and spark.
Each step is a line of ``bench/scale.jsonl`` as soon as it ends; without engines it prints the table.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.transforms.postgres.server import running

from bench.contest import PROGRAM, base_url
from bench.large_warehouse import AS_OF, CHANGED, NEW, SEED_SESSIONS
from bench.measure import BenchError, Measured, python, run, serving
from bench.server import KEY

log = logging.getLogger(__name__)

RESULTS = Path(__file__).parent / "scale.jsonl"
MEMORY_LIMIT, DRIVER_MEMORY = "4GB", "8g"
_STEPS: Mapping[str, list[str]] = {
    "night": ["sync", "--no-details"],
    "build": ["build", "--as-of", AS_OF],
    "publish": ["publish"],
}
_PROFILE = {"duckdb": "duckdb", "postgres": "postgres", "lake": "lake", "spark": "lake"}


def measure(wanted: Mapping[str, list[int]]) -> None:
    """Writes a line for each step that ends. Sizes are factors of 20,000 sessions, small ones first."""
    with TemporaryDirectory(prefix="zenhire-scale-") as name, ExitStack() as stack:
        folder = Path(name)
        company = folder / "company"
        company.mkdir()
        run(python("company", str(company), str(SEED_SESSIONS), "details"))
        port = stack.enter_context(serving(company))
        server = stack.enter_context(running()) if "postgres" in wanted else None
        seed = folder / "seed"
        run([PROGRAM, "sync"], {**_environ(port), "ZENHIRE_DATA_DIR": str(seed)})
        for times in sorted({times for found in wanted.values() for times in found}):
            place = folder / "grown"
            shutil.copytree(seed, place)
            grown = str(seed / "warehouse.duckdb"), str(place / "warehouse.duckdb")
            run(python("grow", *grown, str(times), str(CHANGED), str(NEW)))
            # The file itself last: its night repairs what the others are to find broken.
            for engine in sorted((name for name in wanted if times in wanted[name]), reverse=True):
                environ = {**_environ(port), "ZENHIRE_PROFILE": _PROFILE[engine]}
                if engine == "postgres" and server is not None:
                    server.execute("drop database if exists scale")
                    server.execute("create database scale")
                    environ["ZENHIRE_POSTGRES_URL"] = server.url("scale")
                if engine == "spark":
                    environ["ZENHIRE_SPARK_MASTER"] = "local[2]"
                    environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-memory {DRIVER_MEMORY} pyspark-shell"
                _measure_one(engine, times, place, folder / "other", environ)
            shutil.rmtree(place)


def _measure_one(engine: str, times: int, grown: Path, other: Path, environ: dict[str, str]) -> None:
    found = Line(engine, times * SEED_SESSIONS)
    environ["ZENHIRE_LAKE_DIR"] = str(other / "lake")
    if engine == "duckdb":
        environ["ZENHIRE_DATA_DIR"] = str(grown)
    else:
        copy = [PROGRAM, "copy", "--profile", "duckdb", "--to", _PROFILE[engine]]
        if not found.step("copy", copy, {**environ, "ZENHIRE_DATA_DIR": str(grown)}):
            return
        environ["ZENHIRE_DATA_DIR"] = str(other)
    for step, arguments in _STEPS.items():
        if not found.step(step, [PROGRAM, *arguments], environ):
            break
    if other.exists():
        shutil.rmtree(other)


class Line:
    """Results of one engine at one size."""

    def __init__(self, engine: str, sessions: int) -> None:
        self._engine, self._sessions = engine, sessions

    def step(self, name: str, command: list[str], environ: Mapping[str, str]) -> bool:
        """Runs and writes down what the step took; False when it failed."""
        told: dict[str, object] = {"sessions": self._sessions, "engine": self._engine, "step": name}
        try:
            told |= asdict(run(command, environ))
        except BenchError as error:
            told["failed"] = str(error).strip().splitlines()[-1]
        log.info("%s", told)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        return "failed" not in told


def table() -> str:
    """What was measured as markdown: seconds by the clock and the peak in MB of each step."""
    cells: dict[tuple[int, str], dict[str, str]] = {}
    for line in _results():
        measured = {name: line[name] for name in ("wall_sec", "cpu_sec", "peak_mb") if name in line}
        text = "failed" if "failed" in line else _told(Measured(**measured))
        cells.setdefault((line["sessions"], line["engine"]), {})[line["step"]] = text
    steps = ("copy", *_STEPS)
    lines = [f"| sessions | engine | {' | '.join(steps)} |", f"| --: | --- |{' --: |' * len(steps)}"]
    for (sessions, engine), found in sorted(cells.items()):
        lines.append(f"| {sessions:,} | {engine} | {' | '.join(found.get(step, '-') for step in steps)} |")
    return "\n".join(lines)


def _told(measured: Measured) -> str:
    return f"{measured.wall_sec:,.1f} s, {measured.peak_mb:,.0f} MB"


def _results() -> Iterator[dict[str, object]]:
    for line in RESULTS.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _environ(port: int) -> dict[str, str]:
    return {
        "ZENHIRE_API_KEY": KEY,
        "ZENHIRE_BASE_URL": base_url(port),
        "ZENHIRE_RATE_LIMIT_PER_MINUTE": "1000000",
        "ZENHIRE_MEMORY_LIMIT": MEMORY_LIMIT,
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    wanted = {
        name: [int(text) for text in times.split(",")]
        for name, _, times in (argument.partition("=") for argument in sys.argv[1:])
    }
    if wanted:
        measure(wanted)
    sys.stdout.write(table() + "\n")
