"""The key is nowhere but in the request; nothing else is spoken to; files belong to their owner alone."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr

from tests.accidents.commands import KEY, PROGRAM, Nursery, variables
from tests.cli.conftest import answering
from tests.sync.world import World, world
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.cli.perform import Call, guard
from zenhire_sync.errors import ApiAnswerError
from zenhire_sync.simulator import NO_FAULTS, Company, CompanySpec, Fault, FaultPlan

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)
# Of no shape that anybody would recognise as a key.
SHAPELESS = "correct-horse-battery-staple"
# Loaded by every Python below: says no to every address but this machine's, and writes down who asked.
_NO_STRANGERS = """
import ipaddress, os, sys

def hook(event, args):
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            refuse(event, address)
    elif event == "socket.getaddrinfo" and args[0] not in {None, "localhost", "127.0.0.1", "::1"}:
        refuse(event, args)

def refuse(event, what):
    with open(os.environ["STRANGERS"], "a") as file:
        print(os.getpid(), event, what, file=file)
    raise ConnectionRefusedError(f"{event} {what}")

sys.addaudithook(hook)
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A company whose API takes both keys."""
    company = Company(SPEC)
    keys = {KEY: None, SHAPELESS: None}
    with world(tmp_path, company, company.settled_at, keys=keys) as found:
        yield found


def files_with(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.slow
def test_the_key_is_in_no_file_and_no_stream_and_files_belong_to_their_owner_alone(
    here: World, nursery: Nursery, tmp_path: Path
) -> None:
    env = variables(here.settings.data_dir, here.sim.base_url, TMPDIR=str(tmp_path))
    at = ("--as-of", here.sim.now.isoformat(), "--log-format", "json", "--json")
    outputs = [nursery.run(env, "run", *at).well().output]
    paths = [here.settings.data_dir, *here.settings.data_dir.rglob("*")]
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()}
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
    for kind in ("internal_error", "unauthorized", "forbidden", "wrong_shape", "not_json", "reset"):
        here.sim.faults = FaultPlan((Fault(kind, times=None),))  # type: ignore[arg-type]
        ended = nursery.run({**env, "ZENHIRE_REQUEST_ATTEMPTS": "2"}, "sync", *at)
        assert ended.exit_code in {1, 2}
        outputs.append(ended.output)
    here.sim.faults = NO_FAULTS
    assert KEY not in "".join(outputs)
    assert files_with(tmp_path, KEY) == []
    assert files_with(here.settings.data_dir, "zh_api_") == []


@pytest.mark.parametrize("way", ["FILE", "COMMAND"])
def test_a_key_from_a_file_or_a_command_works_and_is_not_shown_when_the_server_repeats_it(
    here: World, nursery: Nursery, tmp_path: Path, way: str
) -> None:
    (tmp_path / "key").write_text(f"{SHAPELESS}\n")
    value = str(tmp_path / "key") if way == "FILE" else f"cat {tmp_path / 'key'}"
    env = variables(here.settings.data_dir, here.sim.base_url)
    del env["ZENHIRE_API_KEY"]
    env[f"ZENHIRE_API_KEY_{way}"] = value
    nursery.run(env, "sync", "--as-of", here.sim.now.isoformat()).well()
    (tmp_path / "key").rename(tmp_path.with_name("key elsewhere"))
    assert files_with(tmp_path, SHAPELESS) == []
    tmp_path.with_name("key elsewhere").rename(tmp_path / "key")
    refusal = '{"error": {"code": "UNAUTHORIZED", "message": "unknown key {key}"}}'
    with answering(401, refusal) as base_url:
        ended = nursery.run({**env, "ZENHIRE_BASE_URL": base_url}, "sync")
    assert ended.exit_code == 2
    assert "unknown key (hidden)" in ended.output
    assert SHAPELESS not in ended.output


def test_a_defect_of_ours_does_not_write_the_key_into_its_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZENHIRE_API_KEY", SHAPELESS)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail() -> None:
        raise RuntimeError(f"sent {SHAPELESS} and {KEY}")

    before = os.umask(0o077)
    with pytest.raises(typer.Exit) as ended:
        guard(Call("sync"), fail)  # type: ignore[arg-type]
    os.umask(before)
    assert ended.value.exit_code == 1
    [trace] = tmp_path.iterdir()
    assert "RuntimeError: sent (hidden) and (hidden)" in trace.read_text()
    assert stat.S_IMODE(trace.stat().st_mode) == 0o600
    assert SHAPELESS not in capsys.readouterr().err


@pytest.mark.slow
def test_nobody_is_spoken_to_but_the_api(here: World, tmp_path: Path) -> None:
    strangers = tmp_path / "strangers"
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "sitecustomize.py").write_text(_NO_STRANGERS)
    # As on a user's machine: nothing in the environment that would switch telemetry off for us.
    env = variables(here.settings.data_dir, here.sim.base_url, STRANGERS=str(strangers), HOME=str(tmp_path))
    env = {name: value for name, value in env.items() if not re.search("TELEMETRY|TRACK|STATS|CI$", name)}
    env["PYTHONPATH"] = str(tmp_path / "python")
    at = ("--as-of", here.sim.now.isoformat())
    for command in (("run", *at), ("reconcile", *at), ("status",), ("check",)):
        done = subprocess.run([PROGRAM, *command], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
    assert not strangers.exists(), strangers.read_text()
    # The guard is awake.
    stranger = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    done = subprocess.run([sys.executable, "-c", stranger], env=env, capture_output=True, check=False)
    assert done.returncode == 1
    assert "192.0.2.1" in strangers.read_text()


def test_the_key_is_sent_to_no_other_server_that_an_answer_names(here: World) -> None:
    async def ask(address: str) -> None:
        key = ApiKey(name="default", value=SecretStr(KEY))
        async with ApiClient(here.settings, key, RequestLedger()) as client:
            await client.get(address, reason="list")

    for address in ("https://example.invalid/api/v1/interview/sessions", "//example.invalid/sessions"):
        with pytest.raises(ApiAnswerError, match="the key is sent only to the base URL"):
            asyncio.run(ask(address))
    assert not here.sim.log.records()
