"""OpenLineage's events: what a server is sent of each step, and what happens when it does not take it.

No package brings the official JSON schemas, so what was sent is read back into the client's own classes,
which check run ids, times and addresses; ``openlineage_spec.py`` holds a run's events against the schemas.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

from tests.signals.conftest import Receiver, reasons, receiving, summary
from zenhire_sync.errors import BuildError, ConfigurationError
from zenhire_sync.settings import Home, Settings
from zenhire_sync.signals.lineage import Lineage
from zenhire_sync.signals.lineage_datasets import datasets_of
from zenhire_sync.signals.switched_on import Signals
from zenhire_sync.steps import Steps

PARENT = "airflow/prod/nightly.run/0190a9f4-2b1c-7c3e-9d2a-5b6c7d8e9f00"


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """An event, once the client's own classes have taken it."""
    run, job = event["run"], event["job"]
    RunEvent(
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=Run(run["runId"]),
        job=Job(job["namespace"], job["name"]),
        eventType=RunState(event["eventType"]),
    )
    parent = run["facets"].get("parent")
    assert parent is None or Run(parent["run"]["runId"])
    for dataset in (*event["inputs"], *event["outputs"]):
        assert dataset["namespace"]
        assert dataset["name"]
    return event


def events(bodies: list[bytes]) -> list[dict[str, Any]]:
    return [checked(json.loads(body)) for body in bodies]


@pytest.fixture(autouse=True)
def _no_client_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    # The client turns one variable into others, in the process.
    for name in ("TYPE", "URL"):
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__TRANSPORTS__DEFAULT_HTTP__{name}", "")
        monkeypatch.delenv(f"OPENLINEAGE__TRANSPORT__TRANSPORTS__DEFAULT_HTTP__{name}")


def night(tmp_path: Path, *, fails: bool = False, **environ: str) -> None:
    """A sync and a build, and the command's end."""
    steps = Steps()
    settings = Settings(data_dir=tmp_path / "data")
    signals = Signals((Lineage("run", settings, environ, str.upper),))
    steps.listeners.append(signals)
    with steps.step("sync"):
        pass
    problem = "test x failed on 3 rows" if fails else None
    with suppress(BuildError), steps.step("build"):
        if problem:
            raise BuildError(problem)
    signals.tell(summary(outcome="failed", exit_code=1, error=problem) if problem else summary())
    signals.wait()


def test_steps_are_runs_below_the_commands_which_is_below_the_orchestrators(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "n0tForAnybody")
    night(tmp_path, fails=True, OPENLINEAGE_PARENT_ID=PARENT)
    told = events([one.body for one in receiver.received])
    assert {one.path for one in receiver.received} == {"/api/v1/lineage"}
    assert {one.headers["Authorization"] for one in receiver.received} == {"Bearer n0tForAnybody"}
    assert [(event["job"]["name"], event["eventType"]) for event in told] == [
        ("zenhire_sync.run", "START"),
        ("zenhire_sync.sync", "START"),
        ("zenhire_sync.sync", "COMPLETE"),
        ("zenhire_sync.build", "START"),
        ("zenhire_sync.build", "FAIL"),
        ("zenhire_sync.run", "FAIL"),
    ]
    command = told[0]["run"]
    assert command["facets"]["parent"]["job"] == {
        "namespace": "airflow/prod",
        "name": "nightly.run",
        "facets": {},
    }
    assert told[1]["run"]["facets"]["parent"]["run"]["runId"] == command["runId"] == told[-1]["run"]["runId"]
    assert told[1]["run"]["runId"] == told[2]["run"]["runId"]
    assert told[4]["run"]["facets"]["errorMessage"]["message"] == "TEST X FAILED ON 3 ROWS"
    (sessions,) = (one for one in told[2]["outputs"] if one["name"].endswith(".sessions"))
    fields = {one["name"]: one["type"] for one in sessions["facets"]["schema"]["fields"]}
    assert (fields["id"], fields["duration_sec"]) == ("text", "bigint")


