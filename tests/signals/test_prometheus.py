"""The file for node_exporter: what it says of good and bad nights, read by Prometheus' own parser."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import KEY, Shell
from tests.signals.conftest import reasons, summary
from zenhire_schemas.run_summary import RunSummary, SyncPart
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.signals.prometheus import PrometheusFile
from zenhire_sync.signals.run_metrics import FAMILIES
from zenhire_sync.signals.switched_on import Signals
from zenhire_sync.simulator import Fault, FaultPlan, SimulatorServer

AS_OF = ("--as-of", "2026-02-01T02:00:00Z")
STRANGE = 'a "key"\\n of \n two lines, {x="y"}'


def told(path: Path) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Values by metric and labels, as Prometheus reads them; kinds and texts are as we declare them."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
        for sample in family.samples:
            declared = FAMILIES[sample.name]
            assert (family.type, family.documentation) == (declared.kind, declared.meaning)
            assert sample.timestamp is None
            assert sample.name.endswith("_total") == (declared.kind == "counter")
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in found.setdefault(sample.name, {})
            found[sample.name][labels] = sample.value
    return found


def write(path: Path, *summaries: RunSummary) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    for one in summaries:
        signals = Signals((PrometheusFile(path, 500),))
        signals.tell(one)
        signals.wait()
    return told(path)


def sync_part(**facts: Any) -> SyncPart:
    told = {name: 0 for name, field in SyncPart.model_fields.items() if field.annotation is int}
    empty = {name: {} for name in ("rows_by_table", "requests_by_reason", "rates_found", "paging")}
    cursors: dict[str, Any] = {"cursors_before": {}, "cursors_after": {}}
    keys: dict[str, Any] = {"key_problems": (), "keys_not_verified": ()}
    balance = {"client_id": None, "key_name": STRANGE, "credits": 12.5}
    facts = {"credit_balances": (balance,), "credit_balance": 12.5, "is_out_of_time": False, **facts}
    when = {"as_of": datetime(2026, 2, 1, 2, tzinfo=UTC), "run_id": "r", "outcome": "done"}
    return SyncPart.model_validate({**told, **empty, **cursors, **keys, **when, **facts})


def test_a_night_that_failed_keeps_the_last_good_time_and_the_balance(tmp_path: Path) -> None:
    path = tmp_path / "zenhire.prom"
    good = summary(sync=sync_part(requests_by_reason={"list": 20, "new": 5}, rows_by_table={"sessions": 7}))
    bad = summary(
        outcome="failed", exit_code=1, ended_at=datetime(2026, 2, 2, 2, tzinfo=UTC), error="no answer"
    )
    found = write(path, good, bad)
    run = (("command", "run"),)
    assert found["zenhire_last_success_timestamp_seconds"][run] == good.ended_at.timestamp()  # type: ignore[union-attr]
    assert found["zenhire_last_run_end_timestamp_seconds"][run] == bad.ended_at.timestamp()  # type: ignore[union-attr]
    assert found["zenhire_last_run_exit_code"][run] == 1
    outcomes = {dict(labels)["outcome"] for labels, on in found["zenhire_last_run_outcome"].items() if on}
    assert outcomes == {"failed"}
    assert found["zenhire_credit_balance_credits"] == {(("client_id", ""), ("key", STRANGE)): 12.5}
    # What the failed run did not come to is not told as its own.
    assert "zenhire_last_run_requests" not in found
    assert found["zenhire_requests_total"][("reason", "list"),] == 20


def test_commands_share_the_file_and_counters_add_up(tmp_path: Path) -> None:
    path = tmp_path / "zenhire.prom"
    path.write_text('somebody_else_1 2\nzenhire_unknown{a="b"} 4\nzenhire_runs_total{command="run"} NaN\n')
    part = sync_part(requests_by_reason={"list": 20}, details_left=3)
    found = write(path, summary(sync=part), summary(sync=part), summary(command="sync", sync=part))
    assert found["zenhire_requests_total"][("reason", "list"),] == 60
    assert found["zenhire_runs_total"] == {
        (("command", "run"), ("outcome", "done")): 2,
        (("command", "sync"), ("outcome", "done")): 1,
    }
    left = found["zenhire_last_run_details_left"]
    assert left == {(("command", "run"),): 3, (("command", "sync"),): 3}
    assert [one.name for one in tmp_path.iterdir()] == ["zenhire.prom"]
    # The collector is another user.
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_command_writes_it_whether_it_ends_well_or_not(shell: Shell, api: SimulatorServer) -> None:
    path = shell.folder / "zenhire.prom"
    shell.set(ZENHIRE_BASE_URL=api.base_url, ZENHIRE_PROMETHEUS_FILE=str(path))
    ended = shell.run("sync", "--json", *AS_OF)
    assert ended.exit_code == EXIT_DONE, ended.err
    good = told(path)
    sync = (("command", "sync"),)
    requests = {dict(labels)["reason"]: value for labels, value in good["zenhire_last_run_requests"].items()}
    assert requests == ended.json["sync"]["requests_by_reason"]
    assert good["zenhire_last_run_surveys_found"][sync] == ended.json["sync"]["surveys_found"] > 0
    assert KEY not in path.read_text()
    api.faults = FaultPlan((Fault("internal_error", times=None),))
    assert shell.run("sync", *AS_OF).exit_code == EXIT_FAILED
    bad = told(path)
    assert bad["zenhire_last_run_exit_code"][sync] == EXIT_FAILED
    for kept in ("zenhire_last_success_timestamp_seconds", "zenhire_credit_balance_credits"):
        assert bad[kept] == good[kept]


def test_a_dry_run_is_no_run(tmp_path: Path) -> None:
    path = tmp_path / "zenhire.prom"
    signals = Signals((PrometheusFile(path, 500),))
    signals.tell(
        summary(command="sync", bill={"requests": 1, "requests_by_reason": {"list": 1}, "minutes": 1})
    )
    signals.wait()
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "nowhere" / "zenhire.prom"
    signals = Signals((PrometheusFile(path, 500),))
    signals.tell(summary())
    signals.wait()
    assert reasons(caplog) == [f"{path}: No such file or directory"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ZENHIRE_PROMETHEUS_FILE": "zenhire.txt"}, "it must end in .prom"),
        ({"ZENHIRE_HEARTBEAT_URL": "hc-ping.com/a-t0ken"}, "it is no address such as"),
        ({"ZENHIRE_HEARTBEAT_URL_FILE": "nowhere"}, "ZENHIRE_HEARTBEAT_URL_FILE cannot be read"),
    ],
)
def test_a_signal_that_cannot_be_used_is_told_before_any_work(
    shell: Shell, variables: dict[str, str], message: str
) -> None:
    shell.set(**variables)
    ended = shell.run("run")
    assert ended.exit_code == EXIT_USAGE
    assert message in ended.told
    assert "t0ken" not in ended.err
