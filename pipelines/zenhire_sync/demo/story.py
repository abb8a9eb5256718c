"""The company of the demo: about 2,000 sessions on the first night, and what surely happens after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from zenhire_sync.simulator import Company, CompanySpec

NIGHTS = 4
FIRST_NIGHT = datetime(2026, 3, 10, 2, tzinfo=UTC)
_SPEC = CompanySpec(
    seed=20, sessions=2_180, days=72, start=datetime(2026, 1, 1, tzinfo=UTC), projects=3, awkward_share=0.0
)


@dataclass(frozen=True, slots=True)
class Story:
    """A company with the sessions that were scripted into it."""

    company: Company
    reinvited_id: str
    late_survey_id: str


def tell_story() -> Story:
    """The same company on every machine."""
    company = Company(_SPEC)
    company.edit_persona(
        company.persona_ids[0],
        night(1) + timedelta(hours=9),
        system_prompt="Ask one question at a time, and wait.",
    )
    return Story(company, _script_reinvite(company), _script_late_survey(company))


def night(number: int) -> datetime:
    """When the given night's run starts; the first is 1."""
    return FIRST_NIGHT + timedelta(days=number - 1)


def _script_reinvite(company: Company) -> str:
    """Failed three days before the first night, invited again after it, completed after the second."""
    session_id = company.add_session(
        FIRST_NIGHT - timedelta(days=4), project_id=company.project_ids[0], candidate_ref="cand-0042"
    )
    company.start_session(session_id, FIRST_NIGHT - timedelta(days=3, minutes=10))
    company.fail_session(session_id, FIRST_NIGHT - timedelta(days=3))
    company.reinvite(session_id, night(1) + timedelta(hours=7))
    company.start_session(session_id, night(2) + timedelta(hours=8))
    company.complete_session(session_id, night(2) + timedelta(hours=8, minutes=25), duration_sec=1_490)
    company.submit_survey(
        session_id,
        night(3) + timedelta(hours=21),
        1,
        "The first link broke off, the second asked it all again.",
    )
    return session_id


def _script_late_survey(company: Company) -> str:
    """Completed twelve and a half days before the first night; the survey comes after it."""
    ended_at = FIRST_NIGHT - timedelta(days=12, hours=12)
    session_id = company.add_session(
        ended_at - timedelta(hours=3), project_id=company.project_ids[1], candidate_ref="cand-0007"
    )
    company.complete_session(session_id, ended_at, duration_sec=1_100)
    company.submit_survey(
        session_id, night(1) + timedelta(hours=5), 2, "Thought about it for a while: it never let me finish."
    )
    return session_id
