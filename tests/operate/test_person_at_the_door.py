"""An erased person does not come in again: not by the list, a detail, a survey or a row set aside."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sync.world import World, world
from zenhire_schemas.session import SessionSummary
from zenhire_sync.rows.columns import session_tables
from zenhire_sync.rows.contract import LIST_ENDPOINT, Rejection
from zenhire_sync.rows.erased import (
    PERSONAL_COLUMNS,
    Erasures,
    mark_of,
    texts_in,
    without_payload,
    without_person,
)
from zenhire_sync.simulator import DEFAULT, Company, CompanySpec, FaultPlan, mutate_sessions
from zenhire_sync.sync import list_reader

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
SALT = "00" * 32
ANNA = "anna-4711"


def _row(number: int, **fields: Any) -> SessionSummary:
    uuid = f"00000000-0000-4000-a000-{number:012d}"
    return SessionSummary.model_validate(
        {
            "id": uuid,
            "client_id": uuid,
            "persona_id": uuid,
            "status": "completed",
            "consent_mode": "explicit",
            "source": "requests",
            "created_at": "2026-02-01T10:00:00Z",
            "credit_charged": 12,
            **fields,
        }
    )


def _erasures(*session_ids: str, refs: tuple[str, ...] = ()) -> Erasures:
    return Erasures(frozenset(session_ids), frozenset((SALT, mark_of(ref, SALT)) for ref in refs))


def test_a_session_loses_its_person_and_keeps_its_interview() -> None:
    person = {
        "candidate_ref": ANNA,
        "recording_s3_key": "r",
        "transcript_s3_key": "t",
        "interview_svc_session_id": "i",
        "favourite_colour": "blue",
    }
    anna = _row(1, **person, tags=["urgent", ANNA, "q1"], metadata={"mail": "anna@example.org"})
    other = _row(2, candidate_ref="bob", tags=[ANNA], metadata={"a": "b"})
    tables = session_tables([anna, other])
    erased = without_person(tables, frozenset({anna.id}))
    first, second = erased.sessions.to_pylist()
    assert all(first[name] is None for name in PERSONAL_COLUMNS)
    assert first == tables.sessions.to_pylist()[0] | dict.fromkeys(PERSONAL_COLUMNS)
    assert second == tables.sessions.to_pylist()[1]
    assert [(row["position"], row["tag"]) for row in erased.tags.to_pylist()] == [
        (0, "urgent"),
        (2, "q1"),
        (0, ANNA),
    ]
    assert erased.metadata.column("session_id").to_pylist() == [other.id]
    assert erased.sessions.schema == tables.sessions.schema


def test_nobody_erased_changes_nothing() -> None:
    tables = session_tables([_row(1, candidate_ref=ANNA)])
    assert without_person(tables, _erasures().among(tables.sessions)) is tables


def test_a_candidate_is_known_again_by_the_mark_alone() -> None:
    tables = session_tables([_row(1, candidate_ref=ANNA), _row(2, candidate_ref="anna-471"), _row(3)])
    erasures = _erasures(refs=(ANNA,))
    assert erasures.among(tables.sessions) == {_row(1).id}
    assert ANNA not in repr(erasures)


def test_marks_of_two_warehouses_do_not_meet() -> None:
    assert mark_of(ANNA, SALT) != mark_of(ANNA, "01" * 32)


@pytest.mark.parametrize(
    ("payload", "concerned"),
    [
        ({"candidate_ref": ANNA}, True),
        ({"deep": [{"er": [ANNA]}]}, True),
        ({"candidate_ref": "somebody"}, False),
        ({"metadata": {"note": f"not {ANNA}"}}, False),
    ],
)
def test_a_row_without_an_id_is_known_by_what_it_holds(payload: Any, concerned: bool) -> None:
    rejection = Rejection(LIST_ENDPOINT, None, "id: Field required", json.dumps(payload))
    assert _erasures(refs=(ANNA,)).concern(rejection) is concerned
    assert without_payload(rejection).payload is None


def test_a_reason_that_repeats_a_key_of_the_metadata_is_made_plain() -> None:
    rejection = Rejection(LIST_ENDPOINT, None, "metadata.anna@example.org: not a value", "{}")
    assert without_payload(rejection).reason == "metadata: breaks the contract"
    assert without_payload(Rejection(LIST_ENDPOINT, None, "status: no", "{}")).reason == "status: no"


_JSON = st.recursive(
    st.text() | st.none() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
)


@given(_JSON)
def test_every_text_of_any_payload_is_found(value: Any) -> None:
    assert sorted(texts_in(json.dumps(value))) == sorted(_texts(value))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for part in inner for text in _texts(part)]
    return [value] if isinstance(value, str) else []


def test_a_payload_that_is_no_json_holds_nothing() -> None:
    assert list(texts_in("{")) == list(texts_in(None)) == []


@pytest.fixture
def company() -> Company:
    return Company(CompanySpec(sessions=40, days=20))


def _remember(here: World, session_ids: list[str], refs: list[str]) -> None:
    for session_id in session_ids:
        here.change("insert into erased_sessions (session_id, erased_at) values (?, ?)", session_id, NOW)
    for ref in refs:
        sql = "insert into erased_candidates (candidate_mark, salt, erased_at) values (?, ?, ?)"
        here.change(sql, mark_of(ref, SALT), SALT, NOW)


def _interview(company: Company, ref: str | None, comment: str, **fields: Any) -> str:
    start = NOW - timedelta(days=2)
    session_id = company.add_session(
        start, candidate_ref=ref, metadata={"mail": f"{comment}@x.org"}, **fields
    )
    company.complete_session(session_id, start + timedelta(hours=1), duration_sec=600)
    company.submit_survey(session_id, start + timedelta(hours=2), 1, comment)
    return session_id


def _person_of(here: World, session_id: str) -> list[Any]:
    [(*values, comment)] = here.query(
        f"select {', '.join(PERSONAL_COLUMNS)}, f.comment from sessions s"
        " left join session_feedback f on f.session_id = s.id where s.id = ?",
        session_id,
    )
    metadata = here.query("select value from session_metadata where session_id = ?", session_id)
    return [value for value in [*values, comment, *metadata] if value is not None]


@pytest.mark.slow
def test_a_new_session_of_an_erased_candidate_comes_in_without_the_candidate(
    company: Company, tmp_path: Path
) -> None:
    with world(tmp_path, company, NOW - timedelta(days=5)) as here:
        here.night()
        _remember(here, [], [ANNA])
        anna, bob = _interview(company, ANNA, "anna-words"), _interview(company, "bob", "bob-words")
        outcome = here.night(NOW)
        assert _person_of(here, anna) == []
        assert len(_person_of(here, bob)) == 6
        assert here.query("select rating, flagged from session_feedback where session_id = ?", anna) == [
            (1, True)
        ]
        assert here.query("select credit_charged from sessions where id = ?", anna) == [(20,)]
        assert outcome.rows_by_table["erased_sessions"] == 1
        # The reference is taken back at the vendor: the session is remembered.
        assert here.night(NOW + timedelta(hours=1)).rows_by_table == {}
        here.sim.faults = FaultPlan(
            mutate_row=mutate_sessions({anna: lambda row: row | {"candidate_ref": None}})
        )
        here.reconcile()
        assert _person_of(here, anna) == []


def test_whom_one_window_shows_to_be_erased_the_later_ones_know(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each session of hers comes in a window of its own, and their details do not name her."""
    monkeypatch.setattr(list_reader, "COMPARED_ROWS", 1)
    with world(tmp_path, company, NOW - timedelta(days=5)) as here:
        here.night()
        _remember(here, [], [ANNA])
        hers = [_interview(company, ANNA, words) for words in ("first-words", "second-words", "third-words")]
        unnamed = dict.fromkeys(hers, lambda row: row | {"candidate_ref": None})
        here.sim.faults = FaultPlan(mutate_row=mutate_sessions(unnamed, frozenset({"detail"})))
        here.sim.behaviour = replace(DEFAULT, largest_page=1, default_page_size=1)
        here.night(NOW)
        assert [_person_of(here, session_id) for session_id in hers] == [[], [], []]


