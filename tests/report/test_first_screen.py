"""The first screen: what needs attention is said, and what cannot be known is not made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from zenhire_sync.report import filter_rows
from zenhire_sync.settings import Settings
from zenhire_sync.step_record import StepRecords
from zenhire_sync.steps import Step

Page = Callable[[], Any]
Publish = Callable[[str], None]
Change = Callable[[str], None]
FULL = "everything, 60 personas"
CALM = "Nothing needs attention."


def _concerns(read: Any) -> dict[str, str]:
    """Each sentence of the list, with the part of the page that it leads to."""
    html = read.html.partition('id="attention"')[2].partition("</section>")[0]
    found = re.findall(r'<li><a href="#([\w-]+)-part"><bdi>(.*?)</bdi></a></li>', html)
    return {re.sub(r"<[^>]+>", "", sentence): anchor for anchor, sentence in found}


def _figures(read: Any) -> dict[str, tuple[str, ...]]:
    """Value, details and change of each figure."""
    found: dict[str, tuple[str, ...]] = {}
    html = read.html.partition('<div class="figures">')[2].partition("</section>")[0]
    for name, figure in re.findall(r'<div class="figure" data-name="(\w+)"(.*?)</div>', html, re.DOTALL):
        parts = (
            re.search(rf'<p class="{part}">(.*?)</p>', figure) for part in ("value", "details", "change")
        )
        found[name] = tuple(re.sub(r"<[^>]+>", " ", part[1]).strip() if part else "" for part in parts)
    return found


@pytest.mark.parametrize("kind", ["one session", "no surveys", "nothing at all yet"])
def test_where_nothing_needs_attention_one_sentence_says_so(
    kind: str, publish_company: Publish, page: Page
) -> None:
    publish_company(kind)
    read = page()
    assert _concerns(read) == {}
    assert f'<p class="when-fresh">{CALM}</p>' in read.html


def test_a_company_without_a_session_has_figures_in_words(publish_company: Publish, page: Page) -> None:
    publish_company("nothing at all yet")
    assert _figures(page()) == {
        "month": ("0 so far", "", "2026-03-01 to 2026-03-03: no session yet"),
        "interviews": ("0", "", "no session yet"),
        "completion": ("none", "no sessions in these days", "no session yet"),
        "negative": ("none", "no surveys in these days", "no session yet"),
        "waiting": (
            "0",
            "interviews of 2026-02-02 to 2026-03-03 without a survey, which may still come",
            "no session yet",
        ),
    }


def test_each_thing_that_needs_attention_leads_to_its_part(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change("update zenhire_marts.data_quality set check_name = 'set_aside' where rows_failing = 2")
    change("update zenhire_marts.credit_balance set days_until_empty = 30")
    change(
        "create table zenhire_marts.credit_reconciliation as select date '2026-02-01' as usage_date,"
        " -12.0 as difference_credits union all select date '2025-01-01', 500"
    )
    change(
        "create table zenhire_marts.credit_budgets as select date '2026-03-01' as month_start_date,"
        " 'A' as account, 'Care </script>' as project_name, 400.0 as budget_credits,"
        " false as is_over_budget, true as is_expected_over_budget, date '2026-03-20' as run_out_date"
    )
    change(
        "create table zenhire_marts.credit_anomalies as select date '2026-03-03' as usage_date,"
        " k as project_key,"
        " k as project_name, 4200 as credits_charged, expected as expected_credits, 'volume' as moved,"
        " name as persona_name"
        " from (values ('Care', 1400.4, 'Nurse'), ('Rest', 9000, null)) as t (k, expected, name)"
    )
    change("update zenhire_marts.sync_freshness set surveys_final_until_date = '2025-12-01'")
    read = page()
    waiting = re.search(r"Surveys of (\d+) interviews", read.html)
    assert waiting is not None
    assert _concerns(read) == {
        "The balance runs out on about 2026-04-01 at the burn of the last 28 days: 3,550 left.": "balance",
        "The budget of March does not last: Care &lt;/script&gt; (400 credits), expected to be used up on"
        " 2026-03-20.": "credits-per-month",
        "Unusual usage on 2026-03-03: Rest, 4,200 credits where 9,000 were expected (fewer interviews); Care,"
        " 4,200 credits where 1,400 were expected (more interviews, mostly of Nurse).": "credits-per-day",
        "Candidates rate worse than 28 days ago, beyond chance: Driver (en) persona-54,"
        " Role &#34;45&#34;&lt;/script&gt; (en), Driver (en) persona-36 and 4 more.": "negative-rate",
        "No rule explains what 1 session since 2025-12-04 was charged: 12 credits too little in all."
        " The mart credit_reconciliation has each.": "quality",
        "2 rows broke the contract and are set aside: no figure counts what is in them.": "quality",
        f"Surveys of {waiting[1]} interviews of 2025-12-02 to 2026-01-26 are overdue: they should have been"
        " asked for one last time by now.": "freshness",
    }
    assert CALM not in read.html


@pytest.mark.parametrize(("days", "is_told"), [(30, True), (31, False)])
def test_a_balance_is_told_a_month_before_it_is_empty(
    days: int, is_told: bool, publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change(f"update zenhire_marts.credit_balance set days_until_empty = {days}")
    assert ("balance" in _concerns(page()).values()) is is_told


def test_a_step_that_failed_is_told_without_its_message(
    publish_company: Publish, page: Page, settings: Settings
) -> None:
    publish_company(FULL)
    failed = Step("sync", "r", datetime(2026, 3, 4, 3, tzinfo=UTC), outcome="failed", error="secret place")
    StepRecords(settings.state_dir, "run").ends(failed)
    read = page()
    told = "The last sync (2026-03-04 03:00 UTC) failed: zenhire-sync status says why."
    assert _concerns(read)[told] == "freshness"
    assert "secret place" not in read.html


def test_days_that_do_not_fit_are_left_out_and_the_page_says_from_when_on_it_has_rows(
    publish_company: Publish, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_company(FULL)
    assert "The filters reach back to" not in page().html
    monkeypatch.setattr(filter_rows, "MOST_ROWS", 300)
    html = page().html
    assert re.search(r"The filters reach back to 2026-01-\d\d; the marts have the days before\.", html)
    assert '<option value="30">' in html
    assert '<option value="365">' not in html


def test_balances_of_two_accounts_are_never_added(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change("alter table zenhire_marts.credit_balance add column account varchar")
    change("update zenhire_marts.credit_balance set account = 'North'")
    change(
        "insert into zenhire_marts.credit_balance select * replace ('South' as account, 10 as credit_balance,"
        " 1 as days_until_empty) from zenhire_marts.credit_balance"
    )
    value, details, change_told = _figures(page())["balance"]
    assert value == "2 accounts"
    assert re.sub(r"\s+", " ", details).startswith("South: 10, about 1 days left; nothing to compare")
    assert "North: 3,550, about 71 days left" in details
    assert change_told == ""


def test_a_change_that_chance_explains_says_so(publish_company: Publish, change: Change, page: Page) -> None:
    publish_company(FULL)
    _, _, told = _figures(page())["negative"]
    assert re.fullmatch(r".* points (higher|lower) than in the 30 days before \(.*%\): may be chance", told)
    change("update zenhire_marts.fct_feedback set is_negative = feedback_date >= '2026-02-02'")
    assert _figures(page())["negative"][2] == (
        "100.0 points higher than in the 30 days before (0.0%): more than chance"
    )


def test_a_month_of_31_days_is_held_against_as_many_days_before(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    for mart in ("publication", "sync_freshness"):
        change(f"update zenhire_marts.{mart} set data_until = timestamp '2026-03-31 21:30:00'")
    assert "than in 2026-01-30 to 2026-02-28" in _figures(page())["month"][2]
