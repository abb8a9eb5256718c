"""A night, a build and a publish on warehouses that are large already.

Data flow: a synced company -> grown warehouses -> sync of 2,000 changed sessions; build and publish beside
bare DuckDB, publish beside a copy of the files it makes too.
Run alone: ``python -m bench.large_warehouse TIMES...``.
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

import duckdb

from bench.contest import PROGRAM, base_url
from bench.measure import BenchError, Measured, python, run, serving
from bench.server import KEY

log = logging.getLogger(__name__)

SEED_SESSIONS = 20_000
CHANGED, NEW = 1_500, 500
# Five million sessions must build within this.
MEMORY_LIMIT = "2GB"
AS_OF = "2026-03-01T03:00:00Z"


@dataclass(frozen=True, slots=True)
class Large:
    """What one size took. ``fixed_sec`` is a build of next to nothing: dbt's own time."""

    sessions: int
    night: Measured
    build: Measured
    bare: Measured
    fixed_sec: float
    publish: Measured
    bare_publish: Measured
    published_mb: float
    copy_sec: float

    @property
    def build_ratio(self) -> float:
        """The build without its fixed time, by the same SQL on bare DuckDB."""
        return (self.build.wall_sec - self.fixed_sec) / self.bare.wall_sec

    @property
    def publish_ratio(self) -> float:
        """The publish, start and all, by the same tables written by bare DuckDB."""
        return self.publish.wall_sec / self.bare_publish.wall_sec


def measure(factors: Sequence[int]) -> list[Large]:
    """One result for each size, which is the factor times 20,000 sessions. Raises BenchError."""
    with TemporaryDirectory(prefix="zenhire-bench-") as name:
        folder = Path(name)
        tiny = _synced(folder, 500)
        _build(tiny)
        fixed_sec = _build(tiny).wall_sec
        with serving(_company(folder, SEED_SESSIONS)) as port:
            seed = folder / "seed"
            _sync(seed, port)
            results = []
            for factor in factors:
                results.append(_measured(folder, seed, port, factor, fixed_sec))
                log.info("%s", results[-1])
        return results


def table(results: Sequence[Large]) -> str:
    """Results as markdown."""
    lines = [
        "| sessions | a night of 2,000 changed: s, MB | build: s, MB | bare DuckDB: s, MB | "
        "build less its fixed time / bare | publish: s, MB | bare DuckDB: s, MB | publish / bare | "
        "copy of its files: s |",
        f"|{' --: |' * 9}",
    ]
    lines += [_line(result) for result in results]
    lines += ["", f"dbt's fixed time, a build of 500 sessions: {results[0].fixed_sec:.1f} s."]
    return "\n".join(lines)


def _line(result: Large) -> str:
    cells = [
        f"{result.sessions:,}",
        *(_pair(measured) for measured in (result.night, result.build, result.bare)),
        f"**{result.build_ratio:.2f}**",
        _pair(result.publish),
        _pair(result.bare_publish),
        f"**{result.publish_ratio:.2f}**",
        f"{result.copy_sec:.2f} ({result.published_mb:,.0f} MB)",
    ]
    return f"| {' | '.join(cells)} |"


def _pair(measured: Measured) -> str:
    return f"{measured.wall_sec:.1f}, {measured.peak_mb:,.0f}"


def _measured(folder: Path, seed: Path, port: int, factor: int, fixed_sec: float) -> Large:
    place = folder / f"times-{factor}"
    shutil.copytree(seed, place)
    warehouse, sessions = place / "warehouse.duckdb", factor * SEED_SESSIONS
    # So that the build that is measured finds dbt's parse cache, as every night but the first does.
    _build(place)
    # In a process of its own: what this one holds counts as the peak of what it starts.
    grown = (str(seed / "warehouse.duckdb"), str(warehouse), str(factor), str(CHANGED), str(NEW))
    run(python("grow", *grown))
    night = _sync(place, port, "--no-details")
    _require_repaired(warehouse, sessions)
    # The SQL calls the file by its name.
    raw = place / "raw" / "warehouse.duckdb"
    raw.parent.mkdir()
    shutil.copyfile(warehouse, raw)
    build = _build(place)
    manifest = place / "state" / "dbt" / "target" / "manifest.json"
    bare = run(python("bare", str(manifest), str(raw), MEMORY_LIMIT))
    publish = run([PROGRAM, "publish"], _environ(place))
    bare_publish = _bare_publish(warehouse, place / "bare")
    copy_sec, published_mb = _copied(place / "published", folder / "copied")
    shutil.rmtree(place)
    return Large(sessions, night, build, bare, fixed_sec, publish, bare_publish, published_mb, copy_sec)


def _company(folder: Path, sessions: int) -> Path:
    company = folder / f"company-{sessions}"
    company.mkdir()
    run(python("company", str(company), str(sessions), "details"))
    return company


def _synced(folder: Path, sessions: int) -> Path:
    place = folder / f"synced-{sessions}"
    with serving(_company(folder, sessions)) as port:
        _sync(place, port)
    return place


def _sync(place: Path, port: int, *arguments: str) -> Measured:
    return run([PROGRAM, "sync", *arguments], {**_environ(place), "ZENHIRE_BASE_URL": base_url(port)})


def _build(place: Path) -> Measured:
    return run([PROGRAM, "build", "--as-of", AS_OF], _environ(place))


def _environ(place: Path) -> dict[str, str]:
    return {
        "ZENHIRE_API_KEY": KEY,
        "ZENHIRE_DATA_DIR": str(place),
        "ZENHIRE_RATE_LIMIT_PER_MINUTE": "1000000",
        "ZENHIRE_MEMORY_LIMIT": MEMORY_LIMIT,
    }


def _bare_publish(warehouse: Path, folder: Path) -> Measured:
    folder.mkdir()
    return run(python("bare_publish", str(warehouse), str(folder), MEMORY_LIMIT))


def _copied(published: Path, target: Path) -> tuple[float, float]:
    files = [path for path in published.rglob("*") if path.is_file() and not path.is_symlink()]
    target.mkdir()
    started = time.perf_counter()
    for number, path in enumerate(files):
        shutil.copyfile(path, target / str(number))
    took = time.perf_counter() - started
    megabytes = sum(path.stat().st_size for path in files) / 2**20
    shutil.rmtree(target)
    return took, megabytes


def _require_repaired(warehouse: Path, sessions: int) -> None:
    sql = "select count(*), count(distinct id) from warehouse.zenhire_raw.sessions"
    with duckdb.connect(str(warehouse), read_only=True) as con:
        found = con.sql(sql).fetchall()[0]
    if found != (sessions, sessions):
        raise BenchError(f"the night left {found} sessions, distinct ones, of {sessions}")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    sys.stdout.write(table(measure([int(factor) for factor in sys.argv[1:]])) + "\n")
