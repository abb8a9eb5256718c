"""A catalog behind REST: the same story, and one run at a time by a lease that ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.lake.conftest import PROFILE
from tests.lake.rest_catalog import LOGIN, running
from tests.lake.test_team import copy_into, raw_of
from tests.transforms.test_postgres import COMPANIES
from tests.transforms.warehouse import NOW
from zenhire_sync.engines.lake import lease
from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.engines.lake.locking import holder_of_lock, lake_lock, require_lock, shared_lock
from zenhire_sync.engines.lake.upkeep import bulk_of
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a lake whose catalog is behind REST, files in a folder."""
    with running(tmp_path / "catalog", f"file://{tmp_path}/tables", {}) as url:
        yield at(tmp_path, url)


def at(tmp_path: Path, url: str) -> Settings:
    found = Settings(data_dir=tmp_path / "worker", lake_dir=str(tmp_path / "lake"))
    return found.at(Home(destination="lake", url=SecretStr(url)))


@pytest.mark.slow
def test_a_company_is_loaded_built_and_published(rest: Settings, tmp_path: Path) -> None:
    file = raw_of(tmp_path, COMPANIES["golden"][0])
    with lake_lock(rest, "copy"):
        copy_into(rest, file)
        build_marts(rest, PROFILE, NOW)
        publish_marts(rest.model_copy(update={"lake_catalog_marts": True}), now=NOW)
    with warehouse_of(rest).published() as marts, warehouse_of(file).reading() as raw:
        [there] = marts.rows("select count(*) as sessions, sum(credits_charged) as credits from fct_sessions")
        [ours] = raw.rows("select count(*) as sessions, sum(credit_charged) as credits from sessions")
    assert there == ours
    shown = (
        catalog_of(rest).load_table(("zenhire_marts", "fct_sessions")).scan(selected_fields=("session_id",))
    )
    assert shown.to_arrow().num_rows == ours["sessions"] > 0


def test_of_two_runs_one_is_told_who_works(rest: Settings, tmp_path: Path) -> None:
    other = rest.model_copy(update={"data_dir": tmp_path / "other"})
    with lake_lock(rest, "run"):
        require_lock(rest)
        with pytest.raises(LockHeldError, match=rf"in use by pid {os.getpid()} on .* \(run, since"):
            lake_lock(other, "sync").__enter__()
        with pytest.raises(LockHeldError), shared_lock(other):
            pass
        with holder_of_lock(other) as (holder, _):
            assert holder is not None
            assert (holder.pid, holder.command) == (os.getpid(), "run")
    with lake_lock(other, "sync"), holder_of_lock(rest) as (holder, _):
        assert holder is not None
        assert holder.command == "sync"
    with holder_of_lock(rest) as nobody:
        assert nobody == (None, None)


def test_a_run_that_another_one_overtook_commits_nothing_more(rest: Settings) -> None:
    with lake_lock(rest, "run"):
        taken_by_another(rest, datetime.now(UTC) + timedelta(minutes=10))
        with pytest.raises(LockHeldError, match="the lease of the lake was lost"):
            require_lock(rest)


def test_a_run_on_another_machine_that_died_is_waited_for_until_its_lease_ends(rest: Settings) -> None:
    with lake_lock(rest, "run"):
        pass
    taken_by_another(rest, datetime.now(UTC) + timedelta(minutes=10))
    with pytest.raises(LockHeldError, match=r"on elsewhere .* its lease ends at"):
        lake_lock(rest, "sync").__enter__()
    taken_by_another(rest, datetime.now(UTC) - timedelta(seconds=1))
    with lake_lock(rest, "sync"):
        require_lock(rest)


def test_a_run_that_was_killed_on_this_machine_is_not_waited_for(rest: Settings) -> None:
    program = (
        "import sys, time; from tests.lake.test_rest_catalog import at; from pathlib import Path\n"
        "from zenhire_sync.engines.lake.locking import lake_lock\n"
        "with lake_lock(at(Path(sys.argv[1]), sys.argv[2]), 'sync'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    url = rest.home.url.get_secret_value() if rest.home.url else ""
    other = [sys.executable, "-c", program, str(rest.data_dir / "killed"), url]
    with subprocess.Popen(other, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockHeldError, match=f"pid {process.pid}"):
            lake_lock(rest, "run").__enter__()
        process.send_signal(signal.SIGKILL)
    with holder_of_lock(rest) as (at_work, killed):
        assert at_work is None
        assert killed is not None
        assert killed.pid == process.pid
    with lake_lock(rest, "run"):
        require_lock(rest)


def test_of_two_that_take_it_at_once_one_loses(rest: Settings) -> None:
    with lake_lock(rest, "run"):
        pass
    first, second = (lease.Lease(lease._table(catalog_of(rest)), "run") for _ in range(2))
    first.take()
    taken_by_another(rest, datetime.now(UTC) + timedelta(minutes=10))
    with pytest.raises(LockHeldError, match="in use by pid 1 on elsewhere"):
        second.take()
    first.end()
    with holder_of_lock(rest) as (holder, _):
        assert holder is not None
        assert holder.host == "elsewhere"


def test_a_lease_is_renewed_and_leaves_no_files(rest: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWED_EVERY", timedelta(milliseconds=20))
    ended: set[str] = set()
    for _ in range(2):
        with lake_lock(rest, "run"):
            table = catalog_of(rest).load_table(lease._TABLE)
            deadline = time.monotonic() + 30
            while len(ended) < 8:
                assert time.monotonic() < deadline
                ended.add(table.refresh().current_snapshot().summary.additional_properties["zenhire.until"])
                require_lock(rest)
        ended.clear()
    with lake_lock(rest, "run"):
        pass
    assert bulk_of(catalog_of(rest).load_table(lease._TABLE)).files < 12


def test_a_wrong_login_and_a_catalog_that_is_down_are_told_in_one_line(
    rest: Settings, tmp_path: Path
) -> None:
    url = rest.home.url.get_secret_value() if rest.home.url else ""
    for wrong in (url.replace(LOGIN, "a-client:wrong-secret"), "http://a:wrong-secret@127.0.0.1:1/catalog"):
        with pytest.raises(WarehouseError, match="the catalog of the lake in") as told:
            warehouse_of(at(tmp_path, wrong)).raw_tables()
        assert "secret" not in str(told.value)
        assert "\n" not in str(told.value)
    with pytest.raises(ConfigurationError, match="cannot be understood"):
        warehouse_of(at(tmp_path, "https://a:b@host:port/x")).raw_tables()


def taken_by_another(settings: Settings, until: datetime) -> None:
    """A commit to the lease as another machine makes it."""
    table = catalog_of(settings).load_table(lease._TABLE)
    told = {
        "pid": "1",
        "host": "elsewhere",
        "where": "another boot",
        "command": "run",
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "until": until.isoformat(),
    }
    named = {f"zenhire.{name}": text for name, text in told.items()}
    with table.transaction() as transaction, transaction.update_snapshot(named).fast_append():
        pass
