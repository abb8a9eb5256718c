"""The data dictionary is the dbt project's, whole and readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.dictionary import Mart, described_marts, dictionary

DICTIONARY = (Path(__file__).parents[2] / "docs" / "marts.md").read_text(encoding="utf-8")
# what a number of which unit these are is in their names
NUMBERS_WITHOUT_A_UNIT = ("_number", "_version", "_rank", "day_of_month", "day_of_week")


def test_it_is_fresh() -> None:
    assert dictionary() == DICTIONARY, "run `python -m tools.dictionary > docs/marts.md`"


@pytest.mark.parametrize("mart", described_marts(), ids=lambda mart: mart.name)
def test_a_number_has_a_unit(mart: Mart) -> None:
    numbers = [column for column in mart.columns if column.type.startswith(("bigint", "numeric"))]
    silent = [column.name for column in numbers if not column.unit]
    assert [name for name in silent if not name.endswith(NUMBERS_WITHOUT_A_UNIT)] == []


def test_no_template_is_left_in_it() -> None:
    assert "{{" not in DICTIONARY
    assert "{%" not in DICTIONARY
