"""Airflow 3: the night, and once a month a reconcile. Copy it into the folder of your DAGs.

zenhire-sync is installed where the tasks run, in an environment of its own, and is started by its command
line: Airflow's packages and its own never meet. To set in Airflow:

- Variable ``zenhire``: ``{"command": "/opt/zenhire/.venv/bin/zenhire-sync", "env": {...}}``: the program, and
  its settings, such as ZENHIRE_DATA_DIR.
- Connection ``zenhire``: the API key as its password. None is needed where ``env`` has ZENHIRE_API_KEY_FILE.

Each published mart is an Asset: ``schedule=Asset("zenhire_marts.feedback_daily")`` starts your DAG after it.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from airflow.sdk import DAG, Asset, BaseOperator, Connection, Context, CronTriggerTimetable, Variable, chain
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

# Named here, so that Airflow knows them before the first night
MARTS = """
bridge_session_tag credit_anomalies credit_balance credit_budgets credit_close credit_reconciliation
credit_statement credit_usage_by_attribute credit_usage_by_tag credit_usage_daily credit_usage_monthly
data_quality data_quality_findings dim_account dim_date dim_persona dim_persona_version dim_project
fct_feedback fct_sessions feedback_by_attribute feedback_by_persona feedback_daily focus_1_4_billing_period
focus_1_4_cost_and_usage focus_cost_and_usage forecast_accuracy metrics negative_feedback prompt_impact
request_value restatements session_attributes session_changes session_funnel session_history sessions_wide
sync_accuracy sync_freshness
"""
ASSETS = {name: Asset(f"zenhire_marts.{name}") for name in MARTS.split()}
TIMEOUTS = {"sync": timedelta(hours=3), "reconcile": timedelta(hours=3)}
# what there is no time for is left to the next night, and the marts are published by morning
ARGUMENTS = {"sync": ("--within", "2h")}
TAKE_AS_OF = {"sync", "reconcile", "build"}
RETRIES = {
    "retries": 5,
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(hours=1),
}
# docs/commands.md, "Exit codes"
DONE, BAD_CONFIGURATION, SET_ASIDE = 0, 2, 3


class ZenhireOperator(BaseOperator):
    """One command of zenhire-sync; its XCom is the summary of that run.

    Exit code 3, rows set aside, is a success with a warning in the log. 2, bad configuration, fails at once.
    All others are tried again: 4, another run is at work, ends by itself, and 1 often does.
    ``env`` are more variables of the command, such as OPENLINEAGE_PARENT_ID; templates in it are filled in.
    """

    template_fields = ("env",)

    def __init__(self, *, command: str, env: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.env = env or {}
        self._process: subprocess.Popen[str] | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """The summary. Raises AirflowFailException, or AirflowException for what may help again later."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / "summary.json"
            exit_code = self._run(self._arguments(context, file))
            summary = json.loads(file.read_text()) if file.exists() else {}
        said = f"zenhire-sync {self.command} ended with {exit_code}: {summary.get('error')}"
        if exit_code == BAD_CONFIGURATION:
            raise AirflowFailException(said)
        if exit_code not in {DONE, SET_ASIDE}:
            raise AirflowException(said)
        if summary["outcome"] == "set_aside":
            read = summary.get("sync") or summary["reconcile"]
            self.log.warning("rows set aside: %s; see zenhire_marts.data_quality", read["rejected"])
        if "publish" in summary:
            self._tell_of_marts(context, summary["publish"])
        return summary

    def on_kill(self) -> None:
        """Stops the command, which keeps what has come and ends within 10 seconds."""
        if self._process is not None:
            self._process.terminate()

    def _arguments(self, context: Context, summary: Path) -> list[str]:
        arguments = [self.command, "--summary", str(summary), *ARGUMENTS.get(self.command, ())]
        if self.command in TAKE_AS_OF:
            # When the run was due, which retries and a cleared run keep. With the timetable below that is the
            # logical date; with one of intervals, whose logical date is a day older, it is their end. A run
            # that is started by hand or by an asset may have neither.
            due = context.get("data_interval_end") or context["dag_run"].run_after
            arguments += ["--as-of", due.isoformat()]
        return arguments

    def _run(self, arguments: list[str]) -> int:
        """The exit code."""
        settings = Variable.get("zenhire", default={}, deserialize_json=True)
        command = settings.get("command", "/opt/zenhire/.venv/bin/zenhire-sync")
        # Airflow's own variables hold its secrets, and Python's would lead the command to Airflow's packages
        env = {
            name: text for name, text in os.environ.items() if "AIRFLOW" not in name and "PYTHON" not in name
        }
        env |= settings.get("env", {}) | self.env | _key()
        with subprocess.Popen(
            [command, *arguments], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            self._process = process
            try:
                self._log(process)
            except BaseException:  # as after execution_timeout
                process.terminate()
                self._log(process)
                raise
        return process.returncode

    def _log(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self.log.info("%s", line.rstrip())

    def _tell_of_marts(self, context: Context, published: dict[str, Any]) -> None:
        """An event for each mart: its rows, and how the night went that they are of."""
        first = context["dag"].roots[0].task_id
        read = context["ti"].xcom_pull(task_ids=first)[first]
        night = {"outcome": read["outcome"], "rows_set_aside": read["rejected"], "run_id": read["run_id"]}
        night |= {key: value for key, value in published.items() if key != "rows_by_table"}
        for name, rows in published["rows_by_table"].items():
            if name in ASSETS:  # else it is newer than this file
                context["outlet_events"][ASSETS[name]].extra = {"rows": rows, **night}


def _key() -> dict[str, str]:
    try:
        return {"ZENHIRE_API_KEY": Connection.get("zenhire").password or ""}
    except AirflowNotFoundException:
        return {}


def _dag(dag_id: str, first: str, cron: str) -> DAG:
    with DAG(
        dag_id,
        schedule=CronTriggerTimetable(cron, timezone="UTC"),
        catchup=False,
        max_active_runs=1,
        default_args=RETRIES,
        doc_md=__doc__,
        tags=["zenhire"],
    ) as dag:
        chain(
            *(
                ZenhireOperator(
                    task_id=command,
                    command=command,
                    execution_timeout=TIMEOUTS.get(command, timedelta(hours=1)),
                    outlets=[*ASSETS.values()] if command == "publish" else [],
                )
                for command in (first, "build", "publish", "report")
            )
        )
    return dag


zenhire_nightly = _dag("zenhire_nightly", "sync", "15 2 * * *")
zenhire_reconcile = _dag("zenhire_reconcile", "reconcile", "30 3 1 * *")
