"""Files under the data directory that may hold a person beside the warehouse and the published files."""

from __future__ import annotations

from pathlib import Path

from zenhire_schemas.names import DOCUMENTS, TOLD_FILE
from zenhire_sync.settings import Settings
from zenhire_sync.step_record import STEPS_FOLDER
from zenhire_sync.whole_files import remove_whole

# The locks are held by this very process; the records of steps, and of what alerts said, name no person.
_KEPT = {"lock", "readers", STEPS_FOLDER, TOLD_FILE}


def clear_working_files(settings: Settings) -> None:
    """Removes what dlt, dbt and DuckDB left (staged loads, logs, spilled data); it is made anew."""
    path = settings.warehouse_path.resolve()
    leftovers = [entry for entry in settings.state_dir.glob("*") if entry.name not in _KEPT]
    # Where DuckDB spills unless another folder is named.
    for entry in (*leftovers, path.with_name(f"{path.name}.tmp")):
        remove_whole(entry)


def rewritten_files(settings: Settings) -> tuple[Path, ...]:
    """What an erasure removes or makes anew, as far as it is there."""
    published = settings.published_path.parent
    candidates = (
        settings.warehouse_path,
        settings.published_path,
        published / "parquet",
        *(published / name for name in DOCUMENTS),
        settings.report_path,
        settings.state_dir,
    )
    return tuple(path for path in candidates if path.exists())


def strangers(settings: Settings) -> tuple[Path, ...]:
    """Files and folders under the data directory that this program did not make, such as copies by hand."""
    published = settings.published_path.parent
    ours = {
        settings.warehouse_path,
        settings.state_dir,
        published,
        settings.published_path,
        settings.report_path,
        settings.company_path,
        # Invented people.
        settings.data_dir / "demo",
        *(published / name for name in DOCUMENTS),
        published / "parquet",
        published / ".parquet",
    }
    found = {*settings.data_dir.glob("*"), *published.glob("*")}
    return tuple(sorted(found - ours))
