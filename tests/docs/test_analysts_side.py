"""What analysts are given works on a published company in which there is something to find."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.company.folder import write_files
from tests.transforms.warehouse import (
    NOW,
    Company,
    at,
    audit_result,
    completed,
    detail_result,
    persona_version,
    published_before,
    session,
    survey,
    sync_run,
    tags,
)
from zenhire_schemas.tables import SESSION_STATES
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
QUESTIONS = re.findall(
    r"^### \d+\. (.*?)$.*?```sql\n(.*?)```", (DOCS / "questions.md").read_text(), re.M | re.S
)
PUBLISHED_MD = (DOCS / "published.md").read_text()
# every other query that a document gives, wherever it stands; those of other warehouses are parsed in
# test_warehouses.py
QUERIES = [
    pytest.param(query, id=f"{path.name}: {query.strip().splitlines()[0][:50]}")
    for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
    if path.name not in {"questions.md", "warehouses.md"}
    for query in re.findall(r"```sql\n(.*?)```", path.read_text(), re.DOTALL)
]
LOCKED = {"enable_external_access": "false", "lock_configuration": "true"}
SECRET = "My voice cracked and it laughed"  # words of a person

NURSE = {"project_id": "sales", "persona_id": "nurse", "role_name": "Nurse", "detail_checked_at": NOW}
COOK = {"persona_id": "cook", "role_name": "Cook"}
LONG_AGO = [f"2026-01-{day} 10:00" for day in range(14, 26)]
LATELY = [f"2026-02-{day} 10:00" for day in range(12, 24)]
SESSIONS = [
    *(completed(start, start, 5 * 60, **NURSE) for start in LONG_AGO),
    *(completed(start, start, 35 * 60, **NURSE) for start in LATELY),
    completed("fast", "2026-03-05 10:00", 5 * 60, candidate_ref="cand-1", **COOK),
    completed("broken", "2026-03-04 10:00", 60, status="failed", credit_charged=2, **COOK),
    session("unopened", "2026-03-01 08:00", **COOK),
    completed("early", "2025-11-20 10:00", 60, status="failed", credit_charged=None, **NURSE),
]
SURVEYS = [
    *(survey(start, 5, start[:-5] + "12:00") for start in LONG_AGO),
    *(survey(start, 1, start[:-5] + "12:00") for start in LATELY),
    survey("fast", 2, "2026-03-06 10:00", comment=SECRET),
]
VERSIONS = [
    persona_version("nurse", 1, ("2026-01-10 02:00", "2026-02-10 02:00")),
    persona_version("nurse", 2, ("2026-02-11 02:00", "2026-03-10 02:00")),
    persona_version("cook", 1, ("2026-01-10 02:00", "2026-03-10 02:00"), role_name="Cook"),
]
STATES = [
    {"session_id": "fast", "seen_from": at("2026-03-05 02:00"), "status": "initiated"}
    | {"persona_id": "cook", "run_id": "run-0", "is_removed": False},
    *(
        {name: row.get(name) for name in SESSION_STATES.column_names}
        | {"session_id": row["id"], "seen_from": NOW, "is_removed": False}
        for row in SESSIONS
    ),
]
RUNS = [
    sync_run("run-0", 900, as_of=NOW - timedelta(days=10)),
    sync_run("run-1", 500),
]
# words of the question to the first row of its answer, as far as it can be told beforehand
ANSWERS = {
    "last month": ("sales", 840, 120, 6, 1, 420),
    "this month": (500, 40),
    "campaign": ("(no tag)", 962),
    "ask ZenHire": ("charged_not_completed", at("2026-03-04 00:00").date(), "broken", "failed", 60, 2, 0, 2),
    "bad interview": (at("2026-03-06 00:00").date(), 2, "Cook", SECRET, "cand-1", "fast", 0, True),
    "mend first": ("Nurse", "en", True, 12, 1),
    "last change": ("Nurse", at("2026-02-11 02:00").replace(tzinfo=None), 12, 0, 12, 1, 0, 60, True),
    "long interviews": ("under 10", 13, 13, 4.77),
    "lose candidates": (at("2025-11-17 00:00").date(), 1, 1, 0, 0, 1, 0, 0),
    "this morning": (
        "freshness",
        "stale",
        "data until 2026-03-10 02:00:00 UTC, surveys final until 2026-02-07",
    ),
}
# words of the query to a row of its answer, as far as it can be told beforehand; the first that fit count
FOUND = {
    "strftime(usage_date": ("2026-02", "sales", 420, 840),
    "where comment is not null": (at("2026-03-06 00:00").date(), 2, "Cook", SECRET, "fast"),
    "from zenhire_marts.credit_usage_monthly": (at("2026-03-01 00:00").date(), "sales", 0, 840, 647.5),
    "overrun_chance": (
        at("2026-02-01 00:00").date(),
        "sales",
        None,
        None,
        at("2026-02-23 00:00").date(),
        100,
    ),
    "from zenhire_marts.credit_anomalies": (at("2026-02-12 00:00").date(), "sales", 70, 0, "volume", "Nurse"),
    "from zenhire_marts.credit_statement": (
        at("2026-03-01 00:00").date(),
        "client",
        900,
        0,
        12,
        0,
        388,
        500,
    ),
    "from zenhire_marts.dim_account": ("client", "client"),
    "from zenhire_marts.session_history": (
        "fast",
        at("2026-03-05 02:00").replace(tzinfo=None),
        at("2026-03-10 02:00").replace(tzinfo=None),
        "initiated",
    ),
    "from zenhire_marts.credit_budgets": (at("2026-02-01 00:00").date(), "sales", 800, 840),
    "from zenhire_marts.credit_usage_by_attribute": ("Kitchen", 12, 1),
    "from zenhire_marts.feedback_by_attribute": ("sales", 24, 50),
    "from zenhire_marts.sessions_wide": ("fast", "(no project)", "Cook"),
    "from zenhire_marts.session_attributes": ("season", "Spring 2026", 1),
    "from zenhire_marts.bridge_session_tag": ("Spring 2026", 1, 2),
    "from zenhire_marts.credit_usage_by_tag": ("spring", 10, 1),
    "from zenhire_marts.credit_reconciliation": ("charged_not_completed", 1, 2),
    "from zenhire_marts.forecast_accuracy": (15, 3, 1),
    "from zenhire_marts.sync_accuracy": ("all", "any", 50, 1, 0.01, 0.08),
    "from zenhire_marts.restatements": (
        at("2026-03-01 00:00").date(),
        "(no project)",
        "credits_charged",
        "charge_edited",
        3,
        12,
        7,
        "fast",
    ),
    "from zenhire_marts.credit_close": (at("2026-02-01 00:00").date(), "client", False, 840, 0, 840),
    "from zenhire_marts.session_changes": ("fast", "charge_edited", 3, 10),
    "from zenhire_marts.request_value": ("survey", 3, 30, 3, 1, 0),
    "from zenhire_marts.credit_balance": (
        at("2026-03-10 00:00").date(),
        500,
        40,
        12.5,
        at("2026-03-22 00:00").date(),
    ),
    "from zenhire_marts.focus_1_4_cost_and_usage": (
        at("2026-02-01 00:00").replace(tzinfo=None),
        "Open",
        None,
        840,
        420,
    ),
    "from zenhire_marts.focus_1_4_billing_period": (
        at("2026-02-01 00:00").replace(tzinfo=None),
        at("2026-03-01 00:00").replace(tzinfo=None),
        "Open",
    ),
    "from zenhire_marts.focus_cost_and_usage": (
        at("2026-02-01 00:00").replace(tzinfo=None),
        "sales",
        840,
        420,
    ),
    "from zenhire_marts.feedback_daily": (at("2026-02-16 00:00").replace(tzinfo=None), 1),
    "from zenhire_marts.feedback_by_persona": ("Nurse", 12, 1, 0, True),
    "from zenhire_marts.prompt_impact": (at("2026-02-11 02:00").replace(tzinfo=None), "Nurse", 0, 1, 1, 1),
    "from zenhire_marts.session_funnel": (at("2026-03-01 00:00").replace(tzinfo=None), 3, 2, 1, 1),
    "from zenhire_marts.data_quality_findings": (
        "charge_against_the_rules",
        "broken",
        at("2026-03-04 09:00").replace(tzinfo=None),
    ),
    "from zenhire_marts.data_quality\n": (
        "set_aside",
        "A row or answer broke the contract and is still set aside.",
        1,
        "lost",
    ),
    "metric_name = 'no_show_rate'": ("No-show rate", "Share of the sessions created whose link died unused."),
    "from zenhire_marts.metrics": (
        "average_rating",
        "1 to 5",
        "avg(rating)",
        "fct_feedback",
        "feedback_date",
    ),
    "as csat,": (at("2026-01-01 00:00").replace(tzinfo=None), 1, 0.76, 1),
    "newcombe_low": ("en", 25, 13),
    "from zenhire_marts.sync_freshness": ("fct_feedback", at("2026-03-10 02:00").replace(tzinfo=None), True),
    "not s.has_recording": ("Wednesday", at("2026-03-04 00:00").date(), "broken", "Cook", "(no project)"),
    "avg(f.rating)": ("Nurse", 2, at("2026-02-11 02:00").replace(tzinfo=None), 12, 1),
    "from zenhire_raw.rejected_rows": ("id: Field required", 1),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a company whose marts were built and published."""
    company = Company(tmp_path_factory.mktemp("company"), {"credit_price": "0.5"})
    write_files(
        company.data_dir,
        budgets_csv="project_id,month,credits\nsales,2026-02,800\nsales,2026-03,800\n",
        personas_csv="persona_id,name,team\ncook,,Kitchen\n",
        tags_csv="tag,group,label\nspring,season,Spring 2026\n",
    )
    company.build(
        {
            "rejected_rows": [
                {
                    "rejected_id": "r-1",
                    "endpoint": "list",
                    "session_id": "lost",
                    "reason": "id: Field required",
                    "first_seen_at": NOW,
                    "seen_at": NOW,
                    "run_id": "run-1",
                }
            ],
            "sessions": SESSIONS,
            "session_feedback": SURVEYS,
            "session_tags": tags("fast", "spring"),
            "session_states": STATES,
            "persona_versions": VERSIONS,
            "sync_runs": RUNS,
            "audit_results": [
                audit_result("run-0", "beyond_ladder", (900, 40, 40, 0)),
                audit_result("run-0", "recheck_window", (100, 10, 10, 1)),
                audit_result("run-0", "recheck_window", (100, 10, 10, 1), "feedback"),
            ],
            "published_builds": [{"build_id": "b0", "built_at": NOW - timedelta(days=1), "recorded_at": NOW}],
            "published_sessions": [published_before("fast", "b0", credits_charged=3)],
            "detail_results": [
                detail_result("run-0", "completed", "", (40, 6, 1)),
                detail_result("run-0", "survey", "3", (20, 2, 1)),
                detail_result("run-1", "survey", "3", (10, 1, 0)),
            ],
        }
    )
    publish_marts(company.settings, now=NOW)
    return company.settings


