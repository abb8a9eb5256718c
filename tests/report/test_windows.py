"""What the page says ends where the data ends, is as old as it is, and costs what finance's table says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from zenhire_sync.report import ReportSummary

Page = Callable[[], Any]
Publish = Callable[[str], None]
Change = Callable[[str], None]
DATA_UNTIL = datetime(2026, 3, 4, 2, 6, tzinfo=UTC)
FULL = "everything, 60 personas"


def test_a_session_dated_in_the_future_changes_nothing(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    before = _told(page())
    for mart, column, day in (
        ("credit_usage_daily", "usage_date", "2026-03-05"),
        ("credit_usage_daily", "usage_date", "2031-07-01"),
        ("session_funnel", "created_date", "2026-03-05"),
        ("credit_usage_monthly", "month_start_date", "2031-07-01"),
        ("credit_balance", "as_of", "2031-07-01"),
    ):
        change(
            f"insert into zenhire_marts.{mart} from"
            f" (select * replace (timestamp '{day}' as {column}) from zenhire_marts.{mart} limit 1)"
        )
    change(
        "insert into zenhire_marts.fct_feedback (session_id, feedback_date, rating) values"
        " ('ahead', '2026-03-05', 1), ('far', '2031-07-01', 1)"
    )
    assert _told(page()) == before


def test_months_after_the_last_interview_the_last_days_are_empty_and_this_month_is_this_one(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change("update zenhire_marts.publication set data_until = timestamp '2026-11-28 02:00:00'")
    change("update zenhire_marts.sync_freshness set data_until = timestamp '2026-11-28 02:00:00'")
    html = page().html
    for words in (
        "No interview has been charged in the 90 days until 2026-11-27; the latest was on 2026-02-28.",
        "No survey has been submitted in the 90 days until 2026-11-27; the latest was on 2026-02-28.",
        "No session has been created in the 90 days until 2026-11-27; the latest was on 2026-03-01.",
        "0 credits so far in November 2026.",
    ):
        assert words in html
    assert "March 2026" not in html


def test_a_month_without_an_interview_is_a_month(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change("delete from zenhire_marts.credit_usage_monthly where month_start_date = '2026-01-01'")
    assert [month for month, *_ in _table(page(), "Credits per month")][:3] == [
        "2026-03",
        "2026-02",
        "2026-01",
    ]


@pytest.mark.parametrize(("until", "last"), [("22:30", "2026-03-03"), ("23:30", "2026-03-04")])
def test_the_last_day_is_the_last_whole_one_of_the_reporting_zone(
    until: str, last: str, publish_company: Publish, change: Change, page: Page
) -> None:
    """At 23:30 UTC 4 March is over in Berlin; an hour before, the rest of its bar would look like a fall."""
    publish_company(FULL)
    for mart in ("publication", "sync_freshness"):
        change(f"update zenhire_marts.{mart} set data_until = timestamp '2026-03-04 {until}:00'")
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        change(
            "insert into zenhire_marts.credit_usage_daily values"
            f" ('{day}', null, 'p', 'R', 'en', 'requests', 1, 1, 1, 7)"
        )
    assert _table(page(), "Credits per day and project")[0][0] == last


def test_the_only_day_of_a_company_is_shown_before_it_is_over(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company("one session")
    change("update zenhire_marts.publication set data_until = timestamp '2026-03-03 15:00:00'")
    assert "20 credits on 2026-03-03." in page().html


@pytest.mark.parametrize(("hours", "state"), [(36, "fresh"), (37, "stale"), (6_240, "stale")])
def test_the_table_of_the_marts_agrees_with_the_banner(
    hours: int,
    state: str,
    publish_company: Publish,
    write: Callable[..., ReportSummary],
    read_page: Callable[[], Any],
) -> None:
    """The mart said "fresh" when it was built, which a page of another day must not repeat."""
    publish_company(FULL)
    write(DATA_UNTIL + timedelta(hours=hours))
    read = read_page()
    assert [row[-1] for row in _table(read, "Freshness of the marts")] == [state]
    assert (re.search(r'id="stale"[^>]*hidden', read.html) is None) == (state == "stale")


def test_data_is_as_old_as_the_oldest_mart_whatever_the_file_says(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change("update zenhire_marts.sync_freshness set data_until = timestamp '2026-02-01 02:00:00'")
    read = page()
    assert "Data until <time" in read.html
    assert ">2026-02-01 02:00</time>" in read.html
    assert "Stale: the last good sync ended" in read.html


def test_a_page_read_without_scripts_says_from_when_on_it_is_stale(
    publish_company: Publish, page: Page
) -> None:
    publish_company(FULL)
    [words] = [element.text for element in page().named("p") if "this data is stale" in element.text]
    assert "From 2026-03-05 14:06 UTC on, this data is stale." in " ".join(words.split())


def test_the_page_says_when_it_was_made_and_what_the_run_took_for_now(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company("one session")
    change("alter table zenhire_marts.publication add column as_of timestamp")
    change("update zenhire_marts.publication set as_of = published_at - interval 20 minutes")
    assert "counted as of" not in page().html
    change("update zenhire_marts.publication set as_of = timestamp '2026-03-02 02:00:00'")
    html = page().html
    assert "The run counted as of 2026-03-02 02:00 UTC." in html
    assert "Page made 2026-03-04 04:00 UTC." in html


_COSTS = """
create table zenhire_marts.focus_cost_and_usage as
    select usage_date as "x_UsageDate", credits_charged * {price} as "EffectiveCost",
        credits_charged as "PricingQuantity", '{currency}' as "BillingCurrency"
    from zenhire_marts.credit_usage_daily
