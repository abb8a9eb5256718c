"""``zenhire-sync status``: how things stand, for a person and for a monitor."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Result, guard
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.status import Status
    from zenhire_sync.status.facts import Raw, Run


def status(
    *,
    max_age: Annotated[
        float | None,
        typer.Option(
            metavar="HOURS",
            min=0,
            help="Exit 1 when the published marts hold no data as young as this: for monitors.",
        ),
    ] = None,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Say what the last runs did, how fresh the published marts are, and what is set aside."""

    def work() -> Result:
        from zenhire_sync.config import load_config
        from zenhire_sync.status import read_status

        if log_format not in {"text", "json"}:
            raise ConfigurationError(f"--log-format is text or json, not {log_format!r}")
        found = read_status(load_config(os.environ, profile).settings, datetime.now(UTC))
        is_stale = None if max_age is None else found.is_older_than(timedelta(hours=max_age))
        return Result(
            {"status": _facts(found, max_age, is_stale)},
            "\n".join(_lines(found, max_age if is_stale else None)),
            EXIT_FAILED if is_stale else EXIT_DONE,
        )

    # Nothing is logged: setting up the log would take longer than the answer.
    guard(Call("status", profile, json, log_format), work)


def _facts(found: Status, max_age: float | None, is_stale: bool | None) -> dict[str, Any]:
    age = found.age
    return {
        **asdict(found),
        "age_hours": None if age is None else round(age / timedelta(hours=1), 2),
        "max_age_hours": max_age,
        "is_stale": is_stale,
        "is_unpublished": found.is_unpublished,
    }


def _lines(found: Status, exceeded: float | None) -> list[str]:
    lines = [f"status of {found.data_dir} at {_moment(found.now)}"]
    if found.holder is not None:
        lines.append(f"  running    {found.holder}; what it did is shown when it ends")
    elif found.in_use_by is not None:
        lines.append(f"  IN USE     the warehouse is open in {found.in_use_by}, which no run can get past")
    elif found.raw is None:
        lines.append("  runs       none yet; start with `zenhire-sync run`")
    else:
        lines += _raw_lines(found.raw)
    if found.killed is not None:
        lines.append(f"  KILLED     {found.killed} died before it ended; nothing is lost, run it again")
    lines.append(_published_line(found))
    if found.raw is not None and found.is_unpublished:
        lines.append(
            f"  UNPUBLISHED the sync of {_moment(found.raw.data_until)}: its build or publish failed, or did"
            " not run; `zenhire-sync run` does them, or says what is wrong"
        )
    if exceeded is not None:
        lines.append(
            f"  STALE      no data as young as {exceeded:g} h (exit 1); look at the last runs, their errors"
        )
    return lines


def _raw_lines(raw: Raw) -> list[str]:
    lines = [_run_line(run) for run in raw.runs] or ["  runs       none has ended yet"]
    aside = raw.set_aside
    if aside.rows:
        since = _moment(aside.oldest_at)
        lines.append(f"  SET ASIDE  {aside.rows:,} rows, the oldest since {since}; see rejected_rows")
        lines += [f"             {count:,} x {reason}" for reason, count in aside.by_reason]
    else:
        lines.append("  set aside  nothing")
    if raw.erasures.unfinished:
        first, *others = raw.erasures.unfinished
        more = f" and {len(others):,} others" if others else ""
        lines.append(f"  UNFINISHED the erasure of {first}{more}: run `zenhire-sync erase --session {first}`")
    return lines


def _run_line(run: Run) -> str:
    seconds = (run.finished_at - run.started_at).total_seconds()
    what = f"{run.sessions_listed:,} sessions listed, {run.requests:,} requests, {run.rejected:,} set aside"
    error = f"; {run.error}" if run.error else ""
    return (
        f"  {run.command:<10} {_moment(run.finished_at)} {run.outcome} in {seconds:,.0f} s: {what}"
        f" (run {run.run_id}){error}"
    )


def _published_line(found: Status) -> str:
    publication, age = found.publication, found.age
    if publication is None:
        return "  published  nothing yet"
    until = "no good sync yet" if age is None else f"{_moment(publication.data_until)}, {_hours(age)} ago"
    return (
        f"  published  {_moment(publication.published_at)}, {publication.marts:,} marts; data until {until}; "
        f"{publication.credits_charged:,} credits, {publication.negative_surveys:,} negative surveys"
    )


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):,.1f} h"
