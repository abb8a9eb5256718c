"""How much memory a build may use: what is set, or half of what there is; and DuckDB's part of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MIB = 1024 * 1024
_UNITS = {"mb": 1e6, "gb": 1e9, "tb": 1e12, "mib": _MIB, "gib": 1024 * _MIB, "tib": 1024**2 * _MIB}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([mgt]i?b)", re.IGNORECASE)
# What dbt and Python take beside DuckDB (measured); a small limit is DuckDB's alone, which needs some.
_PROGRAM_MIB, _SMALLEST_MIB = 320, 900


def default_memory_limit(cgroup_limit: Path = _CGROUP_LIMIT) -> str:
    """Half of the machine's memory, or of the container's when that is less, as DuckDB writes it."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _container_limit(cgroup_limit)
    if limit is not None:
        available = min(available, limit)
    return f"{max(available // 2 // _MIB, 256)}MiB"


def duckdb_part(limit: str) -> str:
    """What DuckDB may use so that the whole build stays within a limit of 900 MiB or more."""
    size = _SIZE.fullmatch(limit.strip())
    if size is None:
        return limit
    mebibytes = int(float(size[1]) * _UNITS[size[2].lower()] / _MIB)
    return limit if mebibytes < _SMALLEST_MIB else f"{mebibytes - _PROGRAM_MIB}MiB"


def _container_limit(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
