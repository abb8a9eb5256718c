"""Operations: what becomes of the sessions that are created, and what the quality checks found."""

from __future__ import annotations

import altair as alt

from zenhire_sync.metrics import metric
from zenhire_sync.report.charts import BAD, OTHER, SERIES, inline, whole_numbers
from zenhire_sync.report.measured import in_words
from zenhire_sync.report.periods import Period
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import (
    Heading,
    ReportTable,
    Section,
    absent,
    exact_percent,
    percent,
    quiet,
    text,
)

_QUERY = "example_query"
# Column of the mart, what a person calls it, colour.
STAGES = (
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
# Those whose share of the sessions created is a metric.
_RATES = {
    "sessions_started": "start_rate",
    "sessions_completed": "completion_rate",
    "sessions_expired": "no_show_rate",
}


def session_funnel(published: Published, period: Period) -> Section:
    """The sessions created in the last days, by what became of them."""
    anchor, title = "funnel", "What became of the sessions created"
    if not published.has("session_funnel", "created_date", *(column for column, _, _ in STAGES)):
        return absent(anchor, title, "session_funnel")
    sums = ", ".join(f"cast(coalesce(sum({column}), 0) as bigint) as {column}" for column, _, _ in STAGES)
    rates = ", ".join(
        f"cast({metric(rate).over('session_funnel')} as double precision) as {rate}"
        for rate in _RATES.values()
    )
    # The names are those written above.
    [row] = published.rows(
        f"select {sums}, {rates} from zenhire_marts.session_funnel where created_date between ? and ?",  # noqa: S608
        period.first,
        period.last,
    )
    created = row["sessions_created"]
    if not created:
        latest = published.latest("session_funnel", "created_date", period.last)
        return Section(anchor, title, quiet("session has been created", period, latest))
    completed = row["sessions_completed"]
    lead = in_words(
        "funnel",
        hits=text(completed),
        answers=text(created),
        period=period,
        rate=percent(row["completion_rate"]),
    )
    rows = tuple(
        (label, text(row[column]), exact_percent(_share(row, column))) for column, label, _ in STAGES
    )
    table = ReportTable(
        "Sessions by outcome",
        (
            Heading("Outcome"),
            Heading("Sessions", is_number=True),
            Heading("Share of created", is_number=True),
        ),
        rows,
        note="Started and re-invited sessions are also counted under what became of them.",
    )
    return Section(anchor, title, lead, _bars(row), f"Bars of sessions by outcome. {lead}", table)


def _share(row: Row, column: str) -> float:
    """The part of the sessions created that came to a stage."""
    share: float = row[_RATES[column]] if column in _RATES else row[column] / row["sessions_created"]
    return share


def _bars(row: Row) -> alt.Chart:
    values = [
        {"outcome": label, "sessions": row[column], "share": _share(row, column)}
        for column, label, _ in STAGES
    ]
    labels = [label for _, label, _ in STAGES]
    chart: alt.Chart = (
        alt.Chart(inline("outcomes", values))
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
                scale=alt.Scale(domain=labels, range=[colour for _, _, colour in STAGES]),
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
    query = _QUERY if published.has("data_quality", _QUERY) else "cast(null as varchar)"
    # The name is the one written above.
    rows = published.rows(
        f"""
        select meaning, failing, examples, query
        from (
            select
                check_name,
                meaning,
                examples,
                {query} as query,
                cast(sum(rows_failing) over (partition by check_name, meaning) as bigint) as failing,
                row_number() over (
                    partition by check_name, meaning
                    order by case when rows_failing > 0 then 0 else 1 end, run_as_of desc nulls last
                ) as place
            from zenhire_marts.data_quality
        ) as placed
        where place = 1
        order by failing desc nulls last, check_name
        """  # noqa: S608
    )
    failing = [row for row in rows if row["failing"]]
    if not failing:
        return Section(anchor, title, f"All is well: {len(rows)} checks, no failing row.")
    headings = [Heading("What is wrong"), Heading("Rows", is_number=True), Heading("Examples (ids)")]
    if query == _QUERY:
        headings.append(Heading("Query for all of them", is_code=True))
    cells = tuple(
        (row["meaning"], text(row["failing"]), row["examples"] or "", row["query"] or "")[: len(headings)]
        for row in failing
    )
    lead = f"{len(failing)} of {len(rows)} checks found something."
    return Section(anchor, title, lead, table=ReportTable("Failing checks", tuple(headings), cells))


def reporting_time_zone(published: Published) -> str | None:
    """The zone that the marts' days are in; null when the file does not say."""
    if not published.has("sync_freshness", "reporting_time_zone"):
        return None
    rows = published.rows("select reporting_time_zone from zenhire_marts.sync_freshness limit 1")
    return str(rows[0]["reporting_time_zone"]) if rows else None
