"""A query that breaks was announced: no column goes or changes its type without a line in CHANGELOG.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.released import changes, columns_now, columns_released, unannounced

SECTIONS = changes((Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8"))
VERSION, RELEASED = columns_released()


def test_what_readers_lose_is_in_the_changelog() -> None:
    assert list(unannounced(RELEASED, columns_now(), SECTIONS["Unreleased"])) == []


def test_the_record_is_that_of_the_last_release() -> None:
    unreleased, last, *_ = SECTIONS
    assert (unreleased, last) == ("Unreleased", VERSION)
    assert RELEASED["credit_usage_daily"]["credits_charged"] == "bigint"


BEFORE = {"usage": {"day": "date", "credits": "bigint"}, "gone": {"day": "date"}}
NOW = {"usage": {"day": "timestamp", "tags": "string"}}


def test_each_loss_that_is_not_told_is_named() -> None:
    assert list(unannounced(BEFORE, NOW, "\n- New: `usage.tags`.\n")) == [
        "usage.day was date and is timestamp: name it under Unreleased in CHANGELOG.md",
        "usage.credits is gone: name it under Unreleased in CHANGELOG.md",
        "gone is gone: say so under Unreleased in CHANGELOG.md",
    ]


@pytest.mark.parametrize("entry", ["`usage.day` has a time.", "`usage`: its `day` has a time,\n  as said."])
def test_an_entry_that_names_mart_and_column_tells_it(entry: str) -> None:
    section = f"### Marts\n- {entry}\n- `usage.credits` and `gone` went.\n"
    assert list(unannounced(BEFORE, NOW, section)) == []


def test_names_in_two_entries_tell_nothing() -> None:
    section = "- `usage` is faster.\n- `day` of another mart.\n- `usage.credits` and `gone` went.\n"
    assert len(list(unannounced(BEFORE, NOW, section))) == 1
