"""`make setup` says that nothing is to be done only where nothing is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EDITABLE = Path(".venv/lib/python3.11/site-packages/_editable_impl_zenhire_sync.pth")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which `make setup` was run before."""
    for name in (Path("Makefile"), Path("pyproject.toml"), Path("constraints.txt")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for made in (EDITABLE, Path(".venv/.installed")):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    return tmp_path


def test_nothing_is_done_twice(checkout: Path) -> None:
    assert not has_work(checkout)


def test_an_install_that_replaced_the_source_worked_on_is_put_right(checkout: Path) -> None:
    """README's "Install it" run into the checkout's .venv leaves a copy, and the demo shows old code."""
    (checkout / EDITABLE).unlink()
    assert has_work(checkout)


def test_newer_versions_are_installed(checkout: Path) -> None:
    later = (checkout / ".venv/.installed").stat().st_mtime + 10
    os.utime(checkout / "constraints.txt", (later, later))
    assert has_work(checkout)


def has_work(checkout: Path) -> bool:
    """Whether `make setup` would do anything."""
    done = subprocess.run(["make", "--question", "setup"], cwd=checkout, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 1
