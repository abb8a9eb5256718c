"""Each metric is the same number in SQL, and from MetricFlow on the published file and on PostgreSQL.

MetricFlow reads dbt's semantic models and writes SQL of its own: it is the second reading of the definitions.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integrations.environments import environment
from tests.integrations.published import (
    MONTH,
    Answer,
    Published,
    Question,
    answer,
    answers_of_sql,
    different,
    questions,
)
from tests.transforms.warehouse import NOW

from zenhire_sync.bundle import bundled
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.runner import run_dbt
from zenhire_sync.metrics import metrics
from zenhire_sync.settings import Settings

ASK = Path(__file__).parent / "ask.py"


@pytest.fixture(scope="module")
def manifest(published: Published) -> str:
    return _manifest(published.settings)


def _manifest(settings: Settings) -> str:
    """dbt's semantic manifest, of a build whose file is named as the published one."""
    work = work_dir(settings) / "of metrics"
    variables = dbt_variables(settings, NOW) | {"ZENHIRE_BUILD_PATH": str(work / "zenhire.duckdb")}
    let_go = warehouse_of(settings).dbt().let_go
    work.mkdir(parents=True)
    with process_set_up(variables):
        run_dbt(("parse",), project=bundled("transforms"), target="duckdb", work=work, let_go=let_go)
    return (work / "target" / "semantic_manifest.json").read_text("utf-8")


def _of_metricflow(place: str, manifest: str, asked: Sequence[Question]) -> list[Answer]:
    entities = {one.name: one.model.entity for one in metrics()}
    grouped = {
        (name, by): []
        if by is None
        else ["metric_time__month"]
        if by == MONTH
        else [f"{entities[name]}__{by}"]
        for name, by in asked
    }
    told = {
        "manifest": manifest,
        "place": place,
        "questions": [(name, by) for (name, _), by in grouped.items()],
    }
    done = subprocess.run(
        [environment("metricflow") / "bin" / "python", ASK],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [answer(rows) for rows in json.loads(done.stdout)]


def test_every_metric_by_every_dimension_is_the_same_four_times(published: Published, manifest: str) -> None:
    asked = questions()
    assert len(asked) > 200
    ours = answers_of_sql(published.file, asked)
    # a comparison of nothing with nothing would pass
    assert [name for (name, by), one in zip(asked, ours, strict=True) if by is None and not one[None]] == []
    assert different(ours, answers_of_sql(published.server, asked), asked) == []
    for place in (published.file, published.server):
        assert different(ours, _of_metricflow(place, manifest, asked), asked) == []


def test_a_wrong_filter_is_found(published: Published, manifest: str) -> None:
    wrong = json.loads(manifest)
    [planted] = (one for one in wrong["metrics"] if one["name"] == "interviews_completed")
    [where] = planted["filter"]["where_filters"]
    where["where_sql_template"] += " and {{ Dimension('session__source') }} = 'requests'"
    asked: list[Question] = [
        ("interviews_completed", MONTH),
        ("response_rate", MONTH),
        ("credits", MONTH),
    ]
    found = _of_metricflow(published.file, json.dumps(wrong), asked)
    assert different(answers_of_sql(published.file, asked), found, asked) == asked[:2]
