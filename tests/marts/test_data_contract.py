"""The contract says what is published, and no column that holds a person goes without its class."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from tests.transforms.warehouse import (
    NOW,
    Company,
    completed,
    published_before,
    signed_month,
    survey,
    sync_run,
    tags,
)

from zenhire_schemas.names import CONTRACT
from zenhire_schemas.tables import SESSION_STATES
from zenhire_sync.engines.duckdb_file.publishing import views
from zenhire_sync.engines.postgres import publishing
from zenhire_sync.marts.data_contract import AS_OF_READING, PRIVACY, logical_type, servers
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings

# What stands in the raw fields of people, by the class that a column which shows it has.
MARKS = {
    "personal": "mark-of-a-person",
    "pseudonymous": "session-of-a-person",
    "staff": "mark-of-an-owner",
    "free_text": "mark-of-a-label",
    "confidential": "mark-of-a-prompt",
}
PERSON = MARKS["personal"]
SESSIONS = [
    completed(
        f"{MARKS['pseudonymous']}-{number}",
        "2026-03-01 10:00",
        # one without its length, for the checks of quality
        61 + number,
        project_id="project-1",
        candidate_ref=PERSON,
        recording_s3_key=PERSON,
        transcript_s3_key=PERSON,
        interview_svc_session_id=PERSON,
        unknown_fields=f'{{"x": "{PERSON}"}}',
        **({"duration_sec": None} if number else {}),
    )
    for number in range(2)
]
SURVEY = survey(f"{MARKS['pseudonymous']}-0", 1, "2026-03-02 10:00", comment=PERSON)
RAW: dict[str, list[dict[str, Any]]] = {
    "sessions": SESSIONS,
    "session_states": [
        {name: {**session, **heard}.get(name) for name in SESSION_STATES.column_names}
        | {"session_id": session["id"], "seen_from": NOW, "is_removed": False}
        for session, heard in zip(SESSIONS, (SURVEY, {}), strict=True)
    ],
    "session_feedback": [SURVEY],
    **signed_month(note=MARKS["free_text"]),
    "session_tags": tags(f"{MARKS['pseudonymous']}-0", MARKS["free_text"], "spring"),
    "session_metadata": [
        {
            "session_id": f"{MARKS['pseudonymous']}-0",
            "key": key,
            "value": PERSON,
            "value_type": "string",
            "is_removed": False,
        }
        for key in ("listed", "unlisted")
    ],
    "personas": [
        {
            "id": "persona-1",
            "role_name": "Nurse",
            "language": "en",
            "system_prompt": MARKS["confidential"],
            "base_prompt_override": MARKS["confidential"],
            "first_seen_at": NOW,
            "last_seen_at": NOW,
            "synced_at": NOW,
            "run_id": "run-1",
        }
    ],
    "persona_versions": [
        {
            "persona_id": "persona-1",
            "version": 1,
            "role_name": "Nurse",
            "language": "en",
            "system_prompt": MARKS["confidential"],
            "base_prompt_override": MARKS["confidential"],
            "valid_from": NOW,
            "valid_to": NOW,
            "run_id": "run-1",
        }
    ],
    "rejected_rows": [
        {
            "rejected_id": "rejected-1",
            "endpoint": "sessions",
            "session_id": f"{MARKS['pseudonymous']}-9",
            "reason": "duration_sec: not a number",
            "payload": PERSON,
            "first_seen_at": NOW,
            "seen_at": NOW,
            "run_id": "run-1",
        }
    ],
    "sync_runs": [sync_run("run-1")],
    "published_builds": [{"build_id": "b0", "built_at": NOW - timedelta(days=1), "recorded_at": NOW}],
    "published_sessions": [published_before(SESSIONS[0]["id"], "b0", credits_charged=1)],
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    found = Company(tmp_path_factory.mktemp("company"))
    folder = found.settings.company_path
    folder.mkdir(parents=True)
    (folder / "projects.csv").write_text(
        f"project_id,name,cost_center,owner\nproject-1,Sales,CC,{MARKS['staff']}\n"
    )
    (folder / "metadata.toml").write_text('[listed]\ncolumn = "listed_key"\ndescription = "d"\n')
    (folder / "tags.csv").write_text(f"tag,group,label\n{MARKS['free_text']},season,{MARKS['free_text']}\n")
    found.build(RAW)
    publish_marts(found.settings, now=NOW)
    return found


@pytest.fixture(scope="module")
def contract(company: Company) -> dict[str, Any]:
    return _contract(company.settings)


def test_every_published_column_is_promised_as_it_is(company: Company, contract: dict[str, Any]) -> None:
    promised = {
        (mart["name"], column["name"], column["logicalType"])
        for mart in contract["schema"]
        for column in mart["properties"]
    }
    with duckdb.connect(str(company.settings.published_path), read_only=True) as file:
        there = file.execute(
            "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
            " where schema_name = 'zenhire_marts' and table_name <> 'sync_freshness_facts'"
        ).fetchall()
    left_out = {("sync_freshness", name) for name in AS_OF_READING}
    assert promised == {
        (mart, column, logical_type(kind))
        for mart, column, kind, _ in there
        if (mart, column) not in left_out
    }
    required = {
        (mart["name"], column["name"])
        for mart in contract["schema"]
        for column in mart["properties"]
        if column["required"]
    }
    # a view has no constraint of its own
    assert required >= {(mart, column) for mart, column, _, is_nullable in there if not is_nullable}


def test_each_mart_has_a_key_and_publication_has_one_row(contract: dict[str, Any]) -> None:
    keyless = {
        mart["name"]
        for mart in contract["schema"]
        if not any(column.get("primaryKey") for column in mart["properties"])
    }
    assert keyless == {"publication"}
    assert contract["schema"][-1]["quality"][0]["mustBe"] == 1


def test_a_column_that_shows_a_person_says_so(company: Company, contract: dict[str, Any]) -> None:
    """Every field of people in the raw tables holds a mark; a mark in a mart without its class is a leak."""
    declared = {
        (mart["name"], column["name"]): column["classification"]
        for mart in contract["schema"]
        for column in mart["properties"]
    }
    with duckdb.connect(str(company.settings.published_path), read_only=True) as file:
        found = {place: _strictest(file, *place) for place in declared}
    assert found == declared


def test_a_name_has_one_class_in_all_marts(contract: dict[str, Any]) -> None:
    classes: dict[str, set[str]] = {}
    for mart in contract["schema"]:
        for column in mart["properties"]:
            classes.setdefault(column["name"], set()).add(column["classification"])
    assert {name: found for name, found in classes.items() if len(found) > 1} == {}
    assert set().union(*classes.values()) == {*PRIVACY}


def test_a_build_without_a_change_makes_the_same_contract(company: Company) -> None:
    before = company.settings.published_path.with_name(CONTRACT).read_bytes()
    company.build(RAW, NOW + timedelta(days=1))
    publish_marts(company.settings, now=NOW + timedelta(days=1))
    assert company.settings.published_path.with_name(CONTRACT).read_bytes() == before


def test_a_contract_names_no_folder_of_this_machine_and_no_login(tmp_path: Path) -> None:
    url = "s3://bucket/marts?endpoint_override=localhost:9000"
    places = servers(Settings(data_dir=tmp_path, publish_dir=url))
    assert [place["server"] for place in places] == ["duckdb", "parquet", "store"]
    assert places[-1]["location"] == "s3://bucket/marts/parquet/{model}/{model}.parquet"
    assert str(tmp_path) not in str(places)


def test_what_is_computed_when_it_is_read_is_left_out_on_every_engine() -> None:
    assert {*views.AS_OF_READING} == {*publishing._AS_OF_READING} == AS_OF_READING


def _strictest(file: duckdb.DuckDBPyConnection, mart: str, column: str) -> str:
    [(shown,)] = file.execute(
        f"select coalesce(string_agg(distinct \"{column}\"::varchar, ' '), '') from zenhire_marts.{mart}"
    ).fetchall()
    return next((kind for kind, mark in MARKS.items() if mark in shown), "business")


def _contract(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(settings.published_path.with_name(CONTRACT).read_text("utf-8"))
    return found
