"""The build step: raw tables in, tested marts out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from zenhire_schemas.names import CONTRACT, DOCS_PAGE, SEMANTIC_INTERCHANGE
from zenhire_sync.bundle import bundled
from zenhire_sync.company import company_of
from zenhire_sync.company.kept_files import keep_company
from zenhire_sync.engines.documents import documents_folder
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts.data_contract import write_contract
from zenhire_sync.marts.docs_page import make_docs_page
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.preflight import require_raw_tables
from zenhire_sync.marts.runner import NodesDone, run_dbt
from zenhire_sync.marts.semantic_interchange import write_semantic_interchange
from zenhire_sync.marts.summary import BuildSummary, count_marts
from zenhire_sync.marts.together import LEFT_TO_IT, asked_for, models_by_status
from zenhire_sync.marts.verdict import judge, manifest_path, project_nodes
from zenhire_sync.progress import SILENT, Progress
from zenhire_sync.settings import Profile, Settings

# unit tests check the SQL, not the night's data: they run where the SQL changes, in tests/transforms
_COMMAND = ("build", "--exclude-resource-type", "unit_test", *LEFT_TO_IT)


def build_marts(
    settings: Settings, profile: Profile, as_of: datetime, progress: Progress = SILENT
) -> BuildSummary:
    """Every mart rebuilt from the raw tables and tested, as the company stood at ``as_of``.

    Raises BuildError when nothing was synced yet or a model or test failed, WarehouseError when the warehouse
    cannot be opened, and ConfigurationError when the reporting time zone or the memory limit cannot be used,
    or a file of the company is wrong. What is published stays.
    """
    started, work = time.monotonic(), work_dir(settings)
    company, warehouse = company_of(settings), warehouse_of(settings)
    variables = dbt_variables(settings, as_of, company)
    require_raw_tables(warehouse)
    keep_company(warehouse, company)
    place = warehouse.dbt()
    documents = documents_folder(settings)
    project, target = bundled("transforms"), place.target or profile.dbt_target
    with process_set_up(variables):
        work.mkdir(parents=True, exist_ok=True)
        documents.mkdir(exist_ok=True)
        place.clear()
        # An older build's list would tell what the project had then.
        manifest_path(work).unlink(missing_ok=True)
        call = partial(run_dbt, project=project, target=target, work=work, let_go=place.let_go)
        results = call((*_COMMAND, *place.arguments), on_event=NodesDone(progress)).results
        if failed := models_by_status(results, "fail"):
            results = _one_by_one(failed, results, call, work)
        tests = judge(results, work)
        make_docs_page(project, target, work, documents / DOCS_PAGE, place.let_go)
        nodes = project_nodes(work)
        write_contract(settings, nodes, company, documents / CONTRACT)
        write_semantic_interchange(nodes, documents / SEMANTIC_INTERCHANGE)
    # Until here nobody could see what was built, so that marts are never of mixed age.
    warehouse.switch_marts()
    totals = count_marts(warehouse, _marts(results, place.marts_schema))
    seconds = time.monotonic() - started
    return BuildSummary(
        rows_by_mart=totals.rows_by_mart,
        tests_passed=tests.passed,
        tests_warned=tests.warned,
        seconds=round(seconds, 3),
        credits_charged=totals.credits_charged,
        negative_surveys=totals.negative_surveys,
    )


def _one_by_one(failed: set[str], results: list[Any], call: Callable[..., Any], work: Path) -> list[Any]:
    """Results with the tests that failed in the place of the queries that asked them together."""
    nodes = project_nodes(work)
    names = [nodes[unique_id]["name"] for unique_id in sorted(asked_for(failed, nodes))]
    found = [r for r in call(("test", "--select", *names)).results if str(r.status) not in {"pass", "warn"}]
    return [*found, *(r for r in results if not models_by_status([r], "fail"))] if found else results


def _marts(results: list[Any], schema: str) -> tuple[str, ...]:
    models = (r.node for r in results if str(r.node.resource_type) == "model")
    return tuple(sorted(node.name for node in models if node.schema == schema))
