"""What is chosen on the page is what the published file says of it, figure for figure and row for row.

A company of 50 personas, 30 tags and a year, published by the program itself; the SQL here is written anew.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from tests.report.browser import Tab, visit
from tests.report.companies import Large, open_with_filters

pytestmark = pytest.mark.slow
TODAY, LAST = date(2026, 3, 13), date(2026, 3, 12)
CHOICES: tuple[dict[str, str], ...] = (
    {"project": "Hiring EMEA"},
    {"language": "de"},
    {"period": "365"},
    {"period": "30", "project": "No project"},
    {"period": "90", "persona": "Data Engineer 0 (en)"},
    {"project": "Hiring Care", "language": "ja", "period": "0"},
    # nobody is of both
    {"persona": "Data Engineer 0 (en)", "language": "de"},
)
_OUTCOMES = {
    "completed": "Completed",
    "failed": "Failed",
    "expired": "Expired unused",
    "in_progress": "In progress",
    "waiting": "Waiting for the candidate",
}
_FINAL = "min(surveys_final_until_date)"
_CHOOSE = """
((choice) => {
  for (const name of ['project', 'persona', 'language', 'period']) {
    const control = document.getElementById(`filter-${name}`);
    const wanted = choice[name] ?? '';
    const option = [...control.options].find((one) => [one.textContent, one.value].includes(wanted));
    control.value = option.value;
  }
  document.getElementById('filters').dispatchEvent(new Event('change'));
  const words = (element) => element?.textContent.trim();
  const parts = (figure) =>
    ['value', 'details', 'change'].map((part) => words(figure.querySelector('.' + part)));
  return JSON.stringify({
    figures: Object.fromEntries([...document.querySelectorAll('.figure')].map(
      (figure) => [figure.dataset.name, parts(figure)])),
    leads: Object.fromEntries([...document.querySelectorAll('section[id$=-part]')].map(
      (part) => [part.id.replace('-part', ''), words(part.querySelector('.lead'))])),
    tables: Object.fromEntries([...document.querySelectorAll('table')].map((table) => [
      table.id.replace('-table', ''),
      [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map(
        (cell) => cell.dataset.value ?? cell.textContent))])),
    unfiltered: [...document.querySelectorAll('.unfiltered')].filter((note) => note.checkVisibility()).map(
      (note) => note.closest('[id],[data-name]').dataset.name ?? note.closest('[id]').id),
    overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    chosen: words(document.getElementById('chosen')),
  });
})
"""


@pytest.fixture(scope="module")
def seen(large: Large) -> dict[str, dict[str, Any]]:
    """What the page shows for each choice, for nothing chosen, and for nothing chosen afterwards."""
    found: dict[str, dict[str, Any]] = {}

    async def there(tab: Tab) -> None:
        await open_with_filters(tab, large.page)
        for name, choice in (("before", {}), *((str(one), one) for one in CHOICES), ("after", {})):
            found[name] = json.loads(await tab.evaluate(f"{_CHOOSE}({json.dumps(choice)})"))
        assert tab.complaints == []
        assert tab.requests == [large.page.as_uri()]

    visit(there)
    return found


def _where(choice: dict[str, str]) -> str:
    """The rows of a choice, in the words of the marts."""
    parts = ["true"]
    if project := choice.get("project"):
        parts.append(f"project_name = '{'(no project)' if project == 'No project' else project}'")
    if persona := choice.get("persona"):
        parts.append(f"persona_name || ' (' || language || ')' = '{persona}'")
    if language := choice.get("language"):
        parts.append(f"language = '{language}'")
    return " and ".join(parts)


def _days(large: Large, choice: dict[str, str], usually: int) -> tuple[date, date]:
    days = int(choice.get("period", usually))
    if days:
        return LAST - timedelta(days=days - 1), LAST
    [first] = large.one("select min(created_date) from zenhire_marts.fct_sessions")
    return first, LAST


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_figures_of_a_choice_are_those_of_the_file(
    choice: dict[str, str], large: Large, seen: dict[str, dict[str, Any]]
) -> None:
    figures, where = seen[str(choice)]["figures"], _where(choice)
    days = _days(large, choice, 30)
    sessions = f"from zenhire_marts.fct_sessions where {where}"
    [done] = large.one(
        f"select count(*) {sessions} and outcome = 'completed' and usage_date between ? and ?", *days
    )
    assert figures["interviews"][0] == f"{done:,}"
    [spent] = large.one(
        f"select coalesce(sum(credits_charged), 0) {sessions} and usage_date between '2026-03-01' and ?",
        TODAY,
    )
    assert figures["month"][0] == f"{spent:,} so far"
    [waiting, first] = large.one(
        f"select count(*), (select {_FINAL} + 1 from zenhire_marts.sync_freshness) {sessions}"
        " and not has_feedback and outcome = 'completed' and usage_date <= ? and usage_date >"
        f" (select {_FINAL} from zenhire_marts.sync_freshness)",
        LAST,
    )
    assert figures["waiting"][:2] == [
        f"{waiting:,}",
        f"interviews of {first} to {LAST} without a survey, which may still come",
    ]
    for name, counted in (
        ("completion", f"count(*) filter (outcome = 'completed'), count(*) {sessions} and created_date"),
        (
            "negative",
            "count(*) filter (is_negative), count(*) from zenhire_marts.fct_feedback"
            f" where {where} and feedback_date",
        ),
    ):
        hits, answers = large.one(f"select {counted} between ? and ?", *days)
        low, high = large.one(
            "select zenhire_marts.wilson_low(?, ?), zenhire_marts.wilson_high(?, ?)", *[hits, answers] * 2
        )
        if not answers:
            assert figures[name][0] == "none"
            continue
        assert figures[name][0] == f"{100 * hits / answers:.1f}%"
        told = f"95% between {100 * low:.1f}% and {100 * high:.1f}%; {hits:,} of {answers:,} "
        assert figures[name][1].startswith(told)


def test_a_change_is_against_as_many_days_before(large: Large, seen: dict[str, dict[str, Any]]) -> None:
    sql = (
        "select count(*) filter (usage_date between '2026-02-11' and '2026-03-12'),"
        " count(*) filter (usage_date between '2026-01-12' and '2026-02-10')"
        " from zenhire_marts.fct_sessions where outcome = 'completed' and project_name = 'Hiring EMEA'"
    )
    now, before = large.one(sql)
    more = "more" if now > before else "fewer"
    assert now != before
    told = f"{abs(now - before):,} {more} than in the 30 days before ({before:,})"
    assert seen[str(CHOICES[0])]["figures"]["interviews"][2] == told
    # the company began within the 365 days before the last 365
    begun = "nothing before 2025-03-13 to compare it with"
    assert seen[str({"period": "365"})]["figures"]["interviews"][2] == begun


def test_the_scripts_figures_are_the_written_ones(large: Large, seen: dict[str, dict[str, Any]]) -> None:
    """30 days are what is written without a choice: as soon as they are chosen, the script counts them."""
    whole = seen["before"]["figures"]
    found: dict[str, Any] = {}

    async def there(tab: Tab) -> None:
        await open_with_filters(tab, large.page)
        found.update(json.loads(await tab.evaluate(f"{_CHOOSE}({json.dumps({'period': '30'})})")))

    visit(there)
    assert {name: found["figures"][name] for name in ("interviews", "completion", "negative")} == {
        name: whole[name] for name in ("interviews", "completion", "negative")
    }
    assert seen["after"] == seen["before"]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_tables_of_a_choice_are_those_of_the_file(
    choice: dict[str, str], large: Large, seen: dict[str, dict[str, Any]]
) -> None:
    tables, where, days = seen[str(choice)]["tables"], _where(choice), _days(large, choice, 90)
    sessions = f"from zenhire_marts.fct_sessions where {where}"
    per_day = large.marts.execute(
        f"select usage_date::varchar, sum(credits_charged)::int {sessions} and usage_date between ? and ?"
        " group by 1 having sum(credits_charged) > 0",
        days,
    ).fetchall()
    shown = {day: sum(map(_number, spent)) for day, *spent in tables["credits-per-day"][1:]}
    assert {day: spent for day, spent in shown.items() if spent} == dict(per_day)
    per_month = large.marts.execute(
        f"select strftime(usage_date, '%Y-%m'), sum(credits_charged)::int {sessions} and usage_date <= ?"
        " group by 1 having sum(credits_charged) > 0",
        [TODAY],
    ).fetchall()
    months = {month: _number(spent[0]) for month, *spent in tables["credits-per-month"][1:]}
    assert {month: spent for month, spent in months.items() if spent} == dict(per_month)
    by_outcome = f"select outcome, count(*) {sessions} and created_date between ? and ? group by 1"
    outcomes = dict(large.marts.execute(by_outcome, days).fetchall())
    funnel = {name: _number(count) for name, count, _ in tables["funnel"][1:]}
    assert funnel["Created"] == sum(outcomes.values())
    assert {name: funnel[shown] for name, shown in _OUTCOMES.items() if funnel[shown]} == outcomes
    _assert_ratings(tables["ratings"], large, where, days)


def _assert_ratings(table: list[list[str]], large: Large, where: str, days: tuple[date, date]) -> None:
    ratings = large.marts.execute(
        "select date_trunc('week', feedback_date)::date::varchar, list(rating order by rating)"
        f" from zenhire_marts.fct_feedback where {where} and feedback_date between ? and ?"
        " group by 1 order by 1 desc",
        days,
    ).fetchall()
    assert [(week, *map(_number, counts)) for week, *counts, _ in table[1:]] == [
        (week, *(given.count(rating) for rating in range(1, 6))) for week, given in ratings
    ]


def test_a_project_keeps_its_colour_whatever_is_chosen(seen: dict[str, dict[str, Any]]) -> None:
    """Colours go by the place among the chart's projects, which the table's columns show."""
    usual = seen["before"]["tables"]["credits-per-day"][0]
    for choice in ({"period": "365"}, {"language": "de"}):
        assert seen[str(choice)]["tables"]["credits-per-day"][0] == usual


def test_what_cannot_follow_says_so_beside_itself(seen: dict[str, dict[str, Any]]) -> None:
    assert seen["before"]["unfiltered"] == seen["after"]["unfiltered"] == []
    whole = ["balance", "attention", "balance-part", "quality-part", "freshness-part"]
    assert sorted(seen[str({"language": "de"})]["unfiltered"]) == sorted(whole)
    assert sorted(seen[str({"period": "365"})]["unfiltered"]) == sorted(
        [*whole, "month", "waiting", "credits-per-month-part", "negative-rate-part", "prompt-impact-part"]
    )
    assert sorted(seen[str(CHOICES[0])]["unfiltered"]) == sorted(
        [*whole, "negative-rate-part", "prompt-impact-part"]
    )


def test_personas_and_comments_of_others_are_hidden(large: Large, seen: dict[str, dict[str, Any]]) -> None:
    shown = seen[str(CHOICES[1])]["tables"]
    german = (
        "select persona_name || ' (de)' from zenhire_marts.feedback_by_persona"
        " where language = 'de' and responses > 0"
    )
    assert {row[0] for row in shown["negative-rate"][1:]} == {
        name for (name,) in large.marts.execute(german).fetchall()
    }
    assert {row[3].rsplit(" ", 1)[1] for row in shown["flagged"][1:]} == {"(de)"}
    of_project = seen[str(CHOICES[0])]["tables"]["flagged"][1:]
    assert {row[5] for row in of_project} == {"Hiring EMEA"}


def test_charts_are_drawn_anew_for_each_choice(large: Large) -> None:
    """As many marks as there are days and weeks; all of them when nothing is chosen any more."""
    marks = "document.querySelectorAll('#{} .mark-rect path').length"

    async def there(tab: Tab) -> None:
        await open_with_filters(tab, large.page)
        whole = await tab.evaluate(marks.format("credits-per-day"))
        await tab.evaluate(f"{_CHOOSE}({json.dumps(CHOICES[0])})")
        part = f"{marks.format('credits-per-day')} === 90"
        await tab.until(part)
        await tab.evaluate("document.getElementById('reset').click()")
        await tab.until(f"{marks.format('credits-per-day')} === {whole}")
        assert whole > 90

    visit(there)


def _number(shown: str) -> int:
    return int(shown.replace(",", ""))
