"""The answers: envelopes, keys, rate limit, deletions, the log, the control endpoints."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from zenhire_sync.simulator import (
    DEFAULT,
    DEFAULT_KEY,
    NO_PROJECT,
    Company,
    CompanySpec,
    SimulatorServer,
    key_name,
)
from zenhire_sync.simulator.gate import RateLimiter

MISSING_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def test_answers_are_the_truth_field_by_field(server: SimulatorServer, client: Any) -> None:
    snapshot = server.company.at(server.now)
    listed = {row["id"]: row for row in client.sessions(limit=100).json["data"]}
    assert listed == {session_id: snapshot.session(session_id) for session_id in listed}
    for session_id in [*listed][:40]:
        assert client.detail(session_id).json == snapshot.detail(session_id)
    assert client.ask(f"{server.base_url}/personas").json == {"data": snapshot.personas()}


def test_the_detail_may_carry_empty_role_fields(server: SimulatorServer, client: Any) -> None:
    session_id = server.company.at(server.now).ids()[0]
    server.behaviour = replace(DEFAULT, detail_role_fields="null")
    detail = client.detail(session_id).json
    assert detail["role_name"] is detail["language"] is None


@pytest.mark.parametrize("key", [None, "zh_api_wrong"])
def test_a_bad_key_is_refused_without_a_request_id(client: Any, key: str | None) -> None:
    client.key = key
    refused = client.sessions()
    assert refused.status == 401
    assert refused.error.keys() == {"code", "message", "timestamp"}
    assert refused.error["code"] == "UNAUTHORIZED"
    datetime.fromisoformat(refused.error["timestamp"])


def test_health_needs_no_key(server: SimulatorServer, client: Any) -> None:
    client.key = None
    assert client.ask(f"{server.root_url}/health").status == 200
    assert client.ask(f"{server.root_url}/credits").status == 401


def test_a_client_without_permission_gets_403(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, has_permission=False)
    refused = client.sessions()
    assert (refused.status, refused.error["code"]) == (403, "MISSING_PERMISSION")
    assert refused.error["requestId"]


@pytest.mark.parametrize("path", ["/api/v1/interview/nothing", "/api/v1/nothing", "/elsewhere"])
def test_an_unknown_path_has_the_envelope(client: Any, path: str) -> None:
    refused = client.ask(path)
    assert (refused.status, refused.error["code"]) == (404, "NOT_FOUND")


def test_a_wrong_method_has_the_envelope(server: SimulatorServer, client: Any) -> None:
    refused = client.ask(f"{server.base_url}/sessions", method="DELETE")
    assert (refused.status, refused.error["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_an_unknown_session_is_not_found(client: Any) -> None:
    refused = client.detail(MISSING_ID)
    assert refused.status == 404
    assert refused.error["details"] == {"sessionId": MISSING_ID}


@pytest.mark.parametrize("status", [404, 410, 200])
def test_a_deleted_session_answers_as_it_is_told(
    tiny_company: Company, tiny_client: Any, status: Any
) -> None:
    start = tiny_company.spec.start
    session_id = tiny_company.add_session(start)
    tiny_company.delete_session(session_id, start + timedelta(hours=1))
    tiny_client.server.advance(timedelta(hours=2))
    tiny_client.server.behaviour = replace(DEFAULT, deleted_answer=status)
    assert tiny_client.detail(session_id).status == status
    assert tiny_client.walk() == []
    tiny_client.server.behaviour = replace(DEFAULT, deleted_stays_listed=True)
    assert tiny_client.walk() == [session_id]


def test_a_key_of_a_project_sees_only_that_project(server: SimulatorServer, client: Any) -> None:
    company = server.company
    one, other = company.project_ids
    server.set_keys({"zh_one": one, "zh_other": other, "zh_none": NO_PROJECT, DEFAULT_KEY: None})
    seen = {}
    for key in ("zh_one", "zh_other", "zh_none", DEFAULT_KEY):
        client.key = key
        seen[key] = {*client.walk()}
    everything = seen.pop(DEFAULT_KEY)
    assert set.union(*seen.values()) == everything
    assert sum(map(len, seen.values())) == len(everything)
    client.key = "zh_one"
    assert client.detail(next(iter(seen["zh_other"]))).status == 404
    assert client.detail(next(iter(seen["zh_one"]))).status == 200


def test_over_the_rate_limit_it_says_when_to_come_back(server: SimulatorServer, client: Any) -> None:
    server.set_keys({DEFAULT_KEY: None, "zh_second": None})
    server.rate_limit_per_minute = 3
    assert [client.sessions().status for _ in range(4)] == [200, 200, 200, 429]
    refused = client.sessions()
    assert refused.error["code"] == "RATE_LIMIT_EXCEEDED"
    assert 50 < refused.error["retryAfterSeconds"] <= 60
    assert refused.headers["Retry-After"] == str(refused.error["retryAfterSeconds"])
    client.key = "zh_second"
    assert client.sessions().status == 200


def test_the_rate_window_slides() -> None:
    limiter = RateLimiter(2, window_sec=60)
    assert [limiter.wait_sec("k", at) for at in (0, 30, 59)] == [0, 0, 1]
    assert limiter.wait_sec("k", 60) == 0
    assert limiter.wait_sec("k", 61) == 29
    limiter.limit = 1
    assert limiter.wait_sec("k", 61) == 59


def test_credits_fall_with_what_was_charged(server: SimulatorServer, client: Any) -> None:
    snapshot = server.company.at(server.now)
    balance = server.company.spec.credits_bought - snapshot.credits_charged()
    assert client.ask(f"{server.root_url}/credits").json == {"data": {"balance": balance}}
    server.behaviour = replace(DEFAULT, credits_path=())
    assert client.ask(f"{server.root_url}/credits").json == {}


def test_the_clock_decides_what_is_there(company: Company, client: Any) -> None:
    for days in (0, 3, 10):
        client.server.now = company.spec.start + timedelta(days=days)
        assert {*client.walk()} == {*company.at(client.server.now).ids()}


def test_a_clock_without_a_zone_is_refused(server: SimulatorServer) -> None:
    with pytest.raises(ValueError, match="zone-aware"):
        server.now = datetime(2026, 1, 1)  # noqa: DTZ001 - the very accident


def test_the_log_counts_requests_and_never_holds_the_key(server: SimulatorServer, client: Any) -> None:
    client.walk(100)
    client.detail(MISSING_ID)
    assert (server.log.count("list"), server.log.count("detail", 404)) == (2, 1)
    last = server.log.records()[-1]
    assert (last.session_id, last.status, last.key_name) == (MISSING_ID, 404, key_name(DEFAULT_KEY))
    assert DEFAULT_KEY not in repr(server.log.records())
    server.log.clear()
    assert server.log.records() == ()


def test_the_control_endpoints_move_the_clock_and_show_the_log(server: SimulatorServer, client: Any) -> None:
    client.sessions(limit=5)
    later = "2026-02-01T00:00:00+00:00"
    assert client.ask("/simulator/now", method="PUT", body=json.dumps({"now": later})).status == 200
    assert server.now == datetime.fromisoformat(later)
    shown = client.ask("/simulator/requests").json
    assert shown["now"] == later
    assert [(r["endpoint"], r["query"]) for r in shown["requests"]] == [("list", {"limit": "5"})]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"now": "noon"}', '{"now": "2026-01-01"}', '{"now": 3}'])
def test_a_clock_that_cannot_be_read_is_refused(client: Any, body: str) -> None:
    assert client.ask("/simulator/now", method="PUT", body=body).status == 400


def test_a_port_in_use_is_said_at_once(server: SimulatorServer) -> None:
    with pytest.raises(OSError, match="in use"):
        SimulatorServer(server.company, now=server.now, port=server.port).start()


def test_no_thread_is_left_behind() -> None:
    company = Company(CompanySpec(sessions=1))
    before = threading.active_count()
    for _ in range(3):
        with SimulatorServer(company, now=company.settled_at):
            pass
    assert threading.active_count() == before
