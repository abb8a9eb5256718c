"""A memory limit that is meant for the whole program: whether it can work, and DuckDB's part of it."""

from __future__ import annotations

import re

from pydantic import ByteSize, TypeAdapter, ValidationError

from zenhire_sync.errors import ConfigurationError
from zenhire_sync.machine_memory import available_bytes, default_memory_limit

_MIB = 1024 * 1024
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)
_SIZE = TypeAdapter(ByteSize)
# The demo is built within it (measured).
LEAST_MEMORY_MB = 64
# What dbt and Python take beside DuckDB (measured); a small limit is DuckDB's alone, which needs some.
_PROGRAM_MIB, _SMALLEST_MIB = 320, 900


def require_memory_limit(limit: str | None) -> None:
    """A size that DuckDB can work with, or none. Raises ConfigurationError."""
    if limit is None:
        return
    size, share = _bytes(limit), _SHARE.fullmatch(limit.strip())
    if size is None and share is None:
        raise ConfigurationError(f"ZENHIRE_MEMORY_LIMIT is no size such as 2GB or 50%: {limit!r}")
    is_enough = 0 < float(share[1]) <= 100 if share else (size or 0) >= LEAST_MEMORY_MB * 1e6
    if not is_enough:
        raise ConfigurationError(
            f"ZENHIRE_MEMORY_LIMIT is {LEAST_MEMORY_MB}MB or more, or above 0% up to 100%: {limit!r}"
        )


def whole_limit(limit: str | None) -> str:
    """What a step may use in all, as a size: half of what there is when not set.

    A share is of what the process may have: DuckDB would take it of the machine.
    """
    if limit is None:
        return default_memory_limit()
    share = _SHARE.fullmatch(limit.strip())
    return limit if share is None else f"{max(int(available_bytes() * float(share[1]) / 100 / _MIB), 1)}MiB"


def duckdb_part(limit: str) -> str:
    """What DuckDB may use so that the whole step stays within a limit of 900 MiB or more."""
    size = _bytes(limit)
    if size is None:
        return limit
    mebibytes = size // _MIB
    return limit if mebibytes < _SMALLEST_MIB else f"{mebibytes - _PROGRAM_MIB}MiB"


def _bytes(limit: str) -> int | None:
    """The size in bytes; None for what DuckDB cannot read: a number without a unit, or with one of bits."""
    if limit.strip()[-1:] not in {"b", "B"}:
        return None
    try:
        return _SIZE.validate_python(limit.strip())
    except ValidationError:
        return None
