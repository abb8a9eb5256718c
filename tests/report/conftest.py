"""Published files of companies of several kinds, made with SQL alone, and a reader of the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from tests.report.browser import CAN_LOOK, Browse, visit
from tests.report.companies import KINDS, Large, give_long_names, publish_kind
from tests.report.companies import NOW as LARGE_NOW

from zenhire_sync.report import ReportSummary, write_report
from zenhire_sync.settings import Settings

NOW = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
COMMENTS = {
    "script": "<script>alert(1)</script>",
    "breakout": "</script></table><img src=x onerror=alert(2)>",
    "sql": "'; drop table sessions; --",
    "rtl": "המראיין לא הבין אותי",
    "override": "The voice \u202edesrever\u202c twice",
    "template": "{{ 7 * 7 }} ${7 * 7} {% raw %}",
    "long": "x" * 10_000,
    "control": "bell\x07 and escape\x1b[31m",
    "lines": "first line\nsecond line",
}

# The two marts that are always published, and what says how fresh they are.
_MAIN = """
create schema zenhire_marts;
create table zenhire_marts.publication as select
    timestamp '2026-03-04 03:00:00' as published_at, timestamp '2026-03-04 02:06:00' as data_until;
create table zenhire_marts.credit_usage_daily (usage_date date, project_id varchar, persona_id varchar,
    role_name varchar, language varchar, source varchar, sessions_completed bigint,
    interview_minutes decimal(18, 4), billed_minutes bigint, credits_charged bigint);
create table zenhire_marts.negative_feedback (session_id varchar, rating bigint, comment varchar,
    role_name varchar, language varchar, project_id varchar, persona_id varchar, persona_version bigint,
    candidate_ref varchar, submitted_at timestamp);
"""
_ONE_SESSION = """
insert into zenhire_marts.credit_usage_daily values
    ('2026-03-03', null, 'p1', 'Driver', 'en', 'requests', 1, 9.5, 10, 20);
"""
_ONE_FACT = """
insert into zenhire_marts.fct_sessions values ('s1', 'A', '', null, '(no project)', 'p1', 'Driver', 'Driver',
    'en', 'completed', 'completed', '2026-03-03', '2026-03-03', '2026-03-03', false, false, 20);
"""
# what was charged each day, session by session, and as many that came to nothing
_MANY_FACTS = """
insert into zenhire_marts.fct_sessions
select 's' || row_number() over (), 'A', coalesce(project_id, ''), project_id,
    coalesce('Project </script> ' || project_id, '(no project)'), persona_id, role_name, role_name, language,
    outcome, outcome, usage_date, case when outcome = 'completed' then usage_date end, usage_date, false,
    false, case when outcome = 'completed' then credits_charged end
from zenhire_marts.credit_usage_daily, (values ('completed'), ('waiting')) o(outcome);
"""
_MANY_SESSIONS = """
insert into zenhire_marts.credit_usage_daily
select date '2025-12-01' + d::int, case when p < 9 then 'project-' || p end, 'p' || p,
    'Role "' || p || '"</script>', 'en', 'requests', 1, 9.5, 10, 20 + p
from range(90) d(d), range(10) p(p) where (d + p) % 3 = 0;
"""
_FACTS = """
create table zenhire_marts.fct_sessions (session_id varchar, account varchar, project_key varchar,
    project_id varchar, project_name varchar, persona_id varchar, persona_name varchar, role_name varchar,
    language varchar, status varchar, outcome varchar, created_date date, usage_date date,
    started_at timestamp, is_reinvited boolean, has_feedback boolean, credits_charged bigint);
create table zenhire_marts.fct_feedback (session_id varchar, feedback_date date, rating bigint,
    is_negative boolean default false, project_key varchar default '', project_id varchar,
    project_name varchar default '(no project)', persona_id varchar default 'p1',
    persona_name varchar default 'Driver', role_name varchar default 'Driver', language varchar default 'en');
create table zenhire_marts.dim_persona_version (persona_id varchar, role_name varchar, persona_version bigint,
    in_force_from_at timestamp);
"""
_SURVEYS = """
insert into zenhire_marts.fct_feedback (session_id, feedback_date, rating, is_negative, persona_id,
    persona_name, role_name)