@pytest.mark.slow
def test_a_detail_of_an_erased_session_brings_no_person(company: Company, tmp_path: Path) -> None:
    anna = _interview(company, ANNA, "anna-words")
    with world(tmp_path, company, NOW) as here:
        here.night(with_details=False)
        _remember(here, [anna], [])
        here.night()
        assert _person_of(here, anna) == []
        assert here.query("select detail_checked_at is not null from sessions where id = ?", anna) == [
            (True,)
        ]


@pytest.mark.slow
def test_a_broken_row_of_an_erased_person_is_set_aside_without_its_payload(
    company: Company, tmp_path: Path
) -> None:
    anna, bob = _interview(company, ANNA, "anna-words"), _interview(company, "bob", "bob-words")
    nameless = _interview(company, ANNA, "more-words")
    breaks = {i: lambda row: row | {"status": "dreaming"} for i in (anna, bob)}
    breaks[nameless] = lambda row: row | {"id": None}
    with world(tmp_path, company, NOW - timedelta(days=5)) as here:
        here.night()
        _remember(here, [anna], [ANNA])
        here.sim.faults = FaultPlan(mutate_row=mutate_sessions(breaks))
        here.night(NOW)
        here.night(NOW + timedelta(hours=1))
        rows = here.query("select session_id, payload from rejected_rows order by session_id, payload")
        assert len(rows) == 5
        assert {session_id for session_id, payload in rows if payload is None} == {anna, None}
        here.sim.faults = FaultPlan()
        here.night(NOW + timedelta(hours=2))
        assert _person_of(here, anna) == _person_of(here, nameless) == []
        assert len(_person_of(here, bob)) == 6
