"""Reading list answers of every shape, and seeing what they say about the next page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.api.paging.attempts import attempts
from zenhire_sync.api.paging.dialect import Dialect, Position, more_follows
from zenhire_sync.api.paging.envelope import Envelope, read_envelope
from zenhire_sync.api.paging.page_requests import own_address
from zenhire_sync.errors import ApiAnswerError

ROWS = [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": ROWS, "pagination": {"next_cursor": "c"}}, {"token": "c", "token_field": "next_cursor"}),
        ({"items": ROWS, "meta": {"nextCursor": "/c=="}}, {"token": "/c==", "token_field": "next_cursor"}),
        ({"results": ROWS, "next": "https://x/sessions?page=2"}, {"next_url": "https://x/sessions?page=2"}),
        ({"sessions": ROWS, "links": {"next": {"href": "/s?o=2"}}}, {"next_url": "/s?o=2"}),
        ({"data": {"sessions": ROWS, "total": 9}}, {"total": 9}),
        ({"response": {"payload": {"sessions": ROWS}, "total": 9}, "error": None}, {"total": 9}),
        ({"meta": {"data": []}, "sessionList": ROWS}, {}),
        ({"data": ROWS, "page": 0, "totalPages": 3}, {"page": 0, "total_pages": 3}),
        ({"data": ROWS, "offset": 20, "total_count": 40}, {"offset": 20, "total": 40}),
        (
            {"data": ROWS, "pageInfo": {"hasNextPage": False, "endCursor": "z"}},
            {"has_more": False, "token": "z"},
        ),
        ({"data": ROWS, "next_cursor": None}, {"says_last": True}),
        ({"data": ROWS, "meta": {"next_page": 2}}, {"next_number": 2}),
        ({"data": ROWS, "next_cursor": 17}, {"token": "17"}),
        (
            {"data": ROWS, "meta": {"nextPageUrl": "http://x/sessions?c=2"}},
            {"next_url": "http://x/sessions?c=2"},
        ),
        ({"data": ROWS, "@odata.nextLink": "sessions?c=2"}, {"next_url": "sessions?c=2"}),
        ({"data": ROWS, "next_page_url": None}, {"says_last": True}),
        ({"data": ROWS, "nextKey": "k?"}, {"token": "k?", "token_field": "next_key"}),
        ({"data": ROWS, "has_next": 0, "next_run_at": None}, {"says_last": False, "next_url": None}),
        ({"data": ROWS, "total": "250", "hasMore": "true"}, {"total": 250, "has_more": True}),
        ({"content": ROWS, "totalElements": 7, "last": False}, {"total": 7, "has_more": True}),
        ({"data": ROWS, "isLastPage": True, "total": "many"}, {"has_more": False, "total": None}),
        ({"data": ROWS, "last": "?page=9", "total": "9" * 5000}, {"has_more": None, "total": None}),
        ({"sessionList": ROWS}, {}),
    ],
)
def test_rows_and_paging_are_found_under_their_common_names(body: Any, expected: dict[str, Any]) -> None:
    envelope = read_envelope(body, {})
    assert envelope.rows == ROWS
    assert {name: getattr(envelope, name) for name in expected} == expected


def test_a_bare_list_and_the_link_header_are_understood() -> None:
    assert read_envelope(ROWS, {"next": "?cursor=2"}).next_url == "?cursor=2"
    assert read_envelope(ROWS, {"first": "?page=1", "last": "?page=1"}).says_last


@pytest.mark.parametrize(
    "links",
    [{}, {"first": "?"}, {"self": "?"}, {"deprecation": "x"}, {"first": "?page=1", "last": "?page=5"}],
)
@pytest.mark.parametrize("body", [ROWS, {"data": ROWS}])
def test_links_that_name_no_next_page_are_not_the_end(body: Any, links: dict[str, str]) -> None:
    assert not read_envelope(body, links).says_last


@pytest.mark.parametrize(
    "body",
    [
        None,
        5,
        "x",
        {},
        {"error": "x"},
        {"data": {"a": 1}},
        {"x": [1], "y": [2]},
        {"data": [], "error": {"code": "X"}},
        {"a": {"data": []}},
    ],
)
def test_what_is_no_list_of_sessions_is_said_to_be_none(body: Any) -> None:
    with pytest.raises(ApiAnswerError, match="without a list of sessions"):
        read_envelope(body, {})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
)


@given(json_values)
def test_any_json_is_either_a_list_or_a_clear_error(body: Any) -> None:
    try:
        envelope = read_envelope(body, {})
    except ApiAnswerError:
        return
    assert isinstance(envelope.rows, list)


@pytest.mark.parametrize(
    ("page", "offset", "expected"),
    [
        (Envelope(ROWS, has_more=False, token="x"), 2, False),
        (Envelope(ROWS, total=2), 2, False),
        (Envelope(ROWS, total=3), 2, True),
        (Envelope(ROWS, page=1, total_pages=1), 2, False),
        (Envelope(ROWS, page=0, total_pages=2), 2, True),
        (Envelope(ROWS, says_last=True), 2, False),
        (Envelope(ROWS), 2, None),
    ],
)
def test_the_end_is_where_the_answer_says_so(page: Envelope, offset: int, expected: bool | None) -> None:
    assert more_follows(page, page, Position(0, offset, "b")) is expected


def test_a_list_that_says_nothing_is_tried_by_offset_then_by_page_then_by_last_id() -> None:
    at = Position(0, 2, "b")
    tries = [(a.dialect.param, a.value) for a in attempts(Dialect("none"), Envelope(ROWS), at, "auto", None)]
    assert tries[:4] == [("offset", "2"), ("page", "1"), ("page", "2"), ("after", "b")]


def test_an_address_of_another_host_is_asked_at_our_own() -> None:
    assert own_address("http://internal:8080/v1/sessions?cursor=a%2Fb") == "sessions?cursor=a%2Fb"
    assert own_address("?cursor=2") == "sessions?cursor=2"
