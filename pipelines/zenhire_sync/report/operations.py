"""Operations: what becomes of the sessions that are created, and how fresh each mart is."""

from __future__ import annotations

import altair as alt

from zenhire_sync.report.charts import BAD, OTHER, SERIES, inline, whole_numbers
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import Heading, Section, Table, absent, percent, text

FUNNEL_DAYS = 90
_FRESHNESS = ("mart_name", "built_at", "data_until", "surveys_final_until_date", "is_stale")
# Column of the mart, what a person calls it, colour.
_STAGES = (
    ("sessions_created", "Created", OTHER),
    ("sessions_started", "Started", SERIES[0]),
    ("sessions_completed", "Completed", SERIES[2]),
    ("sessions_failed", "Failed", BAD),
    ("sessions_expired", "Expired unused", SERIES[1]),
    ("sessions_withdrawn", "Withdrawn", SERIES[4]),
    ("sessions_in_progress", "In progress", SERIES[5]),
    ("sessions_waiting", "Waiting for the candidate", SERIES[5]),
    ("sessions_reinvited", "Re-invited", SERIES[3]),
)


def session_funnel(published: Published) -> Section:
    """The sessions created in the last days, by what became of them."""
    anchor, title = "funnel", f"What became of the sessions created in the last {FUNNEL_DAYS} days"
    if not published.has("session_funnel", "created_date", *(column for column, _, _ in _STAGES)):
        return absent(anchor, title, "session_funnel")
    sums = ", ".join(f"cast(coalesce(sum({column}), 0) as bigint) as {column}" for column, _, _ in _STAGES)
    # The names are those written above.
    [row] = published.rows(
        "with known as (select * from zenhire_marts.session_funnel where created_date <= ?)"  # noqa: S608
        f" select {sums} from known"
        " where created_date > (select max(created_date) from known) - cast(? as integer)",
        published.publication().last_day,
        FUNNEL_DAYS,
    )
    created = row[_STAGES[0][0]]
    if not created:
        return Section(anchor, title, "No session has been created yet.")
    completed = row["sessions_completed"]
    lead = f"{completed:,} of {created:,} sessions completed ({percent(completed / created)})."
    rows = tuple((label, text(row[column]), percent(row[column] / created)) for column, label, _ in _STAGES)
    table = Table(
        "Sessions by outcome",
        (
            Heading("Outcome"),
            Heading("Sessions", is_number=True),
            Heading("Share of created", is_number=True),
        ),
        rows,
        note="Started and re-invited sessions are also counted under what became of them.",
    )
    return Section(anchor, title, lead, _bars(row, created), f"Bars of sessions by outcome. {lead}", table)


def _bars(row: Row, created: int) -> alt.Chart:
    values = [
        {"outcome": label, "sessions": row[column], "share": row[column] / created}
        for column, label, _ in _STAGES
    ]
    labels = [label for _, label, _ in _STAGES]
    chart: alt.Chart = (
        alt.Chart(inline(values))
        .mark_bar()
        .encode(
            y=alt.Y("outcome:N", title=None, scale=alt.Scale(domain=labels)),
            x=alt.X(
                "sessions:Q",
                title="Sessions",
                axis=whole_numbers(6),
            ),
            color=alt.Color(
                "outcome:N",
                legend=None,
                scale=alt.Scale(domain=labels, range=[colour for _, _, colour in _STAGES]),
            ),
            tooltip=[
                alt.Tooltip("outcome:N", title="Outcome"),
                alt.Tooltip("sessions:Q", title="Sessions", format=",d"),
                alt.Tooltip("share:Q", title="Share of created", format=".1%"),
            ],
        )
        .properties(height=32 * len(labels))
    )
    return chart


def quality_checks(published: Published) -> Section:
    """What each quality check found, all runs together."""
    anchor, title = "quality", "Data quality: what the checks found"
    if not published.has("data_quality", "check_name", "meaning", "run_as_of", "rows_failing", "examples"):
        return absent(anchor, title, "data_quality")
    rows = published.rows(
        """
        select
            meaning,
            cast(sum(rows_failing) as bigint) as failing,
            max_by(examples, run_as_of) as examples
        from zenhire_marts.data_quality
        group by check_name, meaning
        order by failing desc, check_name
        """
    )
    failing = [row for row in rows if row["failing"]]
    if not failing:
        return Section(anchor, title, f"All is well: {len(rows)} checks, no failing row.")
    headings = (Heading("What is wrong"), Heading("Rows", is_number=True), Heading("Examples (ids)"))
    cells = tuple((row["meaning"], text(row["failing"]), row["examples"] or "") for row in failing)
    lead = f"{len(failing)} of {len(rows)} checks found something."
    return Section(anchor, title, lead, table=Table("Failing checks", headings, cells))


def mart_freshness(published: Published) -> Section:
    """How far the data of each mart reaches."""
    anchor, title = "freshness", "How fresh each mart is"
    if not published.has("sync_freshness", *_FRESHNESS):
        return absent(anchor, title, "sync_freshness")
    # The names are those written above.
    rows = published.rows(
        f"select {', '.join(_FRESHNESS)} from zenhire_marts.sync_freshness order by mart_name"  # noqa: S608
    )
    names = ("Mart", "Built (UTC)", "Data until (UTC)", "Surveys final until", "State")
    cells = tuple(
        (*(text(row[name]) for name in _FRESHNESS[:-1]), "stale" if row["is_stale"] else "fresh")
        for row in rows
    )
    lead = (
        "State is as of the build. A survey can come weeks after its interview: "
        "after the day named as final, numbers about surveys still grow."
    )
    return Section(
        anchor, title, lead, table=Table("Freshness of the marts", tuple(map(Heading, names)), cells)
    )


def reporting_time_zone(published: Published) -> str | None:
    """The zone that the marts' days are in; null when the file does not say."""
    if not published.has("sync_freshness", "reporting_time_zone"):
        return None
    rows = published.rows("select reporting_time_zone from zenhire_marts.sync_freshness limit 1")
    return str(rows[0]["reporting_time_zone"]) if rows else None
