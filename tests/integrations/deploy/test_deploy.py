"""Files under deploy/, judged by the tools of those who read them; nothing is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.integrations.environments import environment

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
WORKFLOWS = [DEPLOY / "github-actions" / "zenhire.yml", ROOT / ".github" / "workflows" / "ci.yml"]
# In CI a missing one fails.
NEEDS_SYSTEMD = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and not os.environ.get("CI"), reason="Debian's package systemd"
)
UNITS = sorted((DEPLOY / "systemd").iterdir())


def said(*command: str | Path) -> str:
    """What a tool says. An answer that is not 0 fails the test with it."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def tool(name: str) -> Path:
    return environment("deploy") / "bin" / name


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as they would be installed where the program is."""
    program = tmp_path / "zenhire-sync"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = unit.read_text().replace("/opt/zenhire/.venv/bin/zenhire-sync", str(program))
        (tmp_path / unit.name).write_text(text)
    return [tmp_path / unit.name for unit in UNITS]


@NEEDS_SYSTEMD
def test_systemd_understands_every_line_of_the_units(units: list[Path]) -> None:
    assert len(units) == 4
    assert said("systemd-analyze", "verify", *units) == ""


@NEEDS_SYSTEMD
@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda u: u.name)
def test_a_service_can_do_little_besides_its_work(unit: Path) -> None:
    """An exposure below 2 of 10."""
    said("systemd-analyze", "security", "--offline=true", "--threshold=19", unit)


def test_kubernetes_knows_every_field() -> None:
    told = said(tool("kubernetes-validate"), "--strict", DEPLOY / "kubernetes" / "zenhire.yaml")
    assert told.count("passed") == 3


def test_github_knows_every_key_of_the_workflows_and_none_of_them_gives_away_a_secret() -> None:
    said(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    said(tool("zizmor"), "--offline", "--no-progress", *WORKFLOWS)


def test_the_image_is_made_as_images_are() -> None:
    assert said(tool("hadolint"), DEPLOY / "container" / "Dockerfile") == ""


def test_a_key_that_nobody_knows_is_found(tmp_path: Path) -> None:
    """Or the tools above would say yes to everything."""
    spoiled = tmp_path / "zenhire.yaml"
    text = (DEPLOY / "kubernetes" / "zenhire.yaml").read_text()
    spoiled.write_text(text.replace("concurrencyPolicy: Forbid", "concurrency: Forbid"))
    done = subprocess.run(
        [tool("kubernetes-validate"), "--strict", spoiled], capture_output=True, check=False
    )
    assert done.returncode != 0