select 's' || i, date '2025-12-01' + (i % 90)::int, 1 + i % 5, i % 5 < 2, 'p' || i % 10, 'Role ' || i % 10,
    'Role ' || i % 10 from range(300) t(i);
insert into zenhire_marts.dim_persona_version values
    ('p1', 'Driver', 1, null), ('p1', 'Driver', 2, '2026-02-03 03:00:00'),
    ('p2', '<b>', 2, '2026-02-04 03:00:00');
"""
# What the later marts have, as far as the page reads it.
_FURTHER = """
create table zenhire_marts.credit_usage_monthly as
    select date '2025-01-01' + to_months(m::int) as month_start_date, 'project-' || p as project_id,
        1000 + 10 * m::bigint as credits_charged,
        case when m = 14 then 3000.5 end as all_projects_run_rate_credits,
        case when m = 14 then 2500.5 end as all_projects_run_rate_low_credits,
        case when m = 14 then 3500.5 end as all_projects_run_rate_high_credits
    from range(15) m(m), range(2) p(p);
create table zenhire_marts.credit_balance as
    select timestamp '2026-02-01 03:00:00' + to_days(d::int) as as_of, 5000.0 - 50 * d as credit_balance,
        50.0 as burn_credits_per_day, 100.0 - d as days_until_empty
    from range(30) d(d);
create table zenhire_marts.feedback_by_persona as
    select 'persona-' || p as persona_id,
        case when p % 2 = 0 then 'Driver' else 'Role "' || p || '"</script>' end as role_name,
        'en' as language, 10 + p as responses, 2 as negative_responses, 2.0 / (10 + p) as negative_rate,
        0.02 as negative_rate_low, 0.6 as negative_rate_high, p as previous_responses,
        case when p > 0 then 0.2 end as previous_negative_rate, p % 9 = 0 as is_worse
    from range(60) p(p);
create table zenhire_marts.prompt_impact as
    select 'persona-1' as persona_id, 'Driver' as role_name, 'en' as language, 2 as persona_version,
        timestamp '2026-02-03 03:00:00' as changed_at, true as is_system_prompt_changed,
        false as is_base_prompt_override_changed, false as is_role_name_changed, true as is_language_changed,
        40 as before_sessions_completed, 12 as after_sessions_completed,
        9.5 as before_average_minutes, 12.25 as after_average_minutes,
        19.0 as before_credits_per_interview, 24.5 as after_credits_per_interview,
        20 as before_responses, 0 as after_responses,
        0.1 as before_negative_rate, null::double as after_negative_rate, false as is_worse;
create table zenhire_marts.session_funnel as
    select date '2026-03-01' as created_date, 100 as sessions_created, 70 as sessions_started,
        60 as sessions_completed, 5 as sessions_failed, 20 as sessions_expired, 1 as sessions_withdrawn,
        4 as sessions_in_progress, 10 as sessions_waiting, 3 as sessions_reinvited;
create table zenhire_marts.data_quality as
    select 'check_' || c as check_name, 'What failing row ' || c || ' means.' as meaning,
        timestamp '2026-03-04 02:00:00' as run_as_of, c as rows_failing,
        case when c > 0 then 'id-1, id-2' end as examples
    from range(3) c(c);
create table zenhire_marts.sync_freshness as
    select 'credit_usage_daily' as mart_name, timestamp '2026-03-04 02:10:00' as built_at,
        timestamp '2026-03-04 02:06:00' as data_until, date '2026-02-02' as surveys_final_until_date,
        false as is_stale, 'Europe/Berlin' as reporting_time_zone;
