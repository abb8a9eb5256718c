"""The wheel alone is enough: installed without the source, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import KEY
from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer

ROOT = Path(__file__).parents[2]
CONSTRAINTS = "zenhire_sync/_bundled/constraints.txt"
WHERE = """
import zenhire_schemas, zenhire_sync
from zenhire_sync.bundle import bundled
from zenhire_sync.config import profile_names
print(zenhire_sync.__file__, zenhire_schemas.__file__, bundled("transforms"), *profile_names(), sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment with the wheel in it; only the dependencies are borrowed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, its own .pth files are not: our editable source stays out.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def test_the_wheel_holds_the_program_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"zenhire_sync", "zenhire_schemas"}
    bundled = {name for name in names if "_bundled/" in name}
    source = {
        f"zenhire_sync/_bundled/{path.relative_to(ROOT)}"
        for folder in ("transforms", "profiles")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"target", "logs"} & {*path.parts}
    }
    assert bundled == source | {CONSTRAINTS}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_who_has_the_wheel_alone_has_the_versions_that_were_tested(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(CONSTRAINTS) == (ROOT / "constraints.txt").read_bytes()
    # as README tells it
    assert f"--constraint unpacked/{CONSTRAINTS} " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_finds_its_own_parts_from_another_folder(installed: Path, tmp_path: Path) -> None:
    program, schemas, transforms, *profiles = _run(
        installed / "python", "-c", WHERE, cwd=tmp_path
    ).splitlines()
    for path in (program, schemas, transforms):
        assert Path(path).is_relative_to(installed.parent), path
    assert (Path(transforms) / "dbt_project.yml").is_file()
    assert profiles == sorted(path.stem for path in (ROOT / "profiles").glob("*.toml"))
    assert _run(installed / "zenhire-sync", "--help", cwd=tmp_path).startswith("Usage: zenhire-sync")


@pytest.mark.slow
def test_it_does_a_whole_night_from_another_folder(installed: Path, tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=40, days=10))
    keys: dict[str, str | None] = {KEY: None}
    with SimulatorServer(company, now=company.settled_at, keys=keys, rate_limit_per_minute=100_000) as api:
        variables = {"ZENHIRE_BASE_URL": api.base_url, "ZENHIRE_API_KEY": KEY}
        told = _run(installed / "zenhire-sync", "run", cwd=tmp_path, **variables)
    assert "published  data/published/zenhire.duckdb" in told
    assert (tmp_path / "data" / "published" / "report.html").is_file()
    # Nothing was written beside the program.
    bundled = next(installed.parent.glob("lib/python*/site-packages/zenhire_sync/_bundled"))
    assert not [path for path in bundled.rglob("*") if path.name in {"target", "logs", ".user.yml"}]


def _run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("ZENHIRE_", "PYTHON"))
    }
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
