"""From a row of a mart to its sessions: the condition under which a session (s) is in the row (r)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """``key`` identifies the row. ``adds_up`` names figures of the row with what they are of its sessions."""

    key: str
    condition: str
    adds_up: dict[str, str] = field(default_factory=dict)


_CREDITS = "coalesce(sum(s.credits_charged), 0)"
_COMPLETED = "sum(case when s.status = 'completed' then 1 else 0 end)"
_MONTH = "cast(date_trunc('month', s.usage_date) as date) = r.month_start_date"
_ITSELF = "s.session_id = r.session_id"


def _of_surveys(condition: str) -> str:
    return f"s.session_id in (select f.session_id from zenhire_marts.fct_feedback f where {condition})"  # noqa: S608


WAYS = {
    "credit_usage_daily": Way(
        "credit_usage_key",
        "s.usage_date = r.usage_date and s.project_key = r.project_key and s.persona_id = r.persona_id "
        "and s.source = r.source",
        {"credits_charged": _CREDITS, "sessions_completed": _COMPLETED},
    ),
    "credit_usage_monthly": Way(
        "credit_month_key",
        f"s.project_key = r.project_key and {_MONTH}",
        {"credits_charged": _CREDITS, "sessions_completed": _COMPLETED},
    ),
    "credit_usage_by_tag": Way(
        "credit_tag_key",
        "s.usage_date = r.usage_date and s.project_key = r.project_key and ("
        "exists (select 1 from zenhire_marts.bridge_session_tag b "
        "where b.session_id = s.session_id and b.tag = r.tag) or (r.tag is null and s.tag_count = 0))",
        {"credits_full": _CREDITS, "sessions_completed": _COMPLETED},
    ),
    "credit_budgets": Way(
        "credit_budget_key",
        f"s.account = r.account and {_MONTH} "
        "and (r.scope_key = 'all_projects' or coalesce(s.project_id, 'no_project') = r.scope_key)",
        {"credits_charged": _CREDITS},
    ),
    "credit_statement": Way(
        "credit_statement_key",
        f"s.account = r.account and {_MONTH}",
        {"interview_credits": _CREDITS},
    ),
    "credit_reconciliation": Way("session_id", _ITSELF),
    "feedback_daily": Way(
        "feedback_day_key",
        _of_surveys(
            "f.feedback_date = r.feedback_date and f.project_key = r.project_key "
            "and f.persona_id = r.persona_id and f.source = r.source"
        ),
        {"responses": "count(*)"},
    ),
    "feedback_by_persona": Way(
        "persona_id", _of_surveys("f.persona_id = r.persona_id"), {"responses_ever": "count(*)"}
    ),
    "negative_feedback": Way("session_id", _ITSELF),
    "session_funnel": Way(
        "funnel_key",
        "s.created_date = r.created_date and s.project_key = r.project_key",
        {"sessions_created": "count(*)"},
    ),
    "session_changes": Way("session_change_key", _ITSELF),
    "session_history": Way("session_state_key", _ITSELF),
    "sessions_wide": Way("session_id", _ITSELF),
    "data_quality_findings": Way("finding_key", _ITSELF),
    "fct_sessions": Way("session_id", _ITSELF, {"credits_charged": "sum(s.credits_charged)"}),
    "fct_feedback": Way("session_id", _ITSELF),
}
