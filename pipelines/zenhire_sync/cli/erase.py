"""``zenhire-sync erase``: a person leaves every table and file, their interviews' credits stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

if TYPE_CHECKING:
    from zenhire_sync.erase import EraseSummary

_MOST_NAMED = 5


def erase(
    *,
    candidate_ref: Annotated[
        list[str] | None,
        typer.Option(metavar="REF", help="All sessions of this candidate, now and later. Repeatable."),
    ] = None,
    session: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This session alone. Repeatable.")
    ] = None,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Remove a person for good; credits, times and ratings stay. Exit 1: unknown, or not finished."""

    def work(context: Context) -> Result:
        from zenhire_sync.erase import Request, erase_people

        request = Request(tuple(dict.fromkeys(candidate_ref or ())), tuple(dict.fromkeys(session or ())))
        config = context.config
        done = erase_people(config.settings, config.profile, request, now=context.as_of)
        return Result({"erase": _facts(done)}, "\n".join(_lines(done)))

    perform(Call("erase", profile, json, log_format), work)


def _facts(done: EraseSummary) -> dict[str, Any]:
    return {**asdict(done), "strangers": [str(path) for path in done.strangers]}


def _lines(done: EraseSummary) -> list[str]:
    removal, after = done.removal, done.figures
    lines = [
        f"erase: {_heading(removal.sessions, removal.newly_erased)}",
        f"  removed    {removal.metadata_entries:,} metadata entries, {removal.comments:,} comments, "
        f"{removal.rejected_rows:,} rows that were set aside",
        f"  credits    {removal.before.credits_charged:,} before, {after.credits_charged:,} after, "
        f"{done.published_credits:,} in the published marts",
        f"  sessions   {removal.before.sessions:,} before, {after.sessions:,} after; surveys "
        f"{removal.before.surveys:,} before, {after.surveys:,} after",
        f"  rebuilt    {done.marts:,} marts, {done.published_path}, {done.report_path}",
    ]
    if removal.mentioning:
        lines.append(
            f"  STILL SAID {len(removal.mentioning):,} sessions of others repeat the reference in metadata or"
            f" tags ({_named(removal.mentioning)}); if they are the same person, erase them with --session"
        )
    if done.strangers:
        lines.append(f"  NOT OURS   {_named(done.strangers)}; look there yourself, and into your backups")
    return lines


def _heading(sessions: int, newly_erased: int) -> str:
    if not sessions:
        return "was done before; every file was made anew once more"
    again = f", {sessions - newly_erased:,} of them since an earlier erase" if sessions > newly_erased else ""
    return f"{sessions:,} sessions are without their person{again}"


def _named(names: Sequence[object]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(str, names[:_MOST_NAMED])) + more