"""


def test_a_price_of_credits_shows_as_money(publish_company: Publish, change: Change, page: Page) -> None:
    publish_company(FULL)
    change(
        "insert into zenhire_marts.credit_usage_daily values"
        " ('2026-03-02', null, 'p', 'R', 'en', 'requests', 1, 1, 1, 100)"
    )
    change(_COSTS.format(price="0.125", currency="CHF"))
    read = page()
    leads = " ".join(element.text for element in read.named("p"))
    total = re.search(r"([\d,]+) credits from 2025-12-\d\d to 2026-03-03", leads)
    assert total is not None
    assert f"Their cost: {int(total[1].replace(',', '')) * 0.125:,.2f} CHF." in leads
    assert "credits (12.50 CHF) so far in March 2026" in leads
    assert "at this rate 3,000 (375.06 CHF) by its end" in leads
    assert "Money is credits at 0.125 CHF each." in leads
    assert "3,550 credits (443.75 CHF) left on 2026-03-02" in leads
    assert _table(read, "Credits per month")[0][-2:] == ("12.50 CHF", "375.06 CHF")


def test_without_a_price_no_money_is_shown(publish_company: Publish, change: Change, page: Page) -> None:
    publish_company(FULL)
    change(_COSTS.format(price="0", currency="XXX"))
    html = page().html
    assert "XXX" not in html
    assert "cost:" not in html


def test_a_check_that_fails_shows_its_examples_and_the_query_for_all(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    assert _table(page(), "Failing checks")[0] == ("What failing row 2 means.", "2", "id-1, id-2")
    change("alter table zenhire_marts.data_quality add column example_query varchar")
    change("update zenhire_marts.data_quality set example_query = 'select ' || check_name || ' < 1'")
    assert _table(page(), "Failing checks")[0][-1] == "select check_2 < 1"


def test_a_change_that_is_not_clearly_worse_is_not_left_blank(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    assert _table(page(), "Prompt changes (before → after)")[0][-1] == "nothing to compare"
    change("update zenhire_marts.prompt_impact set before_negative_rate = 0.2, after_negative_rate = 0.444")
    assert _table(page(), "Prompt changes (before → after)")[0][-2:] == (
        "20.0% → 44.4%",
        "higher, may be chance",
    )


def test_personas_that_begin_alike_are_told_apart_by_what_follows(
    publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change(
        "update zenhire_marts.feedback_by_persona set role_name ="
        " 'Ingeniera de datos sénior para la plataforma, turno ' || substr(persona_id, 9)"
    )
    names = [row[0] for row in _table(page(), "Negative rate by persona")]
    assert len({*names}) == 60
    assert all(
        re.fullmatch(r"Ingeniera de…rma, turno \d+ \(en\)|Ingeniera de….*turno \d+ \(en\)", n) for n in names
    )


@pytest.mark.parametrize("balances", ["5000 limit 1", "5000"])
def test_a_balance_of_one_dot_or_no_change_is_a_sentence_and_no_chart(
    balances: str, publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    value, _, few = balances.partition(" ")
    change(f"update zenhire_marts.credit_balance set credit_balance = {value}")
    if few:
        change(
            "delete from zenhire_marts.credit_balance where as_of > (select min(as_of) from"
            " zenhire_marts.credit_balance)"
        )
    read = page()
    assert "balance" not in _charts(read)
    assert "5,000 credits left on" in read.html


@pytest.mark.parametrize(("highest", "starts_at_zero"), [(5_000, True), (1_000_000, False)])
def test_what_was_spent_of_a_large_balance_is_no_flat_line(
    highest: int, starts_at_zero: bool, publish_company: Publish, change: Change, page: Page
) -> None:
    publish_company(FULL)
    change(
        "update zenhire_marts.credit_balance set credit_balance ="
        f" {highest} - 100 * date_diff('day', timestamp '2026-02-01', as_of)"
    )
    [scale] = [scale for scale in _charts(page())["balance"]["scales"] if scale["name"] == "y"]
    assert scale["zero"] is starts_at_zero


def _told(read: Any) -> tuple[list[str], dict[str, Any]]:
    """What is said above the charts and tables, and the charts."""
    return [element.text for element in read.named("p")], _charts(read)


def _charts(read: Any) -> dict[str, Any]:
    [data] = [e for e in read.named("script") if e.attributes.get("id") == "charts"]
    charts: dict[str, Any] = json.loads(data.text)
    return charts


def _table(read: Any, caption: str) -> list[tuple[str, ...]]:
    """The body of the table of that caption."""
    start = next(n for n, e in enumerate(read.elements) if e.tag == "caption" and e.text == caption)
    rows: list[list[str]] = []
    for element in read.elements[start:]:
        if element.tag == "/table":
            break
        if element.tag == "tr":
            rows.append([])
        elif element.tag in {"th", "td"}:
            rows[-1].append(element.text)
        elif element.tag in {"bdi", "code"}:
            rows[-1][-1] += element.text
    return [tuple(cell.strip() for cell in row) for row in rows[1:]]
