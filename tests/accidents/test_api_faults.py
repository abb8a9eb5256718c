"""The API in trouble: the run ends right, or in one clear line; the next run heals what is left."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from tests.accidents.commands import KEY, Ended, Nursery, settled_truth, variables
from tests.sync.world import World
from zenhire_sync.simulator import (
    DEFAULT,
    NO_FAULTS,
    CompanySpec,
    Fault,
    FaultPlan,
    RequestRecord,
)

SPEC = CompanySpec(sessions=36, days=10, personas=2, personas_deleted=0, sessions_deleted_share=0)
FOREVER = None


def sync(here: World, nursery: Nursery, **more: str) -> Ended:
    env = variables(here.settings.data_dir, here.sim.base_url, **more)
    here.sim.log.clear()
    return nursery.run(env, "sync", "--as-of", here.sim.now.isoformat())


def a_completed_session(here: World) -> str:
    rows = here.sim.company.at(here.sim.now).sessions()
    return next(row["id"] for row in rows if row["status"] == "completed")


PASSING = {
    "429 with a header": Fault("rate_limited", "*", 2, 9, 2, retry_after_header="1"),
    "429 with a date": Fault(
        "rate_limited", "*", 2, 9, 2, retry_after_header="Wed, 21 Oct 2015 07:28:00 GMT"
    ),
    "429 with seconds in the body": Fault("rate_limited", "*", 2, 9, 2, retry_after_seconds=0.5),
    "429 without a word": Fault("rate_limited", "sessions/*", 3),
    "503 with a header": Fault("warming", "*", 1, 5, 3, retry_after_header="1"),
    "503 with nonsense in the header": Fault("warming", "*", 1, 5, 3, retry_after_header="soon"),
    "503 with seconds in the body": Fault("warming", "*", 1, 5, 3, retry_after_seconds=0.2),
    "503 without a word": Fault("warming", "*", 1, 5, 3),
    "500": Fault("internal_error", "*", 1, 3, 6),
    "500 in html": Fault("html_500", "*", 1, 3, 6),
    "502 in html": Fault("html_502", "*", 1, 3, 6),
    "a reset": Fault("reset", "*", 1, 3, 6),
    "a stalled answer": Fault("stall", "*", 1, 9, 3),
    "a truncated body": Fault("truncated", "*", 1, 3, 6),
    "a body that is not JSON": Fault("not_json", "*", 1, 3, 6),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PASSING)
def test_trouble_that_passes_is_lived_through(here: World, nursery: Nursery, name: str) -> None:
    here.sim.faults = FaultPlan((PASSING[name],))
    sync(here, nursery, ZENHIRE_REQUEST_TIMEOUT_SECONDS="0.5").well()
    settled_truth(here)
    [(retries, outcome)] = here.query("select retries, outcome from sync_runs")
    assert outcome == "done"
    assert retries > 0


LASTING = {
    "500": ("internal_error", "HTTP 500 INTERNAL"),
    "502 in html": ("html_502", "HTTP 502"),
    "a reset": ("reset", "the connection broke"),
    "a stalled answer": ("stall", "no answer in 0.2 s"),
    "a truncated body": ("truncated", "the connection broke"),
    "a body that is not JSON": ("not_json", "not JSON"),
    "503 without a word": ("warming", "HTTP 503"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LASTING)
def test_a_list_that_stays_broken_ends_the_run_in_one_line(here: World, nursery: Nursery, name: str) -> None:
    kind, words = LASTING[name]
    here.sim.faults = FaultPlan((Fault(kind, "sessions", times=FOREVER),))  # type: ignore[arg-type]
    ended = sync(here, nursery, ZENHIRE_REQUEST_TIMEOUT_SECONDS="0.2", ZENHIRE_REQUEST_ATTEMPTS="3")
    assert ended.exit_code == 1
    line = ended.output.splitlines()[-1]
    assert words in line
    assert "after 3 tries" in line
    assert ("requestId req_" in line) == (kind in {"internal_error", "warming"})
    here.sim.faults = NO_FAULTS
    sync(here, nursery).well()
    settled_truth(here)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["500", "a stalled answer", "a body that is not JSON", "another shape"])
def test_one_session_whose_detail_stays_broken_is_set_aside_and_heals(
    here: World, nursery: Nursery, name: str
) -> None:
    kind, words = LASTING.get(name, ("wrong_shape", "Field required"))
    broken = a_completed_session(here)
    here.sim.faults = FaultPlan((Fault(kind, f"sessions/{broken}", times=FOREVER),))  # type: ignore[arg-type]
    ended = sync(here, nursery, ZENHIRE_REQUEST_TIMEOUT_SECONDS="0.2", ZENHIRE_REQUEST_ATTEMPTS="2")
    assert ended.exit_code == 3
    [(session_id, reason, request_id)] = here.query(
        "select session_id, reason, request_id from rejected_rows where healed_at is null"
    )
    assert session_id == broken
    assert words in reason
    assert (request_id is not None) == (kind in {"internal_error", "warming"})
    here.sim.faults = NO_FAULTS
    here.sim.advance(timedelta(days=1))
    sync(here, nursery).well()
    settled_truth(here)
    assert here.query("select session_id from rejected_rows where healed_at is null") == []


@pytest.mark.slow
def test_a_list_of_another_shape_is_told_and_heals(here: World, nursery: Nursery) -> None:
    here.sim.faults = FaultPlan((Fault("wrong_shape", "sessions", times=FOREVER),))
    ended = sync(here, nursery)
    assert ended.exit_code == 1
    assert "an answer without a list of sessions" in ended.output.splitlines()[-1]
    here.sim.faults = NO_FAULTS
    sync(here, nursery).well()
    settled_truth(here)


@pytest.mark.slow
def test_an_api_that_is_down_altogether_is_not_asked_for_every_session(here: World, nursery: Nursery) -> None:
    here.sim.faults = FaultPlan((Fault("internal_error", "sessions/*", times=FOREVER),))
    ended = sync(here, nursery, ZENHIRE_REQUEST_ATTEMPTS="2")
    assert ended.exit_code == 1
    # One session's address would hide what is the matter.
    line = ended.output.splitlines()[-1]
    assert re.search(r"the API stopped answering after \d+ requests: .* the last with: HTTP 500", line)
    assert "/sessions/" not in line
    assert here.query("select count(*) from rejected_rows") == [(0,)]
    here.sim.faults = NO_FAULTS
    sync(here, nursery).well()
    settled_truth(here)


def test_retries_have_a_budget_for_the_whole_run(here: World, nursery: Nursery) -> None:
    here.sim.faults = FaultPlan((Fault("internal_error", "sessions/*", times=FOREVER),))
    ended = sync(here, nursery, ZENHIRE_RETRY_BUDGET="7", ZENHIRE_REQUEST_ATTEMPTS="20")
    assert ended.exit_code == 1
    assert here.query("select retries from sync_runs") == [(7,)]


@pytest.mark.slow
def test_a_key_that_is_changed_in_the_middle_ends_the_run_and_nothing_is_lost(
    here: World, nursery: Nursery
) -> None:
    requests = count(1)

    def rotate(_: RequestRecord) -> None:
        if next(requests) == 14:
            here.sim.set_keys({"zh_api_the_new_one": None})

    here.sim.behaviour = replace(DEFAULT, on_request=rotate)
    ended = sync(here, nursery)
    assert ended.exit_code == 2
    assert "the API refused key 'default' (401 UNAUTHORIZED" in ended.output.splitlines()[-1]
    here.sim.behaviour = DEFAULT
    assert sync(here, nursery).exit_code == 2
    sync(here, nursery, ZENHIRE_API_KEY="zh_api_the_new_one").well()
    settled_truth(here)


@pytest.mark.slow
def test_a_pace_that_the_api_finds_too_fast_is_given_up_after_one_word(here: World, nursery: Nursery) -> None:
    here.sim.simulator.limiter.limit, here.sim.simulator.limiter.window_sec = 8, 2.0
    started = time.monotonic()
    sync(here, nursery, ZENHIRE_RATE_LIMIT_PER_MINUTE="240").well()
    settled_truth(here)
    [(requests, told)] = here.query("select requests, rate_limited from sync_runs")
    # All that were under way when the first was refused, and hardly one again.
    assert 1 <= told <= 12
    assert time.monotonic() - started >= (requests - 8 - told) / 4


def test_a_certificate_that_nobody_vouches_for_ends_the_run_before_the_key_is_sent(
    here: World, nursery: Nursery, tmp_path: Path
) -> None:
    with self_signed(tmp_path) as (port, received):
        env = variables(here.settings.data_dir, f"https://127.0.0.1:{port}/api/v1/interview")
        ended = nursery.run(env, "sync")
    assert ended.exit_code == 1
    [line] = ended.output.splitlines()
    assert "TLS failed" in line
    assert KEY.encode() not in b"".join(received)


@contextmanager
def self_signed(folder: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The port of a TLS server with a certificate of its own making, and what it was sent."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=nobody",
            ),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    received: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    received.append(secured.recv(65_536))
            except ssl.SSLError:
                continue
            except OSError:
                return

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1], received
        listener.shutdown(socket.SHUT_RDWR)
