"""A killed build, a failed publish, a full disk: each step's last bad end is kept with its reason."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.operate.conftest import NOW, shell_for
from tests.transforms.warehouse import sync_run, write_raw
from zenhire_sync.cli.status import _lines
from zenhire_sync.errors import BuildError
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings
from zenhire_sync.status import read_status
from zenhire_sync.step_record import StepRecord, StepRecords, read_records
from zenhire_sync.steps import Step, Steps


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def fail(settings: Settings, step: str, why: BaseException, command: str = "run") -> None:
    records = StepRecords(settings.state_dir, command, lambda text: text.replace("zh_secret", "(hidden)"))
    with pytest.raises(type(why)), Steps("run-1", [records]).step(step):
        raise why


def told(settings: Settings) -> str:
    return "\n".join(_lines(read_status(settings, NOW), None))


def test_a_failed_build_is_shown_with_its_message_until_a_build_ends_well(settings: Settings) -> None:
    fail(settings, "build", BuildError("test x failed on 3 rows;\n see zh_secret"))
    assert "  FAILED     build of `run`, 20" in told(settings)
    assert "test x failed on 3 rows; see (hidden) (run run-1)" in told(settings)
    with Steps("run-2", [StepRecords(settings.state_dir, "build")]).step("build"):
        pass
    assert "FAILED" not in told(settings)
    assert read_status(settings, NOW).broken_steps == ()


def test_how_long_a_step_takes_is_known_after_it_failed_or_was_killed(settings: Settings) -> None:
    records = StepRecords(settings.state_dir, "run")

    def takes(seconds: float, outcome: str) -> float | None:
        records.ends(Step("build", "run-1", NOW, outcome, seconds))
        return read_records(settings.state_dir)[0].good_seconds

    assert takes(1.0, "failed") is None
    assert takes(600.0, "done") == 600.0
    assert takes(0.5, "failed") == takes(0.5, "stopped") == 600.0
    records.begins(Step("build", "run-2", NOW))
    assert read_records(settings.state_dir)[0].good_seconds == 600.0
    assert takes(700.0, "done") == 700.0


def test_a_defect_and_ctrl_c_are_kept_without_values_of_rows(settings: Settings) -> None:
    fail(settings, "publish", RuntimeError("anna@example.org"), "publish")
    fail(settings, "report", KeyboardInterrupt())
    assert "FAILED     publish, " in told(settings)
    assert "unexpected RuntimeError (run run-1)" in told(settings)
    assert "STOPPED    report of `run`, " in told(settings)
    assert "anna" not in told(settings)


def test_a_killed_build_is_named_once_nobody_holds_the_lock(settings: Settings) -> None:
    records = StepRecords(settings.state_dir, "run")
    with exclusive(settings.state_dir, "run"):
        records.begins(Step("build", "run-1", NOW))
        assert read_status(settings, NOW).broken_steps == ()
    assert "  KILLED     build of `run` began 2026-03-01 02:00Z and never ended; run it again" in told(
        settings
    )


def test_on_a_disk_without_room_for_a_new_file_the_failure_is_written_over_the_beginning(
    settings: Settings,
) -> None:
    records = StepRecords(settings.state_dir, "sync")
    step = Step("sync", "run-1", NOW)
    records.begins(step)
    # Where the new file would be written there is something that it cannot replace.
    (settings.state_dir / "steps" / f"sync.{os.getpid()}.tmp").mkdir()
    step.outcome, step.error = "failed", "/data is full: free some space and run again" + "!" * 5000
    with pytest.raises(OSError, match="directory"):
        (settings.state_dir / "steps" / f"sync.{os.getpid()}.tmp").write_text("")
    records.ends(step)
    assert "/data is full: free some space and run again" in told(settings)


def test_a_note_that_cannot_be_read_or_written_ends_no_command(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.state_dir.mkdir()
    (settings.state_dir / "steps").write_text("in the way")
    with Steps("run-1", [StepRecords(settings.state_dir, "sync")]).step("sync"):
        pass
    assert read_records(settings.state_dir) == ()
    (settings.state_dir / "steps").unlink()
    (settings.state_dir / "steps").mkdir()
    (settings.state_dir / "steps" / "build.json").write_text('{"step": "build"')
    assert read_records(settings.state_dir) == ()


def test_a_command_leaves_its_reason_for_the_next_status(settings: Settings) -> None:
    shell = shell_for(settings.data_dir)
    assert shell("build").exit_code == 1
    status = shell("status", "--json").json["status"]
    assert status["broken_steps"] == ["build"]
    [step] = status["steps"]
    assert (step["step"], step["command"], step["outcome"]) == ("build", "build", "failed")
    assert "there is no warehouse at" in step["error"]


def test_a_sync_that_told_its_error_itself_is_not_told_twice(settings: Settings) -> None:
    write_raw(settings.warehouse_path, {"sync_runs": [sync_run("run-1", outcome="failed", error="down")]})
    fail(settings, "sync", BuildError("down"))
    assert told(settings).count("down") == 1


@pytest.mark.file_only
def test_as_many_runs_are_told_as_asked_for_and_each_row_set_aside_without_its_contents(
    settings: Settings,
) -> None:
    runs = [sync_run(f"r{n}", finished_at=NOW - timedelta(days=n)) for n in range(8)]
    aside = {
        "rejected_id": "x",
        "endpoint": "sessions",
        "session_id": "session-1",
        "reason": "metadata.anna@x.org: bad",
        "payload": "anna@x.org",
        "request_id": "req-1",
        "first_seen_at": NOW,
        "seen_at": NOW,
        "run_id": "r0",
    }
    write_raw(settings.warehouse_path, {"sync_runs": runs, "rejected_rows": [aside]})
    shell = shell_for(settings.data_dir)
    shown = shell("status", "--runs", "7", "--rejected")
    assert [f"(run r{n})" in shown.out for n in range(8)] == [True] * 7 + [False]
    assert "session-1 since 2026-03-01 02:00Z: metadata: bad (requestId req-1)" in shown.out
    facts = shell("status", "--runs", "2", "--rejected", "--json").json["status"]["raw"]
    assert [run["run_id"] for run in facts["runs"]] == ["r0", "r1"]
    assert [row["session_id"] for row in facts["rejected"]] == ["session-1"]
    assert "anna" not in shown.out + str(facts)
    assert read_status(settings, NOW).raw is not None


def test_the_record_of_a_step_survives_an_erasure(settings: Settings) -> None:
    from zenhire_sync.erase.folders import clear_working_files

    fail(settings, "build", BuildError("no room"))
    (settings.state_dir / "dlt").mkdir()
    clear_working_files(settings)
    [record] = read_records(settings.state_dir)
    assert isinstance(record, StepRecord)
    assert record.error == "no room"
    assert not (settings.state_dir / "dlt").exists()
