"""The simulator as a command's engine, and its independence of the program it is a witness for."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import zenhire_sync.simulator as package

SERVE = """
from zenhire_sync.simulator import CompanySpec, run_simulator
spec = CompanySpec(sessions=30)
run_simulator(port=0, spec=spec, key="zh_mine", on_ready=lambda url: print(url, flush=True))
print("over")
"""


def test_it_serves_until_interrupted_and_then_returns() -> None:
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        request = urllib.request.Request(f"{base_url}/sessions", headers={"X-API-Key": "zh_mine"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - a loopback address
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "over\n"
        assert process.wait(5) == 0


def test_importing_the_package_loads_no_server() -> None:
    code = "import sys, zenhire_sync.simulator; print('aiohttp' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


def test_every_public_name_can_be_imported() -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute nothing"):
        _ = package.nothing


def test_the_witness_imports_nothing_of_the_program() -> None:
    allowed = {*sys.stdlib_module_names, "aiohttp", "pydantic"}
    for module in Path(package.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.startswith("zenhire_sync.simulator") or name.split(".")[0] in allowed, module.name


def test_the_same_seed_tells_the_same_story_in_another_process() -> None:
    code = (
        "import hashlib, json; from zenhire_sync.simulator import Company, CompanySpec;"
        "c = Company(CompanySpec(sessions=100)); s = c.at(c.settled_at);"
        "print(hashlib.sha256(json.dumps([s.details(), s.personas()]).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
