"""kill -9 in the middle of an erasure: no half file, and the same command again finishes."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from tests.accidents.commands import Nursery
from tests.operate.bytes_of import places_of
from tests.operate.conftest import Shell
from tests.sync.world import World
from zenhire_sync.simulator import Company

ANNA = "anna-4711"
WORDS = "annas-words"

# The child dies just before it takes the n-th of the steps that the file system sees (CPython reports them).
_DIE_AT_STEP = """
import os, signal, sys
from pathlib import Path
from zenhire_sync.erase.folders import clear_working_files
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings
settings, deadly = Settings(data_dir=Path(sys.argv[1])), int(sys.argv[2])
STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"}
taken = 0
def step(event, args):
    global taken
    if event in STEPS and str(settings.data_dir) in str(args):
        taken += 1
        if taken == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
clear_working_files(settings)
warehouse_of(settings).scrub()
"""

# The child runs the whole command and dies just before it puts the named file in its place.
_DIE_BEFORE = """
import os, signal, sys
deadly = sys.argv.pop()
def step(event, args):
    if event == "os.rename" and str(args[1]).endswith(deadly):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
from zenhire_sync.cli.app import main
main()
"""


@pytest.mark.file_only
@pytest.mark.slow
def test_killed_before_each_step_while_the_warehouse_is_rewritten(
    company: Company, here: World, interview: Callable[..., str], nursery: Nursery
) -> None:
    interview(company, ANNA, WORDS, metadata=None)
    here.night()
    charged = here.query("select sum(credit_charged) from sessions")
    with duckdb.connect(str(here.settings.warehouse_path)) as con:
        con.execute("update zenhire_raw.session_feedback set comment = null")
    for deadly in range(1, 100):
        child = nursery.start_script(_DIE_AT_STEP, str(here.settings.data_dir), str(deadly))
        code = child.ended().exit_code
        assert here.query("select sum(credit_charged) from sessions") == charged
        if code == 0:
            break
        assert code == -9
    assert deadly > 6
    assert places_of([WORDS], here.settings.data_dir) == []
    assert {path.name for path in here.settings.data_dir.iterdir()} == {"warehouse.duckdb", "state"}


@pytest.mark.file_only
@pytest.mark.slow
def test_killed_before_a_file_is_replaced_the_same_command_finishes(
    company: Company, here: World, interview: Callable[..., str], shell: Shell, nursery: Nursery
) -> None:
    interview(company, ANNA, WORDS)
    here.night()
    for deadly in ("/warehouse.duckdb", "/published/report.html"):
        done = nursery.start_script(
            _DIE_BEFORE, "erase", "--candidate-ref", ANNA, deadly, env=shell.environ
        ).ended()
        assert done.exit_code == -9, done.output
        assert here.query("select count(*) from sessions where candidate_ref = ?", ANNA) == [(0,)]
        assert here.query("select count(*) from erased_sessions where finished_at is null") == [(1,)]
    last = shell("erase", "--candidate-ref", ANNA)
    assert last.exit_code == 0, last.err
    assert last.out.startswith("erase: 1 sessions are without their person, 1 of them since an earlier erase")
    assert places_of([ANNA, WORDS], here.settings.data_dir) == []
    assert here.query("select count(*) from erased_sessions where finished_at is null") == [(0,)]
