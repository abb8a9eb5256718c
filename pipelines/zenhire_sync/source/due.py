"""Which details a load asks for, from the rows of its list and what earlier loads left. Pure.

There is no table to look into, so the list itself is read back as far as a survey may still come, and a
session counts as looked at when the last load would have done it: a rung of the ladder is climbed by the
first load after it. What is forgotten of a survey that is here costs a request, never a survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from zenhire_sync.plan.detail_plan import (
    OpenRejection,
    PersonaUse,
    PlannedDetail,
    Policy,
    SessionState,
    Situation,
    completed_reason,
    plan_details,
)
from zenhire_sync.rows.contract import DETAIL_ENDPOINT
from zenhire_sync.settings import Settings
from zenhire_sync.source.remembered import Remembered, mark_of

_COLUMNS = ["id", "persona_id", "status", "created_at", "completed_at", "project_id", "sent_id"]


def policy_of(settings: Settings) -> Policy:
    """The settings, as the plan needs them."""
    return Policy(
        tuple(timedelta(days=days) for days in sorted(settings.survey_ladder_days)),
        timedelta(days=settings.persona_check_days),
        timedelta(days=settings.recheck_days),
    )


class DueDetails:
    """Sessions of one list whose detail is due, for ``surveys``, ``personas`` or both.

    ``answered`` are sessions whose survey is known, by their mark, with their end; ``sent_ids`` the spellings
    that the API sent where they are not in lower case.
    """

    def __init__(
        self, settings: Settings, remembered: Remembered, now: datetime, *, surveys: bool, personas: bool
    ) -> None:
        self._policy = policy_of(settings)
        self._lag = timedelta(minutes=settings.cursor_lag_minutes)
        self._remembered = remembered
        self._now = now
        self._wants_surveys = surveys
        self._wants_personas = personas
        self._looked_at: list[SessionState] = []
        self._personas: dict[str, PersonaUse] = {}
        self._ended: dict[str, datetime] = {}
        self.answered: dict[bytes, datetime] = {}
        self.sent_ids: dict[str, str] = {}

    def take(self, sessions: pa.Table) -> None:
        """Looks at rows of the list."""
        columns = (sessions.column(name).to_pylist() for name in _COLUMNS)
        for session_id, persona_id, status, created_at, completed_at, project_id, sent_id in zip(
            *columns, strict=True
        ):
            if sent_id is not None:
                self.sent_ids[session_id] = sent_id
            if self._wants_surveys and status == "completed":
                ended = completed_at or created_at
                checked = self._checked_at(ended)
                self._take_completed(
                    SessionState(session_id, persona_id, created_at, completed_at, checked, project_id), ended
                )
            newest = self._personas.get(persona_id)
            if self._wants_personas and (newest is None or newest.newest_created_at < created_at):
                checked = self._remembered.checked.get(persona_id)
                self._personas[persona_id] = PersonaUse(
                    persona_id, session_id, created_at, checked, project_id
                )

    def plan(self) -> Sequence[PlannedDetail]:
        """The calls that are due, those of sessions that were set aside by an earlier load among them."""
        retry = [
            OpenRejection(session_id, DETAIL_ENDPOINT, session_id, since)
            for session_id, since in self._remembered.retry.items()
        ]
        situation = Situation(
            looked_at=self._looked_at, rejections=retry, personas=list(self._personas.values())
        )
        return plan_details(situation, self._policy, self._now).named

    def note_survey(self, session_id: str) -> None:
        """A session's survey is here."""
        if session_id in self._ended:
            ended = self._ended[session_id]
            self.answered[mark_of(session_id, ended)] = ended

    def personas_checked(self, asked: Sequence[PlannedDetail]) -> dict[str, datetime]:
        """When each persona was last asked for, ``asked`` included; without those that are used no more."""
        recently = self._now - self._policy.recheck
        checked = {
            persona_id: moment
            for persona_id, moment in self._remembered.checked.items()
            if persona_id in self._personas or moment > recently
        }
        return checked | {plan.persona_id: self._now for plan in asked if plan.persona_id is not None}

    def _take_completed(self, session: SessionState, ended: datetime) -> None:
        if self._is_answered(session.id, ended):
            self.answered[mark_of(session.id, ended)] = ended
        elif completed_reason(session, self._policy.survey_ladder, self._now) is not None:
            self._looked_at.append(session)
            self._ended[session.id] = ended

    def _is_answered(self, session_id: str, ended: datetime) -> bool:
        ladder = self._policy.survey_ladder
        is_over = not ladder or ended + ladder[-1] < self._now
        return not is_over and mark_of(session_id, ended) in self._remembered.answered

    def _checked_at(self, ended: datetime) -> datetime | None:
        """When an earlier load looked at the detail of a session that ended then."""
        cursors = self._remembered.cursors
        if cursors is None or cursors.completed_at is None or ended > cursors.completed_at - self._lag:
            return None
        return self._remembered.last_run
