"""Flagged comments are strangers' text: shown as written, never run, never in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zenhire_sync.report import ReportSummary

Page = Callable[[], Any]
PublishComments = Callable[..., None]


def _cells(read: Any) -> list[str]:
    """The text of each comment cell, folded parts included."""
    cells: list[str] = []
    inside = False
    for element in read.elements:
        if element.tag == "td" and element.attributes.get("class") == "words":
            inside = True
            cells.append("")
        if element.tag == "/td":
            inside = False
        if inside:
            cells[-1] += element.text
    return [cell.strip() for cell in cells]


def test_hostile_comments_are_shown_as_they_were_written(
    publish_comments: PublishComments, hostile_comments: dict[str, str], page: Page
) -> None:
    publish_comments(hostile_comments, candidate='"><img src=y>')
    read = page()
    shown = dict(zip(hostile_comments, _cells(read), strict=True))
    control = shown.pop("control")
    assert control == "bell\ufffd and escape\ufffd[31m"
    assert shown == {key: words for key, words in hostile_comments.items() if key != "control"}


def test_hostile_comments_add_no_element(
    publish_comments: PublishComments, hostile_comments: dict[str, str], page: Page
) -> None:
    publish_comments({"plain": "plain " * 400})
    plain = {element.tag for element in page().elements}
    publish_comments(hostile_comments, candidate='"><img src=y>')
    read = page()
    assert {element.tag for element in read.elements} == plain
    assert len(read.named("script")) == 3


def test_each_comment_sets_its_own_direction_and_cannot_turn_its_neighbours(
    publish_comments: PublishComments, hostile_comments: dict[str, str], page: Page
) -> None:
    publish_comments(hostile_comments)
    words = [e for e in page().named("td") if e.attributes.get("class") == "words"]
    assert len(words) == len(hostile_comments)
    assert all(e.attributes["dir"] == "auto" for e in words)


def test_a_long_comment_is_folded_after_its_opening(publish_comments: PublishComments, page: Page) -> None:
    publish_comments({"long": "word " * 400})
    [opening] = [e.text for e in page().named("span") if e.attributes.get("class") == "opening"]
    assert len(opening) == 280


def test_a_monstrous_comment_is_cut_and_says_so(publish_comments: PublishComments, page: Page) -> None:
    publish_comments({"huge": "y" * 3_000_000})
    assert "(cut: 3,000,000 characters; the mart has them all)" in _cells(page())[0]


def test_thousands_of_the_worst_comments_still_make_a_small_page(
    publish_comments: PublishComments, write: Callable[[], ReportSummary], page: Page
) -> None:
    publish_comments({f"s{number}": "<\"'&>" * 500 for number in range(300)})
    summary = write()
    assert summary.bytes < 1_500_000
    assert 5 < summary.comments_shown < summary.comments_total == 300
    assert f"The newest {summary.comments_shown} of 300 fit here" in page().html


def test_a_survey_without_a_comment_says_so(publish_comments: PublishComments, page: Page) -> None:
    publish_comments({"silent": None})
    assert _cells(page()) == ["no comment"]