@pytest.mark.slow
@pytest.mark.parametrize(("question", "query"), QUESTIONS, ids=lambda text: text[:30])
def test_a_question_is_answered(published: Settings, question: str, query: str) -> None:
    with duckdb.connect(str(published.published_path), read_only=True, config=LOCKED) as marts:
        rows: list[tuple[Any, ...]] = marts.execute(query).fetchall()
    (answer,) = (answer for words, answer in ANSWERS.items() if words in question)
    assert tuple(map(_rounded, rows[0]))[: len(answer)] == answer


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_any_document_finds_what_is_there(published: Settings, query: str) -> None:
    """An answer of 0 or of no row is what a query with a wrong column gives, and nobody notices."""
    file = published.warehouse_path if "zenhire_raw" in query else published.published_path
    with duckdb.connect(str(file), read_only=True, config=LOCKED) as marts:
        rows = [tuple(map(_rounded, row)) for row in marts.execute(query).fetchall()]
    answer = next(answer for words, answer in FOUND.items() if words in query)
    assert answer in [row[: len(answer)] for row in rows]


def test_the_query_behind_a_finding_lists_as_many_rows_as_were_counted(published: Settings) -> None:
    with duckdb.connect(str(published.published_path), read_only=True, config=LOCKED) as marts:
        findings = marts.execute(
            "select example_query, sum(rows_failing) from data_quality"
            " group by all having sum(rows_failing) > 0"
        ).fetchall()
        assert len(findings) == 3
        for query, rows in findings:
            assert len(marts.execute(query).fetchall()) == rows


