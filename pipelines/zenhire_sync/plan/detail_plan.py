"""Which session details a run asks for, and why. Pure: warehouse rows, settings and ``now`` in, plan out.

A detail costs 1/500 of a minute of the key's rate (P), so each has a reason; nothing else is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from zenhire_schemas.names import DetailReason

# Client and project of a session: what decides which key sees it (P). Two clients may share a project id.
Scope = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class SessionState:
    """What the warehouse knows of a session whose detail may be due."""

    id: str
    persona_id: str
    created_at: datetime
    completed_at: datetime | None
    detail_checked_at: datetime | None
    project_id: str | None = None
    deleted_at: datetime | None = None
    client_id: str | None = None

    @property
    def scope(self) -> Scope:
        """Its client and project."""
        return self.client_id, self.project_id

    @property
    def ended_at(self) -> datetime:
        """When it was completed, as far as it is known."""
        return self.completed_at or self.created_at


@dataclass(frozen=True, slots=True)
class PersonaUse:
    """A persona's newest session that is not deleted, and when any detail last showed the persona."""

    persona_id: str
    newest_session_id: str
    newest_created_at: datetime
    checked_at: datetime | None
    project_id: str | None = None
    client_id: str | None = None

    @property
    def scope(self) -> Scope:
        """Client and project of that session."""
        return self.client_id, self.project_id


@dataclass(frozen=True, slots=True)
class OpenRejection:
    """Something set aside that has not healed. ``session_id`` is None when it cannot be asked for."""

    rejected_id: str
    endpoint: str
    session_id: str | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings the plan depends on."""

    survey_ladder: tuple[timedelta, ...]
    persona_check: timedelta
    recheck: timedelta


@dataclass(frozen=True, slots=True)
class Bounds:
    """The part of a backfill that a user asked for, by creation time: from ``since`` up to ``until``."""

    since: datetime | None = None
    until: datetime | None = None

    def hold(self, created_at: datetime) -> bool:
        """Whether a session created then is within."""
        return (self.since is None or created_at >= self.since) and (
            self.until is None or created_at < self.until
        )


NO_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class PlannedDetail:
    """One detail call with its reason. ``scope`` tells which key is likely to see the session; None: any.

    ``ended_at`` is the session's end where that says how much its detail is worth: the later, the more.
    ``rung`` is the rung of the survey ladder that has come.
    """

    session_id: str
    reason: DetailReason
    persona_id: str | None = None
    scope: Scope | None = None
    ended_at: datetime | None = None
    rung: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many completed sessions of a persona in a project were never looked at."""

    persona_id: str
    client_id: str
    project_id: str | None
    sessions: int

    @property
    def scope(self) -> Scope:
        """Client and project of all of them."""
        return self.client_id, self.project_id


@dataclass(frozen=True, slots=True)
class Situation:
    """What the plan is made from, as the warehouse has it.

    ``looked_at`` are completed sessions whose detail was asked for before; ``relisted`` are sessions marked
    deleted that the list shows again; ``waiting`` are those of the rejections' sessions that are in the
    backlog.
    """

    backlog: Sequence[Backlog] = ()
    looked_at: Iterable[SessionState] = ()
    relisted: Sequence[SessionState] = ()
    rejections: Sequence[OpenRejection] = ()
    personas: Sequence[PersonaUse] = ()
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DetailPlan:
    """The calls of a run: some by session, and the backlog, which is named page by page as it is worked off.

    After a first sync the backlog is as long as the list, and all of it has the reason "completed".
    """

    named: Sequence[PlannedDetail]
    backlog: Sequence[Backlog] = ()
    bounds: Bounds = NO_BOUNDS

    def __len__(self) -> int:
        return len(self.named) + sum(part.sessions for part in self.backlog)

    def by_reason(self) -> dict[str, int]:
        """Calls by reason, for the bill."""
        counts: Counter[str] = Counter(planned.reason for planned in self.named)
        counts["completed"] += sum(part.sessions for part in self.backlog)
        return {reason: count for reason, count in counts.items() if count}


def plan_details(
    situation: Situation, policy: Policy, now: datetime, bounds: Bounds = NO_BOUNDS
) -> DetailPlan:
    """Each session at most once, under its first reason: completed, survey, reappeared, retry, persona.

    ``bounds`` are those that the backlog was counted within; what was looked at before must keep them too.
    """
    plan: dict[str, PlannedDetail] = {}

    def add(planned: PlannedDetail) -> None:
        plan.setdefault(planned.session_id, planned)

    for session in situation.looked_at:
        reason = completed_reason(session, policy.survey_ladder, now)
        if reason is not None and bounds.hold(session.created_at):
            ended, checked = session.ended_at, session.detail_checked_at
            rung = due_rung(ended, checked, policy.survey_ladder, now) if reason == "survey" else None
            add(PlannedDetail(session.id, reason, session.persona_id, session.scope, ended, rung))
    for session in situation.relisted:
        if due_rung(session.deleted_at, session.detail_checked_at, policy.survey_ladder, now) is not None:
            add(PlannedDetail(session.id, "reappeared", session.persona_id, session.scope))
    for rejection in situation.rejections:
        # Set aside in this very run: not worth a second look before the next night.
        is_late = rejection.first_seen_at < now
        if rejection.session_id is not None and is_late and rejection.session_id not in situation.waiting:
            add(PlannedDetail(rejection.session_id, "retry"))
    covered = {planned.persona_id for planned in plan.values()}
    covered.update(part.persona_id for part in situation.backlog)
    for persona in situation.personas:
        if persona.persona_id not in covered and persona_is_due(persona, policy, now):
            add(PlannedDetail(persona.newest_session_id, "persona", persona.persona_id, persona.scope))
    return DetailPlan(list(plan.values()), situation.backlog, bounds)


def completed_reason(
    session: SessionState, ladder: Sequence[timedelta], now: datetime
) -> Literal["completed", "survey"] | None:
    """Why the detail of a completed session is due, if it is."""
    checked = session.detail_checked_at
    if checked is None or (session.completed_at is not None and checked < session.completed_at <= now):
        return "completed"
    return None if due_rung(session.ended_at, checked, ladder, now) is None else "survey"


def due_rung(
    start: datetime | None, checked: datetime | None, ladder: Sequence[timedelta], now: datetime
) -> timedelta | None:
    """The rung of the ladder that has come since the last look, the latest of several; None before that."""
    if start is None:
        return None
    due = (r for r in ladder if start + r <= now and (checked is None or checked < start + r))
    return max(due, default=None)


def persona_is_due(persona: PersonaUse, policy: Policy, now: datetime) -> bool:
    """A persona never looked at; or one in use (a session within the recheck window) not looked at lately."""
    if persona.checked_at is None:
        return True
    is_in_use = persona.newest_created_at > now - policy.recheck
    return is_in_use and now - persona.checked_at >= policy.persona_check
