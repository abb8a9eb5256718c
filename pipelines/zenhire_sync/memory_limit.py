"""DuckDB's part of a memory limit that is meant for the whole program."""

from __future__ import annotations

import re

_MIB = 1024 * 1024
_UNITS = {"mb": 1e6, "gb": 1e9, "tb": 1e12, "mib": _MIB, "gib": 1024 * _MIB, "tib": 1024**2 * _MIB}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([mgt]i?b)", re.IGNORECASE)
# What dbt and Python take beside DuckDB (measured); a small limit is DuckDB's alone, which needs some.
_PROGRAM_MIB, _SMALLEST_MIB = 320, 900


def duckdb_part(limit: str) -> str:
    """What DuckDB may use so that the whole step stays within a limit of 900 MiB or more."""
    size = _SIZE.fullmatch(limit.strip())
    if size is None:
        return limit
    mebibytes = int(float(size[1]) * _UNITS[size[2].lower()] / _MIB)
    return limit if mebibytes < _SMALLEST_MIB else f"{mebibytes - _PROGRAM_MIB}MiB"
