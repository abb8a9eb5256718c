"""How old the data is: one rule for the banner and for the table of the marts, at any time of reading.

What is written into the page is as of its making; the page's script updates it when it is opened later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from zenhire_sync.report.published import Published, in_utc
from zenhire_sync.report.section import Aging, Heading, ReportTable, Section, absent, text
from zenhire_sync.warehouse.moved_figures import moved_figures

# A nightly run with half a day to spare.
STALE_AFTER = timedelta(hours=36)
_COLUMNS = ("mart_name", "built_at", "data_until", "surveys_final_until_date")
_OF_ACCURACY = ("window_end_date", "compared_sessions", "differing_sessions", "differing_rate_high")
_OF_RESTATEMENTS = ("build_id", "restated_at", "project_key", "month_start_date", "figure", "cause")
_NAMES = ("Mart", "Built (UTC)", "Data until (UTC)", "Surveys final until", "State")
_LEAD = (
    "Fresh or stale is as of the making of this page, and anew whenever it is opened in a browser. "
    "A survey can come weeks after its interview: "
    "after the day named as final, numbers about surveys still grow."
)


def is_stale(data_until: datetime, now: datetime) -> bool:
    """Whether data that reaches so far is old news at that time."""
    return now - data_until > STALE_AFTER


def staleness(data_until: datetime | None, now: datetime) -> str:
    """What a reader must know about old data at the time the page was made; nothing when it is fresh."""
    if data_until is None:
        return "How fresh this data is, is not known: no sync has ended well yet."
    if not is_stale(data_until, now):
        return ""
    days = (now - data_until) / timedelta(days=1)
    return f"Stale: the last good sync ended {days:.1f} days before this page was made."


def mart_freshness(published: Published, now: datetime) -> Section:
    """How far the data of each mart reaches, and whether that is old."""
    anchor, title = "freshness", "How fresh each mart is"
    if not published.has("sync_freshness", *_COLUMNS):
        return absent(anchor, title, "sync_freshness")
    # The names are those written above.
    rows = published.rows(
        f"select {', '.join(_COLUMNS)} from zenhire_marts.sync_freshness order by mart_name"  # noqa: S608
    )
    cells: tuple[tuple[str | Aging, ...], ...] = tuple(
        (*(text(row[name]) for name in _COLUMNS), _state(in_utc(row["data_until"]), now)) for row in rows
    )
    told = (measured_accuracy(published), longest_unseen(published), restated(published))
    lead = " ".join(filter(None, (_LEAD, *told)))
    return Section(
        anchor, title, lead, table=ReportTable("Freshness of the marts", tuple(map(Heading, _NAMES)), cells)
    )


def measured_accuracy(published: Published) -> str:
    """How many sessions may be held otherwise than they are; nothing before the first sample."""
    if not published.has("sync_accuracy", *_OF_ACCURACY):
        return ""
    # The names are those written above.
    rows = published.rows(
        f"select {', '.join(_OF_ACCURACY)} from zenhire_marts.sync_accuracy "  # noqa: S608
        "where stratum = 'all' and field = 'any' order by window_end_date desc nulls last limit 1"
    )
    return "".join(
        f"Of {row['compared_sessions']:,} sessions drawn at random in the 28 days to "
        f"{row['window_end_date']}, {row['differing_sessions']:,} differed from ZenHire and were mended: "
        f"with 95% confidence at most {float(row['differing_rate_high']):.2%} of all sessions do."
        for row in rows
    )


def restated(published: Published) -> str:
    """How many figures of months that were published before are others now; nothing when none is."""
    if not (published.has("restatements", *_OF_RESTATEMENTS) and published.has("sync_freshness", "build_id")):
        return ""
    moved = moved_figures(published)
    if moved is None:
        return ""
    return (
        "Figures of months (credits, interviews and surveys of a project) that had been published otherwise: "
        f"{moved.last_figures:,} in this publication, {moved.figures:,} in the 28 days up to it "
        f"({moved.causes}); the table restatements has each."
    )


def longest_unseen(published: Published) -> str:
    """Since when each session was seen at ZenHire; nothing without sessions."""
    if not published.has("fct_sessions", "last_verified_at", "is_deleted"):
        return ""
    [row] = published.rows(
        "select min(last_verified_at) as seen_at from zenhire_marts.fct_sessions where not is_deleted"
    )
    seen_at = in_utc(row["seen_at"])
    return "" if seen_at is None else f"Each session was seen at ZenHire since {seen_at:%Y-%m-%d %H:%M} UTC."


def _state(data_until: datetime | None, now: datetime) -> Aging:
    if data_until is None:
        return Aging("not known", None)
    return Aging("stale" if is_stale(data_until, now) else "fresh", data_until)
