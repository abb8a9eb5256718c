"""What each prompt change did: interviews, length, credits and complaints before and after."""

from __future__ import annotations

from zenhire_sync.report.filter_rows import Who
from zenhire_sync.report.persona_names import name_column, name_personas
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import (
    Exact,
    Heading,
    Mark,
    ReportTable,
    Section,
    absent,
    change_of,
    percent,
    text,
)

MOST_CHANGES = 100
_SIDES = ("before", "after")
_PARTS = {
    "is_system_prompt_changed": "prompt",
    "is_base_prompt_override_changed": "base prompt",
    "is_role_name_changed": "role",
    "is_language_changed": "language",
}
_MEASURES = (
    ("sessions_completed", "Interviews"),
    ("average_minutes", "Minutes"),
    ("credits_per_interview", "Credits each"),
    ("responses", "Surveys"),
    ("negative_rate", "Negative"),
)


def prompt_changes(published: Published, who: Who | None = None) -> Section:
    """The newest prompt changes, with the same numbers before and after each."""
    anchor, title = "prompt-impact", "Prompt changes: before and after"
    persona = ("persona_id", "role_name", "language", "persona_version", "changed_at", "is_worse")
    measures = [f"{side}_{measure}" for measure, _ in _MEASURES for side in _SIDES]
    if not published.has("prompt_impact", *persona, *_PARTS, *measures):
        return absent(anchor, title, "prompt_impact")
    # The names are those written above.
    rows = published.rows(
        f"select {', '.join((*persona, *_PARTS))}, {name_column(published, 'prompt_impact')},"  # noqa: S608
        f" {', '.join(map(_as_number, measures))}"
        " from zenhire_marts.prompt_impact order by changed_at desc nulls last, persona_id limit ?",
        MOST_CHANGES,
    )
    if not rows:
        return Section(anchor, title, "No prompt change has been seen yet.")
    name_personas(rows)
    worse = sum(1 for row in rows if row["is_worse"])
    lead = "The newest prompt changes, 28 days on either side. " + (
        f"{worse} made the negative rate worse beyond what chance explains."
        if worse
        else "None made the negative rate worse beyond what chance explains."
    )
    headings = (
        *(Heading(name) for name in ("First seen (UTC)", "Persona", "Prompt", "What changed")),
        *(Heading(label, is_number=True) for _, label in _MEASURES),
        Heading("Change"),
    )
    numbers = {} if who is None else who.persona_number
    table = ReportTable(
        "Prompt changes (before → after)",
        headings,
        tuple(_cells(row) for row in rows),
        marks=tuple(Mark(numbers.get(row["persona_id"])) for row in rows),
    )
    return Section(anchor, title, lead, table=table)


def _as_number(measure: str) -> str:
    return f"cast({measure} as double precision) as {measure}"


def _cells(row: Row) -> tuple[str | Exact, ...]:
    return (
        text(row["changed_at"]),
        Exact(row["name"], row["full_name"]),
        f"v{row['persona_version']}",
        ", ".join(label for flag, label in _PARTS.items() if row[flag]),
        *(_both(measure, row) for measure, _ in _MEASURES),
        change_of(row["is_worse"], row["before_negative_rate"], row["after_negative_rate"]),
    )


def _both(measure: str, row: Row) -> str:
    """The number before and the one after, either may not be known."""
    return " → ".join(_shown(measure, row[f"{side}_{measure}"]) or "none" for side in _SIDES)


def _shown(measure: str, value: float | None) -> str:
    if measure == "negative_rate":
        return percent(value)
    if measure in {"sessions_completed", "responses"}:
        return text(None if value is None else int(value))
    return text(value)
