"""What a build's results mean: what failed is named, and what was left out counts as failed."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from zenhire_sync.errors import BuildError
from zenhire_sync.marts.verdict import judge, manifest_path

KINDS = {"a": "model", "one": "test", "two": "test"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Of a project with one model and two tests."""
    path = manifest_path(tmp_path)
    path.parent.mkdir()
    config = {"materialized": "table", "severity": "ERROR"}
    nodes = {f"{kind}.{name}": {"resource_type": kind, "config": config} for name, kind in KINDS.items()}
    path.write_text(json.dumps({"nodes": nodes}), "utf-8")
    return tmp_path


def results(**statuses: str) -> list[Any]:
    """dbt's, by name; all good unless told otherwise."""
    told = {"a": "success", "one": "pass", "two": "pass"} | statuses
    return [
        SimpleNamespace(
            status=told[name],
            failures=7,
            message="Database Error\n  no such column",
            node=SimpleNamespace(
                unique_id=f"{kind}.{name}",
                resource_type=kind,
                name=name,
                compiled_path="a.sql",
            ),
        )
        for name, kind in KINDS.items()
    ]


def test_a_build_of_which_all_passed_or_warned_is_good(work: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        counts = judge(results(two="warn"), work)
    assert (counts.passed, counts.warned) == (1, 1)
    assert caplog.messages == ["test two warns of 7 rows"]


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("two", "fail", "test two failed on 7 rows. SQL: a.sql"),
        ("two", "error", "test two could not be built"),
        ("a", "error", "model a could not be built"),
        ("a", "runtime error", "model a could not be built"),
        ("two", "skipped", "1 of 2 tests did not run, such as test.two"),
        ("a", "skipped", "1 of 1 models did not run, such as model.a"),
    ],
)
def test_a_build_of_which_anything_failed_or_was_left_out_is_not(
    work: Path, name: str, status: str, said: str
) -> None:
    with pytest.raises(BuildError) as raised:
        judge(results(**{name: status}), work)
    assert str(raised.value).startswith(said)
