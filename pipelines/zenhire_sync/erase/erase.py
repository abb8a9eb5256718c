"""The whole story of an erasure. Each step may die; running the same command again finishes it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zenhire_sync.build import build_marts
from zenhire_sync.erase.folders import clear_working_files, rewritten_files, strangers
from zenhire_sync.erase.people import Request, find_people
from zenhire_sync.erase.removal import Figures, Removal, mark_finished, read_figures, remove_people
from zenhire_sync.erase.rewriting import open_to_change, rewrite_warehouse
from zenhire_sync.errors import WarehouseError, ZenhireError
from zenhire_sync.progress import SILENT, Progress
from zenhire_sync.publish import forget_previous_snapshots, publish_marts
from zenhire_sync.publish.staging import private_folder
from zenhire_sync.report import write_report
from zenhire_sync.settings import Profile, Settings
from zenhire_sync.stopping import raise_if_asked
from zenhire_sync.sync.privacy import privacy_of
from zenhire_sync.warehouse.store import Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EraseSummary:
    """What was removed; the figures that stayed; files that are not ours and may hold the person still."""

    removal: Removal
    figures: Figures
    published_credits: int
    marts: int
    published_path: Path
    report_path: Path
    strangers: tuple[Path, ...]


def erase_people(
    settings: Settings,
    profile: Profile,
    request: Request,
    *,
    now: datetime,
    run_id: str | None = None,
    approved: Collection[str] | None = None,
    progress: Progress = SILENT,
) -> EraseSummary:
    """Removes people from the raw tables for good, then from every file made from those.

    ``approved`` are the sessions that were shown to whoever agreed; None where nobody had to be asked.

    Raises NobodyFoundError when nobody is meant, WarehouseError when it would be more than was approved, or
    when a step fails; what was removed from the raw tables until then stays removed.
    """
    _require_warehouse(settings)
    removal = _remove(settings, request, now, run_id, approved)
    log.info(
        "the person is out of the raw tables, next are the files made from them",
        extra={"sessions": removal.sessions},
    )
    try:
        return _cleaned(settings, profile, removal, now, progress)
    except (ZenhireError, OSError) as error:
        raise WarehouseError(
            f"the person is out of the raw tables, but not yet out of all files: {_plain(error)}; "
            "mend that and run the same erase again"
        ) from None


def _require_warehouse(settings: Settings) -> None:
    if not settings.warehouse_path.is_file():
        raise WarehouseError(f"no warehouse at {settings.warehouse_path}; check ZENHIRE_DATA_DIR")
    with Warehouse(settings):
        # Opening it brings the raw tables up to this version.
        pass


def _remove(
    settings: Settings, request: Request, now: datetime, run_id: str | None, approved: Collection[str] | None
) -> Removal:
    with (
        private_folder(settings.state_dir, "spill") as spill,
        open_to_change(settings, spill) as connection,
    ):
        found = find_people(connection, request, privacy_of(settings))
        more = (
            0 if approved is None else len({*map(str.lower, found.session_ids)} - {*map(str.lower, approved)})
        )
        if more:
            raise WarehouseError(
                f"nothing was erased: since it was asked, {more:,} more sessions belong to it; run it again"
            )
        return remove_people(connection, found, now, run_id)


def _cleaned(
    settings: Settings, profile: Profile, removal: Removal, now: datetime, progress: Progress
) -> EraseSummary:
    clear_working_files(settings)
    rewrite_warehouse(settings)
    with _nameless_command_line():
        built = build_marts(settings, profile, _last_as_of(settings) or now, progress)
    published = publish_marts(settings, now=datetime.now(UTC), progress=progress)
    # A stop waits while published files are swapped.
    raise_if_asked()
    write_report(settings, now=datetime.now(UTC), progress=progress)
    forget_previous_snapshots(settings)
    with private_folder(settings.state_dir, "spill") as spill, open_to_change(settings, spill) as connection:
        mark_finished(connection, now, [path.name for path in rewritten_files(settings)])
        figures = read_figures(connection)
    return EraseSummary(
        removal=removal,
        figures=figures,
        published_credits=published.credits_charged,
        marts=len(built.rows_by_mart),
        published_path=settings.published_path,
        report_path=settings.report_path,
        strangers=strangers(settings),
    )


def _last_as_of(settings: Settings) -> datetime | None:
    """The "now" of the last good sync: rebuilt as of then, the marts change by the person alone."""
    sql = "select as_of from sync_runs where outcome <> 'failed' order by finished_at desc limit 1"
    with private_folder(settings.state_dir, "spill") as spill, open_to_change(settings, spill) as connection:
        rows: list[Any] = connection.execute(sql).fetchall()
    return rows[0][0].astimezone(UTC) if rows else None


@contextmanager
def _nameless_command_line() -> Iterator[None]:
    """dbt writes the command line, which names the person, into its log and its results."""
    before, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = before


def _plain(error: Exception) -> str:
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
