"""A page with typed rows says what the same page says when it is read as plain values."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thorough import examples
from zenhire_schemas.list_row import ListRow, TypedRows
from zenhire_schemas.session import SessionSummary
from zenhire_sync.api.body import NOT_JSON, parse
from zenhire_sync.api.paging.envelope import ROWS_FIELDS, read_envelope
from zenhire_sync.api.paging.page_body import as_sent, page_parser
from zenhire_sync.errors import ApiAnswerError
from zenhire_sync.simulator import Company, CompanySpec

ROWS = Company(CompanySpec(seed=5, sessions=30, days=20)).at(datetime(2026, 3, 1, tzinfo=UTC)).sessions()
ROW = ROWS[0]
NAMES = [*ROWS_FIELDS, "other", "pagination", "next_cursor", "has_more", "total"]
ODD_ROWS: list[Any] = [
    *({**ROW, "duration_sec": number} for number in (5.0, -1, 10**30)),
    {**ROW, "future_field": 1}, {**ROW, "id": None}, {**ROW, "status": "paused"}, {**ROW, "tags": [1]},
    {**ROW, "persona": {}}, {"id": ROW["id"]}, None, 1, "row", [],
    {**ROW, "candidate_ref": "\ud800"}, {**ROW, "metadata": {"k": float("nan")}},
]  # fmt: skip
RARE_ROWS: list[Any] = [
    {**ROW, "metadata": {"k": 1e300, "l": [10**30], "": {"m": []}}}, {**ROW, "role_name": "\x00ü"},
    {**ROW, "persona": None, "feedback": None},
]  # fmt: skip
ALL_ROWS = ROWS + ODD_ROWS + RARE_ROWS


def any_row(place: int) -> Any:
    return ALL_ROWS[place]


def good_rows(count: int) -> Any:
    return ROWS[:count]


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-1, 300), st.just(float("nan")), st.text("a/?=", max_size=3),
        st.lists(st.integers(0, len(ALL_ROWS) - 1).map(any_row), max_size=3),
        st.integers(0, 5).map(good_rows),
    ),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def seen(body: Any, rows_field: str | None = None) -> Any:
    """What an answer says, its rows as plain values, or why it is no list."""
    try:
        envelope = read_envelope(body, {}, rows_field)
    except ApiAnswerError as error:
        return str(error)
    rows = as_sent(envelope.rows)
    others = {field.name: getattr(envelope, field.name) for field in fields(envelope) if field.name != "rows"}
    return repr((rows, envelope.ids, envelope.last_sent_id, others))


@settings(max_examples=examples(1_500), deadline=None)
@given(values, st.sampled_from([None, None, "data", "other"]), st.sampled_from(["", " ", "\ufeff", "x"]))
def test_typed_pages_say_what_plain_ones_say(body: Any, rows_field: str | None, around: str) -> None:
    text = (around + json.dumps(body) + around).encode()
    plain, typed = parse(text), page_parser(rows_field)(text)
    if plain is NOT_JSON:
        assert typed is NOT_JSON
    else:
        assert seen(typed, rows_field) == seen(plain, rows_field)


@pytest.mark.parametrize(
    "page",
    [
        ROWS,
        *({name: ROWS, "total": 30} for name in ROWS_FIELDS),
        {"success": True, "data": {"sessions": ROWS, "next_cursor": "x"}},
        {"next_cursor": None, "data": [{**row, "persona": None, "feedback": None} for row in ROWS]},
    ],
)
def test_ordinary_pages_have_typed_rows(page: Any) -> None:
    envelope = read_envelope(page_parser(None)(json.dumps(page).encode()), {})
    assert isinstance(envelope.rows, TypedRows)
    assert envelope.rows.ids == [row["id"] for row in ROWS]


def test_a_field_of_our_own_naming_has_typed_rows_too() -> None:
    body = json.dumps({"data": [], "interviews": ROWS}).encode()
    assert isinstance(page_parser("interviews")(body)["interviews"], TypedRows)


@pytest.mark.parametrize("row", ODD_ROWS)
def test_one_odd_row_makes_its_page_plain(row: Any) -> None:
    body = json.dumps({"data": [*ROWS, row]}).encode()
    rows = page_parser(None)(body)["data"]
    assert not isinstance(rows, TypedRows)
    assert repr(rows) == repr(parse(body)["data"])


@pytest.mark.parametrize("row", RARE_ROWS)
def test_what_the_contract_allows_is_typed(row: Any) -> None:
    rows = page_parser(None)(json.dumps({"data": [row]}).encode())["data"]
    assert isinstance(rows, TypedRows)
    assert as_sent(rows) == [row]


def test_a_typed_row_is_the_contracts_row() -> None:
    assert ListRow.__struct_fields__ == tuple(SessionSummary.model_fields)
    typed, models = get_type_hints(ListRow), SessionSummary.model_fields
    for name in ("status", "consent_mode", "source"):
        assert get_args(typed[name]) == get_args(models[name].annotation)
    for name, field in models.items():
        without = {key: value for key, value in ROW.items() if key != name}
        is_typed = isinstance(page_parser(None)(json.dumps([without]).encode()), TypedRows)
        assert is_typed != field.is_required()
