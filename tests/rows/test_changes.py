"""What a window changes, and by which fingerprint that is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sync.small_api import session, survey
from zenhire_schemas.session import Feedback, SessionSummary
from zenhire_schemas.tables import SESSIONS
from zenhire_sync.rows.changes import (
    KNOWN_COLUMNS,
    Known,
    Rules,
    Stamp,
    deletions,
    detailed_changes,
    listed_changes,
)
from zenhire_sync.rows.columns import SessionTables, feedback_table, session_tables
from zenhire_sync.rows.contract import accept_rows
from zenhire_sync.rows.erased import Erasures, mark_of
from zenhire_sync.rows.fingerprint import fingerprints
from zenhire_sync.rows.privacy import Privacy

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
RULES = Rules(Erasures(), Privacy())
STAMP = Stamp(NOW, "tonight")
NOTHING = (
    SESSIONS.arrow_schema()
    .empty_table()
    .select(KNOWN_COLUMNS)
    .append_column("found", pa.array([], pa.string()))
)
FULL: dict[str, Any] = {
    "candidate_ref": "ref",
    "tags": ["a", "b"],
    "metadata": {"team": "x", "level": 3},
    "duration_sec": 600,
    "project_id": "5f0c1c3e-0000-4000-8000-000000000001",
}
CHANGED: dict[str, Any] = {
    "candidate_ref": None,
    "tags": ["b", "a"],
    "metadata": {"team": "x", "level": "3"},
    "duration_sec": 601,
    "project_id": None,
    "new_field": "something",
    "role_name": "Another",
    "completed_at": "2026-02-28T00:00:00Z",
}


def tables(*rows: dict[str, Any]) -> SessionTables:
    return session_tables([SessionSummary.model_validate(row) for row in rows])


def row(number: int = 0, **fields: Any) -> dict[str, Any]:
    return session(number, NOW - timedelta(days=2), **{**FULL, **fields})


def known(rows: SessionTables, *, written_with: str | None = "") -> Known:
    """As the warehouse has them after a night; ``written_with`` another fingerprint than theirs."""
    sessions = listed_changes(rows, None, RULES, Stamp(NOW - timedelta(days=1), "before")).sessions
    found = sessions.column("fingerprint")
    if written_with != "":
        place = sessions.schema.get_field_index("fingerprint")
        sessions = sessions.set_column(
            place, sessions.schema.field(place), pa.array([written_with] * len(found), pa.string())
        )
    return Known(sessions.select(KNOWN_COLUMNS).append_column("found", found))


@pytest.mark.parametrize("name", CHANGED)
def test_one_other_value_is_another_fingerprint(name: str) -> None:
    before, after = tables(row()), tables(row(**{name: CHANGED[name]}))
    changes = listed_changes(after, known(before), RULES, STAMP)
    assert changes.counts["changed_sessions"] == 1
    assert changes.sessions.column("id").to_pylist() == before.sessions.column("id").to_pylist()
    touched = {table for table, rows in changes.children.items() if rows.num_rows}
    assert touched == ({"session_tags", "session_metadata"} if name in ("tags", "metadata") else set())


def test_what_is_as_it_was_is_not_written() -> None:
    rows = tables(row(0), row(1))
    changes = listed_changes(rows, known(rows), RULES, STAMP)
    assert not changes.sessions.num_rows
    assert not any(table.num_rows for table in changes.children.values())
    assert not +changes.counts


def test_a_row_without_a_fingerprint_gets_one_and_counts_as_no_change() -> None:
    rows = tables(row())
    changes = listed_changes(rows, known(rows, written_with=None), RULES, STAMP)
    assert changes.sessions.column("fingerprint").to_pylist() == fingerprints(rows).to_pylist()
    assert not +changes.counts


def test_a_new_session_beside_known_ones_comes_with_its_children() -> None:
    changes = listed_changes(tables(row(0), row(1)), known(tables(row(0))), RULES, STAMP)
    assert changes.counts == {"new_sessions": 1, "changed_sessions": 0}
    assert changes.children["session_tags"].num_rows == len(FULL["tags"])
    assert not changes.are_new


def test_a_set_that_became_empty_is_marked() -> None:
    before, after = tables(row()), tables(row(tags=None))
    changes = listed_changes(after, known(before), RULES, STAMP)
    [marked] = changes.children["session_tags"].to_pylist()
    assert marked["is_removed"]
    assert [entry["is_removed"] for entry in changes.children["session_metadata"].to_pylist()] == [
        False,
        False,
    ]


def test_the_last_known_role_and_language_stay_when_the_persona_is_gone() -> None:
    changes = listed_changes(tables(row(role_name=None, language=None)), known(tables(row())), RULES, STAMP)
    assert not changes.sessions.num_rows
    tagged = tables(row(role_name=None, language=None, tags=["z"]))
    told = listed_changes(tagged, known(tables(row())), RULES, STAMP).sessions.to_pylist()
    assert [(one["role_name"], one["language"]) for one in told] == [("Role", "en")]


def test_of_fields_that_nobody_knows_the_newer_value_counts_and_others_stay() -> None:
    before, after = row(mood="fine", hair="red"), row(mood="tired")
    changes = listed_changes(tables(after), known(tables(before)), RULES, STAMP)
    [told] = changes.sessions.to_pylist()
    assert json.loads(told["unknown_fields"]) == {"hair": "red", "mood": "tired"}


def test_a_detail_leaves_the_id_as_the_list_spells_it() -> None:
    capitals = row()["id"].upper()
    accepted, _ = accept_rows([row(id=capitals)])
    listed = known(session_tables(accepted))
    assert listed.sessions.column("sent_id").to_pylist() == [capitals]
    stamp = Stamp(NOW, "tonight", is_detail=True)
    told = detailed_changes(tables(row()), [], listed, RULES, stamp).sessions.to_pylist()
    assert [one["sent_id"] for one in told] == [capitals]


def test_an_erased_reference_comes_in_without_its_person_and_is_told() -> None:
    salt = "00" * 16
    rules = Rules(Erasures(marks=frozenset({(salt, mark_of("ref", salt))})), Privacy())
    changes = listed_changes(tables(row()), None, rules, STAMP)
    assert changes.erased == frozenset(changes.sessions.column("id").to_pylist())
    assert changes.sessions.column("candidate_ref").to_pylist() == [None]
    assert not changes.children["session_metadata"].num_rows


def test_the_tag_that_repeats_an_erased_reference_goes_although_references_are_pseudonyms() -> None:
    salt = "00" * 16
    erasures = Erasures(marks=frozenset({(salt, mark_of("ref", salt))}))
    rules = Rules(erasures, Privacy(candidate_ref="pseudonymise", key=b"key"))
    changes = listed_changes(tables(row(tags=["a", "ref", "b"])), None, rules, STAMP)
    assert changes.children["session_tags"].column("tag").to_pylist() == ["a", "b"]


def test_a_survey_that_is_known_is_not_found_again() -> None:
    rows, stamp = tables(row()), Stamp(NOW, "tonight", is_detail=True)
    [session_id] = rows.sessions.column("id").to_pylist()
    surveys = [(session_id, Feedback.model_validate(survey(NOW)))]
    first = detailed_changes(rows, surveys, known(rows), RULES, stamp)
    assert (first.counts["surveys_found"], first.with_negative_survey) == (1, {session_id})
    held = replace(known(rows), with_survey=frozenset({session_id}))
    again = detailed_changes(rows, surveys, held, RULES, stamp)
    assert (again.counts["surveys_found"], again.with_negative_survey) == (0, frozenset())


def test_a_survey_that_a_detail_no_longer_shows_is_marked_to_go_and_none_is_made_up() -> None:
    table = feedback_table([("had one", None), ("never had one", None)], frozenset({"had one"}))
    assert table.to_pylist() == [
        {
            **dict.fromkeys(("rating", "comment", "submitted_at", "flagged")),
            "session_id": "had one",
            "is_removed": True,
        }
    ]


def test_a_session_missing_in_the_instant_of_its_look_lives_when_it_is_listed_again() -> None:
    """Its detail answered in the very run whose list did not show it."""
    looked_at = detailed_changes(tables(row()), [], Known(NOTHING), RULES, Stamp(NOW, "a", is_detail=True))
    gone = deletions(looked_at.sessions, Stamp(NOW, "a"))
    assert gone.column("deleted_at").null_count == 0
    found = pa.array([None], pa.string())
    held = Known(gone.select(KNOWN_COLUMNS).append_column("found", found))
    back = listed_changes(tables(row()), held, RULES, Stamp(NOW + timedelta(days=1), "b"))
    assert back.sessions.column("deleted_at").to_pylist() == [None]


@pytest.mark.parametrize("checked", [True, False])
def test_a_session_found_deleted_keeps_the_time_of_the_first_finding(checked: bool) -> None:
    rows = listed_changes(tables(row()), None, RULES, STAMP).sessions
    first = deletions(rows, Stamp(NOW, "first", is_detail=checked))
    again = deletions(first, Stamp(NOW + timedelta(days=1), "second", is_detail=checked))
    assert again.column("deleted_at") == first.column("deleted_at")
    assert again.schema.equals(SESSIONS.arrow_schema())


_TEXTS = st.text(alphabet="a:;=1,", max_size=4)


@given(st.lists(st.tuples(st.none() | _TEXTS, st.none() | _TEXTS), min_size=2, max_size=2, unique=True))
def test_no_value_passes_for_the_end_of_another(pairs: list[tuple[str | None, str | None]]) -> None:
    rows = [row(candidate_ref=ref, recording_s3_key=key) for ref, key in pairs]
    one, other = (fingerprints(tables(each)).to_pylist() for each in rows)
    assert one != other


def test_a_value_that_holds_the_beginning_of_the_next_is_not_taken_for_it() -> None:
    one = row(recording_s3_key="x;transcript_s3_key=:y")
    other = row(recording_s3_key="x", transcript_s3_key="y;")
    assert fingerprints(tables(one)) != fingerprints(tables(other))


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_keys_is_no_matter(keys: list[str]) -> None:
    told = [fingerprints(tables(row(metadata=dict.fromkeys(order, 1)))) for order in (keys, sorted(keys))]
    assert told[0].equals(told[1])
