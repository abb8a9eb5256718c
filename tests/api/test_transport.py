"""Requests on their way: connections that are gone, redirects, large headers, odd encodings."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from tests.api.raw_server import BASE, RESET, Asked, answer, serving
from zenhire_sync.api.client import Answer, ApiClient
from zenhire_sync.api.content_encoding import unpacked
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError
from zenhire_sync.settings import Settings

KEY = ApiKey(name="default", value=SecretStr("zh_api_for_the_transport"))
BODY = {"data": [1, 2, 3]}


def ask(
    base_url: str, paths: list[str], *, in_flight: int = 1, pause: float = 0, **more: Any
) -> tuple[list[Answer], RequestLedger]:
    """The answers of ``paths``, asked for a few at a time, without a single retry unless told otherwise."""
    choices = {"request_attempts": 1, "retry_budget": 0, "retry_base_seconds": 0.01, **more}
    settings = Settings(base_url=base_url, rate_limit_per_minute=1_000_000, **choices)
    ledger = RequestLedger()

    async def all_of_them() -> list[Answer]:
        turn = asyncio.Semaphore(in_flight)
        async with ApiClient(settings, KEY, ledger) as client:

            async def one(path: str) -> Answer:
                async with turn:
                    got = await client.get(path, reason="detail")
                    await asyncio.sleep(pause)
                    return got

            return await asyncio.gather(*map(one, paths))

    return asyncio.run(all_of_them()), ledger


def closes_without_a_word(asked: Asked) -> tuple[bytes, bool]:
    return answer(BODY), False


def closes_after_three(asked: Asked) -> tuple[bytes, bool]:
    return answer(BODY), asked.number < 3


def resets_the_second(asked: Asked) -> tuple[bytes, bool]:
    return (answer(BODY), True) if asked.number == 1 else (RESET, False)


def takes_the_second_and_says_nothing(asked: Asked) -> tuple[bytes, bool]:
    return (answer(BODY), True) if asked.number == 1 else (b"", False)


def closes_politely(asked: Asked) -> tuple[bytes, bool]:
    return answer(BODY, Connection="close"), False


@pytest.mark.parametrize(
    "server",
    [
        closes_without_a_word,
        closes_after_three,
        resets_the_second,
        takes_the_second_and_says_nothing,
        closes_politely,
    ],
)
def test_a_connection_that_was_closed_meanwhile_costs_neither_attempt_nor_budget(
    server: Callable[[Asked], tuple[bytes, bool]],
) -> None:
    with serving(server) as seen:
        answers, ledger = ask(seen.base_url, [f"sessions/{n}" for n in range(60)], in_flight=6)
    assert [got.body for got in answers] == [BODY] * 60
    assert ledger.retries == 0
    # Whatever reached the server is in the bill.
    assert len(seen.lines) <= ledger.total


def test_a_server_that_keeps_no_connection_is_believed_soon() -> None:
    with serving(takes_the_second_and_says_nothing) as seen:
        _, ledger = ask(seen.base_url, [f"sessions/{n}" for n in range(40)])
    assert ledger.by_reason["reconnect"] <= 6
    assert len(seen.lines) == ledger.total


def test_a_connection_closed_while_idle_is_not_missed() -> None:
    def closes_soon(asked: Asked) -> tuple[bytes, bool]:
        time.sleep(0.05)
        return answer(BODY), asked.number < 2

    with serving(closes_soon) as seen:
        answers, _ = ask(seen.base_url, ["a", "b", "c", "d"], pause=0.1)
    assert len(answers) == len(seen.lines) == 4


def test_a_server_that_answers_on_no_connection_is_given_up() -> None:
    with (
        serving(lambda _: (b"", False)) as seen,
        pytest.raises(ApiUnreachableError, match="after 3 tries"),
    ):
        ask(seen.base_url, ["sessions"], request_attempts=3, retry_budget=10)
    assert len(seen.lines) == 3


def with_a_slash(asked: Asked) -> tuple[bytes, bool]:
    """As frameworks do that know their addresses with a slash, and drop the query and the port."""
    path = asked.path.partition("?")[0]
    if path.endswith("/"):
        return answer({"path": asked.path}), True
    return answer({}, "301 Moved Permanently", Location=f"http://127.0.0.1{path}/"), True


def test_a_redirect_to_the_same_path_with_a_slash_is_followed_with_its_query() -> None:
    with serving(with_a_slash) as seen:
        paths = ["sessions?limit=5&cursor=x", "sessions?limit=5&cursor=y", "sessions/1"]
        answers, ledger = ask(seen.base_url, paths)
    assert [got.body["path"] for got in answers] == [
        f"{BASE}/sessions/?limit=5&cursor=x",
        f"{BASE}/sessions/?limit=5&cursor=y",
        f"{BASE}/sessions/1/",
    ]
    # Found out once for the list and once for details.
    assert ledger.by_reason["redirect"] == 2
    assert ledger.total == len(seen.lines) == 5


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://a.example/v2/sessions?key=secret#x", "set ZENHIRE_BASE_URL=https://a.example/v2"),
        ("https://user:secret@elsewhere.example/login", "a redirect to https://elsewhere.example/login;"),
        ("/login?next=secret", "a redirect to http://127.0.0.1"),
        ("//[secret", "does not say where to"),
        (None, "does not say where to"),
    ],
)
def test_a_redirect_to_another_place_says_where_and_takes_no_key_there(
    location: str | None, words: str
) -> None:
    headers = {} if location is None else {"Location": location}
    with (
        serving(lambda _: (answer({}, "302 Found", **headers), True)) as seen,
        pytest.raises(ApiAnswerError) as told,
    ):
        ask(seen.base_url, ["sessions"])
    assert words in str(told.value)
    assert "secret" not in str(told.value)
    assert told.value.status == 302
    assert len(seen.lines) == 1


def test_redirects_to_and_fro_end() -> None:
    def to_and_fro(asked: Asked) -> tuple[bytes, bool]:
        path = asked.path
        other = path.rstrip("/") if path.endswith("/") else path + "/"
        return answer({}, "308 Permanent Redirect", Location=other), True

    with serving(to_and_fro) as seen, pytest.raises(ApiAnswerError, match="HTTP 308"):
        ask(seen.base_url, ["sessions"])
    assert len(seen.lines) <= 5


@pytest.mark.parametrize(("size", "is_taken"), [(60_000, True), (80_000, False)])
def test_a_long_header_is_read_and_an_endless_one_named(size: int, is_taken: bool) -> None:
    with serving(lambda _: (answer(BODY, X_Trace="t" * size), True)) as seen:
        if is_taken:
            answers, _ = ask(seen.base_url, ["sessions"])
            assert answers[0].body == BODY
        else:
            with pytest.raises(ApiUnreachableError, match="a header of more than 64 KB"):
                ask(seen.base_url, ["sessions"])


PACKED = b'{"data": [1, 2, 3]}'


def squeezed(content: bytes) -> bytes:
    """Packed with no time in it: workers must collect the same names."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", squeezed(PACKED)),
        ("x-gzip", squeezed(PACKED)),
        ("X-GZIP", squeezed(PACKED)),
        ("identity", PACKED),
        ("utf-8", PACKED),
        ("gzip, gzip", squeezed(squeezed(PACKED))),
        ("x-gzip", squeezed(PACKED[:5]) + squeezed(PACKED[5:])),
        ("x-deflate", zlib.compress(PACKED)),
    ],
)
def test_a_packed_answer_is_unpacked_under_its_old_names_too(encoding: str, body: bytes) -> None:
    with serving(lambda _: (answer(body, Content_Encoding=encoding), True)) as seen:
        answers, _ = ask(seen.base_url, ["sessions"])
    assert answers[0].body == BODY


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("compress", b"\x1f\x9d\x90", "packed as 'compress', which is not known here"),
        ("x-gzip", squeezed(PACKED)[:-9], "cut short"),
        ("x-gzip", b"not packed at all", "broken"),
    ],
)
def test_an_answer_that_cannot_be_unpacked_is_named(encoding: str, body: bytes, words: str) -> None:
    with (
        serving(lambda _: (answer(body, Content_Encoding=encoding), True)) as seen,
        pytest.raises(ApiUnreachableError, match=words),
    ):
        ask(seen.base_url, ["sessions"])


def test_a_small_body_that_unpacks_to_a_large_one_does_not_fill_the_memory() -> None:
    with pytest.raises(ValueError, match="too large"):
        unpacked(gzip.compress(b"0" * 10_000), "x-gzip", 1_000)
