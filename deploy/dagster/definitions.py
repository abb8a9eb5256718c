"""Dagster: the night as assets, from the raw tables over dbt's models to the published marts and the report.

zenhire-sync is installed in an environment of its own and is started by its command line: Dagster's packages
and its own never meet. It is set by the variables of Dagster's process, and the key comes from where Dagster
has its secrets. dbt's models, their lineage and their tests are read from a manifest: after an install and an
upgrade, run `zenhire-sync build`, and copy `state/dbt/target/manifest.json` beside this file.

No asset has partitions, since a night always brings all that is due: Dagster refuses a backfill.
"""

# No `from __future__ import annotations`: Dagster reads the type of `config` from the signature.
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

COMMAND = "/opt/zenhire/.venv/bin/zenhire-sync"
MANIFEST = Path(__file__).with_name("manifest.json")
MAX_AGE = timedelta(hours=36)
# Not a RetryPolicy, which would also start again what somebody terminated.
RETRIES, PAUSE_SECONDS = 5, 300
# docs/commands.md, "Exit codes"
DONE, BAD_CONFIGURATION, SET_ASIDE = 0, 2, 3
# a tag of a run: what the program takes for "now", so that a retry decides as the first try did
AS_OF = "zenhire/as_of"
TAKE_AS_OF = {"sync", "reconcile", "build"}
RAW, MARTS = "zenhire_raw", "zenhire_marts"
PUBLISHED, REPORT = dg.AssetKey(["zenhire", "published"]), dg.AssetKey(["zenhire", "report"])

if not MANIFEST.exists():
    raise FileNotFoundError(f"{MANIFEST} is missing; copy state/dbt/target/manifest.json there after a build")
DBT = json.loads(MANIFEST.read_text())


def started(context: dg.AssetExecutionContext, command: str, *arguments: str) -> dict[str, Any]:
    """The summary of a command that was done.

    Raises Failure for a bad configuration (2); for all else, such as another run at work (4), RetryRequested
    until it was tried often enough.
    """
    if command in TAKE_AS_OF and (as_of := context.run.tags.get(AS_OF)):
        arguments = (*arguments, "--as-of", as_of)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "summary.json"
        exit_code = _run(context, [COMMAND, command, "--summary", str(file), *arguments])
        summary: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    if exit_code in {DONE, SET_ASIDE}:
        return summary
    failure = dg.Failure(f"zenhire-sync {command} ended with {exit_code}: {summary.get('error')}")
    tried = context.op_execution_context.retry_number
    if exit_code == BAD_CONFIGURATION or tried == RETRIES:
        raise failure
    raise dg.RetryRequested(RETRIES, seconds_to_wait=PAUSE_SECONDS * 2**tried) from failure


