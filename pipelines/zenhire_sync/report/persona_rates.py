"""Which persona candidates complain about, and what its prompt changes did."""

from __future__ import annotations

from typing import Any

import altair as alt

from zenhire_sync.report.charts import BAD, GOOD, INK, OTHER, inline
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
    counted,
    exact_percent,
    text,
)

MOST_PERSONAS = 50
MOST_ROWS = 1_000
MOST_CHANGES = 100
ROW_HEIGHT = 22
_NAMED_IN_LEAD = 5
# On a telephone a name stands in two lines, broken where it was cut or before its language.
_IS_NARROW = "width < 400"
_NAMES = alt.Axis(
    labelExpr=f"{_IS_NARROW} ? split(indexof(datum.label, '…') < 0 ? replace(datum.label, ' (', '\\n(')"
    " : replace(datum.label, '…', '…\\n'), '\\n') : datum.label",
    labelFontSize=alt.ExprRef(f"{_IS_NARROW} ? 10 : 12"),
    labelLineHeight=10,
)
_DRAWN = ("persona", "name", "full_name", "rate", "low", "high", "previous", "responses")
_RATE_COLUMNS = (
    "persona_id",
    "role_name",
    "language",
    "responses",
    "negative_responses",
    "negative_rate",
    "negative_rate_low",
    "negative_rate_high",
    "previous_responses",
    "previous_negative_rate",
    "is_worse",
)


def negative_rate_by_persona(published: Published, who: Who | None = None) -> Section:
    """Share of negative surveys per persona with its 95% interval, worst first."""
    anchor, title = "negative-rate", "Negative surveys by persona, last 28 days"
    if not published.has("feedback_by_persona", *_RATE_COLUMNS):
        return absent(anchor, title, "feedback_by_persona")
    name = name_column(published, "feedback_by_persona")
    rows = published.rows(
        f"""
        select
            persona_id, {name}, role_name, language, responses, negative_responses, is_worse,
            previous_responses,
            cast(negative_rate as double precision) as rate,
            cast(negative_rate_low as double precision) as low,
            cast(negative_rate_high as double precision) as high,
            cast(previous_negative_rate as double precision) as previous,
            count(*) over () as personas
        from zenhire_marts.feedback_by_persona
        where responses > 0
        order by is_worse desc nulls last, responses desc nulls last, persona_id
        limit ?
        """,  # noqa: S608 - one of two names
        MOST_ROWS,
    )
    if not rows:
        return Section(anchor, title, "No survey was submitted in these 28 days.")
    drawn = {row["persona_id"] for row in rows[:MOST_PERSONAS]}
    rows.sort(key=lambda row: (-row["rate"], -row["responses"]))
    name_personas(rows)
    for row in rows:
        row["persona"] = None if who is None else who.persona_number.get(row["persona_id"])
    lead = f"{_counted_sentence(rows)} {_worse_sentence(rows)}"
    return Section(
        anchor,
        title,
        lead,
        _intervals([row for row in rows if row["persona_id"] in drawn]),
        f"Negative rate with 95% interval, one line per persona. {lead}",
        _rate_table(rows),
    )


def _counted_sentence(rows: list[Row]) -> str:
    personas: int = rows[0]["personas"]
    if personas > MOST_PERSONAS:
        shown = "those that got worse, then those with most surveys"
        return f"{MOST_PERSONAS} of {personas:,} personas with surveys: {shown}."
    return f"{counted(personas, 'persona')} with surveys."


def _worse_sentence(rows: list[Row]) -> str:
    worse = [row["name"] for row in rows if row["is_worse"]]
    if not worse:
        return "None is worse than in the 28 days before beyond what chance explains."
    more = f" and {len(worse) - _NAMED_IN_LEAD} more" if len(worse) > _NAMED_IN_LEAD else ""
    return f"Worse than in the 28 days before: {', '.join(worse[:_NAMED_IN_LEAD])}{more}."


def _intervals(rows: list[Row]) -> alt.LayerChart:
    values: list[dict[str, Any]] = [
        {name: row[name] for name in _DRAWN} | {"change": "worse" if row["is_worse"] else "not worse"}
        for row in rows
    ]
    base = alt.Chart(inline("personas", values)).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=_NAMES),
        tooltip=[
            alt.Tooltip("full_name:N", title="Persona"),
            alt.Tooltip("rate:Q", title="Negative", format=".1%"),
            alt.Tooltip("low:Q", title="95% from", format=".1%"),
            alt.Tooltip("high:Q", title="95% to", format=".1%"),
            alt.Tooltip("responses:Q", title="Surveys", format=",d"),
            alt.Tooltip("previous:Q", title="Negative in the 28 days before", format=".1%"),
        ],
    )
    share = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", grid=True, tickCount=5, titleAnchor="end")
    # two lines that end with the axis: on a telephone one line would not fit
    caption = ["Negative surveys with 95% interval;", "grey: the 28 days before"]
    against = "Against the 28 days before"
    changes = ["worse", "not worse"]
    colour = alt.Color("change:N", title=against, scale=alt.Scale(domain=changes, range=[BAD, GOOD]))
    shape = alt.Shape(
        "change:N", title=against, scale=alt.Scale(domain=changes, range=["triangle-up", "circle"])
    )
    layers = [
        base.mark_rule(color=INK, strokeWidth=1.5).encode(
            x=alt.X(
                "low:Q",
                scale=share,
                axis=axis,
                title=caption,
            ),
            x2="high:Q",
        ),
        base.mark_tick(color=OTHER, thickness=3, size=14).encode(x=alt.X("previous:Q", scale=share)),
        base.mark_point(filled=True, size=90, opacity=1).encode(
            x=alt.X("rate:Q", scale=share), color=colour, shape=shape
        ),
    ]
    height = ROW_HEIGHT * max(len(rows), 2)
    chart: alt.LayerChart = alt.LayerChart(layer=layers).properties(height=height)
    return chart


def _rate_table(rows: list[Row]) -> ReportTable:
    numbers = ("Surveys", "Negative", "Rate", "95% from", "95% to", "Surveys before", "Rate before")
    return ReportTable(
        "Negative rate by persona",
        (Heading("Persona"), *(Heading(name, is_number=True) for name in numbers), Heading("Change")),
        tuple(
            (
                Exact(row["name"], row["full_name"]),
                text(row["responses"]),
                text(row["negative_responses"]),
                *(exact_percent(row[name]) for name in ("rate", "low", "high")),
                text(row["previous_responses"]),
                exact_percent(row["previous"]),
                change_of(row["is_worse"], row["previous"], row["rate"]),
            )
            for row in rows
        ),
        note=f"At most {MOST_PERSONAS} personas are drawn, and at most {MOST_ROWS:,} listed.",
        marks=tuple(Mark(persona=row["persona"]) for row in rows),
    )
