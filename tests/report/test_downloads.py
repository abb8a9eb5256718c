"""What a table is saved as, and what the rows of the filters hold: numbers and names, and no person."""

from __future__ import annotations

import base64
import csv
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.report.browser import Tab, visit
from tests.report.companies import Large, open_with_filters
from tests.report.conftest import ReadPage

pytestmark = pytest.mark.slow
_COUNTS = (
    *("credits", "interviews_completed", "interviews_with_survey", "surveys", "negative_surveys"),
    *(f"rating_{rating}" for rating in range(1, 6)),
    *(
        f"sessions_{state}"
        for state in [
            "created",
            "started",
            "completed",
            "expired",
            "failed",
            "withdrawn",
            "in_progress",
            "waiting",
            "reinvited",
        ]
    ),
)
# What the button would save, without the saving.
_CSV = """
(async (table) => {
  const make = URL.createObjectURL;
  let saved = null;
  URL.createObjectURL = (blob) => { saved = blob; return make(blob); };
  document.querySelector(`button[data-table="${table}"]`).click();
  URL.createObjectURL = make;
  return new TextDecoder('utf-8', {ignoreBOM: true}).decode(await saved.arrayBuffer());
})
"""


def test_a_table_is_saved_with_all_its_rows_and_numbers(large: Large) -> None:
    saved: dict[str, str] = {}

    async def there(tab: Tab) -> None:
        await open_with_filters(tab, large.page)
        for table in ("negative-rate-table", "credits-per-day-table", "flagged"):
            saved[table] = await tab.evaluate(f"{_CSV}('{table}')")

    visit(there)
    rates = _read_csv(saved["negative-rate-table"])
    mart = large.marts.execute(
        "select persona_name || ' (' || language || ')', responses, negative_responses, negative_rate,"
        " negative_rate_low, negative_rate_high, previous_responses, previous_negative_rate"
        " from zenhire_marts.feedback_by_persona where responses > 0"
    ).fetchall()
    assert rates[0][0] == "Persona"
    assert {(row[0], *(float(cell or -1) for cell in row[1:8])) for row in rates[1:]} == {
        (row[0], *(float(-1 if cell is None else cell) for cell in row[1:])) for row in mart
    }
    days = _read_csv(saved["credits-per-day-table"])
    assert len(days) == 91
    assert all(cell.isdigit() for row in days[1:] for cell in row[1:])
    comments = _read_csv(saved["flagged"])
    assert comments[0] == ["Day", "Rating", "Comment", "Persona", "Prompt", "Project", "Candidate", "Session"]
    said = {row[2] for row in comments[1:]}
    assert {"", "'=1+1", 'He said "no", twice', "長すぎる面接"} <= said
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in comments for cell in row)
    assert {len(row) for row in comments} == {8}


def test_a_year_of_fifty_personas_is_a_page_of_one_and_a_half_megabytes(large: Large) -> None:
    assert large.page.stat().st_size < 1_500_000
    _, rows = _inlined(large.page)
    assert len(rows["packed"]) < 150_000


def test_the_rows_for_the_filters_hold_no_person(large: Large) -> None:
    """Whole numbers and the names of counts; projects, personas and languages are named beside them."""
    _, rows = _inlined(large.page)
    packed = json.loads(zlib.decompress(base64.b64decode(rows.pop("packed"))))
    assert set(_texts(packed)) == set(_COUNTS)
    assert "00000000-0000-4000-8000" not in json.dumps(rows)


def test_what_a_person_wrote_or_is_called_stands_among_the_comments_alone(large: Large) -> None:
    read, _ = _inlined(large.page)
    before, _, comments = read.html.partition('<section id="comments"')
    inside, _, after = comments.partition("</section>")
    for words in ("It never let me finish.", "המראיין לא הבין אותי", "-of-spring"):
        assert words in inside
        assert words not in before + after


def _texts(value: Any) -> Iterator[str]:
    """Every text of a value that is no key."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _inlined(page: Path) -> tuple[ReadPage, dict[str, Any]]:
    read = ReadPage(page.read_text("utf-8"))
    [data] = [element for element in read.named("script") if element.attributes.get("id") == "rows"]
    return read, json.loads(data.text)


def _read_csv(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text[1:], newline=""), strict=True))
