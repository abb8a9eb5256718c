"""Results as a picture: time and memory of each tool on each case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.contest import FLOOR, OURS, REST_API, SCRIPT, Result

PICTURE = Path(__file__).parent / "results.svg"
_COLOURS = {OURS: "#2563a8", FLOOR: "#8a8f98", REST_API: "#d08a2e", SCRIPT: "#5f8f4e"}


def draw(results: Sequence[Result]) -> None:
    """Writes results.svg."""
    import altair as alt

    values = [
        {
            "case": result.case.name,
            "tool": tool,
            "seconds": round(measured.wall_sec, 2),
            "megabytes": round(measured.peak_mb),
        }
        for result in results
        for tool, measured in result.medians.items()
    ]
    panels = [
        _panel(alt, values, [result.case.name for result in results], field, title)
        for field, title in (
            ("seconds", "wall clock, seconds"),
            ("megabytes", "peak memory, MB"),
        )
    ]
    picture = alt.hconcat(*panels, spacing=40).configure(background="white").configure_view(stroke=None)
    picture.save(str(PICTURE), format="svg")


def _panel(alt: Any, values: list[dict[str, Any]], cases: list[str], field: str, title: str) -> Any:
    tools = [tool for tool in _COLOURS if any(value["tool"] == tool for value in values)]
    axis = alt.Axis(grid=False, labels=False, ticks=False)
    bars = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("tool:N", sort=tools, title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X(f"{field}:Q", title=title, axis=axis),
    )
    colour = alt.Color(
        "tool:N", scale=alt.Scale(domain=tools, range=[_COLOURS[tool] for tool in tools]), legend=None
    )
    marks = bars.mark_bar(height={"band": 0.8}).encode(color=colour)
    texts = bars.mark_text(align="left", dx=4).encode(text=alt.Text(f"{field}:Q", format=",.4~r"))
    return (
        alt.layer(marks, texts)
        .properties(width=300, height=90)
        .facet(
            row=alt.Row("case:N", sort=cases, title=None, header=alt.Header(labelAngle=0, labelAlign="left"))
        )
    )
