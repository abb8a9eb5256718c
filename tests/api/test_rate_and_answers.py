"""The pace of one key, and the waiting times the API tells."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any

import pytest

from zenhire_sync.api import rate
from zenhire_sync.api.answers import error_text, limit_per_minute, request_id, retry_after_seconds
from zenhire_sync.api.client import back_off_seconds
from zenhire_sync.api.credit_balance import find_balance
from zenhire_sync.api.rate import RateBudget


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(rate.time, "monotonic", found.monotonic)
    monkeypatch.setattr(rate.asyncio, "sleep", found.sleep)
    return found


def sent_at(budget: RateBudget, clock: Clock, count: int) -> list[float]:
    async def send() -> list[float]:
        times = []
        for _ in range(count):
            await budget.acquire()
            times.append(clock.now)
        return times

    return asyncio.run(send())


def busiest_minute(times: list[float]) -> int:
    return max(sum(start <= other < start + 60 for other in times) for start in times)


def test_no_minute_ever_holds_more_requests_than_the_key_allows(clock: Clock) -> None:
    times = sent_at(RateBudget(500), clock, 3000)
    assert busiest_minute(times) <= 500
    assert 2970 / (times[2970] - times[0]) * 60 >= 0.98 * 500


def test_a_short_night_goes_out_at_once(clock: Clock) -> None:
    times = sent_at(RateBudget(500), clock, 400)
    assert times[-1] == times[0]


def test_after_a_429_everybody_pauses_and_requests_are_spaced(clock: Clock) -> None:
    budget = RateBudget(600)
    sent_at(budget, clock, 10)
    budget.slow_down(7)
    times = sent_at(budget, clock, 20)
    assert times[0] >= 1007
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert min(gaps) >= 0.09


class Server:
    """Admits so many requests in any minute, and says when the next one would be admitted."""

    def __init__(self, clock: Clock, budget: RateBudget) -> None:
        self.clock, self.budget = clock, budget
        self.admitted: list[float] = []
        self.refused: list[float] = []

    def minutes(self, count: int, limit: int) -> None:
        """Lets the budget send as fast as it will for so many minutes."""

        async def send() -> None:
            end = self.clock.now + 60 * count
            while self.clock.now < end:
                await self.budget.acquire()
                now = self.clock.now
                recent = [at for at in self.admitted if at > now - 60]
                if len(recent) < limit:
                    self.admitted.append(now)
                    self.clock.now += 0.02
                else:
                    self.refused.append(now)
                    self.budget.slow_down(ceil(recent[-limit] + 60 - now))

        asyncio.run(send())

    def in_last_minute(self, times: list[float]) -> int:
        return sum(at > self.clock.now - 60 for at in times)


def test_a_limit_that_was_lowered_is_found_at_once_and_one_that_was_raised_is_used_soon(
    clock: Clock,
) -> None:
    server = Server(clock, RateBudget(500))
    server.minutes(3, limit=500)
    assert server.in_last_minute(server.admitted) >= 480
    assert server.refused == []
    server.minutes(2, limit=250)
    assert 220 <= server.in_last_minute(server.admitted) <= 250
    server.minutes(2, limit=500)
    assert server.in_last_minute(server.admitted) >= 450


def test_a_limit_below_what_was_configured_costs_few_refusals(clock: Clock) -> None:
    server = Server(clock, RateBudget(500))
    server.minutes(2, limit=200)
    server.refused.clear()
    server.minutes(30, limit=200)
    assert len(server.admitted) >= 0.95 * 200 * 31
    assert len(server.refused) <= 0.002 * len(server.admitted)


def test_a_key_that_others_used_up_is_not_given_up(clock: Clock) -> None:
    budget = RateBudget(500)
    sent_at(budget, clock, 3)
    for _ in range(4):
        budget.slow_down(20)
    # One pause, however many were under way, halves the pace and no more.
    assert len(sent_at(budget, clock, 240)) / (clock.now - 1020) * 60 >= 230


def test_a_key_that_allows_less_than_the_setting_is_found_with_its_limit(clock: Clock) -> None:
    budget = RateBudget(500)
    server = Server(clock, budget)
    server.minutes(3, limit=100)
    assert budget.found_per_minute is not None
    assert 85 <= budget.found_per_minute <= 100


def test_one_429_says_nothing_of_the_keys_limit(clock: Clock) -> None:
    budget = RateBudget(500)
    sent_at(budget, clock, 10)
    budget.slow_down(1)
    assert budget.found_per_minute is None


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({"X-RateLimit-Limit": "120"}, 120),
        ({"ratelimit-limit": "100, 100;w=60"}, 100),
        ({"RateLimit-Policy": '"default";q=50;w=10'}, 300),
        ({"RateLimit-Policy": "1000;w=3600"}, 16),
        ({"X-RateLimit-Remaining": "7", "X-Rate-Limit-Limit": "30"}, 30),
        ({"RateLimit-Limit": "many"}, None),
        ({"RateLimit-Policy": "5;w=0"}, None),
        ({}, None),
    ],
)
def test_the_limit_that_a_server_tells_is_a_minutes(headers: dict[str, str], limit: int | None) -> None:
    assert limit_per_minute(headers) == limit


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Retry-After": "7"}, None, 7.0),
        ({}, {"error": {"retryAfterSeconds": 3}}, 3.0),
        ({"Retry-After": "soon"}, {"error": {"retryAfterSeconds": "4"}}, 4.0),
        ({"Retry-After": "-5"}, None, 0.0),
        ({"Retry-After": "inf"}, None, None),
        ({}, {"error": {"retryAfterSeconds": True}}, None),
        ({}, {"error": {"retryAfterSeconds": 10**400}}, None),
        ({"Retry-After": f"Wed, 21 Oct {'9' * 30} 07:28:00 GMT"}, None, None),
        ({}, "x", None),
    ],
)
def test_waiting_times_are_read_wherever_they_stand(
    headers: dict[str, str], body: Any, expected: Any
) -> None:
    assert retry_after_seconds(headers, body) == expected


def test_a_waiting_time_may_be_a_date() -> None:
    told = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    seconds = retry_after_seconds({"Retry-After": told}, None)
    assert seconds is not None
    assert 25 <= seconds <= 30


def test_the_error_envelope_is_told_in_one_short_line() -> None:
    body = {"error": {"code": "X", "message": "a\nb" + "c" * 999, "requestId": "req_1"}}
    assert error_text(body).startswith("X: a bc")
    assert "\n" not in error_text(body)
    assert len(error_text(body)) <= 200
    assert request_id(body) == "req_1"
    assert error_text("<html>") == ""


def test_waits_grow_and_stay_bounded() -> None:
    assert all(0 < back_off_seconds(attempt, 0.5) <= 30 for attempt in range(1, 60))
    assert max(back_off_seconds(1, 0.5) for _ in range(50)) <= 1.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"balance": 5}, 5.0),
        ({"data": {"creditBalance": "12.5"}}, 12.5),
        ({"credits": {"remaining": 7, "used": 3}}, 7.0),
        ({"data": {"credits": {"available": 9}}}, 9.0),
        ({"credits": 4}, 4.0),
        ({"used": 3}, None),
        ([], None),
        ("12", None),
        ({"balance": True}, None),
        ({"balance": float("nan")}, None),
        ({"data": {"balance": "1e999"}}, None),
        ({"balance": 10**400}, None),
        ({"balance": 1e18, "remaining": 7}, 7.0),
    ],
)
def test_the_balance_is_taken_where_it_is_found(body: Any, expected: float | None) -> None:
    assert find_balance(body) == expected


def test_the_time_left_follows_from_the_rate_and_not_from_how_fast_the_minute_began() -> None:
    async def after(requests: int) -> tuple[float, float]:
        budget = RateBudget(101)
        for _ in range(requests):
            await budget.acquire()
        return budget.seconds_for(1), budget.seconds_for(300)

    one, many = asyncio.run(after(0))
    # 99 may go at once, then 99 a minute.
    assert one == 0
    assert 179 < many <= 181
    one, many = asyncio.run(after(99))
    assert 59 < one <= 60
    assert 239 < many <= 241


def test_a_request_that_waits_for_the_key_is_seen_to_wait() -> None:
    async def waiting() -> float:
        budget = RateBudget(10)
        budget.pause(30)
        task = asyncio.create_task(budget.acquire())
        await asyncio.sleep(0)
        told = budget.waiting_seconds()
        task.cancel()
        return told

    assert 29 < asyncio.run(waiting()) <= 30
