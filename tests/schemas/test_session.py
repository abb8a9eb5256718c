"""The contract of one row. The seed's own example object is the golden case."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from zenhire_schemas.session import SessionSummary
from zenhire_schemas.tables import RAW_TABLES, SESSIONS

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "session_summary_example.json").read_text())
NESTED = {"persona", "feedback", "tags", "metadata"}


def test_the_seeds_example_is_right_but_for_its_rating() -> None:
    with pytest.raises(ValidationError) as caught:
        SessionSummary.model_validate(EXAMPLE)
    assert [error["loc"] for error in caught.value.errors()] == [("feedback", "rating")]
    row = SessionSummary.model_validate({**EXAMPLE, "feedback": {**EXAMPLE["feedback"], "rating": 1}})
    assert row.created_at == datetime(2024, 7, 29, 15, 51, 28, 71000, tzinfo=UTC)
    assert row.persona is not None
    assert row.persona.base_prompt_override == "string"
    assert row.model_extra == {}


def test_every_field_of_the_example_has_its_column_under_its_own_name() -> None:
    assert set(EXAMPLE) - NESTED <= set(SESSIONS.column_names)


def test_the_raw_tables_are_the_eight_of_the_design_and_each_key_is_of_its_columns() -> None:
    assert [table.name for table in RAW_TABLES][:8] == [
        "sessions", "session_tags", "session_metadata", "session_feedback",
        "personas", "persona_versions", "rejected_rows", "sync_runs",
    ]  # fmt: skip
    for table in RAW_TABLES:
        assert set(table.key) <= set(table.column_names)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "not-a-uuid"),
        ("id", None),
        ("status", "paused"),
        ("created_at", None),
        ("created_at", "2024-07-29"),
        ("created_at", "2024-07-29T15:51:28"),
        ("created_at", "1700000000"),
        ("created_at", 1700000000),
        ("completed_at", "2024-13-29T15:51:28Z"),
        ("completed_at", "0001-01-01T00:00:00+14:00"),
        ("duration_sec", 5.5),
        ("duration_sec", "5"),
        ("duration_sec", "600.0"),
        ("duration_sec", -1.0),
        ("duration_sec", 1e300),
        ("credit_charged", float("inf")),
        ("duration_sec", -1),
        ("credit_charged", True),
        ("credit_charged", 2**63),
        ("tags", "a"),
        ("tags", [1]),
        ("metadata", []),
        ("candidate_ref", 5),
        (
            "feedback",
            {"rating": 6, "comment": None, "submitted_at": "2024-07-29T15:51:28Z", "flagged": False},
        ),
        ("persona", {"id": "x"}),
    ],
)
def test_what_breaks_the_contract_is_refused(field: str, value: object) -> None:
    good = {**EXAMPLE, "feedback": None}
    SessionSummary.model_validate(good)
    with pytest.raises(ValidationError) as caught:
        SessionSummary.model_validate({**good, field: value})
    assert caught.value.errors()[0]["loc"][0] == field


@pytest.mark.parametrize("number", ["600.0", "6e2", "6.0E+2", "600"])
def test_json_has_one_kind_of_number(number: str) -> None:
    survey = {**EXAMPLE["feedback"], "rating": json.loads("5.0")}
    fields = {name: json.loads(number) for name in ("duration_sec", "credit_charged")}
    row = SessionSummary.model_validate({**EXAMPLE, **fields, "feedback": survey})
    assert (row.duration_sec, row.credit_charged, row.feedback and row.feedback.rating) == (600, 600, 5)
    assert all(type(value) is int for value in (row.duration_sec, row.credit_charged))


@pytest.mark.parametrize(
    "text", ["2024-07-29T17:51:28.0715+02:00", "2024-07-29 15:51:28.0715Z", "2024-07-29t15:51:28.071500999z"]
)
def test_times_are_kept_in_utc_to_the_microsecond(text: str) -> None:
    row = SessionSummary.model_validate({**EXAMPLE, "feedback": None, "created_at": text})
    assert row.created_at == datetime(2024, 7, 29, 15, 51, 28, 71500, tzinfo=UTC)
