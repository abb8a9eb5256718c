"""The report: read the published file, draw, write one page in one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import WarehouseError
from zenhire_sync.object_store import put_report
from zenhire_sync.progress import SECTIONS_WRITTEN, SILENT, Progress
from zenhire_sync.report.attention import Concern, concerns
from zenhire_sync.report.balances import credit_balance
from zenhire_sync.report.comments import flagged_comments
from zenhire_sync.report.credits import credits_per_day
from zenhire_sync.report.experience import ratings_over_time
from zenhire_sync.report.figures import figure_days, key_figures
from zenhire_sync.report.filter_rows import Who, filter_rows_of
from zenhire_sync.report.filters import filters_of, with_filters
from zenhire_sync.report.forecast import credits_per_month
from zenhire_sync.report.freshness import mart_freshness
from zenhire_sync.report.money import Money, money_of
from zenhire_sync.report.operations import quality_checks, reporting_time_zone, session_funnel
from zenhire_sync.report.page import ReportPage, render
from zenhire_sync.report.periods import CHART_DAYS, DataDays, data_days, days_until
from zenhire_sync.report.persona_rates import negative_rate_by_persona
from zenhire_sync.report.prompts import prompt_changes
from zenhire_sync.report.published import Published
from zenhire_sync.report.section import Section
from zenhire_sync.settings import Settings
from zenhire_sync.step_record import read_records
from zenhire_sync.stopping import held
from zenhire_sync.whole_files import private_folder, put_in_place, seal

# The page is meant to be mailed and opened by its owner; it holds people's words.
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What was written. Times are UTC."""

    path: Path
    bytes: int
    charts: int
    comments_shown: int
    comments_total: int
    data_until: datetime | None
    attention: tuple[Concern, ...] = ()

    def counts(self) -> dict[str, int]:
        """What the end of the step tells."""
        return {"charts": self.charts, "comments": self.comments_shown, "bytes": self.bytes}


def write_report(settings: Settings, *, now: datetime, progress: Progress = SILENT) -> ReportSummary:
    """Writes ``published/report.html`` from the published file; the old page stays until the new is whole.

    ``now`` is when the page is made, by the clock on the wall: a run's --as-of has no say in it.
    Raises WarehouseError when nothing is published or the page cannot be written.
    """
    with warehouse_of(settings).published() as reader:
        page = _page(Published(reader), settings, now, progress)
    content = render(page).encode()
    _put(content, settings.report_path)
    if settings.store_url is not None:
        put_report(settings.report_path, settings.store_url)
    return ReportSummary(
        path=settings.report_path,
        bytes=len(content),
        charts=sum(section.chart is not None for section in page.sections),
        comments_shown=len(page.comments.shown),
        comments_total=page.comments.total,
        data_until=page.publication.data_until,
        attention=tuple(page.concerns),
    )


def published_concerns(settings: Settings, now: datetime) -> tuple[Concern, ...]:
    """What needs attention in what is published, without the steps of the last run.

    Raises WarehouseError when nothing is published.
    """
    with warehouse_of(settings).published() as reader:
        published = Published(reader)
        time_zone = reporting_time_zone(published) or settings.reporting_time_zone
        last_day = published.publication().last_day(now, time_zone)
        return concerns(published, last_day, _last_survey_look(settings), ())


def _last_survey_look(settings: Settings) -> timedelta:
    return timedelta(days=max(settings.survey_ladder_days, default=0))


def _page(published: Published, settings: Settings, now: datetime, progress: Progress) -> ReportPage:
    publication = published.publication()
    time_zone = reporting_time_zone(published) or settings.reporting_time_zone
    last_day = publication.last_day(now, time_zone)
    days, money = data_days(published, last_day), money_of(published)
    filter_rows = filter_rows_of(published, last_day)
    who = None if filter_rows is None else filter_rows.who
    sections = _sections(_Inputs(published, now, days, money, who), progress)
    return ReportPage(
        publication=publication,
        made_at=now.astimezone(UTC),
        reporting_time_zone=time_zone,
        sections=sections if filter_rows is None else tuple(map(with_filters, sections)),
        comments=flagged_comments(published, who),
        figures=key_figures(published, days, money),
        figure_days=figure_days(days),
        concerns=concerns(
            published,
            last_day,
            _last_survey_look(settings),
            read_records(settings.state_dir),
        ),
        filters=None if filter_rows is None else filters_of(published, filter_rows, days),
    )


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What the parts of the page are made with."""

    published: Published
    now: datetime
    days: DataDays
    money: Money | None
    who: Who | None


def _sections(inputs: _Inputs, progress: Progress) -> tuple[Section, ...]:
    """The parts in the order in which they are asked about: money first, then candidates, then operations."""
    published, last_day, money, who = inputs.published, inputs.days.last, inputs.money, inputs.who
    period = days_until(inputs.days.whole, CHART_DAYS)
    questions: tuple[Callable[[], Section], ...] = (
        lambda: credits_per_day(published, period, money, who),
        lambda: credits_per_month(published, last_day, money),
        lambda: credit_balance(published, last_day, money),
        lambda: negative_rate_by_persona(published, who),
        lambda: ratings_over_time(published, period),
        lambda: prompt_changes(published, who),
        lambda: session_funnel(published, period),
        lambda: quality_checks(published),
        lambda: mart_freshness(published, inputs.now),
    )
    sections = []
    for section in questions:
        sections.append(section())
        progress.advance(SECTIONS_WRITTEN, len(sections), len(questions))
    return tuple(sections)


def _put(content: bytes, target: Path) -> None:
    try:
        with private_folder(target.parent, "report") as scratch:
            draft = scratch / target.name
            draft.write_bytes(content)
            seal(draft, like=target.parent, file_mode=_MODE)
            # A stop after the swap must not say that the old page stays.
            with held():
                put_in_place(draft, target)
    except OSError as error:
        raise WarehouseError(f"cannot write {error.filename or target}: {error.strerror}") from None
