"""The company of the demo: about 2,000 sessions on the first night, and what surely happens after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zenhire_sync.simulator import Company, CompanySpec

NIGHTS = 4
# the last night of the demo that documents and tests show; anybody else's is the present
LAST_NIGHT = datetime(2026, 3, 13, 2, tzinfo=UTC)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SPEC = CompanySpec(seed=20, sessions=2_180, days=72, projects=3, awkward_share=0.0)


@dataclass(frozen=True, slots=True)
class Story:
    """A company with the sessions that were scripted into it, and the time of the last night."""

    company: Company
    last_night: datetime
    reinvited_id: str
    late_survey_id: str


def tell_story(last_night: datetime = LAST_NIGHT) -> Story:
    """The same company on every machine; another last night moves its whole history, day by day the same."""
    start = _START + (last_night - LAST_NIGHT)
    company = Company(replace(_SPEC, start=start, starts_on=_START.weekday()))
    first = night(1, last_night)
    company.edit_persona(
        company.persona_ids[0],
        first + timedelta(hours=9),
        system_prompt="Ask one question at a time, and wait.",
    )
    return Story(company, last_night, _script_reinvite(company, first), _script_late_survey(company, first))


def write_company(folder: Path, story: Story) -> None:
    """The files that this company keeps: names, groups of its tags, budgets, and one metadata key."""
    sales, care, tech = story.company.project_ids
    first, *others = story.company.persona_ids
    month = f"{story.last_night:%Y-%m}"
    files = {
        "accounts.csv": f"client_id,name\n{story.company.client_id},Meridian Talent\n",
        "projects.csv": "project_id,name,cost_center,owner\n"
        f"{sales},Sales hiring EMEA,CC-210,Ana Ruiz\n"
        f"{care},Customer care,CC-340,Tom Okafor\n"
        f"{tech},Engineering,CC-500,Mei Lin\n",
        # The others go by their role.
        "personas.csv": "persona_id,name,team\n"
        f"{first},Friendly first call,Talent\n" + "".join(f"{other},,Assessment\n" for other in others[:3]),
        "tags.csv": "tag,group,label\n"
        "campus,channel,Campus\nreferral,channel,Referral\nremote,place,Remote\n"
        "night-shift,place,On site at night\n",
        "budgets.csv": "project_id,month,credits\n"
        f"{sales},{month},5000\n{care},{month},5000\n{tech},{month},5000\n,{month},18000\n",
        "metadata.toml": '[stage]\ncolumn = "hiring_stage"\n'
        'description = "Stage in the applicant tracking system."\n',
    }
    folder.mkdir(mode=0o700)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def night(number: int, last_night: datetime = LAST_NIGHT) -> datetime:
    """When the given night's run starts; the first is 1."""
    return last_night - timedelta(days=NIGHTS - number)


def _script_reinvite(company: Company, first: datetime) -> str:
    """Failed three days before the first night, invited again after it, completed after the second."""
    second, third = first + timedelta(days=1), first + timedelta(days=2)
    session_id = company.add_session(
        first - timedelta(days=4), project_id=company.project_ids[0], candidate_ref="cand-0042"
    )
    company.start_session(session_id, first - timedelta(days=3, minutes=10))
    company.fail_session(session_id, first - timedelta(days=3))
    company.reinvite(session_id, first + timedelta(hours=7))
    company.start_session(session_id, second + timedelta(hours=8))
    company.complete_session(session_id, second + timedelta(hours=8, minutes=25), duration_sec=1_490)
    company.submit_survey(
        session_id,
        third + timedelta(hours=21),
        1,
        "The first link broke off, the second asked it all again.",
    )
    return session_id


def _script_late_survey(company: Company, first: datetime) -> str:
    """Completed twelve and a half days before the first night; the survey comes after it."""
    ended_at = first - timedelta(days=12, hours=12)
    session_id = company.add_session(
        ended_at - timedelta(hours=3), project_id=company.project_ids[1], candidate_ref="cand-0007"
    )
    company.complete_session(session_id, ended_at, duration_sec=1_100)
    company.submit_survey(
        session_id, first + timedelta(hours=5), 2, "Thought about it for a while: it never let me finish."
    )
    return session_id
