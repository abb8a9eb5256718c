"""The whole story of an erasure. Each step may die; running the same command again finishes it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zenhire_sync.bucket_versions import kept_versions
from zenhire_sync.company import company_of
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase.folders import clear_working_files, rewritten_files, strangers
from zenhire_sync.errors import WarehouseError, ZenhireError
from zenhire_sync.marts import build_marts
from zenhire_sync.progress import SILENT, Progress
from zenhire_sync.publish import publish_marts
from zenhire_sync.report import write_report
from zenhire_sync.run_id import new_run_id
from zenhire_sync.settings import Profile, Settings
from zenhire_sync.stopping import raise_if_asked
from zenhire_sync.sync.privacy_settings import privacy_of
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.people import ErasureRequest, Figures, Found, Removal, find_people
from zenhire_sync.warehouse.port import Warehouse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EraseSummary:
    """What was removed; the figures that stayed; files that are not ours and may hold the person still.

    ``kept_versions`` says of buckets what they keep of the objects of before.
    """

    removal: Removal
    figures: Figures
    published_credits: int
    marts: int
    published_path: str
    report_path: Path
    strangers: tuple[Path, ...]
    kept_versions: tuple[str, ...]


def erase_people(
    settings: Settings,
    profile: Profile,
    request: ErasureRequest,
    *,
    now: datetime,
    run_id: str | None = None,
    approved: Collection[str] | None = None,
    progress: Progress = SILENT,
) -> EraseSummary:
    """Removes people from the raw tables for good, then from every file made from those.

    ``approved`` are the sessions that the user saw and agreed to; None where no question was needed.

    Raises NobodyFoundError when none is found, WarehouseError when it would be more than was approved, or
    when a step fails; what was removed from the raw tables until then stays removed. Raises
    ConfigurationError when a file of the company is wrong, before anybody is removed.
    """
    # The marts are built anew with them.
    company_of(settings)
    warehouse = warehouse_of(settings)
    _require_warehouse(warehouse)
    found = _find(settings, warehouse, request, approved)
    removal = warehouse.forget(found, now, run_id or new_run_id())
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


def _require_warehouse(warehouse: Warehouse) -> None:
    if not warehouse.raw_tables():
        raise WarehouseError(f"no warehouse at {warehouse.place}; check ZENHIRE_DATA_DIR")
    with warehouse.loading():
        # Opening it brings the raw tables up to this version.
        pass


def _find(
    settings: Settings, warehouse: Warehouse, request: ErasureRequest, approved: Collection[str] | None
) -> Found:
    with warehouse.reading() as reader:
        found = find_people(reader, request, privacy_of(settings))
    more = 0 if approved is None else len({*map(str.lower, found.session_ids)} - {*map(str.lower, approved)})
    if more:
        raise WarehouseError(
            f"nothing was erased: since it was asked, {more:,} more sessions belong to it; run it again"
        )
    return found


def _cleaned(
    settings: Settings, profile: Profile, removal: Removal, now: datetime, progress: Progress
) -> EraseSummary:
    warehouse = warehouse_of(settings)
    clear_working_files(settings)
    warehouse.scrub()
    with warehouse.reading() as reader:
        # Rebuilt as of the last good sync, the marts change by the person alone.
        as_of = good_runs(reader).as_of or now
    with _nameless_command_line():
        built = build_marts(settings, profile, as_of, progress)
    published = publish_marts(settings, now=datetime.now(UTC), progress=progress)
    # A stop waits while published files are swapped.
    raise_if_asked()
    write_report(settings, now=datetime.now(UTC), progress=progress)
    warehouse.scrub_published()
    figures = warehouse.forgotten(now, [path.name for path in rewritten_files(settings)])
    return EraseSummary(
        removal=removal,
        figures=figures,
        published_credits=published.credits_charged,
        marts=len(built.rows_by_mart),
        published_path=published.place,
        report_path=settings.report_path,
        strangers=strangers(settings),
        kept_versions=kept_versions(settings),
    )


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