def test_a_relative_file_is_where_the_command_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TYPE": "file", "LOG_FILE_PATH": "events.json", "APPEND": "true"}.items():
        monkeypatch.setenv(f"OPENLINEAGE__TRANSPORT__{name}", value)
    settings = Settings(data_dir=Path("data"))
    signals, steps = Signals((Lineage("sync", settings, {}, str),)), Steps()
    steps.listeners.append(signals)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with steps.step("sync"):
        pass
    signals.tell(summary(command="sync"))
    signals.wait()
    lines = (tmp_path / "events.json").read_bytes().splitlines()
    assert [event["eventType"] for event in events(lines)] == ["START", "START", "COMPLETE", "COMPLETE"]
    assert str(elsewhere) not in (tmp_path / "events.json").read_text()


@pytest.mark.parametrize(("age", "told"), [(timedelta(hours=24), 0), (-timedelta(hours=1), 2)])
def test_a_build_that_ends_before_dbt_began_tells_no_tests_of_the_last_one(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: timedelta, told: int
) -> None:
    target = tmp_path / "data" / "state" / "dbt" / "target"
    target.mkdir(parents=True)
    model = {"resource_type": "model", "unique_id": "m", "name": "m", "schema": "s", "columns": {}}
    mart = {**model, "config": {"materialized": "table"}, "original_file_path": "models/marts/m.sql"}
    test = {"resource_type": "test", "name": "t", "attached_node": "m", "depends_on": {"nodes": ["m"]}}
    nodes = {"m": {**mart, "description": ""}, "t": {**test, "config": {"severity": "ERROR"}}}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    written = {"metadata": {"generated_at": (datetime.now(UTC) - age).isoformat()}}
    results = written | {"results": [{"unique_id": "t", "status": "pass"}]}
    (target / "run_results.json").write_text(json.dumps(results))
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
    night(tmp_path, fails=True)
    names = [event["job"]["name"] for event in events([one.body for one in receiver.received])]
    assert names.count("zenhire_sync.test") == told


@pytest.mark.parametrize(("status", "why"), [(400, "answers HTTP 400"), (None, "cannot be reached")])
def test_a_server_that_does_not_take_them_is_told_once(
    status: int | None,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with receiving(status=status or 200, body=b"\xff garbage") as receiver:
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "http")
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__URL", receiver.url.replace("//", "//me:n0tForAnybody@"))
        monkeypatch.setenv("OPENLINEAGE__TRANSPORT__RETRY", '{"total": 0}')
        if status is not None:
            night(tmp_path)
    if status is None:
        night(tmp_path)
    assert reasons(caplog) == [f"the server of OpenLineage's variables {why}"]
    assert "n0tForAnybody" not in caplog.text


def test_a_server_that_hangs_keeps_no_step_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("zenhire_sync.signals.switched_on.LONGEST_WAIT_SECONDS", 0.2)
    with receiving(status=0) as receiver:
        monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
        began = time.monotonic()
        night(tmp_path)
        assert time.monotonic() - began < 3
    assert reasons(caplog) == ["no answer in time"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "nothing says where to"),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "file"}, "cannot be used: `log_file_path` key not passed"),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "pigeon"}, "cannot be used"),
    ],
)
def test_a_client_that_knows_no_way_is_told_before_any_work(
    variables: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=message):
        Lineage("sync", Settings(data_dir=tmp_path), {}, str)


def test_datasets_of_servers_and_lakes_are_named_without_their_logins(tmp_path: Path) -> None:
    def first(settings: Settings) -> tuple[str, str]:
        (found, *_) = datasets_of("sync", settings, None, is_done=True).outputs
        return found.namespace, found.name

    plain = Settings(data_dir=tmp_path)
    assert first(plain) == (f"duckdb://{tmp_path}/warehouse.duckdb", "warehouse.zenhire_raw.sessions")
    for url in (
        "postgresql://me:n0tYours@db:5433/hr",
        "host=db port=5433 user=me password=n0tYours dbname=hr",
    ):
        server = plain.at(Home.model_validate({"destination": "postgres", "url": url}))
        assert first(server) == ("postgres://db:5433", "hr.zenhire_raw.sessions")
    lake = plain.model_copy(update={"lake_dir": "s3://bucket/hr"}).at(Home(destination="lake"))
    assert first(lake) == ("s3://bucket", "hr/zenhire_raw/sessions")
