"""What the dashboards show: first what is asked first, then trends, then tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.dashboards.chart import Chart, bars, grouped, line, number, pivoted, rows
from tools.dashboards.own_metrics import EVERY_ATTRIBUTE
from zenhire_sync.metrics import metric

MONTH = "P1M"
ATTRIBUTE = "attribute"
_SESSIONS, _SURVEYS, _BALANCE = "fct_sessions", "fct_feedback", "credit_balance"
_STATEMENT = tuple(
    f"{part}_credits" for part in ("opening", "purchased", "interview", "expired", "other", "closing")
)
_STAGES = ["sessions_created", "start_rate", "completion_rate", "no_show_rate", "hours_to_complete"]


@dataclass(frozen=True)
class Dashboard:
    """A page of charts, placed row by row of 12 columns."""

    title: str
    description: str
    charts: tuple[Chart, ...]
    colours: Mapping[str, str] = field(default_factory=dict)


def figure(name: str, title: str | None = None, **rest: Any) -> Chart:
    """A metric as one large figure, explained in the words of its definition."""
    one = metric(name)
    told = {"day": one.day, "description": f"{one.description} {one.null_meaning}", **rest}
    return number(title or one.label, one.mart, name, one.d3_format, **told)


CREDITS = Dashboard(
    "Credits",
    "What interviews cost, by whom it is used, and how long the balance lasts.",
    (
        figure("credits_left", day=None),
        figure("days_until_empty", day=None),
        number(
            "Credits this month",
            "credit_usage_monthly",
            "credits_this_month",
            ",d",
            description="Credits charged in the month of the last sync, so far.",
        ),
        number(
            "Expected this month",
            "credit_usage_monthly",
            "credits_expected_this_month",
            ",.0f",
            description="Credits so far, and for each day to come the mean of its weekday in the last "
            "28 days. Empty while less than two weeks are known.",
        ),
        bars("Credits by month and project", _SESSIONS, "credits", "project_name", "usage_date", grain=MONTH),
        line("Balance", _BALANCE, ["balance_then"], "as_of", ",d", by=["account"], grain="PT1S"),
        grouped(
            "Personas that use most",
            _SESSIONS,
            ["persona_name"],
            ["credits", "interviews_completed", "billed_minutes", "credits_per_interview"],
            day="usage_date",
        ),
        pivoted(
            "Credits by tag group or attribute",
            "credit_usage_by_attribute",
            [ATTRIBUTE, "value"],
            ["attribute_credits", "attribute_interviews"],
            day="usage_date",
            description=EVERY_ATTRIBUTE,
        ),
        rows(
            "Statement, month by month",
            "credit_statement",
            ["month_start_date", "account", *_STATEMENT],
            {"month_start_date": False},
            dict.fromkeys(_STATEMENT, ",d"),
            day="month_start_date",
            width=12,
            height=40,
            description="Opening plus purchased, less interviews, expired and other, is closing. "
            "Empty before the first balance that was read.",
        ),
    ),
)

EXPERIENCE = Dashboard(
    "Candidate experience",
    "What candidates say after the interview, and where it went wrong.",
    (
        figure("surveys"),
        figure("negative_rate"),
        figure("csat", "Satisfied candidates (4 or 5)"),
        figure("response_rate"),
        line("Negative rate by week", _SURVEYS, ["negative_rate"], "feedback_date", ".0%"),
        bars("Ratings by week", _SURVEYS, "surveys_rated", "rating", "feedback_date", series=0),
        grouped(
            "Personas",
            _SURVEYS,
            ["persona_name"],
            ["surveys", "negative_surveys", "negative_rate", "csat", "average_rating"],
            day="feedback_date",
        ),
        pivoted(
            "By tag group or attribute",
            "feedback_by_attribute",
            [ATTRIBUTE, "value"],
            ["attribute_surveys", "attribute_negative_rate"],
            day="feedback_date",
            description=EVERY_ATTRIBUTE,
        ),
        rows(
            "Negative feedback, newest first",
            "negative_feedback",
            ["feedback_date", "rating", "persona_name", "project_name", "comment", "session_id"],
            {"submitted_at": False},
            day="feedback_date",
            width=12,
            description="Surveys that ZenHire flagged. The session's id is the one in ZenHire's console; "
            "no comment: the candidate wrote none, or it is not kept.",
        ),
    ),
    colours={"1": "#b2182b", "2": "#ef8a62", "3": "#d9d9d9", "4": "#92c5de", "5": "#2166ac"},
)

FUNNEL = Dashboard(
    "Funnel",
    "What became of the sessions that were created, by the day of their creation.",
    (
        figure("sessions_created"),
        figure("start_rate"),
        figure("completion_rate"),
        figure("no_show_rate"),
        bars("What became of them, by week", _SESSIONS, "sessions_created", "outcome", "created_date"),
        line(
            "Started and completed, by week of creation",
            _SESSIONS,
            ["start_rate", "completion_rate"],
            "created_date",
            ".0%",
            description="The last week is not over: links live 7 days.",
        ),
        grouped(
            "Personas",
            _SESSIONS,
            ["persona_name"],
            _STAGES,
            day="created_date",
        ),
        grouped(
            "Projects",
            _SESSIONS,
            ["project_name"],
            _STAGES,
            day="created_date",
        ),
        grouped(
            "Languages",
            _SESSIONS,
            ["language"],
            _STAGES,
            day="created_date",
            width=12,
            height=35,
        ),
    ),
    colours={
        "completed": "#2166ac",
        "in_progress": "#92c5de",
        "waiting": "#d1e5f0",
        "expired": "#ef8a62",
        "failed": "#b2182b",
        "withdrawn": "#bababa",
    },
)

OPERATIONS = Dashboard(
    "Operations",
    "Whether the numbers can be trusted this morning, and what to ask ZenHire about.",
    (
        number(
            "Age of the data in hours",
            "sync_freshness",
            "data_age",
            ",.1f",
            description="Hours since the last sync whose rows are shown; more than 36 is stale.",
        ),
        number(
            "Checks that fail",
            "data_quality",
            "failing_checks",
            ",d",
            description="Each is explained in the table below.",
        ),
        number(
            "Charges to ask about",
            "credit_reconciliation",
            "charges_to_ask",
            ",d",
            day="usage_date",
            description="Sessions whose charge is not what the rules say; each is in the table below.",
        ),
        figure(
            "sessions_created",
            "Interviews still open",
            conditions=("outcome in ('waiting', 'in_progress')",),
            description="Sessions whose link can still be used, or that are being held.",
        ),
        grouped(
            "Checks of the data",
            "data_quality",
            ["check_name", "meaning"],
            ["failing_rows"],
            description="A row mended by a later run leaves.",
        ),
        rows(
            "How far each table reaches",
            "sync_freshness",
            ["mart_name", "row_count", "data_until", "surveys_final_until_date"],
            {"mart_name": True},
            {"row_count": ",d"},
        ),
        rows(
            "Charges to ask ZenHire about",
            "credit_reconciliation",
            [
                "usage_date",
                "finding",
                "project_name",
                "persona_name",
                "billed_minutes",
                "credits_charged",
                "expected_credits",
                "difference_credits",
                "session_id",
            ],
            {"usage_date": False, "session_id": True},
            day="usage_date",
            width=12,
            height=40,
        ),
        rows(
            "What each figure means",
            "metrics",
            ["label", "description", "unit", "null_meaning", "finality"],
            {"label": True},
            width=12,
            height=60,
        ),
    ),
)

DASHBOARDS = (CREDITS, EXPERIENCE, FUNNEL, OPERATIONS)
# What is not on a dashboard, for charts of a company's own.
FURTHER_MARTS = ("credit_budgets", "sessions_wide")
