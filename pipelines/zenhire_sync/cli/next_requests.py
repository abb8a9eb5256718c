"""``zenhire-sync plan``: the requests of the next sync, and whether a shorter survey ladder would do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from zenhire_sync.cli.options import AsOf, Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

if TYPE_CHECKING:
    from zenhire_sync.plan.ladder import Delays, LadderCost


def bill_of_next(context: Context) -> Result:
    """Requests that a sync would make now; the list is read, and nothing is kept."""
    from zenhire_sync.cli import summaries
    from zenhire_sync.sync.dry_run import estimate_bill

    settings, keys = context.config.settings, context.config.keys()
    bill = estimate_bill(settings, keys, as_of=context.as_of, progress=context.progress)
    shown = summaries.text("the next sync", summaries.bill_lines(bill))
    return Result({"bill": summaries.bill_facts(bill)}, shown)


def plan(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    json: Json = False,
    log_format: LogFormat = "text",
    suggest_ladder: Annotated[
        bool,
        typer.Option(
            "--suggest-ladder",
            help="Say which rungs of the survey ladder can be spared; no request.",
        ),
    ] = False,
) -> None:
    """Show the requests that a sync would make now, as `sync --dry-run`, or a cheaper survey ladder."""

    def ladder(context: Context) -> Result:
        from zenhire_sync.engines.open import warehouse_of
        from zenhire_sync.plan.ladder import FEWEST_SURVEYS, suggested_ladder
        from zenhire_sync.warehouse.survey_delays import completed_a_day, read_survey_delays

        settings = context.config.settings
        with warehouse_of(settings).reading() as reader:
            delays = read_survey_delays(reader, context.as_of)
            a_day = completed_a_day(reader, context.as_of)
        today, best = suggested_ladder(delays, settings.survey_ladder_days)
        is_known = delays.surveys >= FEWEST_SURVEYS
        facts = {
            "surveys": delays.surveys,
            "completed_a_day": a_day,
            "today": asdict(today),
            "suggested": asdict(best) if is_known else None,
        }
        return Result({"ladder": facts}, "\n".join(_lines(delays, a_day, today, best, is_known=is_known)))

    perform(Call("plan", profile, json, log_format, as_of), ladder if suggest_ladder else bill_of_next)


def _lines(delays: Delays, a_day: float, today: LadderCost, best: LadderCost, *, is_known: bool) -> list[str]:
    from zenhire_sync.plan.ladder import FEWEST_SURVEYS

    sessions = delays.surveys + sum(delays.unanswered.values())
    lines = [
        "plan: the survey ladder",
        f"  surveys    {delays.surveys:,} of {sessions:,} completed interviews",
        f"  today      {_rungs(today)}: {today.requests:.2f} requests an interview, after its first look",
    ]
    if not is_known:
        return [*lines, f"  nothing    fewer than {FEWEST_SURVEYS} surveys are too few to tell"]
    if best is today:
        return [*lines, "  nothing    no rung can be spared: each finds more than 1% of the surveys"]
    saved = (today.requests - best.requests) * a_day
    return [
        *lines,
        f"  cheaper    {_rungs(best)}: {best.requests:.2f} requests; {best.as_soon:.1%} of the surveys that "
        f"today's ladder finds are found as soon, {best.ever:.1%} at all",
        f"  saves      about {saved:,.0f} requests a day, at {a_day:,.1f} completed interviews a day",
        f"  set        ZENHIRE_SURVEY_LADDER_DAYS={_rungs(best)}",
    ]


def _rungs(cost: LadderCost) -> str:
    return ",".join(map(str, cost.rungs))
