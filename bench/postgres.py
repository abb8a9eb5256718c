"""The same work on a PostgreSQL server and in the file, beside COPY of the same rows as CSV.

Data flow: a synced company -> a grown warehouse -> copied to the server, beside COPY -> a night of 2,000
changes, a build and a publish on both.
Run alone: ``python -m bench.postgres TIMES...``. It starts a server of its own (package postgresql).
"""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2
from tests.transforms.postgres.server import Postgres, running

from bench import table
from bench.contest import PROGRAM, base_url
from bench.large_warehouse import AS_OF, CHANGED, MEMORY_LIMIT, NEW, SEED_SESSIONS
from bench.measure import Measured, python, run, serving
from bench.server import KEY
from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beside:
    """What one size took on the server and in the file. ``rows`` are those of all raw tables."""

    sessions: int
    rows: int
    loaded: Measured
    csv_sec: float
    night: tuple[Measured, Measured]
    build: tuple[Measured, Measured]
    publish: tuple[Measured, Measured]

    def line(self) -> str:
        """A row of the table: the server first, then the file."""
        ours, csv = self.rows / self.loaded.wall_sec, self.rows / self.csv_sec
        pairs = [
            f"{server.wall_sec:.1f} / {file.wall_sec:.1f} s, {server.peak_mb:,.0f} MB"
            for server, file in (self.night, self.build, self.publish)
        ]
        load = f"{ours:,.0f} rows a second, {self.loaded.peak_mb:,.0f} MB"
        cells = [f"{self.sessions:,}", load, f"{csv:,.0f}", f"**{ours / csv:.1f}**", *pairs]
        return f"| {' | '.join(cells)} |"


def measure(factors: Sequence[int]) -> list[Beside]:
    """One result for each size, which is the factor times 20,000 sessions. Raises BenchError."""
    with TemporaryDirectory(prefix="zenhire-bench-") as name, running() as server:
        folder = Path(name)
        company = folder / "company"
        company.mkdir()
        run(python("company", str(company), str(SEED_SESSIONS), "details"))
        results = []
        with serving(company) as port:
            seed = folder / "seed"
            run([PROGRAM, "sync"], _environ(seed, port))
            for factor in factors:
                results.append(_measured(server, folder, seed, port, factor))
                log.info("%s", results[-1])
        return results


def _measured(server: Postgres, folder: Path, seed: Path, port: int, factor: int) -> Beside:
    place, name = folder / f"times-{factor}", f"times_{factor}"
    shutil.copytree(seed, place)
    server.execute(f"create database {name}")
    grown = (
        str(seed / "warehouse.duckdb"),
        str(place / "warehouse.duckdb"),
        str(factor),
        str(CHANGED),
        str(NEW),
    )
    run(python("grow", *grown))
    file, at_server = _environ(place, port), _environ(folder / name, port, server.url(name))
    loaded = run([PROGRAM, "copy", "--to", "postgres"], {**at_server, "ZENHIRE_DATA_DIR": str(place)})
    csv_sec, rows = _copied_as_csv(server, name, folder)
    both = {**at_server, "ZENHIRE_PROFILE": "postgres"}, file
    steps: list[tuple[Measured, Measured]] = []
    for command in (["sync", "--no-details"], ["build", "--as-of", AS_OF], ["publish"]):
        if command[0] == "build":
            # So that the build that is measured finds dbt's parse, as every one but the first does.
            for environ in both:
                run([PROGRAM, *command], environ)
        first, second = (run([PROGRAM, *command], environ) for environ in both)
        steps.append((first, second))
    shutil.rmtree(place)
    server.execute(f"drop database {name}")
    return Beside(factor * SEED_SESSIONS, rows, loaded, csv_sec, *steps)


def _copied_as_csv(server: Postgres, database: str, folder: Path) -> tuple[float, int]:
    """Seconds that COPY takes for the same rows from CSV, and how many they are."""
    connection: Any = psycopg2.connect(server.url(database))
    seconds, rows = 0.0, 0
    with connection, connection.cursor() as cursor:
        cursor.execute("create schema copied")
        for raw in RAW_TABLES:
            path = folder / "rows.csv"
            with path.open("w", encoding="utf-8") as written:
                cursor.copy_expert(f"copy {RAW_SCHEMA}.{raw.name} to stdout (format csv)", written)
            cursor.execute(f"create table copied.{raw.name} (like {RAW_SCHEMA}.{raw.name} including indexes)")
            with path.open(encoding="utf-8") as lines:
                started = time.perf_counter()
                cursor.copy_expert(f"copy copied.{raw.name} from stdin (format csv)", lines)
                seconds += time.perf_counter() - started
            rows += cursor.rowcount
            path.unlink()
        cursor.execute("drop schema copied cascade")
    connection.close()
    return seconds, rows


def _environ(place: Path, port: int, url: str = "") -> dict[str, str]:
    found = {
        "ZENHIRE_API_KEY": KEY,
        "ZENHIRE_BASE_URL": base_url(port),
        "ZENHIRE_DATA_DIR": str(place),
        "ZENHIRE_RATE_LIMIT_PER_MINUTE": "1000000",
        "ZENHIRE_MEMORY_LIMIT": MEMORY_LIMIT,
    }
    return {**found, "ZENHIRE_POSTGRES_URL": url} if url else found


def whole_table(results: Sequence[Beside]) -> str:
    """Results as markdown."""
    lines = [
        "| sessions | loaded from a file | COPY of CSV, rows a second | loaded / COPY | "
        "a night of 2,000 changes | build | publish |",
        f"|{' --: |' * 7}",
        *(result.line() for result in results),
        "",
        "Server / file by the clock; the peak is that of the program with the server.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    found = whole_table(measure([int(factor) for factor in sys.argv[1:]]))
    table.put("postgres", found)
    sys.stdout.write(found + "\n")
