"""What docs/postgres.md says of a dump is true: the raw tables are enough to have everything back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.postgres.conftest import PROFILE
from tests.transforms.postgres.server import Postgres, binaries
from tests.transforms.warehouse import NOW
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Settings

pytestmark = pytest.mark.slow


def test_the_raw_tables_restored_from_a_dump_make_the_same_marts(
    settings: Settings,
    postgres: Postgres,
    ask: Callable[..., list[tuple[Any, ...]]],
    publish: Callable[..., PublishSummary],
    tmp_path: Path,
) -> None:
    before, facts = publish(), ask("select * from zenhire_marts.fct_sessions order by 1")
    dump = tmp_path / "zenhire.dump"
    _run("pg_dump", "--format=custom", "--schema=zenhire_raw", f"--file={dump}", postgres.url())
    ask("drop schema zenhire_raw, zenhire_marts, zenhire_built cascade")
    assert warehouse_of(settings).raw_tables() is None
    _run("pg_restore", "--no-owner", "--single-transaction", f"--dbname={postgres.url()}", dump)
    with warehouse_of(settings).loading():
        # Brings the raw tables up to this version: nothing is missing for a run that comes next.
        pass
    build_marts(settings, PROFILE, NOW)
    after = publish_marts(settings, now=NOW + timedelta(hours=1))
    assert after.rows_by_table == before.rows_by_table
    assert ask("select * from zenhire_marts.fct_sessions order by 1") == facts


def _run(program: str, *arguments: str | Path) -> None:
    found = binaries()
    assert found is not None
    subprocess.run([found / program, *arguments], check=True, env={**os.environ, "PGUSER": "postgres"})
