"""The page stands alone, lets nothing in and out, and has the numbers beside every picture."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import vl_convert

from zenhire_sync.settings import Settings

Page = Callable[[], Any]


def test_it_loads_nothing_from_outside(any_company: str, page: Page) -> None:
    read = page()
    fetching = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "manifest"}
    for element in read.elements:
        assert not fetching & set(element.attributes)
        assert element.attributes.get("href", "#").startswith("#")
    assert "@import" not in read.named("style")[0].text
    assert "url(" not in read.named("style")[0].text


def test_the_policy_allows_its_own_two_scripts_and_one_style_and_nothing_else(
    any_company: str, page: Page
) -> None:
    read = page()
    [policy] = [
        element.attributes["content"]
        for element in read.named("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    code = [element for element in read.named("script") if "type" not in element.attributes]
    hashes = [_hash(element.text) for element in (*code, *read.named("style"))]
    assert len(hashes) == 3
    assert policy == (
        f"default-src 'none'; script-src {hashes[0]} {hashes[1]}; style-src {hashes[2]}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "unsafe" not in policy


def test_nothing_inline_that_the_policy_would_refuse(any_company: str, page: Page) -> None:
    for element in page().elements:
        assert "style" not in element.attributes
        assert [name for name in element.attributes if name.startswith("on")] == []


def test_it_is_smaller_than_one_and_a_half_megabytes(any_company: str, page: Page) -> None:
    assert len(page().html.encode()) < 1_500_000


def test_every_chart_has_a_label_and_a_table(any_company: str, page: Page) -> None:
    read = page()
    charts = _charts(read)
    places = {e.attributes["id"]: e for e in read.named("div") if e.attributes.get("role") == "img"}
    assert set(places) == set(charts)
    assert all(place.attributes["aria-label"] for place in places.values())
    position = {id(element): number for number, element in enumerate(read.elements)}
    for place in places.values():
        rest = read.elements[position[id(place)] + 1 :]
        assert [element.tag for element in rest[:3]] == ["/div", "details", "summary"]


def test_every_chart_draws_marks(any_company: str, page: Page) -> None:
    for anchor, specification in _charts(page()).items():
        drawn = vl_convert.vega_to_svg(specification)
        assert drawn.count("<path") > 3, anchor
        assert "var(--ink)" in drawn


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nothing at all yet", set()),
        ("one session", {"credits-per-day"}),
        ("no surveys", {"credits-per-day"}),
        ("surveys, no prompt change", {"credits-per-day", "ratings"}),
        ("only the two main marts", {"credits-per-day"}),
        (
            "everything, 60 personas",
            {"credits-per-day", "credits-per-month", "balance", "negative-rate", "ratings", "funnel"},
        ),
    ],
)
def test_a_chart_is_shown_when_there_is_something_to_show(
    kind: str, expected: set[str], publish_company: Callable[[str], None], page: Page
) -> None:
    publish_company(kind)
    assert set(_charts(page())) == expected


def test_a_clock_that_ran_ahead_empties_no_chart(
    settings: Settings, publish_company: Callable[[str], None], page: Page
) -> None:
    publish_company("everything, 60 personas")
    before = _leads(page())
    with duckdb.connect(str(settings.published_path)) as file:
        file.execute(
            "insert into zenhire_marts.fct_feedback (session_id, feedback_date, rating) values"
            " ('ahead', '2250-01-01', 1)"
        )
        for mart, day in (("credit_usage_daily", "usage_date"), ("session_funnel", "created_date")):
            file.execute(
                f"insert into zenhire_marts.{mart} from"
                f" (select * replace (date '2250-01-01' as {day}) from zenhire_marts.{mart} limit 1)"
            )
    assert _leads(page()) == before


def _leads(read: Any) -> list[str]:
    """What is said above the charts and tables."""
    return [element.text for element in read.named("p")]


def test_a_mart_that_is_not_there_is_named(publish_company: Callable[[str], None], page: Page) -> None:
    publish_company("only the two main marts")
    html = page().html
    for mart in (
        "fct_feedback",
        "credit_usage_monthly",
        "credit_balance",
        "feedback_by_persona",
        "prompt_impact",
    ):
        assert f"the published file has no usable {mart}." in html


def test_no_survey_is_said_in_words(publish_company: Callable[[str], None], page: Page) -> None:
    publish_company("one session")
    html = page().html
    assert "No survey has been submitted yet." in html
    assert "No survey has been flagged as negative." in html
    assert "20 credits on 2026-03-03." in html


def test_ids_are_unique_and_links_lead_somewhere(any_company: str, page: Page) -> None:
    read = page()
    ids = [element.attributes["id"] for element in read.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {e.attributes["href"][1:] for e in read.named("a")} <= set(ids)
    assert {
        e.attributes["aria-labelledby"] for e in read.elements if "aria-labelledby" in e.attributes
    } <= set(ids)


def test_whatever_scrolls_can_be_reached_with_the_keyboard(any_company: str, page: Page) -> None:
    scrolling = [e for e in page().named("div") if "scroll" in e.attributes.get("class", "")]
    assert all(
        e.attributes.get("tabindex") == "0" and e.attributes.get("role") == "region" for e in scrolling
    )


def test_personas_of_one_name_are_told_apart(publish_company: Callable[[str], None], page: Page) -> None:
    publish_company("everything, 60 personas")
    [values] = [data["values"] for data in _charts(page())["negative-rate"]["data"] if "values" in data]
    assert len({value["name"] for value in values}) == len(values) == 50


def test_a_persona_that_got_worse_is_shown_even_with_few_surveys(
    publish_company: Callable[[str], None], page: Page
) -> None:
    """Persona 0 has the fewest surveys of 60, and the page has room for 50."""
    publish_company("everything, 60 personas")
    read = page()
    [values] = [data["values"] for data in _charts(read)["negative-rate"]["data"] if "values" in data]
    assert "Driver (en) persona-0" in {value["name"] for value in values if value["change"] == "worse"}
    assert "50 of 60 personas with surveys" in read.html


def test_days_do_not_slip_for_a_reader_in_another_time_zone(
    publish_company: Callable[[str], None], page: Page
) -> None:
    publish_company("everything, 60 personas")
    charts = _charts(page())
    for anchor in ("credits-per-day", "ratings", "balance"):
        scales = [scale["type"] for scale in charts[anchor]["scales"] if scale["name"] == "x"]
        assert scales == ["utc"], anchor


def test_colours_of_marks_follow_the_colour_scheme(any_company: str, page: Page) -> None:
    read = page()
    style = read.named("style")[0].text
    light, dark = style.split("prefers-color-scheme: dark")
    for name in set(re.findall(r"var\((--[a-z0-9-]+)\)", json.dumps(_charts(read)) + style)):
        assert f"{name}:" in light, name
        assert f"{name}:" in dark, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out_from_the_paper(scheme: str, any_company: str, page: Page) -> None:
    light, dark = page().named("style")[0].text.split("prefers-color-scheme: dark")
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    for name in ("ink", "quiet", "link"):
        assert _contrast(colours[name], colours["paper"]) >= 4.5, name
        assert _contrast(colours[name], colours["panel"]) >= 4.5, name
    assert _contrast(colours["warn-ink"], colours["warn"]) >= 4.5
    for name in colours:
        if name.startswith(("series-", "rating-", "bad")):
            assert _contrast(colours[name], colours["paper"]) >= 3, name


def _contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _charts(read: Any) -> dict[str, Any]:
    [data] = [e for e in read.named("script") if e.attributes.get("id") == "charts"]
    charts: dict[str, Any] = json.loads(data.text)
    return charts


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
