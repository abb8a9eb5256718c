"""``zenhire-sync erase``: a person leaves every table and file, their interviews' credits stay."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform
from zenhire_sync.errors import ConfigurationError, ZenhireError

if TYPE_CHECKING:
    from zenhire_sync.erase import ErasePlan, EraseSummary, ErasureRequest
    from zenhire_sync.erase.plan import PlannedSession
    from zenhire_sync.settings import Settings

_MOST_NAMED = 5
_MOST_ASKED_ABOUT = 20
# Applications that one person may well have made; a reference with more is as likely everybody's.
MOST_UNASKED = 5

CandidateRefs = Annotated[
    list[str] | None,
    typer.Option(metavar="REF", help="All sessions of this candidate, now and later. Repeatable."),
]
SessionIds = Annotated[list[str] | None, typer.Option(metavar="ID", help="This session alone. Repeatable.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show the sessions, tables and files that it is about; change nothing."),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Do not ask: for scripts, once a dry run has been looked at.")
]


def erase(
    *,
    candidate_ref: CandidateRefs = None,
    session: SessionIds = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Remove a person for good; credits, times and ratings stay. Exit 1: unknown, or not finished."""

    def asked() -> ErasureRequest:
        from zenhire_sync.erase import ErasureRequest

        return ErasureRequest(tuple(dict.fromkeys(candidate_ref or ())), tuple(dict.fromkeys(session or ())))

    def look(context: Context) -> Result:
        from zenhire_sync.erase import plan_erasure

        plan = plan_erasure(context.config.settings, asked())
        shown = _plan_lines(plan, f"erase --dry-run: {len(plan.sessions):,} sessions; nothing was changed")
        return Result({"erase": {"is_dry_run": True, **_plan_facts(plan)}}, "\n".join(shown))

    def work(context: Context) -> Result:
        from zenhire_sync.erase import erase_people
        from zenhire_sync.lock import exclusive

        config, request = context.config, asked()
        # Not under the lock: a question that waits for its answer must not cost a night.
        approved = None if yes else _approved(config.settings, request)
        with exclusive(config.settings.state_dir, "erase"), context.steps.step("erase") as step:
            done = erase_people(
                config.settings,
                config.profile,
                request,
                now=context.as_of,
                run_id=context.run_id,
                approved=approved,
                progress=context.progress,
            )
            step.tell({"sessions": done.removal.sessions})
        return Result({"erase": _facts(done)}, "\n".join(_lines(done)))

    perform(Call("erase", profile, json, log_format, needs_lock=False), look if dry_run else work)


def _approved(settings: Settings, request: ErasureRequest) -> frozenset[str] | None:
    """The sessions that the user at the terminal agreed to; None where no question is needed.

    Raises ConfigurationError where one is needed without a terminal, ZenhireError when the user refuses.
    """
    from zenhire_sync.erase import plan_erasure

    is_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    if not is_terminal and not request.candidate_refs:
        # Exactly these, and nothing else.
        return None
    plan = plan_erasure(settings, request)
    if is_terminal:
        _ask(plan)
    elif plan.largest_match > MOST_UNASKED:
        raise ConfigurationError(
            f"nothing was erased: one reference has {plan.largest_match:,} sessions, more than a person has "
            "as a rule; look at them with --dry-run, then say --yes"
        )
    return plan.session_ids


def _ask(plan: ErasePlan) -> None:
    lines = _plan_lines(plan, f"erase: {len(plan.sessions):,} sessions", most=_MOST_ASKED_ABOUT)
    question = f"Remove the person of {len(plan.sessions):,} sessions for good? Type yes to go on: "
    print("\n".join(lines), question, sep="\n", end="", file=sys.stderr, flush=True)  # noqa: T201
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise ZenhireError("nothing was erased: it was not confirmed")


def _plan_facts(plan: ErasePlan) -> dict[str, Any]:
    paths = {name: [str(path) for path in getattr(plan, name)] for name in ("files", "strangers")}
    return {**asdict(plan), **paths}


def _plan_lines(plan: ErasePlan, heading: str, most: int | None = None) -> list[str]:
    tables = ", ".join(f"{rows:,} {table}" for table, rows in plan.rows_by_table.items() if rows)
    lines = [heading, *(_session_line(session) for session in plan.sessions[:most])]
    if most is not None and len(plan.sessions) > most:
        lines.append(f"  and {len(plan.sessions) - most:,} more; --dry-run shows all of them")
    lines.append(f"  rows       {tables or 'none: it was done before'}; credits, times and ratings stay")
    lines.append(f"  files      made anew: {', '.join(map(str, plan.files))}")
    return lines + _left_lines(plan.mentioning, plan.strangers)


def _session_line(session: PlannedSession) -> str:
    if session.created_at is None:
        return f"  session    {session.session_id}  known from a row set aside, or erased before"
    ended = f", ended {session.completed_at:%Y-%m-%d}" if session.completed_at else ""
    return (
        f"  session    {session.session_id}  {session.status}, created {session.created_at:%Y-%m-%d}{ended}"
    )


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
    lines += _left_lines(removal.mentioning, done.strangers)
    return lines + [f"  KEPT       {said}" for said in done.kept_versions]


def _left_lines(mentioning: Sequence[str], strangers: Sequence[object]) -> list[str]:
    """What an erasure leaves for an operator to look at."""
    lines = []
    if mentioning:
        lines.append(
            f"  STILL SAID {len(mentioning):,} sessions of others repeat the reference in metadata or tags"
            f" ({_named(mentioning)}); if they are the same person, erase them with --session"
        )
    if strangers:
        lines.append(f"  NOT OURS   {_named(strangers)}; look there yourself, and into your backups")
    return lines


def _heading(sessions: int, newly_erased: int) -> str:
    if not sessions:
        return "was done before; every file was made anew once more"
    again = f", {sessions - newly_erased:,} of them since an earlier erase" if sessions > newly_erased else ""
    return f"{sessions:,} sessions are without their person{again}"


def _named(names: Sequence[object]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(str, names[:_MOST_NAMED])) + more
