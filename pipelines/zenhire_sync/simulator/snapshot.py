"""The company as it stands at one moment, in the words of the API."""

from __future__ import annotations

import json
from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING

from zenhire_sync.simulator.timeline import (
    JsonRow,
    PersonaVersion,
    RenderedRow,
    SessionTimeline,
    TimelineState,
    Traits,
    to_iso,
)
from zenhire_sync.simulator.traits import make_traits

if TYPE_CHECKING:
    from datetime import datetime

    from zenhire_sync.simulator.company import Company

_created_ms = attrgetter("created_ms")


def to_json(value: object) -> str:
    """Compact JSON text, unicode as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Snapshot:
    """What the API would show at ``moment``. Rows are copies, the values nested in them are shared."""

    def __init__(self, company: Company, moment: datetime, moment_ms: int) -> None:
        self.moment = moment
        self.moment_ms = moment_ms
        self._company = company
        ordered = company.sessions_by_creation
        created = ordered[: bisect_right(ordered, moment_ms, key=_created_ms)]
        self.shown = [s for s in created if s.appears_ms <= moment_ms]
        self.visible = [s for s in self.shown if moment_ms < s.deleted_ms]
        self._persona_now = {p.id: p.version_at(moment_ms) for p in company.persona_timelines.values()}

    def ids(self) -> list[str]:
        """Ids of visible sessions, oldest first."""
        return [session.id for session in self.visible]

    def sessions(self) -> list[JsonRow]:
        """List rows of visible sessions, oldest first: all fields but ``persona`` and ``feedback``."""
        return [dict(self.rendered(session).row) for session in self.visible]

    def session(self, session_id: str) -> JsonRow | None:
        """The list row of one visible session."""
        timeline = self._company.find(session_id)
        return dict(self.rendered(timeline).row) if timeline and self.is_visible(timeline) else None

    def detail(self, session_id: str) -> JsonRow | None:
        """One visible session with ``persona`` and ``feedback``, without ``role_name`` and ``language``."""
        timeline = self._company.find(session_id)
        return self.detail_of(timeline) if timeline and self.is_visible(timeline) else None

    def details(self) -> list[JsonRow]:
        """Details of all visible sessions, oldest first."""
        return [self.detail_of(session) for session in self.visible]

    def personas(self) -> list[JsonRow]:
        """Personas that exist, with content, ``created_at`` and ``updated_at``."""
        rows = []
        for persona in self._company.persona_timelines.values():
            version = self._persona_now[persona.id]
            if version is not None:
                times = {
                    "created_at": to_iso(persona.versions[0].at_ms),
                    "updated_at": to_iso(version.at_ms),
                }
                rows.append({**_persona_content(persona.id, version), **times})
        return rows

    def credits_charged(self) -> int:
        """Credits charged so far, deleted sessions included."""
        return sum(s.state_at(self.moment_ms).credit_charged or 0 for s in self.shown)

    def is_visible(self, session: SessionTimeline) -> bool:
        """Whether the session has appeared and is not deleted."""
        return self.is_shown(session) and self.moment_ms < session.deleted_ms

    def is_shown(self, session: SessionTimeline) -> bool:
        """Whether the session has appeared, deleted since or not."""
        return max(session.created_ms, session.appears_ms) <= self.moment_ms

    def rendered(self, session: SessionTimeline) -> RenderedRow:
        """The list row as dict and as JSON text; made once per change."""
        state = session.state_at(self.moment_ms)
        persona = self._persona_now[session.persona.id]
        known = session.rendered
        if known is not None and known.state is state and known.persona is persona:
            return known
        row = _list_row(session, state, persona, self._traits(session), self._company.client_id)
        session.rendered = known = RenderedRow(state, persona, row, to_json(row))
        return known

    def detail_of(self, session: SessionTimeline) -> JsonRow:
        """The detail of a session, whether deleted or not."""
        row = dict(self.rendered(session).row)
        del row["role_name"], row["language"]
        persona = self._persona_now[session.persona.id]
        survey = session.survey_at(self.moment_ms)
        row["persona"] = _persona_content(session.persona.id, persona) if persona else None
        row["feedback"] = None
        if survey is not None:
            row["feedback"] = {
                "rating": survey.rating,
                "comment": survey.comment,
                "submitted_at": to_iso(survey.at_ms),
                "flagged": survey.rating <= 2,
            }
        return row

    def earlier_persona_of(self, session: SessionTimeline) -> JsonRow | None:
        """The content that its persona had before the latest edit; None when there was no edit."""
        now = self._persona_now[session.persona.id]
        before = [v for v in session.persona.versions if now is not None and v.at_ms < now.at_ms]
        return _persona_content(session.persona.id, before[-1]) if before else None

    def _traits(self, session: SessionTimeline) -> Traits:
        if session.traits is None:
            session.traits = make_traits(self._company.spec, session.serial)
        return session.traits


def _persona_content(persona_id: str, version: PersonaVersion) -> JsonRow:
    return {
        "id": persona_id,
        "role_name": version.role_name,
        "language": version.language,
        "system_prompt": version.system_prompt,
        "base_prompt_override": version.base_prompt_override,
    }


def _list_row(
    session: SessionTimeline,
    state: TimelineState,
    persona: PersonaVersion | None,
    traits: Traits,
    client_id: str,
) -> JsonRow:
    is_completed = state.status == "completed"
    return {
        "id": session.id,
        "client_id": client_id,
        "persona_id": session.persona.id,
        "candidate_ref": traits.candidate_ref,
        "status": state.status,
        "consent_mode": traits.consent_mode,
        "source": traits.source,
        "project_id": session.project_id,
        "tags": traits.tags,
        "metadata": traits.metadata,
        "started_at": None if state.started_ms is None else to_iso(state.started_ms),
        "completed_at": None if state.ended_ms is None else to_iso(state.ended_ms),
        "duration_sec": state.duration_sec,
        "credit_charged": state.credit_charged,
        "recording_s3_key": f"recordings/{session.id}.webm" if is_completed else None,
        "transcript_s3_key": f"transcripts/{session.id}.json" if is_completed else None,
        "interview_svc_session_id": f"svc-{session.id[:8]}" if is_completed else None,
        "created_at": to_iso(session.created_ms),
        "role_name": persona.role_name if persona else None,
        "language": persona.language if persona else None,
    }