def test_the_query_of_each_metric_is_answered_on_the_locked_file(published: Settings) -> None:
    with duckdb.connect(str(published.published_path), read_only=True, config=LOCKED) as marts:
        told = marts.execute("select example_query, low_expression, mart_name from metrics").fetchall()
        assert len(told) > 15
        for query, low, mart in told:
            assert marts.execute(query).fetchall() != []
            if low is not None:
                [(found,)] = marts.execute(f"select {low} from {mart}").fetchall()
                assert 0 <= found < 1


@pytest.mark.parametrize("reader", ["pandas", "polars", "ibis"])
def test_parquet_is_read_as_its_document_says(published: Settings, tmp_path: Path, reader: str) -> None:
    text = (DOCS / "parquet.md").read_text(encoding="utf-8").partition(f"## {reader}\n")[2]
    (tmp_path / "data").symlink_to(published.data_dir)
    snippet = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert re.search(r"2026-01\D.*\b120\b.*2026-02\D.*\b840\b", done.stdout, re.DOTALL), done.stdout


def test_there_are_ten_questions_of_all_three() -> None:
    assert len(QUESTIONS) == len(ANSWERS) == 10
    readers = re.findall(r"^## (.*)$", (DOCS / "questions.md").read_text(), re.MULTILINE)
    assert readers == ["Finance", "Hiring team", "Operations"]


