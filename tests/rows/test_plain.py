"""The quick way through the door is never more lenient than the models, and its columns are theirs."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thorough import examples
from zenhire_schemas.list_row import TypedRows
from zenhire_schemas.session import LARGEST_COUNT, SessionSummary
from zenhire_sync.api.paging.page_body import as_sent, page_parser
from zenhire_sync.rows.batches import Batches
from zenhire_sync.rows.columns import session_tables
from zenhire_sync.rows.contract import accept_rows
from zenhire_sync.rows.fast_contract import plain_rows
from zenhire_sync.simulator import Company, CompanySpec

PAGE = Company(CompanySpec(seed=3, sessions=60, days=40)).at(datetime(2026, 3, 1, tzinfo=UTC)).sessions()
VALUES: list[Any] = [
    None, "", "x", 0, -1, 1, 1.0, 600.0, -0.0, 1e9, 1e10, 1e300, float("inf"), 0.5,
    True, False, [], {}, "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6\n", "3FA85F64-5717-4562-B3FC-2C963F66AFA6", "\n", "\ud800",
    "ü\u2028",
    "3fa85f64-5717-4562-b3fc-2c963f66afa6\n3fa85f64-5717-4562-b3fc-2c963f66afa7",
    LARGEST_COUNT, LARGEST_COUNT + 1, 2**63,
    "2024-07-29T15:51:28Z", "2024-07-29T15:51:28.071+00:00", "2024-07-29T15:51:28.1234567Z", "2024-07-29",
    "2024-07-29T15:51:28.071+02:00", "2024-07-29T15:51:28", "2024-13-29T15:51:28Z", "1970-12-31T00:00:00Z",
    "1971-01-01T00:00:00Z", "2260-12-31T23:59:59.999999Z", "2261-01-01T00:00:00Z", "2024-07-29t15:51:28z",
    "2024-07-29T23:59:60Z", "2024-07-29T24:00:00Z", "\uff12024-07-29T15:51:28Z", "2024-07-29T15:51:28-00:00",
    ["a"], ["a", "a"], [1], [None], ["\udfff"], ["\n", ""], {"k": "v"},
    {"k": None, "l": True, "m": 7, "n": 0.1},
    {"k": [1, {"x": "y"}]}, {"k": {"l": []}}, {"": ""}, {"k": "\ud800"}, {"\ud800": "k"}, {"k": float("nan")},
    {"k": float("inf")}, {"k": 10**30}, {"k": -0.0}, {"k": 1e300},
    "completed", "active", "explicit", "playground",
]  # fmt: skip
EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "session_summary_example.json").read_text())
FIELDS = [*SessionSummary.model_fields, "future_field", "another"]


@st.composite
def pages(draw: st.DrawFn) -> list[Any]:
    """Good rows with a few fields changed, missing or added; now and then no row at all."""
    rows: list[Any] = deepcopy(draw(st.lists(st.sampled_from(PAGE), min_size=1, max_size=4)))
    for row in rows:
        for field in draw(st.lists(st.sampled_from(FIELDS), max_size=2)):
            if draw(st.integers(0, 9)) == 0:
                row.pop(field, None)
            else:
                row[field] = draw(st.sampled_from(VALUES))
    if draw(st.integers(0, 30)) == 0:
        rows.append(draw(st.sampled_from([None, [], "row", 1])))
    return rows


@settings(max_examples=examples(2_000), deadline=None)
@given(pages(), st.booleans())
def test_what_is_plain_is_what_the_models_accept_column_by_column(rows: list[Any], is_sent: bool) -> None:
    _assert_the_same(rows, is_sent)


@pytest.mark.parametrize("field", FIELDS)
def test_so_it_is_of_each_odd_value_in_each_field(field: str) -> None:
    for value in VALUES:
        for is_sent in (True, False):
            _assert_the_same([{**PAGE[0], field: value}], is_sent)


def _assert_the_same(rows: list[Any], is_sent: bool) -> None:
    answer = page_parser(None)(json.dumps(rows).encode()) if is_sent else rows
    plain = plain_rows(answer)
    if plain is None:
        return
    accepted, rejected = accept_rows(as_sent(answer))
    assert rejected == []
    assert plain.created_at == [row.created_at for row in accepted]
    assert plain.completed_at == [row.completed_at for row in accepted if row.completed_at]
    ours, theirs = plain.tables(), session_tables(accepted)
    assert ours.sessions.equals(theirs.sessions)
    assert ours.tags.equals(theirs.tags)
    assert ours.metadata.equals(theirs.metadata)


def test_ids_in_capitals_and_integers_with_a_point_take_the_quick_way_too() -> None:
    for row in PAGE:
        changed = {**row, "duration_sec": 600.0, "credit_charged": 1e1, "metadata": {"n": 600.0}}
        changed |= {name: row[name] and row[name].upper() for name in ("id", "persona_id", "project_id")}
        plain = plain_rows([changed])
        assert plain is not None
        [told] = plain.tables().sessions.to_pylist()
        ids = ("id", "persona_id", "project_id")
        assert {name: told[name] for name in ids} == {name: row[name] for name in ids}
        assert (told["duration_sec"], told["credit_charged"]) == (600, 10)
        assert told["sent_id"] == row["id"].upper()
        assert plain.tables().metadata.column("value").to_pylist() == ["600.0"]


def test_a_page_with_a_session_twice_does_not_take_the_quick_way() -> None:
    first, other = PAGE[:2]
    again = {**first, "candidate_ref": "later"}
    assert plain_rows([first, other]) is not None
    assert plain_rows([first, other, again]) is None
    assert plain_rows([first, other, {**again, "id": first["id"].upper()}]) is None


@pytest.mark.parametrize("year", ["0001", "9999"])
@pytest.mark.parametrize("name", ["created_at", "started_at", "completed_at"])
def test_a_year_that_the_models_refuse_does_not_take_the_quick_way(name: str, year: str) -> None:
    row = {**PAGE[0], name: f"{year}-06-01T00:00:00Z"}
    assert plain_rows([row]) is None
    assert len(accept_rows([row])[1]) == 1


def test_ordinary_rows_and_the_vendors_own_example_take_the_quick_way() -> None:
    listed = {name: value for name, value in EXAMPLE.items() if name not in {"persona", "feedback"}}
    assert len(PAGE) > 30
    for rows in ([listed], PAGE):
        typed = page_parser(None)(json.dumps({"data": rows}).encode())["data"]
        assert isinstance(typed, TypedRows)
        for answer in (rows, typed):
            assert plain_rows(answer) is not None


def test_a_row_read_twice_counts_as_it_was_read_last_whichever_way_it_came() -> None:
    first = next(row for row in PAGE if row["tags"])
    changed = {**first, "tags": None, "candidate_ref": "later"}
    for ways in ("pp", "pm", "mp", "mm"):
        batches = Batches()
        for row, way in zip((first, changed), ways, strict=True):
            plain = plain_rows([row])
            assert plain is not None
            if way == "p":
                batches.add_plain(plain)
            else:
                batches.add(accept_rows([row])[0])
        tables = batches.take()
        assert tables is not None
        assert tables.sessions.column("candidate_ref").to_pylist() == ["later"]
        assert tables.tags.num_rows == 0
        assert batches.take() is None
