"""A detail answered with 200 and no session: asked for again in the same night, as a list page is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.small_api import detail, session, small_api, survey, uid
from tests.sync.test_spellings import DAY, NOW, night, rows_of, settings_for
from zenhire_sync.api.answers import WRONG_ANSWER, status_meant

ENVELOPE = {"code": "INTERNAL_ERROR", "message": "It failed.", "requestId": "req_7"}
INSTEAD: dict[str, Any] = {
    "an envelope": {"error": ENVELOPE},
    "a wait": {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "slow down", "retryAfterSeconds": 0.01}},
    "a wait while warming": {"error": {"code": "WARMING", "message": "soon", "retryAfterSeconds": 0.01}},
    "several errors": {"errors": [ENVELOPE], "data": None},
    "an error in words": {"error": "upstream timed out"},
    "no success": {"success": False, "message": "busy"},
    "null": None,
    "an empty list": [],
    "an empty object": {},
    "an empty wrapper": {"data": None},
    "a word": "ok",
}


def strangely_at_first(times: int, body: Any) -> Callable[[str], tuple[int, Any]]:
    asked: dict[str, int] = {}

    def answer(session_id: str) -> tuple[int, Any]:
        asked[session_id] = asked.get(session_id, 0) + 1
        if asked[session_id] <= times:
            return 200, body
        row = session(0, NOW - timedelta(hours=3), id=session_id)
        return 200, detail(row, feedback=survey(NOW - timedelta(hours=1)))

    return answer


def test_what_is_no_session_is_asked_for_again_in_the_same_night(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(len(INSTEAD))]
    answers = {
        row["id"]: strangely_at_first(2, body) for row, body in zip(rows, INSTEAD.values(), strict=True)
    }
    with small_api(rows, lambda asked: answers[asked](asked)) as api:
        outcome = night(settings_for(tmp_path, api), NOW)
        assert (outcome.outcome, outcome.surveys_found) == ("done", len(INSTEAD))


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("page", [b"<html><h1>Not Found</h1></html>", b"no such host"])
def test_the_page_of_a_proxy_is_no_proof_that_a_session_is_gone(
    tmp_path: Path, page: bytes, status: int
) -> None:
    with small_api([session(0, NOW - timedelta(hours=3))], lambda _: (status, page)) as api:
        settings = settings_for(tmp_path, api)
        assert night(settings, NOW).rejected == 1
        assert rows_of(settings, "select deleted_at is null from sessions") == [(True,)]
        api.answer_detail = None
        night(settings, NOW + DAY)
        assert rows_of(settings, "select detail_checked_at is not null from sessions") == [(True,)]


@pytest.mark.parametrize(
    ("name", "reason", "request_id"),
    [
        ("an envelope", "HTTP 200 and an error (INTERNAL_ERROR: It failed.)", "req_7"),
        ("no success", "HTTP 200 and an error (busy)", None),
        ("null", "row: Input should be a valid dictionary", None),
    ],
)
def test_what_stays_no_session_is_set_aside_for_what_it_is_and_heals(
    tmp_path: Path, name: str, reason: str, request_id: str | None
) -> None:
    with small_api([session(0, NOW - timedelta(hours=3))], strangely_at_first(9, INSTEAD[name])) as api:
        settings = settings_for(tmp_path, api)
        assert night(settings, NOW).rejected == 1
        [told] = rows_of(settings, "select session_id, reason, request_id from rejected_rows")
        assert told[0] == uid(0)
        assert reason in told[1]
        assert "Field required" not in told[1]
        assert told[2] == request_id
        assert api.asked.count(uid(0)) == settings.request_attempts
        api.answer_detail = strangely_at_first(0, None)
        assert night(settings, NOW + DAY).healed == 1


def test_an_api_whose_details_all_changed_their_shape_is_not_asked_many_times_for_each(
    tmp_path: Path,
) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(9)]
    with small_api(rows, lambda _: (200, {"interview": {"id": "elsewhere"}})) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        assert len(api.asked) < 9 * settings.request_attempts
        assert len(set(api.asked)) == 9


@pytest.mark.parametrize(
    "body",
    [
        session(0, NOW, error={"code": "CANDIDATE_LEFT"}),
        {"data": [session(0, NOW)], "errors": [{"message": "one shard is slow"}]},
        {"data": [], "error": None},
        {"success": True, "balance": 5},
        [],
        None,
    ],
)
def test_what_brings_what_was_asked_for_is_no_error(body: Any) -> None:
    assert status_meant(200, body, None) == 200
    assert status_meant(200, {"error": "busy"}, None) == WRONG_ANSWER
    assert status_meant(500, {"error": "busy"}, None) == 500
