"""The demo on a screen: a few lines a night, two tables at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zenhire_schemas.names import DETAIL_REASONS
from zenhire_sync.demo.mart_rows import CreditRow, NegativeRow
from zenhire_sync.demo.news import News, Seen
from zenhire_sync.demo.nights import DemoNight

# Where output goes to a file there is no terminal to ask for its width.
_WIDTH_OF_A_FILE = 100
_SHOWN_ID = 8


def screen() -> Console:
    """Standard output, without colours or terminal codes where it is a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_A_FILE)


def night_lines(night: DemoNight) -> list[str]:
    """What a night did."""
    sync = night.sync
    asked = sync.ledger.by_reason
    lists, details = asked["list"], sum(map(asked.__getitem__, DETAIL_REASONS))
    steps = "sync" if night.run is None else "sync, build, publish, report"
    return [
        f"night {night.number}, {night.as_of:%a %d %b %Y}: {steps}, {night.seconds:.0f} s",
        f"  {sync.new_sessions:,} sessions new, {sync.changed_sessions:,} changed; "
        f"{sync.surveys_found:,} surveys, {sync.negative_surveys_found:,} negative; "
        f"{lists} list pages and {details:,} details asked for",
        *(() if night.news is None else _news_lines(night.news)),
        _followed_line(*night.followed),
    ]


def credits_table(rows: Sequence[CreditRow]) -> Table:
    """Credits by month and project."""
    table = Table(title="zenhire_marts.credit_usage_daily, by month and project", title_justify="left")
    table.add_column("month", no_wrap=True)
    table.add_column("project")
    for heading in ("interviews", "billed minutes", "credits", "credits each"):
        table.add_column(heading, justify="right")
    for row in rows:
        each = row.credits_charged / row.sessions_completed if row.sessions_completed else 0
        table.add_row(
            f"{row.usage_month:%b %Y}",
            _short(row.project_name),
            f"{row.sessions_completed:,}",
            f"{row.billed_minutes:,}",
            f"{row.credits_charged:,}",
            f"{each:.1f}",
        )
    return table


def negative_table(rows: Sequence[NegativeRow]) -> Table:
    """Flagged surveys with the candidate's words."""
    table = Table(title="zenhire_marts.negative_feedback, newest first", title_justify="left")
    table.add_column("day")
    table.add_column("rating", justify="right")
    table.add_column("persona")
    table.add_column("comment")
    table.add_column("session")
    for row in rows:
        # Text, not markup: a comment may hold square brackets.
        comment, persona = Text(row.comment), Text(row.persona_name)
        table.add_row(f"{row.feedback_date:%d %b}", str(row.rating), persona, comment, _short(row.session_id))
    return table


def _news_lines(news: News) -> Iterator[str]:
    if news.late_surveys:
        delays = ", ".join(f"{delay / timedelta(days=1):.1f}" for delay in sorted(news.late_surveys.values()))
        yield f"  late surveys: {len(news.late_surveys)}, by {delays} days"
    if news.revivals:
        changes = Counter(sorted(f"{revival.was} -> {revival.now}" for revival in news.revivals))
        told = ", ".join(f"{count} {change}" for change, count in changes.most_common())
        yield f"  came alive again: {len(news.revivals)} sessions ({told})"


def _followed_line(session_id: str, seen: Seen) -> str:
    survey = "" if seen.rating is None else f", survey with rating {seen.rating}"
    return f"  followed: session {_short(session_id)} is {seen.status}{survey}"


def _short(name: str) -> str:
    return name[:_SHOWN_ID] if name.count("-") == 4 else name