def _run(context: dg.AssetExecutionContext, command: list[str]) -> int:
    """The exit code. A run that is terminated stops the command, which ends within 10 seconds."""
    with subprocess.Popen(
        command, env=_env(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            _log(context, process)
        except BaseException:
            process.terminate()
            _log(context, process)
            raise
    return process.returncode


def _log(context: dg.AssetExecutionContext, process: subprocess.Popen[str]) -> None:
    for line in process.stdout or ():
        context.log.info(line.rstrip())


def _env() -> dict[str, str]:
    """Without what would lead the command to Dagster's packages."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("DAGSTER", "PYTHON"))}


class Reading(dg.Config):
    """``reconcile`` reads the whole list again, which is meant for once a month."""

    command: str = "sync"


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            [RAW, source["name"]], group_name=RAW, description=source["description"], kinds={"table"}
        )
        for source in DBT["sources"].values()
    ],
    check_specs=[dg.AssetCheckSpec("no_rows_set_aside", asset=dg.AssetKey([RAW, "rejected_rows"]))],
)
def raw_tables(context: dg.AssetExecutionContext, config: Reading) -> Iterator[Any]:
    """What the API showed. Rows that were set aside are a warning, of the log and of a check."""
    within = ("--within", "2h") if config.command == "sync" else ()
    read = started(context, config.command, *within)[config.command]
    for key in sorted(context.selected_asset_keys):
        metadata = {"rows_written": read["rows_by_table"].get(key.path[-1], 0), "run_id": read["run_id"]}
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    if read["outcome"] == "set_aside":
        context.log.warning(f"rows set aside: {read['rejected']}; see zenhire_marts.data_quality")
    yield dg.AssetCheckResult(
        passed=read["outcome"] != "set_aside",
        asset_key=dg.AssetKey([RAW, "rejected_rows"]),
        check_name="no_rows_set_aside",
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows_set_aside": read["rejected"]},
    )


class Translator(DagsterDbtTranslator):
    """Groups by schema."""

    def get_group_name(self, dbt_resource_props: Any) -> str:
        return str(dbt_resource_props["schema"])


@dbt_assets(
    manifest=DBT,
    dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)),
)
def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """dbt's models and tests: all of them, whichever are selected, since readers see them change together."""
    begin = datetime.now(UTC)
    try:
        rows = started(context, "build")["build"]["rows_by_mart"]
    finally:
        yield from test_results(context, begin)
    known = {key.path[-1] for key in models.keys if key.path[0] == MARTS}
    if other := known.symmetric_difference(rows):
        context.log.warning(
            f"{MANIFEST} is of another version of zenhire-sync, copy it again: {sorted(other)}"
        )
    # as Dagster wants them: what a model reads before it
    for key in TopologicalSorter(models.asset_deps).static_order():
        if key in context.selected_asset_keys:
            counted = {"dagster/row_count": rows[key.path[-1]]} if key.path[-1] in rows else {}
            yield dg.MaterializeResult(asset_key=key, metadata=counted)


def test_results(context: dg.AssetExecutionContext, since: datetime) -> Iterator[dg.AssetCheckResult]:
    """Of each of dbt's tests that a build since then asked, what it found."""
    file = Path(os.environ.get("ZENHIRE_DATA_DIR", "data")) / "state" / "dbt" / "target" / "run_results.json"
    told = json.loads(file.read_text()) if file.exists() else None
    if told is None or datetime.fromisoformat(told["metadata"]["generated_at"]) < since:
        return
    tests = {node["name"]: node for node in DBT["nodes"].values() if node["resource_type"] == "test"}
    statuses = {result["unique_id"]: result["status"] for result in told["results"]}
    # A test `tests_of` asks most tests of its model in one query, in whose place it runs.
    asked = [node for node in tests.values() if (node.get("test_metadata") or {}).get("name") == "tests_of"]
    together = {node["attached_node"]: statuses.get(node["unique_id"]) for node in asked}
    for key in sorted(context.selected_asset_check_keys):
        node = tests[key.name]
        status = statuses.get(node["unique_id"], together.get(node.get("attached_node")))
        if status in {"pass", "warn", "fail", "error"}:  # not if it was skipped
            warns = node["config"]["severity"].lower() == "warn"
            yield dg.AssetCheckResult(
                passed=status == "pass",
                asset_key=key.asset_key,
                check_name=key.name,
                severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
                metadata={"status": status},
            )


@dg.asset(
    key=PUBLISHED,
    deps=[key for key in models.keys if key.path[0] == MARTS],
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=MAX_AGE),
    group_name="zenhire_published",
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """What readers see: the file, or the schema of a server, and the Parquet files."""
    told = started(context, "publish")["publish"]
    return dg.MaterializeResult(
        metadata={
            "path": told["path"],
            "data_until": str(told["data_until"]),
            "rows_by_table": dg.MetadataValue.json(told["rows_by_table"]),
            "credits_charged": told["credits_charged"],
            "negative_surveys": told["negative_surveys"],
        }
    )


@dg.asset(key=REPORT, deps=[PUBLISHED], group_name="zenhire_published")
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """The page."""
    return dg.MaterializeResult(metadata={"path": started(context, "report")["report"]["path"]})


@dg.asset_check(asset=PUBLISHED)
def data_are_fresh() -> dg.AssetCheckResult:
    """Whether what readers see is of the last 36 hours: it may be old and have been published again."""
    question = f"select max(data_until) as data_until from {MARTS}.sync_freshness"  # noqa: S608 - a constant
    told = subprocess.run([COMMAND, "sql", "--json", question], env=_env(), capture_output=True, check=True)
    [[until]] = json.loads(told.stdout)["sql"]["rows"]
    age = None if until is None else datetime.now(UTC) - datetime.fromisoformat(until).replace(tzinfo=UTC)
    return dg.AssetCheckResult(
        passed=age is not None and age <= MAX_AGE, metadata={"data_until": str(until), "age": str(age)}
    )


EVERYTHING = dg.AssetSelection.all()
nightly = dg.define_asset_job("zenhire_nightly", EVERYTHING, executor_def=dg.in_process_executor)
reconcile = dg.define_asset_job(
    "zenhire_reconcile",
    EVERYTHING,
    executor_def=dg.in_process_executor,
    config={"ops": {"raw_tables": {"config": {"command": "reconcile"}}}},
)
# Alone, so that it is asked when the nights do not come.
freshness = dg.define_asset_job(
    "zenhire_freshness", dg.AssetSelection.checks(data_are_fresh), executor_def=dg.in_process_executor
)


@dg.schedule(job=nightly, cron_schedule="15 2 * * *", execution_timezone="UTC")
def each_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The night is as of when it was due."""
    return dg.RunRequest(tags={AS_OF: context.scheduled_execution_time.isoformat()})


@dg.schedule(job=reconcile, cron_schedule="30 3 1 * *", execution_timezone="UTC")
def each_month(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """As a night."""
    return dg.RunRequest(tags={AS_OF: context.scheduled_execution_time.isoformat()})


defs = dg.Definitions(
    assets=[raw_tables, models, published, report],
    asset_checks=[data_are_fresh],
    jobs=[nightly, reconcile, freshness],
    schedules=[
        each_night,
        each_month,
        dg.ScheduleDefinition(job=freshness, cron_schedule="0 7 * * *", execution_timezone="UTC"),
    ],
)
