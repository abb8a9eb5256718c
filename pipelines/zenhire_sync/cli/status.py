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
    from zenhire_sync.status.facts import ErasureCounts, MeasuredAccuracy, Publication, Raw, RejectedRow, Run
    from zenhire_sync.step_record import StepRecord
    from zenhire_sync.warehouse.moved_figures import MovedFigures


_MOST_REJECTED = 50


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
    runs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Show the last N runs (5 when not given).")
    ] = None,
    rejected: Annotated[
        bool,
        typer.Option("--rejected", help="List the rows set aside: session, reason, since when; no contents."),
    ] = False,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Say what the last runs did, how fresh the published marts are, and what is set aside."""

    def work() -> Result:
        from zenhire_sync.config import load_config
        from zenhire_sync.status import RUNS_SHOWN, read_status

        if log_format not in {"text", "json"}:
            raise ConfigurationError(f"--log-format is text or json, not {log_format!r}")
        found = read_status(
            load_config(os.environ, profile).settings,
            datetime.now(UTC),
            runs=runs or RUNS_SHOWN,
            with_rejected=rejected,
        )
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
        "broken_steps": [step.step for step in found.broken_steps],
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
    lines += _step_lines(found)
    lines.append(_published_line(found))
    if found.publication is not None and found.publication.accuracy is not None:
        lines.append(_accuracy_line(found.publication.accuracy))
    if found.publication is not None and found.publication.oldest_verified_at is not None:
        lines.append(_verified_line(found.publication))
    if found.publication is not None and found.publication.moved is not None:
        lines.append(_moved_line(found.publication.moved))
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
        lines += [f"             {_rejected_line(row)}" for row in (raw.rejected or ())[:_MOST_REJECTED]]
        if len(raw.rejected or ()) > _MOST_REJECTED:
            lines.append(
                f"             and {len(raw.rejected or ()) - _MOST_REJECTED:,} more; --json has all"
            )
    else:
        lines.append("  set aside  nothing")
    return lines + _erasure_lines(raw.erasures)


def _rejected_line(row: RejectedRow) -> str:
    request = f" (requestId {row.request_id})" if row.request_id else ""
    return f"{row.session_id or 'no id'} since {_moment(row.first_seen_at)}: {row.reason}{request}"


def _erasure_lines(erasures: ErasureCounts) -> list[str]:
    lines = []
    if erasures.sessions:
        runs = f"{erasures.runs:,} runs of erase" if erasures.runs else "erase"
        lines.append(f"  erased     the person of {erasures.sessions:,} sessions, by {runs}")
    for erasure in erasures.last:
        end = "finished" if erasure.finished_at else "NOT FINISHED"
        lines.append(
            f"             {_moment(erasure.erased_at)} {erasure.sessions:,} sessions by {erasure.asked_by},"
            f" {end} (run {erasure.run_id})"
        )
    if erasures.unfinished:
        first, *others = erasures.unfinished
        more = f" and {len(others):,} others" if others else ""
        lines.append(f"  UNFINISHED the erasure of {first}{more}: run `zenhire-sync erase --session {first}`")
    return lines


def _step_lines(found: Status) -> list[str]:
    """Steps that ended badly and have not ended well since, unless the line of their run has told it."""
    told = {run.run_id for run in found.raw.runs} if found.raw is not None else set()
    return [
        _step_line(step)
        for step in found.broken_steps
        if step.step not in {"sync", "reconcile"} or step.run_id not in told
    ]


def _step_line(step: StepRecord) -> str:
    of_run = f" of `{step.command}`" if step.command != step.step else ""
    if step.ended_at is None:
        what = f"{step.step}{of_run} began {_moment(step.begun_at)} and never ended; run it again"
        return f"  KILLED     {what} (run {step.run_id})"
    label = step.outcome.upper()
    return f"  {label:<10} {step.step}{of_run}, {_moment(step.ended_at)}: {step.error} (run {step.run_id})"


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


def _accuracy_line(accuracy: MeasuredAccuracy) -> str:
    return (
        f"  accuracy   at most {accuracy.differing_rate_high:.2%} of the sessions differ from ZenHire (95%): "
        f"{accuracy.differing_sessions:,} of {accuracy.compared_sessions:,} drawn in the 28 days to "
        f"{accuracy.window_end_date}; see sync_accuracy"
    )


def _moved_line(moved: MovedFigures) -> str:
    """Such as: 2 figures of published months at this publication, 5 in 28 days (late survey 5)."""
    named = "figure" if moved.last_figures == 1 else "figures"
    return (
        f"  restated   {moved.last_figures:,} {named} of published months at this publication, "
        f"{moved.figures:,} in 28 days ({moved.causes}); see restatements"
    )


def _verified_line(publication: Publication) -> str:
    seen, until = publication.oldest_verified_at, publication.data_until
    days = "" if seen is None or until is None else f", {(until - seen) / timedelta(days=1):,.1f} days before"
    return f"  verified   each session was seen at ZenHire since {_moment(seen)}{days} the last good sync"


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}Z"


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):,.1f} h"
