"""The file: written whole or not at all, from the published file alone, and honest about its age."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.recorded_progress import Recorded

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import SECTIONS_WRITTEN
from zenhire_sync.report import ReportSummary, write_report
from zenhire_sync.settings import Settings

PublishCompany = Callable[[str], None]
Write = Callable[..., ReportSummary]


def test_summary_says_what_was_written(
    publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("one session")
    assert write() == ReportSummary(
        path=settings.report_path,
        bytes=settings.report_path.stat().st_size,
        charts=1,
        comments_shown=0,
        comments_total=0,
        data_until=datetime(2026, 3, 4, 2, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_only_its_owner_can_read_it(
    umask: int, publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("one session")
    old = os.umask(umask)
    try:
        settings.published_path.parent.chmod(0o700)
        write()
    finally:
        os.umask(old)
    assert stat.S_IMODE(settings.report_path.stat().st_mode) == 0o600


def test_the_published_file_is_only_read(
    publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("everything, 60 personas")
    before = hashlib.sha256(settings.published_path.read_bytes()).digest()
    write()
    assert hashlib.sha256(settings.published_path.read_bytes()).digest() == before
    folder = settings.published_path.parent
    assert {path.name for path in folder.iterdir()} == {"zenhire.duckdb", "report.html"}
    assert {path.name for path in settings.data_dir.iterdir()} == {"published"}


def test_no_other_file_can_be_read_through_it(publish_company: PublishCompany, settings: Settings) -> None:
    publish_company("one session")
    with (
        pytest.raises(WarehouseError, match="Permission Error"),
        warehouse_of(settings).published() as published,
    ):
        published.select("from read_text(?)", __file__)


def test_nothing_published_says_what_to_run(write: Write) -> None:
    with pytest.raises(WarehouseError, match=r"nothing is published at .*; run `zenhire-sync publish` first"):
        write()


def test_a_foreign_file_in_place_of_the_published_one(
    publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("one session")
    settings.published_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be read"):
        write()


def test_the_old_page_stays_when_the_new_one_cannot_be_made(
    publish_company: PublishCompany, publish_sql: Callable[[str], None], write: Write, settings: Settings
) -> None:
    publish_company("one session")
    write()
    old = settings.report_path.read_bytes()
    settings.published_path.write_bytes(b"broken")
    with pytest.raises(WarehouseError):
        write()
    assert settings.report_path.read_bytes() == old


def test_a_folder_in_place_of_the_page_is_named(
    publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("one session")
    settings.report_path.mkdir()
    with pytest.raises(WarehouseError, match=r"cannot write .*report\.html"):
        write()
    assert {p.name for p in settings.published_path.parent.iterdir()} == {"zenhire.duckdb", "report.html"}


@pytest.mark.parametrize(
    ("hours_after", "words"),
    [(1, ""), (36, ""), (48, "Stale: the last good sync ended 2.0 days before this page was made.")],
)
def test_old_data_is_called_stale(
    hours_after: int, words: str, publish_company: PublishCompany, write: Write, settings: Settings
) -> None:
    publish_company("one session")
    write(datetime(2026, 3, 4, 2, 6, tzinfo=UTC) + timedelta(hours=hours_after))
    html = settings.report_path.read_text(encoding="utf-8")
    banner = re.search(r'<p class="stale"([^>]*)>([^<]*)</p>', html)
    assert banner is not None
    assert banner[2] == words
    assert ("hidden" in banner[1]) == (not words)


def test_data_of_unknown_age_is_not_called_fresh(
    publish_sql: Callable[[str], None], write: Write, settings: Settings
) -> None:
    publish_sql("create schema zenhire_marts; create table zenhire_marts.unrelated (i int)")
    write()
    html = settings.report_path.read_text(encoding="utf-8")
    assert "How fresh this data is, is not known" in html
    assert "the published file has no usable negative_feedback" in html


def test_a_report_of_a_minute_shows_each_section_that_is_written(
    publish_company: PublishCompany, settings: Settings
) -> None:
    publish_company("one session")
    progress = Recorded()
    write_report(settings, now=datetime(2026, 3, 5, tzinfo=UTC), progress=progress)
    told = progress.of(SECTIONS_WRITTEN)
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    assert len(told) > 5
