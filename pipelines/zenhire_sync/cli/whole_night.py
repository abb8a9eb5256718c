"""``zenhire-sync run``: the whole night."""

from __future__ import annotations

from zenhire_sync.cli.options import AsOf, Json, LogFormat, Profile, SummaryFile, Within
from zenhire_sync.cli.perform import Call, Context, Result, exit_code_of, parse_within, perform


def run(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    within: Within = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
) -> None:
    """Do all four steps: sync, build, publish, report. This is what is scheduled."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.run import run_night

        done = run_night(
            context.config,
            as_of=context.as_of,
            progress=context.progress,
            run_id=context.run_id,
            steps=context.steps,
            within=parse_within(within) or context.config.settings.run_within,
        )
        facts = {
            "sync": summaries.sync_facts(done.sync),
            "build": summaries.build_facts(done.build),
            "publish": summaries.publish_facts(done.publish),
            "report": summaries.report_facts(done.report),
        }
        shown = summaries.text(
            f"run {done.sync.run_id}: {done.sync.outcome}",
            summaries.sync_lines(done.sync),
            summaries.build_lines(done.build),
            summaries.publish_lines(done.publish),
            summaries.report_lines(done.report),
        )
        return Result(facts, shown, exit_code_of(done.sync.outcome, context))

    perform(Call("run", profile, json, log_format, as_of, summary=summary), work)
