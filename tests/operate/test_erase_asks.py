"""One shared reference cleared 46 sessions at once: what an erasure takes is shown, and asked, beforehand."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.operate.conftest import NOW, Shell
from tests.sync.world import World
from zenhire_sync.cli.erase import MOST_UNASKED, _approved
from zenhire_sync.cli.status import _lines
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase import ErasureRequest, erase_people, plan_erasure
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.rows.privacy import Privacy
from zenhire_sync.settings import Profile, Settings
from zenhire_sync.simulator import Company
from zenhire_sync.status import read_status
from zenhire_sync.warehouse.people import Found, find_people

SHARED = "agency-pool-7"
Interview = Callable[..., str]


@pytest.fixture
def shared(company: Company, here: World, interview: Interview) -> list[str]:
    """The sessions of a reference that is more than one person's, synced."""
    found = [interview(company, SHARED, f"words-{n}") for n in range(MOST_UNASKED + 1)]
    here.night()
    return sorted(found)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and "steps" not in path.parts)
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def still_there(here: World) -> int:
    [(count,)] = here.query("select count(*) from sessions where candidate_ref = ?", SHARED)
    return int(count)


def test_a_reference_that_many_share_is_not_erased_by_a_script_that_did_not_say_yes(
    here: World, shell: Shell, shared: list[str]
) -> None:
    refused = shell("erase", "--candidate-ref", SHARED)
    assert (refused.exit_code, refused.out) == (2, "")
    assert len(told := refused.err.splitlines()) == 1
    assert f"one reference has {len(shared)} sessions" in told[0]
    assert "--dry-run" in told[0]
    assert "--yes" in told[0]
    assert SHARED not in told[0]
    assert still_there(here) == len(shared)


@pytest.mark.file_only
def test_a_dry_run_shows_sessions_tables_and_files_and_changes_no_byte(
    here: World, shell: Shell, shared: list[str]
) -> None:
    before = contents(here.settings.data_dir)
    shown = shell("erase", "--dry-run", "--candidate-ref", SHARED)
    told = shell("erase", "--dry-run", "--candidate-ref", SHARED, "--json").json["erase"]
    assert contents(here.settings.data_dir) == before
    assert shown.exit_code == 0
    assert all(f"{session_id}  completed, created 2026-02-27" in shown.out for session_id in shared)
    assert str(here.settings.warehouse_path) in shown.out
    assert SHARED not in shown.out
    assert sorted(session["session_id"] for session in told["sessions"]) == shared
    count = len(shared)
    rows = {"sessions": count, "session_metadata": count, "session_feedback": count}
    assert told["rows_by_table"] == {"session_tags": 0, "rejected_rows": 0, **rows}


@pytest.mark.slow
def test_sessions_named_one_by_one_and_a_reference_of_a_few_go_without_a_question(
    company: Company, here: World, interview: Interview
) -> None:
    ids = tuple(interview(company, f"ref-{n}", "words") for n in range(MOST_UNASKED + 3))
    few = {interview(company, "anna", "words") for _ in range(MOST_UNASKED)}
    here.night()
    assert _approved(here.settings, ErasureRequest((), ids)) is None
    assert _approved(here.settings, ErasureRequest(("anna",))) == few
    interview(company, "anna", "words")
    here.night()
    with pytest.raises(ConfigurationError, match=f"one reference has {MOST_UNASKED + 1} sessions"):
        _approved(here.settings, ErasureRequest(("ref-0", "anna")))


@pytest.mark.slow
def test_on_a_terminal_the_count_is_shown_first_and_only_yes_goes_on(
    here: World, shell: Shell, shared: list[str]
) -> None:
    ours, theirs = pty.openpty()
    program = [sys.executable, "-c", "from zenhire_sync.cli.app import main; main()"]
    with subprocess.Popen(
        [*program, "erase", "--session", shared[0], "--candidate-ref", SHARED],
        env=shell.environ,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    ) as child:
        os.close(theirs)
        shown = b""
        while b"Type yes to go on" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, b"\n")
        code = child.wait(60)
    os.close(ours)
    assert code == 1
    assert f"erase: {len(shared)} sessions".encode() in shown
    assert still_there(here) == len(shared)


def test_what_would_go_is_told_oldest_first(company: Company, here: World) -> None:
    starts = [NOW - timedelta(days=days) for days in (2, 5, 1, 9)]
    for start in starts:
        company.add_session(start, candidate_ref="anna")
    here.night()
    told = plan_erasure(here.settings, ErasureRequest(("anna",))).sessions
    assert [session.created_at for session in told] == sorted(starts)


@pytest.mark.slow
def test_a_session_that_came_in_while_somebody_was_asked_is_not_erased_unseen(
    company: Company, here: World, interview: Interview
) -> None:
    interview(company, "anna", "words")
    here.night()
    seen = plan_erasure(here.settings, ErasureRequest(("anna",))).session_ids
    interview(company, "anna", "words")
    here.night()
    with pytest.raises(WarehouseError, match="since it was asked, 1 more sessions"):
        erase_people(
            here.settings,
            Profile(name="duckdb", description="test"),
            ErasureRequest(("anna",)),
            now=NOW,
            approved=seen,
        )
    assert here.query("select count(*) from sessions where candidate_ref = 'anna'") == [(2,)]


def test_a_dry_run_leaves_a_run_alone(here: World, shared: list[str]) -> None:
    with (
        warehouse_of(here.settings).exclusive("sync"),
        pytest.raises(LockHeldError, match=r"in use by pid .*sync"),
    ):
        plan_erasure(here.settings, ErasureRequest((SHARED,)))


def _found(settings: Settings) -> Found:
    with warehouse_of(settings).reading() as reader:
        return find_people(reader, ErasureRequest((SHARED,)), Privacy())


def test_the_log_of_erasures_says_when_and_how_much_and_never_whom(here: World, shared: list[str]) -> None:
    settings = here.settings
    warehouse = warehouse_of(settings)
    warehouse.forget(_found(settings), NOW, "run-7")
    unfinished = read_status(settings, NOW)
    assert "NOT FINISHED (run run-7)" in "\n".join(_lines(unfinished, None))
    warehouse.forgotten(NOW, ["warehouse.duckdb"])
    [row] = here.rows("erasures")
    assert json.loads(row.pop("rows_by_table"))["sessions"] == len(shared)
    assert row == {
        "run_id": "run-7",
        "erased_at": NOW,
        "asked_by": "candidate_ref",
        "sessions": len(shared),
        "files_rewritten": '["warehouse.duckdb"]',
        "finished_at": NOW,
    }
    assert not [word for word in (SHARED, *shared, "words") if word in str(row)]
    told = "\n".join(_lines(read_status(settings, NOW), None))
    assert f"the person of {len(shared)} sessions, by 1 runs of erase" in told
    assert f"2026-03-01 02:00Z {len(shared)} sessions by candidate_ref, finished (run run-7)" in told


def test_an_erasure_is_not_called_finished_while_a_table_still_holds_the_person(
    here: World, shared: list[str]
) -> None:
    settings = here.settings
    warehouse = warehouse_of(settings)
    warehouse.forget(_found(settings), NOW, "run-7")
    here.change("update sessions set candidate_ref = 'back' where id = ?", shared[0])
    with pytest.raises(WarehouseError, match="1 rows still hold the person"):
        warehouse.forgotten(NOW, [])
    assert here.query("select count(*) from erased_sessions where finished_at is not null") == [(0,)]
