"""The list of defects is as good as its texts: each stands in the code once, and is a mistake that runs."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.defect import AREAS, Defect, all_defects

ROOT = Path(__file__).parents[2]
FEWEST = 100


@pytest.fixture(scope="module")
def defects() -> list[Defect]:
    return all_defects()


def test_code_that_moved_on_does_not_leave_a_defect_behind(defects: list[Defect]) -> None:
    for defect in defects:
        planted = defect.planted((ROOT / defect.file).read_text("utf-8"))
        if defect.file.endswith(".py"):
            ast.parse(planted, defect.file)


def test_every_area_has_its_defects_and_no_name_stands_for_two(defects: list[Defect]) -> None:
    by_area = Counter(defect.area for defect in defects)
    assert len(defects) >= FEWEST
    assert min(by_area[area] for area in AREAS) >= 10, by_area
    names = Counter((defect.area, defect.name) for defect in defects)
    assert [name for name, count in names.items() if count > 1] == []


def test_the_tests_that_ought_to_find_a_defect_are_there(defects: list[Defect]) -> None:
    assert sorted({name for defect in defects for name in defect.tests if not (ROOT / name).exists()}) == []