"""
COMPANIES = {
    "only the two main marts": _MAIN + _MANY_SESSIONS,
    "nothing at all yet": _MAIN + _FACTS,
    "one session": _MAIN + _FACTS + _ONE_SESSION + _ONE_FACT,
    "no surveys": _MAIN + _FACTS + _MANY_SESSIONS + _MANY_FACTS,
    "surveys, no prompt change": _MAIN
    + _FACTS
    + _ONE_SESSION
    + _ONE_FACT
    + "insert into zenhire_marts.fct_feedback (session_id, feedback_date, rating) values"
    + " ('s1', '2026-03-03', 5);",
    "everything, 60 personas": _MAIN + _FACTS + _MANY_SESSIONS + _MANY_FACTS + _SURVEYS + _FURTHER,
}


@dataclass
class Element:
    """One tag (``/tag`` where it ends), with the text up to the next tag."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class ReadPage(HTMLParser):
    """The page as a browser's parser sees it."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append(Element(f"/{tag}", {}))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.elements[-1].text += data

    def named(self, tag: str) -> list[Element]:
        """All elements of that tag."""
        return [element for element in self.elements if element.tag == tag]


@pytest.fixture
def change(settings: Settings) -> Callable[[str], None]:
    """Changes the published file behind the program's back."""

    def run(sql: str) -> None:
        with duckdb.connect(str(settings.published_path)) as file:
            file.execute(sql)

    return run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty data folder."""
    return Settings(data_dir=tmp_path / "data", memory_limit="500MB")


@pytest.fixture
def publish_sql(settings: Settings) -> Callable[[str], None]:
    """Makes the published file from SQL."""

    def publish(sql: str) -> None:
        shutil.rmtree(settings.published_path.parent, ignore_errors=True)
        settings.published_path.parent.mkdir(parents=True)
        with duckdb.connect(str(settings.published_path)) as file:
            file.execute(sql)

    return publish


@pytest.fixture
def publish_company(publish_sql: Callable[[str], None]) -> Callable[[str], None]:
    """Makes the published file of a kind of company."""
    return lambda kind: publish_sql(COMPANIES[kind])


@pytest.fixture
def publish_comments(settings: Settings, publish_sql: Callable[[str], None]) -> Callable[..., None]:
    """Makes a published file with these flagged comments, by session id; the first is the newest."""

    def publish(comments: dict[str, str | None], candidate: str | None = None) -> None:
        publish_sql(_MAIN)
        rows = [
            (key, words, words, candidate, number) for number, (key, words) in enumerate(comments.items())
        ]
        with duckdb.connect(str(settings.published_path)) as file:
            file.executemany(
                "insert into zenhire_marts.negative_feedback values"
                " (?, 1, ?, ?, 'en', null, 'p1', 2, ?, timestamp '2026-03-01 00:00:00' - to_minutes(?))",
                rows,
            )

    return publish


@pytest.fixture
def hostile_comments() -> dict[str, str | None]:
    """What strangers can write."""
    return dict(COMMENTS)


@pytest.fixture
def write(settings: Settings) -> Callable[..., ReportSummary]:
    """Writes the report at a fixed time."""
    return lambda now=NOW: write_report(settings, now=now)


@pytest.fixture
def page(settings: Settings, write: Callable[..., ReportSummary]) -> Callable[[], ReadPage]:
    """Writes the report and reads it back."""

    def read() -> ReadPage:
        write()
        return ReadPage(settings.report_path.read_text(encoding="utf-8"))

    return read


@pytest.fixture
def read_page(settings: Settings) -> Callable[[], ReadPage]:
    """Reads the page that was written last."""
    return lambda: ReadPage(settings.report_path.read_text(encoding="utf-8"))


@pytest.fixture(params=COMPANIES)
def any_company(request: pytest.FixtureRequest, publish_company: Callable[[str], None]) -> str:
    """Every kind of company in turn, published."""
    publish_company(request.param)
    return str(request.param)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Large]:
    """The company of 50 personas, 30 tags and a year, published by the program itself."""
    settings = publish_kind(KINDS["50 personas, a year"], tmp_path_factory.mktemp("large"))
    page = write_report(settings, now=LARGE_NOW).path
    with duckdb.connect(str(settings.published_path), read_only=True) as marts:
        yield Large(settings, page, marts)


@pytest.fixture
def long_names(large: Large, settings: Settings) -> Path:
    """The page of that company under long names of many scripts."""
    settings.published_path.parent.mkdir(parents=True)
    shutil.copy(large.settings.published_path, settings.published_path)
    settings.published_path.chmod(0o600)
    give_long_names(settings.published_path)
    return write_report(settings, now=LARGE_NOW).path


_LOOKS = ("axe", "browser", "companies", "downloads", "filters", "print")
collect_ignore = [] if CAN_LOOK else [f"test_{name}.py" for name in _LOOKS]


@pytest.fixture
def browse() -> Browse:
    """Runs a visit in a fresh tab."""
    return visit
