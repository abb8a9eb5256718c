"""What ``check`` finds out before a night depends on it, and what it advises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.operate.conftest import NOW, Shell, shell_for
from tests.sync.world import world
from tests.transforms.warehouse import completed, write_raw
from zenhire_sync.check import Report, check_everything
from zenhire_sync.check.probe import Probe
from zenhire_sync.check.remote import clock_finding, rate_finding
from zenhire_sync.config import load_config
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import (
    DEFAULT_KEY,
    DIALECTS,
    Behaviour,
    Company,
    CompanySpec,
    Fault,
    FaultPlan,
    SimulatorServer,
    mutate_sessions,
)

COMPANY = Company(CompanySpec(sessions=330, days=50))
MOST_REQUESTS = 10


@pytest.fixture
def sim() -> Any:
    with SimulatorServer(COMPANY, now=NOW, rate_limit_per_minute=1_000_000) as running:
        yield running


def _report(sim: SimulatorServer, data_dir: Path, **environ: str) -> Report:
    variables = {
        "ZENHIRE_API_KEY": DEFAULT_KEY,
        "ZENHIRE_BASE_URL": sim.base_url,
        "ZENHIRE_RETRY_BASE_SECONDS": "0.01",
        **environ,
    }
    return check_everything(load_config(variables, None, data_dir))


def _said(report: Report) -> dict[str, tuple[str, str]]:
    return {finding.name: (finding.verdict, finding.found) for finding in report.findings}


@pytest.mark.parametrize("name", DIALECTS)
def test_paging_is_found_in_every_dialect_with_a_handful_of_requests(
    name: str, sim: SimulatorServer, tmp_path: Path
) -> None:
    sim.behaviour = DIALECTS[name]
    report = _report(sim, tmp_path / "data")
    said = _said(report)
    assert report.exit_code == 0, said
    assert said["paging"][0] in {"ok", "warning"}
    assert said["contract"][0] == said["order"][0] == said["detail"][0] == said["credits"][0] == "ok"
    assert report.requests == len(sim.log.records())
    assert not (tmp_path / "data").exists()


def test_a_usual_api_takes_few_requests(sim: SimulatorServer, tmp_path: Path) -> None:
    report = _report(sim, tmp_path)
    assert report.requests <= MOST_REQUESTS
    assert _said(report)["paging"][1] == "by cursor (cursor), 100 sessions a page, a total is not told"


def test_a_wrong_key_is_a_matter_of_configuration_and_never_shown(sim: SimulatorServer) -> None:
    shell = shell_for(Path("/nonexistent/data"), sim.base_url)
    done = shell("check", ZENHIRE_API_KEY="zh_api_wrong_and_secret")
    assert done.exit_code == 2
    assert "FAILED  access default" in done.out
    assert "401" in done.out
    assert "take it anew from the ZenHire console" in done.out
    assert "wrong_and_secret" not in done.out + done.err


def test_a_key_that_the_server_repeats_is_hidden() -> None:
    from zenhire_sync.api_keys import ApiKey
    from zenhire_sync.check.checklist import _without_keys
    from zenhire_sync.warehouse.finding import failed

    key = ApiKey.model_validate({"name": "k", "value": "secret-key-1"})
    finding = _without_keys(failed("x", "bad key secret-key-1", "not secret-key-1"), [key])
    assert (finding.found, finding.advice) == ("bad key (hidden)", "not (hidden)")


def test_a_missing_permission_is_told_with_whom_to_ask(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.behaviour = Behaviour(has_permission=False)
    report = _report(sim, tmp_path)
    assert report.exit_code == 2
    assert _said(report)["access default"][1].startswith("not permitted: 403 MISSING_PERMISSION")


@pytest.mark.parametrize(
    ("environ", "verdict", "words"),
    [
        ({"ZENHIRE_API_KEY": ""}, "failed", "no API key: set ZENHIRE_API_KEY"),
        ({"ZENHIRE_API_KEY": "some-token"}, "warning", "does not look like a ZenHire key"),
        ({"ZENHIRE_API_KEY": "", "ZENHIRE_API_KEY_COMMAND": "exit 3"}, "failed", "ended with exit code 3"),
    ],
)
def test_a_key_that_is_missing_or_strange_is_named_by_its_variable(
    environ: dict[str, str], verdict: str, words: str, sim: SimulatorServer, tmp_path: Path
) -> None:
    report = _report(sim, tmp_path, **environ)
    assert _said(report)["key default"][0] == verdict
    assert words in _said(report)["key default"][1]
    assert report.exit_code == 2


def test_a_key_file_that_others_may_read_is_pointed_out(sim: SimulatorServer, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(DEFAULT_KEY)
    path.chmod(0o644)
    environ = {"ZENHIRE_API_KEY": "", "ZENHIRE_API_KEY_FILE": str(path)}
    assert _said(_report(sim, tmp_path, **environ))["key default"][0] == "warning"
    path.chmod(0o600)
    assert _said(_report(sim, tmp_path, **environ))["key default"] == ("ok", "from ZENHIRE_API_KEY_FILE")


def test_nobody_listening_stops_at_the_network_and_still_looks_at_the_disk(tmp_path: Path) -> None:
    done = shell_for(tmp_path / "data")("check", "--json")
    assert done.exit_code == 1
    tests = {test["name"]: test for test in done.json["check"]["tests"]}
    assert tests["reachable"]["verdict"] == "failed"
    assert "nobody answers" in tests["reachable"]["found"]
    assert "paging" not in tests
    assert tests["data dir"]["verdict"] == tests["disk"]["verdict"] == "ok"


def test_a_server_that_does_not_speak_tls_is_told_apart(sim: SimulatorServer, tmp_path: Path) -> None:
    report = _report(sim, tmp_path, ZENHIRE_BASE_URL=sim.base_url.replace("http:", "https:"))
    assert "TLS failed" in _said(report)["reachable"][1]
    assert report.exit_code == 1


def test_another_server_at_that_address_is_doubted(sim: SimulatorServer, tmp_path: Path) -> None:
    report = _report(sim, tmp_path, ZENHIRE_BASE_URL=f"{sim.origin}/other")
    said = _said(report)
    assert said["reachable"][0] == "warning"
    assert said["access default"][1].startswith("HTTP 404")
    assert report.exit_code == 2


def test_a_key_over_its_rate_is_told_when_to_come_back(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.faults = FaultPlan((Fault("rate_limited", path="sessions", retry_after_header="7"),))
    report = _report(sim, tmp_path)
    [finding] = [finding for finding in report.findings if finding.name == "access default"]
    assert finding.advice == "check again in 7 s"
    assert report.exit_code == 1


def test_a_list_in_another_order_is_a_warning_that_asks_for_nothing(
    sim: SimulatorServer, tmp_path: Path
) -> None:
    sim.behaviour = replace(sim.behaviour, order="oldest_first")
    report = _report(sim, tmp_path)
    assert _said(report)["order"] == ("warning", "not newest first")
    assert report.exit_code == 0


def test_a_small_page_is_told_with_its_price(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.behaviour = replace(sim.behaviour, largest_page=20)
    [finding] = [finding for finding in _report(sim, tmp_path).findings if finding.name == "paging"]
    assert finding.verdict == "warning"
    assert "20 sessions a page" in finding.found
    assert "5.0 times the requests" in finding.advice


def test_a_list_that_cannot_be_paged_says_how_to_help(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.behaviour = replace(sim.behaviour, page_param="blaettern")
    report = _report(sim, tmp_path)
    assert _said(report)["paging"][0] == "failed"
    advice = next(finding.advice for finding in report.findings if finding.name == "paging")
    assert "ZENHIRE_PAGING_PARAM" in (advice or "")
    assert _said(_report(sim, tmp_path, ZENHIRE_PAGING_PARAM="blaettern"))["paging"][0] == "ok"


def test_broken_rows_are_counted_by_reason_without_their_values(sim: SimulatorServer, tmp_path: Path) -> None:
    ids = COMPANY.at(NOW).ids()
    sim.faults = FaultPlan(
        mutate_row=mutate_sessions({i: lambda row: row | {"status": "very-secret"} for i in ids[-12:]})
    )
    report = _report(sim, tmp_path)
    verdict, found = _said(report)["contract"]
    assert verdict == "warning"
    assert found.startswith("12 of 300 rows break it: 12 x status: Input should be")
    assert "very-secret" not in json.dumps(_said(report))
    sim.faults = FaultPlan(mutate_row=mutate_sessions({i: lambda row: row | {"created_at": 7} for i in ids}))
    report = _report(sim, tmp_path)
    assert _said(report)["contract"][0] == "failed"
    assert report.exit_code == 1


def test_a_few_broken_rows_of_a_small_company_are_a_warning_as_they_are_to_a_sync(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=6, sessions_deleted_share=0))
    with world(tmp_path, company, company.settled_at) as here:
        ids = company.at(here.sim.now).ids()[:3]
        broken = mutate_sessions(
            {i: lambda row: row | {"status": "paused"} for i in ids}, frozenset({"list"})
        )
        here.sim.faults = FaultPlan(mutate_row=broken)
        report = _report(here.sim, tmp_path)
        assert _said(report)["contract"][0] == "warning"
        assert here.night().outcome == "set_aside"


def test_fields_that_nobody_knows_are_named_without_their_values(
    sim: SimulatorServer, tmp_path: Path
) -> None:
    newest = COMPANY.at(NOW).ids()[-1]
    sim.faults = FaultPlan(mutate_row=mutate_sessions({newest: lambda row: row | {"mood": "grumpy"}}))
    report = _report(sim, tmp_path)
    assert _said(report)["fields"] == ("warning", "unknown: 'mood'")
    assert "grumpy" not in json.dumps(_said(report))


def test_credits_without_a_balance_are_a_warning(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.behaviour = replace(sim.behaviour, credits_path=())
    report = _report(sim, tmp_path)
    assert _said(report)["credits"][0] == "warning"
    assert report.exit_code == 0


def test_a_detail_that_breaks_the_contract_fails(sim: SimulatorServer, tmp_path: Path) -> None:
    sim.faults = FaultPlan((Fault("internal_error", path="sessions/*", times=None),))
    report = _report(sim, tmp_path)
    assert _said(report)["detail"][0] == "failed"
    assert "HTTP 500" in _said(report)["detail"][1]


def test_a_company_without_sessions_is_no_trouble(tmp_path: Path) -> None:
    with world(tmp_path, Company(CompanySpec(sessions=0)), NOW) as here:
        report = _report(here.sim, here.settings.data_dir)
        assert report.exit_code == 0
        assert _said(report)["detail"] == ("ok", "there is no session to ask for")


def test_every_key_of_a_profile_is_tried_and_one_that_is_refused_does_not_hide_the_others(
    sim: SimulatorServer, tmp_path: Path
) -> None:
    config = load_config(
        {"ZENHIRE_BASE_URL": sim.base_url, "A_KEY": "zh_api_old", "B_KEY": DEFAULT_KEY}, None, tmp_path
    )
    keys = [{"name": name, "variable": f"{name.upper()}_KEY"} for name in ("a", "b", "c")]
    profile = type(config.profile).model_validate({**config.profile.model_dump(), "keys": keys})
    report = check_everything(replace(config, profile=profile))
    verdicts = {name: verdict for name, (verdict, _) in _said(report).items()}
    assert (verdicts["key a"], verdicts["key b"], verdicts["key c"]) == ("ok", "ok", "failed")
    assert (verdicts["access a"], verdicts["access b"], verdicts["paging"]) == ("failed", "ok", "ok")
    assert report.exit_code == 2


def test_an_unusable_setting_is_told_in_one_line(shell: Shell) -> None:
    done = shell("check", ZENHIRE_REPORTING_TIME_ZONE="Mars/Base")
    assert (done.exit_code, done.out) == (2, "")
    assert done.err.startswith("zenhire-sync check: ZENHIRE_REPORTING_TIME_ZONE")
    assert len(done.err.splitlines()) == 1


def _answer(**headers: str) -> Probe:
    return Probe(200, {name.replace("_", "-"): value for name, value in headers.items()}, received_at=NOW)


@pytest.mark.parametrize(
    ("ahead", "verdict", "words"),
    [(0, "ok", "0 s apart"), (90, "warning", "90 s ahead"), (-600, "warning", "600 s behind")],
)
def test_a_clock_that_is_wrong_is_told_with_its_direction(ahead: int, verdict: str, words: str) -> None:
    theirs = format_datetime(NOW.astimezone(UTC) - timedelta(seconds=ahead), usegmt=True)
    finding = clock_finding(_answer(Date=theirs))
    assert finding.verdict == verdict
    assert words in finding.found


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 01 Mar 2026 02:00:00 -0000"])
def test_a_server_without_a_usable_time_is_no_trouble(date: str) -> None:
    assert clock_finding(_answer(Date=date)).verdict == "ok"
    assert clock_finding(Probe(200)).verdict == "ok"


def test_a_rate_lower_than_the_setting_is_told() -> None:
    settings = Settings(rate_limit_per_minute=500)
    assert rate_finding(settings, _answer()).verdict == "ok"
    assert rate_finding(settings, _answer(X_RateLimit_Limit="500", X_RateLimit_Remaining="3")).verdict == "ok"
    lower = rate_finding(settings, _answer(RateLimit_Limit="100, 100;w=60"))
    assert lower.verdict == "warning"
    assert "ZENHIRE_RATE_LIMIT_PER_MINUTE" in lower.advice


def test_a_warehouse_is_told_with_its_version_and_sessions(sim: SimulatorServer, tmp_path: Path) -> None:
    write_raw(tmp_path / "warehouse.duckdb", {"sessions": [completed("s1", "2026-02-01 10:00", 60)]})
    verdict, found = _said(_report(sim, tmp_path))["warehouse"]
    assert verdict == "ok"
    assert f"opened with DuckDB v{duckdb.__version__}, 1 sessions" in found


def test_a_warehouse_of_an_earlier_version_is_a_warning(sim: SimulatorServer, tmp_path: Path) -> None:
    write_raw(tmp_path / "warehouse.duckdb", {})
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("alter table zenhire_raw.sessions drop column unknown_fields")
    verdict, found = _said(_report(sim, tmp_path))["warehouse"]
    assert verdict == "warning"
    assert "lacks 1 columns of this version, such as sessions.unknown_fields" in found


def test_a_warehouse_in_use_is_left_alone(sim: SimulatorServer, tmp_path: Path) -> None:
    write_raw(tmp_path / "warehouse.duckdb", {})
    with exclusive(tmp_path / "state", "sync"):
        assert "in use by pid" in _said(_report(sim, tmp_path))["warehouse"][1]


def test_a_file_that_is_no_warehouse_fails(sim: SimulatorServer, tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_text("not a database" * 1000)
    report = _report(sim, tmp_path)
    assert _said(report)["warehouse"][0] == "failed"
    assert report.exit_code == 1


def test_a_data_directory_that_is_no_directory_fails(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = shell("check", "--json", ZENHIRE_DATA_DIR=str(tmp_path / "file"))
    tests = {test["name"]: test for test in done.json["check"]["tests"]}
    assert tests["data dir"]["verdict"] == "failed"
    assert done.exit_code == 1
