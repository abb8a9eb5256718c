"""Five companies as they might be, published by the program itself: none, one session, young, large, old."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from tests.report.browser import Tab
from tests.transforms.warehouse import (
    Company,
    Row,
    completed,
    persona_version,
    session,
    survey,
    sync_run,
    tags,
)

from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings
from zenhire_sync.simulator.texts import LANGUAGES, LONG_ROLES, ROLES

NOW = datetime(2026, 3, 13, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """What a company is like: sizes, days of history, its names and its clients."""

    sessions: int
    days: int
    personas: int = 6
    projects: int = 3
    tags: int = 8
    roles: tuple[str, ...] = ROLES
    accounts: tuple[str, ...] = ("Example Ltd",)


KINDS = {
    "none": Kind(0, 1),
    "one session": Kind(1, 1, personas=1, projects=1),
    "young, two accounts": Kind(1_500, 72, accounts=("Example Ltd", "Example GmbH")),
    "50 personas, a year": Kind(20_000, 365, personas=50, projects=8, tags=30),
    "two years, long names": Kind(3_000, 730, personas=12, projects=9, roles=LONG_ROLES),
}
_LONG_PROJECTS = (
    "採用プロジェクト二〇二六年度上半期新卒エンジニア職および総合職東京大阪名古屋福岡合同選考",
    "مشروع توظيف المهندسين والمحللين في الشرق الأوسط وشمال أفريقيا للنصف الأول من العام",
    "Donaudampfschifffahrtsgesellschaftskapitänsanwärterinnenausbildungsprojekt",
)
_COMMENTS = (
    "It never let me finish.",
    "Unfair.",
    "=1+1",
    'He said "no", twice',
    "המראיין לא הבין אותי",
    "長すぎる面接",
    None,
)


_NAMES = {
    "project_name": "'مشروع توظيف المهندسين والمحللين في الشرق الأوسط ' || project_name || '</script>'",
    "persona_name": "repeat('大規模分散システムの信頼性を担当する技術責任者', 4) || persona_name",
    "role_name": "'Donaudampfschifffahrtsgesellschaftskapitänsanwärterinnenausbildungsleitung' || role_name",
    "account": "case when length(account) % 2 = 0 then account else repeat('株式会社データ', 20) end",
}
CHOOSE_A_PROJECT = """
(() => {
  const control = document.getElementById('filter-project');
  control.value = control.options[1].value;
  document.getElementById('filter-period').value = '365';
  control.form.dispatchEvent(new Event('change'));
})()
"""


@dataclass(frozen=True)
class Large:
    """The page of a large company, its settings, and its published marts."""

    settings: Settings
    page: Path
    marts: duckdb.DuckDBPyConnection

    def one(self, sql: str, *values: object) -> tuple[Any, ...]:
        """The first row of a query."""
        row: tuple[Any, ...] | None = self.marts.execute(sql, list(values)).fetchone()
        assert row is not None
        return row


async def open_with_filters(tab: Tab, page: Path, **look: Any) -> None:
    """Opens a page and waits until it can be filtered."""
    await tab.open(page, **{"scheme": "light", **look})
    await tab.until("document.documentElement.dataset.filters === 'ready'")


def give_long_names(marts: Path) -> None:
    """Renames everything in a published file: long, in wide scripts and in one from right to left."""
    with duckdb.connect(str(marts)) as file:
        columns = file.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'zenhire_marts'"
            " and column_name in (select unnest(?))"
            " and table_name in (select table_name from duckdb_tables())",
            [list(_NAMES)],
        ).fetchall()
        assert len(columns) > 20
        for table, column in columns:
            file.execute(f"update zenhire_marts.{table} set {column} = {_NAMES[column]}")


def publish_kind(kind: Kind, folder: Path) -> Settings:
    """A data folder with the published marts of such a company."""
    names = folder / "company"
    names.mkdir(parents=True)
    _write_names(kind, names)
    company = Company(folder / "data", {"company_dir": names})
    company.build(_raw(kind), NOW)
    publish_marts(company.settings, now=NOW)
    return company.settings


def _project_names(kind: Kind) -> list[str]:
    plain = [
        f"Hiring {place}"
        for place in ("North", "South", "East", "West", "EMEA", "LATAM", "Care", "Tech", "Ops")
    ]
    long = [*_LONG_PROJECTS, *plain]
    return (long if kind.roles is LONG_ROLES else plain)[: kind.projects]


def _write_names(kind: Kind, folder: Path) -> None:
    names = _project_names(kind)
    _csv(
        folder / "projects.csv",
        ("project_id", "name", "cost_center", "owner"),
        ((f"project-{n}", name, "", "") for n, name in enumerate(names)),
    )
    _csv(
        folder / "accounts.csv",
        ("client_id", "name"),
        ((f"client-{n}", name) for n, name in enumerate(kind.accounts)),
    )


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def _raw(kind: Kind) -> dict[str, list[Row]]:
    rng = random.Random(20260313)
    rows: dict[str, list[Row]] = {
        "sessions": [],
        "session_feedback": [],
        "session_tags": [],
        "persona_versions": [],
    }
    for number in range(kind.sessions):
        _add_session(rng, kind, number, rows)
    for persona in range(kind.personas if kind.sessions else 0):
        seen = ((NOW - timedelta(days=kind.days)).isoformat(), NOW.isoformat())
        rows["persona_versions"].append(_version(kind, persona, 1, seen))
    rows["sync_runs"] = [
        sync_run(f"run-{days}", as_of=NOW - timedelta(days=days), started_at=NOW, finished_at=NOW)
        for days in range(min(kind.days, 60))
    ]
    rows["credit_balances"] = [
        {
            "run_id": f"run-{days}",
            "client_id": f"client-{n}",
            "credit_balance": 9_000.0 + (n + 1) * 100 * days,
        }
        for days in range(min(kind.days, 60))
        for n in range(len(kind.accounts))
    ]
    return rows


def _version(kind: Kind, persona: int, version: int, seen: tuple[str, str]) -> Row:
    return persona_version(f"persona-{persona}", version, seen, **_of_persona(kind, persona))


def _of_persona(kind: Kind, persona: int) -> dict[str, Any]:
    role = kind.roles[persona % len(kind.roles)]
    many = f" {persona}" if kind.personas > len(kind.roles) else ""
    return {"role_name": f"{role}{many}", "language": LANGUAGES[persona % 7]}


def _add_session(rng: random.Random, kind: Kind, number: int, rows: dict[str, list[Row]]) -> None:
    persona = int(rng.random() ** 1.5 * kind.personas)
    project = rng.randrange(kind.projects + 1)
    account = project % len(kind.accounts)
    created = NOW - timedelta(minutes=rng.randrange(5 * 60, kind.days * 24 * 60 + 1))
    fields = {
        "persona_id": f"persona-{persona}",
        "client_id": f"client-{account}",
        "project_id": None if project == kind.projects else f"project-{project}",
        **_of_persona(kind, persona),
        "detail_checked_at": NOW,
        "candidate_ref": f"candidate-{number}-of-spring",
    }
    key = f"00000000-0000-4000-8000-{number:012x}"
    rows["session_tags"] += tags(key, *{f"tag-{rng.randrange(kind.tags)}" for _ in range(rng.randrange(3))})
    if number and rng.random() > 0.75:
        status = rng.choice(["initiated", "failed", "active"])
        started = created + timedelta(hours=1) if status == "active" else None
        rows["sessions"].append(
            session(key, created.isoformat(), status=status, started_at=started, **fields)
        )
        return
    start = (created + timedelta(hours=2)).replace(tzinfo=None).isoformat()
    done = completed(key, start, rng.randrange(200, 2_400), **fields)
    rows["sessions"].append(done)
    if number == 0 or rng.random() < 0.5:
        rating = rng.choice([1, 2, 3, 4, 4, 5, 5] if persona else [1, 1, 2, 4, 5])
        said = rng.choice(_COMMENTS) if rating < 3 else None
        submitted = min(done["completed_at"] + timedelta(hours=rng.randrange(48)), NOW - timedelta(hours=1))
        rows["session_feedback"].append(
            survey(key, rating, submitted.replace(tzinfo=None).isoformat(), comment=said)
        )
