"""What runs that died left on disk, people's data among it: gone before the next begins."""

from __future__ import annotations

import shutil
from pathlib import Path

from zenhire_sync.settings import Settings


def remove_leftovers(settings: Settings) -> None:
    """Removes staged loads, spilled rows and the copy of a dry run. Raises OSError for what stays.

    A load that stayed would be finished by dlt instead of what it is given next.
    """
    path, state = settings.warehouse_path, settings.state_dir
    spills = {file.with_name(f"{file.name}.tmp") for file in (path, path.resolve())}
    for folder in (state / "dlt", state / "spool", state / "dry-run", state / "dbt" / "duckdb_temp", *spills):
        _remove(folder)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
