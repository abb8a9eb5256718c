"""A query that breaks was announced: no column goes or changes its type without a line in CHANGELOG.md."""

from __future__ import annotations

from pathlib import Path

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


def test_each_loss_that_is_not_named_is_told() -> None:
    assert list(unannounced(BEFORE, NOW, "- New: `usage.tags`. `usage` has no `credits` and no `day`.")) == [
        "usage.day was date and is timestamp: name `usage.day` under Unreleased in CHANGELOG.md",
        "usage.credits is gone: name `usage.credits` under Unreleased in CHANGELOG.md",
        "gone is gone: name `gone` under Unreleased in CHANGELOG.md",
    ]


def test_a_loss_that_is_named_is_announced() -> None:
    section = "- `usage.day` has a time; `usage.credits` and the mart `gone` went.\n"
    assert list(unannounced(BEFORE, NOW, section)) == []


def test_a_column_that_is_taken_from_a_real_mart_is_told() -> None:
    now = {mart: dict(columns) for mart, columns in columns_now().items()}
    del now["feedback_daily"]["negative_rate"]
    now["credit_usage_daily"]["credits_charged"] = "numeric(18, 4)"
    assert [told.partition(":")[0] for told in unannounced(RELEASED, now, SECTIONS["Unreleased"])] == [
        "credit_usage_daily.credits_charged was bigint and is numeric(18, 4)",
        "feedback_daily.negative_rate is gone",
    ]
