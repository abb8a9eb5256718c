"""Names in legends: short, different for different things, and ids only where there are no names."""

from __future__ import annotations

from zenhire_sync.report.persona_names import name_personas
from zenhire_sync.report.project_names import project_labels, whole_names

A, B = "53d23c0b-df43-4fb2-a9fc-fc64e7aa8576", "26b563b1-e794-4e14-a145-4c40c439f34a"


def _labels(*named: tuple[str | None, str | None]) -> dict[str, str]:
    return project_labels([{"project_id": one, "project_name": name} for one, name in named])


def test_a_project_goes_by_its_name_and_by_its_id_without_one() -> None:
    assert _labels((A, "Sales hiring EMEA"), (B, B), (None, "(no project)")) == {
        A: "Sales hiring EMEA",
        B: "26b563b1",
    }
    assert project_labels([{"project_id": A}]) == {A: "53d23c0b"}


def test_two_projects_of_one_name_are_two() -> None:
    assert _labels((A, "Sales"), (B, "Sales")) == {A: "Sales 53d23c0b", B: "Sales 26b563b1"}


def test_a_project_that_is_called_as_the_rest_is_not_taken_for_it() -> None:
    assert _labels((A, "No project"), (B, "Other projects")) == {
        A: "No project 53d23c0b",
        B: "Other projects 26b563b1",
    }


def test_a_long_name_is_cut_in_its_middle_where_names_differ_at_their_ends() -> None:
    labels = _labels((A, "Recruiting of the year 2026, north"), (B, "Recruiting of the year 2026, south"))
    assert labels[A] != labels[B]
    assert all(len(label) <= 26 for label in labels.values())


def test_the_name_behind_a_cut_label_is_whole() -> None:
    rows = [
        {"project_id": A, "project_name": "Recruiting of the year 2026, north"},
        {"project_id": B, "project_name": "Sales"},
        {"project_id": None, "project_name": "(no project)"},
    ]
    labels = project_labels(rows)
    assert whole_names(rows, labels) == {labels[A]: "Recruiting of the year 2026, north", "Sales": "Sales"}


def test_a_persona_goes_by_the_companys_name_else_by_its_role() -> None:
    rows = [
        {"persona_id": "p", "persona_name": "Friendly first call", "role_name": "Nurse", "language": "en"},
        {"persona_id": "q", "persona_name": "Cook", "role_name": "Cook", "language": None},
        {"persona_id": "r", "persona_name": "r", "role_name": None, "language": None},
        {"persona_id": "s", "role_name": "Driver", "language": None},
    ]
    name_personas(rows)
    assert [row["name"] for row in rows] == ["Friendly first call (en)", "Cook", "Unknown role", "Driver"]