def test_the_python_example_runs(published: Settings) -> None:
    script = DOCS / "examples" / "negative_rate.py"
    done = subprocess.run(
        [sys.executable, script, published.published_path], capture_output=True, text=True, check=True
    )
    assert "2026-03-10 02:00:00" in done.stdout
    assert re.search(r"Cook\W+1\W+1\.0.*Nurse\W+24\W+0\.5", done.stdout, re.DOTALL)


def test_the_duckdb_example_runs_and_closes_its_session(published: Settings) -> None:
    with duckdb.connect(str(published.published_path), read_only=True) as marts:
        for statement in duckdb.extract_statements((DOCS / "examples" / "credits.sql").read_text()):
            answer = marts.execute(statement)
        assert [row[1:] for row in answer.fetchall()] == [
            ("sales", 0, 0),
            ("sales", 120, 60),
            ("sales", 840, 420),
            ("(no project)", 12, 5),
        ]
        for forbidden in (f"from read_text('{DOCS / 'marts.md'}')", "set enable_external_access = true"):
            with pytest.raises(duckdb.Error):
                marts.execute(forbidden)


def test_the_example_in_published_md_runs(published: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PUBLISHED_MD, re.DOTALL)
    assert "read_only=True" in example
    exec(example.replace("data/published", str(published.published_path.parent)), {})  # noqa: S102 - our own
    assert "2026, 3, 10, 2, 0" in capsys.readouterr().out


def test_the_models_documentation_is_published_and_holds_no_row(published: Settings) -> None:
    page = published.published_path.with_name("docs.html")
    text = page.read_text(encoding="utf-8")
    assert stat.S_IMODE(page.stat().st_mode) == 0o400
    assert text.partition("<head>")[2].startswith(
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
    )
    assert "Sessions whose link died unused on the day." in text
    secrets = (SECRET, "cand-1", "prompt 1", str(published.data_dir))
    assert [secret for secret in secrets if secret in text] == []


def _rounded(value: Any) -> Any:
    return round(float(value), 2) if isinstance(value, Decimal | float) else value
