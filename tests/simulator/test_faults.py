"""Accidents happen when and where the plan says, and nowhere else."""

from __future__ import annotations

import time
from http.client import IncompleteRead
from typing import Any

import pytest

from zenhire_sync.simulator import NO_FAULTS, Fault, FaultPlan, SimulatorServer, mutate_sessions
from zenhire_sync.simulator.faults import FaultInjector


def plan(*faults: Fault, **options: Any) -> FaultPlan:
    return FaultPlan(faults, **options)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limited", 429, "RATE_LIMIT_EXCEEDED"),
        ("warming", 503, "SERVICE_WARMING"),
        ("unauthorized", 401, "UNAUTHORIZED"),
        ("forbidden", 403, "MISSING_PERMISSION"),
        ("internal_error", 500, "INTERNAL_ERROR"),
    ],
)
def test_a_refusal_strikes_once_and_then_is_gone(
    server: SimulatorServer, client: Any, kind: Any, status: int, code: str
) -> None:
    server.faults = plan(Fault(kind))
    refused = client.sessions()
    assert (refused.status, refused.error["code"]) == (status, code)
    assert "Retry-After" not in refused.headers
    assert client.sessions().status == 200


def test_retry_after_comes_in_the_header_or_the_body_or_both(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(
        Fault("warming", retry_after_header="7"), Fault("rate_limited", retry_after_seconds=0.5)
    )
    first, second = client.sessions(), client.sessions()
    assert (first.headers["Retry-After"], first.error.get("retryAfterSeconds")) == ("7", None)
    assert (second.headers.get("Retry-After"), second.error["retryAfterSeconds"]) == (None, 0.5)


@pytest.mark.parametrize(("kind", "status"), [("html_500", 500), ("html_502", 502), ("not_json", 200)])
def test_a_proxy_answers_html(server: SimulatorServer, client: Any, kind: Any, status: int) -> None:
    server.faults = plan(Fault(kind))
    answer = client.sessions()
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.body.startswith(b"<")


def test_json_of_a_wrong_shape_is_still_json(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("wrong_shape"))
    assert "data" not in client.sessions().json


def test_a_connection_is_reset(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("reset"))
    with pytest.raises(ConnectionError):
        client.sessions()
    assert [(r.status, r.fault) for r in server.log.records()] == [(0, "reset")]
    assert client.sessions().status == 200


def test_a_body_is_shorter_than_its_headers_say(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("truncated"))
    with pytest.raises(IncompleteRead):
        client.sessions()
    assert client.sessions().status == 200


def test_a_stalled_answer_never_ends_and_does_not_hold_up_the_shutdown(
    server: SimulatorServer, client: Any
) -> None:
    server.faults = plan(Fault("stall"))
    with pytest.raises(TimeoutError):
        client.ask(f"{server.base_url}/sessions", timeout=0.2)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 3


def test_pages_come_empty_repeated_or_short_in_the_middle(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(
        Fault("empty_page", "sessions", first=2),
        Fault("repeated_page", "sessions", first=4),
        Fault("short_page", "sessions", first=5),
    )
    client.walk()
    sizes = [len(page) for page in client.walked_pages]
    assert sizes[:6] == [20, 0, 20, 20, 10, 20]
    assert client.walked_pages[3] == client.walked_pages[2]
    server.faults = NO_FAULTS
    client.walk()
    assert [len(page) for page in client.walked_pages][:6] == [20] * 6


def test_a_false_end_claims_that_nothing_follows(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("false_end", "sessions", first=3))
    assert len(client.walk()) == 40


def test_a_key_stops_working_from_some_request_on(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("unauthorized", first=3, times=None))
    assert [client.sessions().status for _ in range(5)] == [200, 200, 401, 401, 401]


def test_one_session_fails_for_ever(server: SimulatorServer, client: Any) -> None:
    bad, good = server.company.at(server.now).ids()[:2]
    server.faults = plan(Fault("html_500", f"sessions/{bad}", times=None))
    assert [client.detail(i).status for i in (bad, good, bad, bad)] == [500, 200, 500, 500]
    assert client.sessions().status == 200


def test_every_third_matching_request_is_struck(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(Fault("html_502", "sessions", first=2, every=3, times=2))
    assert [client.sessions().status for _ in range(9)] == [200, 502, 200, 200, 502, 200, 200, 200, 200]


def test_chance_depends_on_the_path_and_attempt_and_not_on_the_order_of_arrival() -> None:
    paths = [f"sessions/{number}" for number in range(200)]
    shaky = plan(Fault("reset", probability=0.3, times=None), seed=4)

    def struck(order: list[str]) -> set[str]:
        injector = FaultInjector(shaky)
        return {path for path in order if injector.strike(path, path)}

    assert struck(paths) == struck(paths[::-1])
    assert 30 < len(struck(paths)) < 90


def test_rows_are_broken_by_session_and_answer(server: SimulatorServer, client: Any) -> None:
    newest = client.walk()[0]
    server.faults = plan(
        mutate_row=mutate_sessions({newest: lambda row: {**row, "status": 7}}, frozenset({"list"}))
    )
    first, second = client.sessions().json["data"][:2]
    assert (first["status"], second["status"] == 7) == (7, False)
    assert client.detail(newest).json["status"] != 7
    server.faults = NO_FAULTS
    assert client.sessions().json["data"][0]["status"] != 7


def test_a_row_may_become_anything(server: SimulatorServer, client: Any) -> None:
    server.faults = plan(mutate_row=lambda _row, _kind: "garbage")
    assert {*client.sessions().json["data"]} == {"garbage"}
