"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[
    str | None,
    typer.Option(help="Environment to use: a file in profiles/ (default: ZENHIRE_PROFILE, else duckdb)."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="ISO", help='"Now" for every decision, such as 2026-03-01T02:00:00Z (default: the clock).'
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the summary as one JSON object on standard output.")
]
LogFormat = Annotated[
    str,
    typer.Option(
        metavar="text|json", envvar="ZENHIRE_LOG_FORMAT", help="Format of the log on standard error."
    ),
]
Within = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Time that it may take, such as 90m: what there is no time for is left to the next run.",
    ),
]
SummaryFile = Annotated[
    Path | None,
    typer.Option(
        "--summary",
        metavar="FILE",
        envvar="ZENHIRE_SUMMARY_FILE",
        help="Write the summary there too: at the beginning, and at the end, however it ends.",
    ),
]
