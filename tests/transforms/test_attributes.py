"""Marts told apart by what the company says of its sessions: nothing is lost, nothing unlisted is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from tests.company.folder import write_files
from tests.transforms.odd_company import random_company
from tests.transforms.warehouse import NOW, PROFILE, Company, Row

from zenhire_sync.company.company_rows import BUILT_IN_ATTRIBUTES
from zenhire_sync.company.metadata_keys import TAKEN
from zenhire_sync.marts import build_marts

GROUPS = {"a": ("region", "Berlin"), "b": ("region", "Madrid, Spain"), "c": ("quarter", "c")}
FILES = {
    "tags_csv": 'tag,group,label\na,region,Berlin\nb,region,"Madrid, Spain"\n'
    "c,quarter,\nnever seen,unused,\n",
    "metadata_toml": """
["Cost Center"]
column = "department"
description = "Who's department it is."

[grade]
column = "order"
type = "integer"
description = "Grade."

[hidden]
column = "hidden"
description = "Not shown."
privacy = "drop"
""",
}
DEPARTMENTS = ("Sales", "Care; Night", "sales", " ")


@pytest.fixture(scope="module")
def raw(company: Company) -> dict[str, list[Row]]:
    return _built(company)


def _built(company: Company) -> dict[str, list[Row]]:
    rows = random_company(20260310)
    rows["session_metadata"] = [
        {"session_id": session["id"], "key": key, "value": value, "value_type": "string", "is_removed": False}
        for place, session in enumerate(rows["sessions"])
        if place % 3
        for key, value in {
            "Cost Center": DEPARTMENTS[place % 4],
            "grade": ("7", "seven")[place % 2],
            "hidden": "secret",
            "unlisted": "secret",
        }.items()
    ]
    projects = sorted({row["project_id"] for row in rows["sessions"] if row["project_id"]})
    personas = sorted({row["persona_id"] for row in rows["sessions"]})
    write_files(
        company.data_dir,
        projects_csv=f"project_id,name,cost_center,owner\n{projects[0]},Sales hiring EMEA,CC1,Ana\n",
        personas_csv=f"persona_id,name,team\n{personas[0]},,Care\n",
        **FILES,
    )
    company.build(rows)
    return rows


def _values(raw: dict[str, list[Row]]) -> dict[str, dict[str, set[str]]]:
    """Attribute to session to its values, reckoned a second time."""
    found: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in ("department", "order")}
    found |= {name: defaultdict(set) for name in ("region", "quarter", "unused")}
    for entry in raw["session_metadata"]:
        column = {"Cost Center": "department", "grade": "order"}.get(entry["key"])
        if column and entry["value"].strip():
            found[column][entry["session_id"]].add(entry["value"])
    for tag in raw["session_tags"]:
        if tag["tag"] in GROUPS:
            group, label = GROUPS[tag["tag"]]
            found[group][tag["session_id"]].add(label)
    return found


@pytest.mark.parametrize(
    ("mart", "measure", "whole"),
    [
        (
            "credit_usage_by_attribute",
            "credits_charged",
            "select sum(credits_charged) from zenhire_marts.credit_usage_daily",
        ),
        ("feedback_by_attribute", "responses_split", "select count(*) from zenhire_marts.fct_feedback"),
        (
            "feedback_by_attribute",
            "negative_responses_split",
            "select count(*) from zenhire_marts.negative_feedback",
        ),
    ],
)
def test_each_attribute_adds_up_to_the_mart_to_the_last_credit_and_survey(
    company: Company, raw: dict[str, list[Row]], mart: str, measure: str, whole: str
) -> None:
    found = company.rows(
        f"select attribute, sum({measure}) as total from zenhire_marts.{mart} group by attribute"
    )
    [total] = company.rows(whole)[0].values()
    assert total > 0
    expected = {*_values(raw), *BUILT_IN_ATTRIBUTES}
    assert {row["attribute"]: row["total"] for row in found} == dict.fromkeys(expected, Decimal(total))


def test_a_session_is_under_its_values_or_under_none(company: Company, raw: dict[str, list[Row]]) -> None:
    charged = {
        r["session_id"]: r["credits_charged"] or 0 for r in company.rows("from zenhire_marts.fct_sessions")
    }
    expected: Counter[tuple[str, str]] = Counter()
    for attribute, values in _values(raw).items():
        for session_id, credit in charged.items():
            shown = values.get(session_id) or {"(none)"}
            for value in shown:
                expected[attribute, value] += Decimal(credit) / len(shown)
    found = company.rows(
        "select attribute, value, sum(credits_charged) as credits"
        " from zenhire_marts.credit_usage_by_attribute"
        " where attribute_kind <> 'built_in' group by attribute, value"
    )
    off = {
        (r["attribute"], r["value"]): (r["credits"], expected[r["attribute"], r["value"]])
        for r in found
        if abs(r["credits"] - expected[r["attribute"], r["value"]]) > Decimal("0.05")
    }
    assert off == {}
    assert {(r["attribute"], r["value"]) for r in found} == {
        key for key, credit in expected.items() if key in expected
    }


def test_names_and_teams_are_attributes_too(company: Company, raw: dict[str, list[Row]]) -> None:
    found = company.rows("select attribute, value from zenhire_marts.credit_usage_by_attribute group by all")
    shown = {(row["attribute"], row["value"]) for row in found}
    assert {("project", "Sales hiring EMEA"), ("cost_center", "CC1"), ("project_owner", "Ana")} <= shown
    assert {("persona_team", "Care"), ("persona_team", "(none)"), ("project", "(none)")} <= shown


def test_what_is_not_listed_or_is_dropped_is_in_no_mart(company: Company, raw: dict[str, list[Row]]) -> None:
    marts = company.rows("select table_name from duckdb_tables() where schema_name = 'zenhire_marts'")
    assert len(marts) > 20
    for mart in marts:
        text = str(company.rows(f"from zenhire_marts.{mart['table_name']}"))
        assert "secret" not in text, mart
        assert "unlisted" not in text, mart


def test_a_listed_key_is_a_column_with_its_type_and_meaning(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    columns = company.rows(
        "select column_name, data_type, comment from duckdb_columns()"
        " where schema_name = 'zenhire_marts' and table_name = 'sessions_wide' order by column_index"
    )
    assert {row["column_name"] for row in columns[:-2]} == TAKEN, "what no key may be called"
    assert [tuple(row.values()) for row in columns[-2:]] == [
        (
            "department",
            "VARCHAR",
            "Who's department it is. (null without a value, or with one that is no text)",
        ),
        ("order", "BIGINT", "Grade. (null without a value, or with one that is no integer)"),
    ]
    found = company.rows(
        'select department, "order", count(*) as n from zenhire_marts.sessions_wide group by all'
    )
    assert {(row["department"], row["order"]) for row in found} >= {("Sales", 7), ("sales", 7), (None, None)}


def test_tags_can_be_asked_for_without_string_surgery(company: Company, raw: dict[str, list[Row]]) -> None:
    found = company.rows("select session_id, tag, tag_group, tag_label from zenhire_marts.bridge_session_tag")
    known = {session["id"] for session in raw["sessions"]}
    tags = {(r["session_id"], r["tag"]) for r in raw["session_tags"] if r["tag"] and r["tag"].strip()}
    assert {(r["session_id"], r["tag"]) for r in found} == {pair for pair in tags if pair[0] in known}
    assert {(r["tag_group"], r["tag_label"]) for r in found if r["tag"] in GROUPS} == {*GROUPS.values()}


def test_what_is_listed_no_more_leaves_the_marts(tmp_path: Path) -> None:
    company = Company(tmp_path)
    _built(company)
    folder = write_files(
        company.data_dir, metadata_toml='[grade]\ncolumn = "level"\ndescription = "Level."\n'
    )
    (folder / "tags.csv").unlink()
    build_marts(company.settings, PROFILE, NOW)
    [columns] = company.rows(
        "select list(column_name) as names from duckdb_columns()"
        " where schema_name = 'zenhire_marts' and table_name = 'sessions_wide'"
    )
    assert {*columns["names"]} == {*TAKEN, "level"}
    found = company.rows("select distinct attribute, attribute_kind from zenhire_marts.session_attributes")
    assert [tuple(row.values()) for row in found] == [("level", "metadata")]
    # Nor is anything left where the folder is empty.
    for path in (company.data_dir / "company").iterdir():
        path.unlink()
    build_marts(company.settings, PROFILE, NOW)
    [counts] = company.rows(
        "select (select count(*) from zenhire_marts.session_attributes) as attributes,"
        " (select count(distinct attribute) from zenhire_marts.credit_usage_by_attribute) as told_apart,"
        " (select count(*) from zenhire_marts.dim_project where project_name <> project_label) as renamed"
    )
    assert tuple(counts.values()) == (0, len(BUILT_IN_ATTRIBUTES), 0)
