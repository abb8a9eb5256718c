"""The company's history: repeatable, complete, and true to the life of a session."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.thorough import examples

from zenhire_sync.simulator import Company, CompanySpec

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "session_summary_example.json").read_text())
DAY = timedelta(days=1)
VARIED = Company(CompanySpec(seed=5, sessions=1_500, days=30, sessions_deleted_share=0.05))

moments = st.floats(0, 90).map(lambda days: VARIED.spec.start + timedelta(days=days))


def everything(company: Company) -> list[Any]:
    snapshot = company.at(company.settled_at)
    return [snapshot.sessions(), snapshot.details(), snapshot.personas()]


def test_the_same_seed_tells_the_same_story() -> None:
    spec = CompanySpec(seed=3, sessions=300)
    assert everything(Company(spec)) == everything(Company(spec))


def test_another_seed_tells_another_story() -> None:
    one, other = (Company(CompanySpec(seed=seed, sessions=50)) for seed in (1, 2))
    assert not {*one.at(one.settled_at).ids()} & {*other.at(other.settled_at).ids()}


def test_the_order_of_looking_changes_nothing() -> None:
    spec = CompanySpec(seed=3, sessions=100)
    straight, wandering = Company(spec), Company(spec)
    late, early = straight.settled_at, spec.start + 10 * DAY
    wandering.at(late).sessions()
    wandering.at(early).sessions()
    assert wandering.at(late).sessions() == straight.at(late).sessions()


def test_list_rows_and_details_have_exactly_the_fields_of_the_published_example() -> None:
    snapshot = VARIED.at(VARIED.settled_at)
    for row in snapshot.sessions():
        assert row.keys() == EXAMPLE.keys() - {"persona", "feedback"}
    for detail in snapshot.details():
        assert detail.keys() == EXAMPLE.keys() - {"role_name", "language"}
        assert detail["persona"] is None or detail["persona"].keys() == EXAMPLE["persona"].keys()
        assert detail["feedback"] is None or detail["feedback"].keys() == EXAMPLE["feedback"].keys()


def check_row(row: dict[str, Any], now: datetime) -> None:
    for name in ("created_at", "started_at", "completed_at"):
        assert row[name] is None or (row[name].endswith("Z") and datetime.fromisoformat(row[name]) <= now)
    match row["status"]:
        case "initiated":
            assert {row["started_at"], row["completed_at"], row["duration_sec"], row["credit_charged"]} == {
                None
            }
        case "active":
            assert row["started_at"]
            assert row["completed_at"] is None
        case "completed":
            assert row["created_at"] < row["started_at"] < row["completed_at"]
            assert row["credit_charged"] == -(-row["duration_sec"] // 60) * 2
        case "failed":
            assert row["credit_charged"] in (None, 0)
    has_references = row["recording_s3_key"] and row["transcript_s3_key"] and row["interview_svc_session_id"]
    assert bool(has_references) == (row["status"] == "completed")
    if row["tags"] is not None:
        assert 1 <= len(row["tags"]) == len({*row["tags"]}) <= 20
        assert all(1 <= len(tag) <= 40 for tag in row["tags"])
    assert len(row["candidate_ref"] or "") <= 256
    metadata = row["metadata"] or {}
    assert len(metadata) <= 50
    assert all(len(key) <= 40 for key in metadata)
    assert len(json.dumps(metadata, ensure_ascii=False).encode()) <= 8_192


@settings(max_examples=examples(15), deadline=None)
@given(moments)
def test_at_any_moment_every_row_keeps_the_laws_of_its_status(moment: datetime) -> None:
    for row in VARIED.at(moment).sessions():
        check_row(row, moment)


@settings(max_examples=examples(15), deadline=None)
@given(moments)
def test_at_any_moment_a_survey_follows_its_interview_and_is_flagged_when_negative(moment: datetime) -> None:
    for detail in VARIED.at(moment).details():
        survey = detail["feedback"]
        if survey is not None:
            assert detail["status"] == "completed"
            assert detail["completed_at"] < survey["submitted_at"]
            assert survey["flagged"] == (survey["rating"] <= 2)


@settings(max_examples=examples(15), deadline=None)
@given(moments)
def test_at_any_moment_a_deleted_session_is_hidden_and_no_other(moment: datetime) -> None:
    visible = {*VARIED.at(moment).ids()}
    gone = {session_id for session_id, at in VARIED.session_deletions().items() if at <= moment}
    ever = {*VARIED.ever_visible_ids(moment)}
    assert visible == ever - gone
    assert all(VARIED.at(moment).detail(session_id) is None for session_id in gone)


@settings(max_examples=examples(15), deadline=None)
@given(moments)
def test_a_deleted_persona_leaves_its_sessions_without_a_role(moment: datetime) -> None:
    gone = {persona_id for persona_id, at in VARIED.persona_deletions().items() if at <= moment}
    snapshot = VARIED.at(moment)
    assert {persona["id"] for persona in snapshot.personas()} == {*VARIED.persona_ids} - gone
    for row in snapshot.sessions():
        assert (row["role_name"] is None) == (row["language"] is None) == (row["persona_id"] in gone)
        detail = snapshot.detail(row["id"])
        assert detail is not None
        assert (detail["persona"] is None) == (row["persona_id"] in gone)


def test_identity_and_creation_never_change_when_a_session_is_invited_again() -> None:
    reinvited = [
        session_id
        for session_id in VARIED.ever_visible_ids(VARIED.settled_at)
        if any(state.status == "initiated" for state in VARIED.session_history(session_id)[1:])
    ]
    assert len(reinvited) > 50
    for session_id in reinvited[:50]:
        states = VARIED.session_history(session_id)
        assert states == tuple(sorted(states, key=lambda state: state.at_ms))
        shown = [VARIED.at(state.at).session(session_id) for state in states]
        rows = [row for row in shown if row is not None]
        assert len({(row["id"], row["created_at"], row["persona_id"]) for row in rows}) <= 1
        assert [row["status"] for row in rows] == [state.status for state in states][: len(rows)]


def test_the_history_holds_every_accident_the_pipeline_must_survive() -> None:
    details = VARIED.at(VARIED.settled_at).details()
    kinds = {type(value).__name__ for row in details for value in (row["metadata"] or {}).values()}
    assert kinds == {"str", "int", "float", "bool", "NoneType", "list", "dict"}
    assert {row["status"] for row in details} == {"initiated", "completed", "failed"}
    assert {row["source"] for row in details} == {"requests", "playground"}
    assert any(row["status"] == "failed" and row["completed_at"] is None for row in details)
    assert any(row["metadata"] == {} for row in details)
    created = [row["created_at"] for row in details]
    assert len({*created}) < len(created)
    delays = [
        datetime.fromisoformat(row["feedback"]["submitted_at"]) - datetime.fromisoformat(row["completed_at"])
        for row in details
        if row["feedback"]
    ]
    assert min(delays) < timedelta(hours=1)
    assert max(delays) > timedelta(days=15)


def test_a_plain_company_has_no_tags_no_metadata_and_no_surveys() -> None:
    plain = Company(CompanySpec(sessions=100, tags_share=0, metadata_share=0, survey_share=0))
    for detail in plain.at(plain.settled_at).details():
        assert detail["tags"] is detail["metadata"] is detail["feedback"] is None


def test_every_survey_comes_late_when_the_spec_says_so() -> None:
    slow = Company(CompanySpec(sessions=100, survey_share=1, survey_delay_days=(10, 12)))
    answered = [row for row in slow.at(slow.settled_at).details() if row["feedback"]]
    assert answered
    for row in answered:
        ended, came = row["completed_at"], row["feedback"]["submitted_at"]
        assert 10 * DAY <= datetime.fromisoformat(came) - datetime.fromisoformat(ended) <= 13 * DAY


def test_a_scripted_session_goes_through_its_life_and_back(tiny_company: Company) -> None:
    start = tiny_company.spec.start
    session_id = tiny_company.add_session(start, tags=["a"], metadata={"k": 1})
    tiny_company.start_session(session_id, start + DAY)
    tiny_company.fail_session(session_id, start + 2 * DAY)
    tiny_company.reinvite(session_id, start + 3 * DAY)
    tiny_company.start_session(session_id, start + 4 * DAY)
    tiny_company.complete_session(session_id, start + 5 * DAY, duration_sec=61)
    tiny_company.submit_survey(session_id, start + 6 * DAY, 2, "no")
    tiny_company.delete_session(session_id, start + 7 * DAY)

    def seen(days: float) -> dict[str, Any] | None:
        return tiny_company.at(start + days * DAY).detail(session_id)

    assert seen(-1) is None
    statuses = [row["status"] for day in range(6) if (row := seen(day + 0.5))]
    assert statuses == ["initiated", "active", "failed", "initiated", "active", "completed"]
    again = seen(3.5)
    assert again is not None
    assert again["started_at"] is again["completed_at"] is again["duration_sec"] is None
    done = seen(6.5)
    assert done is not None
    assert done["credit_charged"] == 4
    assert done["feedback"]["flagged"] is True
    assert done["created_at"] == again["created_at"]
    assert seen(7) is None


def test_a_scripted_persona_is_shown_as_it_was_then(tiny_company: Company) -> None:
    start = tiny_company.spec.start
    persona_id = tiny_company.add_persona(start, system_prompt="one")
    session_id = tiny_company.add_session(start, persona_id=persona_id)
    tiny_company.edit_persona(persona_id, start + DAY, system_prompt="two", role_name="Lead")
    tiny_company.delete_persona(persona_id, start + 2 * DAY)
    prompts = [
        detail["persona"] and detail["persona"]["system_prompt"]
        for day in range(3)
        if (detail := tiny_company.at(start + (day + 0.5) * DAY).detail(session_id))
    ]
    assert prompts == ["one", "two", None]
    assert [version.role_name for version in tiny_company.persona_history(persona_id)] == [
        "Data Engineer",
        "Lead",
    ]


def test_a_row_may_appear_later_than_its_own_creation(tiny_company: Company) -> None:
    start = tiny_company.spec.start
    session_id = tiny_company.add_session(start, appears_at=start + DAY)
    assert tiny_company.at(start + DAY / 2).ids() == []
    assert tiny_company.at(start + DAY).ids() == [session_id]


def test_a_time_without_a_zone_is_refused(tiny_company: Company) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        tiny_company.at(datetime(2026, 1, 1))  # noqa: DTZ001 - the very accident
