"""What needs attention, in words: each sentence leads to the part of the page that tells more.

Old data is told by the banner, by the reader's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from zenhire_sync.report.balances import latest_balances
from zenhire_sync.report.measured import surveys_final_until, without_survey
from zenhire_sync.report.periods import Period
from zenhire_sync.report.persona_names import name_column, name_personas
from zenhire_sync.report.published import Published, Row
from zenhire_sync.report.section import counted, whole
from zenhire_sync.step_record import FAILED, STOPPED, StepRecord

# A balance that lasts longer than this can be seen to at the next invoice.
SOON = timedelta(days=30)
_DAYS_LEFT = (30, 14, 7, 3, 0)
CHARGES_SINCE = timedelta(days=90)
# The survey ladder's last look, and a few nights to get it done.
_LATE = timedelta(days=7)
_NAMED = 3
_MOVED = {
    "volume": ("more interviews", "fewer interviews"),
    "length": ("longer interviews", "shorter interviews"),
    "rate": ("more credits a minute", "fewer credits a minute"),
}


@dataclass(frozen=True, slots=True)
class Concern:
    """One sentence, and the section that tells more (``anchor``).

    ``cause`` is the same on every night of one trouble; ``levels`` says how bad it is, by what it is about.
    Who was told of it is told again when one of these is new or has risen.
    """

    sentence: str
    anchor: str
    cause: str
    levels: Mapping[str, int]


def concerns(
    published: Published, last_day: date, last_survey_look: timedelta, steps: tuple[StepRecord, ...]
) -> tuple[Concern, ...]:
    """What needs attention, what stops work first."""
    return (
        *_broken_steps(steps),
        *_balances(published, last_day),
        *_budgets(published, last_day),
        *_unusual_usage(published, last_day - timedelta(days=1)),
        *_worse_personas(published),
        *_charges(published, last_day),
        *_set_aside(published),
        *_surveys(published, last_day - last_survey_look - _LATE),
    )


def _broken_steps(steps: tuple[StepRecord, ...]) -> Iterator[Concern]:
    """What the last try of a step left; a message may hold names of places and is not shown."""
    for step in steps:
        if step.outcome in {FAILED, STOPPED} and step.step != "report":
            how = "failed" if step.outcome == FAILED else "was stopped"
            yield Concern(
                f"The last {step.step} ({step.begun_at:%Y-%m-%d %H:%M} UTC) {how}: "
                "`zenhire-sync status` says why.",
                "freshness",
                f"step/{step.step}",
                {"": 0},
            )


def _balances(published: Published, last_day: date) -> Iterator[Concern]:
    latest = latest_balances(published, last_day) or []
    for now, _ in latest:
        whose = f"The balance of {now['account']}" if len(latest) > 1 else "The balance"
        if now["balance"] <= 0:
            yield Concern(
                f"{whose} is used up.", "balance", f"balance/{now['account']}", {"": len(_DAYS_LEFT)}
            )
            continue
        days = now["days_left"]
        if days is not None and days <= SOON.days:
            on = now["asked_at"].date() + timedelta(days=int(days))
            yield Concern(
                f"{whose} runs out on about {on} at the burn of the last 28 days: "
                f"{whole(now['balance'])} left.",
                "balance",
                f"balance/{now['account']}",
                {"": sum(days <= most for most in _DAYS_LEFT)},
            )


def _budgets(published: Published, last_day: date) -> Iterator[Concern]:
    needed = ("month_start_date", "account", "project_name", "budget_credits", "is_over_budget")
    if not published.has("credit_budgets", *needed, "is_expected_over_budget", "run_out_date"):
        return
    rows = published.rows(
        """
        select account, project_name, cast(budget_credits as double precision) as budget, is_over_budget,
            run_out_date,
            (select count(distinct account) from zenhire_marts.credit_budgets) as accounts
        from zenhire_marts.credit_budgets
        where month_start_date = ? and is_expected_over_budget
        order by is_over_budget desc nulls last, budget_credits desc nulls last, account, project_name
        """,
        last_day.replace(day=1),
    )
    if not rows:
        return
    month = f"{last_day:%B}"
    told = [_budget(row) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        told.append(f"{len(rows) - _NAMED} more")
    short = "The budget of {} does not last" if len(rows) == 1 else f"{len(rows)} budgets of {{}} do not last"
    levels = {f"{row['account']}/{row['project_name']}": int(row["is_over_budget"]) for row in rows}
    cause = f"budgets/{last_day:%Y-%m}"
    yield Concern(f"{short.format(month)}: {'; '.join(told)}.", "credits-per-month", cause, levels)


def _budget(row: Row) -> str:
    whose = f"{row['account']}, {row['project_name']}" if row["accounts"] > 1 else row["project_name"]
    when = "" if row["run_out_date"] is None else f" on {row['run_out_date']}"
    what = "used up" if row["is_over_budget"] else "expected to be used up"
    return f"{whose} ({whole(row['budget'])} credits), {what}{when}"


def _unusual_usage(published: Published, day: date) -> Iterator[Concern]:
    """Projects that used far more or less than usual on the last day that is whole."""
    needed = ("usage_date", "project_key", "project_name", "credits_charged", "expected_credits")
    if not published.has("credit_anomalies", *needed, "moved", "persona_name"):
        return
    rows = published.rows(
        """
        select project_key, project_name, credits_charged, moved, persona_name,
            cast(expected_credits as double precision) as expected
        from zenhire_marts.credit_anomalies
        where usage_date = ?
        order by abs(credits_charged - expected_credits) desc nulls last, project_key
        """,
        day,
    )
    if not rows:
        return
    told = [_unusual(row) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        told.append(f"{len(rows) - _NAMED} more")
    levels = {f"{row['project_key']}/{day}": 0 for row in rows}
    yield Concern(f"Unusual usage on {day}: {'; '.join(told)}.", "credits-per-day", "unusual-usage", levels)


def _unusual(row: Row) -> str:
    what = _MOVED[row["moved"]][row["credits_charged"] < row["expected"]]
    whose = "" if row["persona_name"] is None else f", mostly of {row['persona_name']}"
    used = f"{whole(row['credits_charged'])} credits where {whole(row['expected'])} were expected"
    return f"{row['project_name']}, {used} ({what}{whose})"


def _worse_personas(published: Published) -> Iterator[Concern]:
    if not published.has("feedback_by_persona", "persona_id", "role_name", "language", "is_worse"):
        return
    rows = published.rows(
        f"select persona_id, {name_column(published, 'feedback_by_persona')}, role_name, language"  # noqa: S608
        " from zenhire_marts.feedback_by_persona where is_worse"
        " order by responses desc nulls last, persona_id"
    )
    if not rows:
        return
    name_personas(rows)
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    names = ", ".join(row["name"] for row in rows[:_NAMED])
    yield Concern(
        f"Candidates rate worse than 28 days ago, beyond chance: {names}{more}.",
        "negative-rate",
        "personas",
        {str(row["persona_id"]): 0 for row in rows},
    )


def _charges(published: Published, last_day: date) -> Iterator[Concern]:
    if not published.has("credit_reconciliation", "usage_date", "difference_credits"):
        return
    since = last_day - CHARGES_SINCE
    [row] = published.rows(
        """
        select
            count(*) as charges,
            cast(coalesce(sum(difference_credits), 0) as double precision) as difference
        from zenhire_marts.credit_reconciliation where usage_date between ? and ?
        """,
        since,
        last_day,
    )
    if row["charges"]:
        net = f"{abs(row['difference']):,.0f} credits too {'much' if row['difference'] >= 0 else 'little'}"
        yield Concern(
            f"No rule explains what {counted(row['charges'], 'session')} since {since} "
            f"{'was' if row['charges'] == 1 else 'were'} charged: {net} in all. "
            "The mart credit_reconciliation has each.",
            "quality",
            "charges",
            {"": _level(row["charges"])},
        )


def _set_aside(published: Published) -> Iterator[Concern]:
    if not published.has("data_quality", "check_name", "rows_failing"):
        return
    [row] = published.rows(
        "select cast(coalesce(sum(rows_failing), 0) as bigint) as found from zenhire_marts.data_quality"
        " where check_name = 'set_aside'"
    )
    if row["found"]:
        yield Concern(
            f"{counted(row['found'], 'row')} broke the contract and {'is' if row['found'] == 1 else 'are'} "
            "set aside: no figure counts what is in them.",
            "quality",
            "set_aside",
            {"": _level(row["found"])},
        )


def _surveys(published: Published, due: date) -> Iterator[Concern]:
    """Interviews that were to be asked about for the last time by now, after the last day that is final."""
    final = surveys_final_until(published)
    if final is None or final >= due or not published.has("fct_sessions", "usage_date", "has_feedback"):
        return
    days = Period(final + timedelta(days=1), due)
    if waiting := without_survey(published, days):
        yield Concern(
            f"Surveys of {counted(waiting, 'interview')} of {days} are overdue: "
            "they should have been asked for one last time by now.",
            "freshness",
            "surveys",
            {"": _level(waiting)},
        )


def _level(count: int) -> int:
    """Twice as many are worse; one more is not."""
    return int(count).bit_length()
