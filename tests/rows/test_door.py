"""The door under fire: whatever comes, each row is accepted or set aside, and what is accepted loads."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.thorough import examples
from zenhire_schemas.session import SessionSummary
from zenhire_schemas.tables import REJECTED_ROWS
from zenhire_sync.api.body import NOT_JSON, parse
from zenhire_sync.rows.columns import feedback_table, session_tables
from zenhire_sync.rows.contract import Rejection, accept_detail, accept_rows

EXAMPLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "session_summary_example.json").read_text()
)
# All of Unicode and what is none of it: NUL and lone surrogates.
TEXT = st.text(st.characters(categories=None), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from([2**63, -(2**63), 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*SessionSummary.model_fields, "unheard_of"])
INNER = ("persona", "feedback")


@st.composite
def rows(draw: st.DrawFn) -> Any:
    """The contract's own example with some fields, outer or inner, replaced by anything; or just anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    row = {**EXAMPLE, "persona": dict(EXAMPLE["persona"]), "feedback": dict(EXAMPLE["feedback"])}
    for part in (row, *(row[name] for name in INNER)):
        for name in draw(
            st.lists(FIELDS if part is row else st.sampled_from([*part, "unheard_of"]), max_size=2)
        ):
            part[name] = draw(JSON)
    return row


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(rows(), max_size=4))
def test_any_rows_are_accepted_or_set_aside_and_what_is_accepted_loads(page: list[Any]) -> None:
    accepted, rejected = accept_rows(page)
    assert len(accepted) + len(rejected) == len(page)
    distinct = list({row.id: row for row in accepted}.values())
    tables = session_tables(distinct)
    assert loaded(tables.sessions) == tables.sessions.to_pylist()
    assert loaded(tables.tags) == tables.tags.to_pylist()
    assert loaded(tables.metadata) == tables.metadata.to_pylist()
    surveys = feedback_table([(row.id, row.feedback) for row in distinct], frozenset())
    assert loaded(surveys) == surveys.to_pylist()
    assert_can_be_kept(rejected)


def test_a_broken_row_is_set_aside_once_however_its_text_changes() -> None:
    def set_aside(**fields: Any) -> str:
        _, [rejection] = accept_rows([{**EXAMPLE, "status": "odd", **fields}])
        return rejection.rejected_id

    assert set_aside() == set_aside(duration_sec=7) == set_aside(id=EXAMPLE["id"].upper())
    nameless = set_aside(id="no id")
    assert nameless == set_aside(id="no id") != set_aside()
    assert nameless != set_aside(id="no id", duration_sec=7), "which of them it is nobody can tell"


@settings(max_examples=examples(200), deadline=None)
@given(rows())
def test_any_detail_is_accepted_or_set_aside(body: Any) -> None:
    outcome = accept_detail(body, EXAMPLE["id"])
    if isinstance(outcome, Rejection):
        assert_can_be_kept([outcome])
    else:
        assert outcome.id == EXAMPLE["id"]


def test_a_detail_is_of_the_session_that_was_asked_for_in_capitals_too() -> None:
    asked, detail = EXAMPLE["id"], {**EXAMPLE, "feedback": None}
    accepted = accept_detail({**detail, "id": asked.upper()}, asked)
    assert isinstance(accepted, SessionSummary)
    assert accepted == accept_detail(detail, asked)
    other = accept_detail({**detail, "id": f"{asked[:-1]}0"}, asked)
    assert isinstance(other, Rejection)
    assert other.session_id == asked
    assert other.reason == "id: another session than asked for"


@settings(max_examples=examples(300), deadline=None)
@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_values_or_not_json(body: bytes) -> None:
    assert parse(body) is NOT_JSON or json.dumps(parse(body), default=repr)


def test_a_body_nested_beyond_all_measure_is_not_json() -> None:
    assert parse(b"[" * 1_000_000) is NOT_JSON
    assert parse(b"[" * 4_000 + b"]" * 4_000) is not NOT_JSON


def assert_can_be_kept(rejected: Sequence[Rejection]) -> None:
    for rejection in rejected:
        assert rejection.reason
        rejection.reason.encode()
        assert rejection.payload is not None
        rejection.payload.encode()
        json.loads(rejection.payload)
        assert len(rejection.rejected_id) == 32
    assert "payload" in REJECTED_ROWS.column_names


def loaded(table: Any) -> list[dict[str, Any]]:
    """The rows after a Parquet file and DuckDB, as dlt brings them in."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    back = pq.read_table(io.BytesIO(buffer.getvalue()))
    connection = database()
    connection.register("loaded", back)
    connection.execute("create or replace table kept as select * from loaded")
    rows: list[dict[str, Any]] = connection.table("kept").to_arrow_table().to_pylist()
    return rows


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for all examples: to open it takes longer than to load a page."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection
