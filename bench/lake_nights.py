"""What a table of the lake takes over 400 nights, as the picture in docs/lake.md.

Run alone: ``python -m bench.lake_nights``; a minute.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lake.nights import nights

from zenhire_sync.settings import Home, Settings

PICTURE = Path(__file__).parent.parent / "docs" / "lake-nights.svg"
NIGHTS = 400


def draw() -> None:
    """Writes the picture."""
    import altair as alt

    with TemporaryDirectory(prefix="zenhire-bench-") as name:
        settings = Settings(data_dir=Path(name)).at(Home(destination="lake"))
        values = [
            {"night": night, "what": what, "files": count}
            for night, sessions, _ in nights(settings, NIGHTS)
            for what, count in (
                ("live data files", sessions.data_files),
                ("all files, metadata included", sessions.files),
                ("snapshots", sessions.snapshots),
            )
        ]
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_line()
        .encode(
            x=alt.X("night:Q", title="night", axis=alt.Axis(grid=False)),
            y=alt.Y("files:Q", title="of the table sessions"),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top", columnPadding=30)),
        )
        .properties(width=560, height=240)
    )
    chart.configure(background="white").configure_view(stroke=None).save(str(PICTURE), format="svg")


if __name__ == "__main__":
    draw()
