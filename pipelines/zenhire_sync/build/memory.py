"""How much memory a build may use: what is set, or half of what there is."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MIB = 1024 * 1024


def default_memory_limit(cgroup_limit: Path = _CGROUP_LIMIT) -> str:
    """Half of the machine's memory, or of the container's when that is less, as DuckDB writes it."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _container_limit(cgroup_limit)
    if limit is not None:
        available = min(available, limit)
    return f"{max(available // 2 // _MIB, 256)}MiB"


def _container_limit(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
