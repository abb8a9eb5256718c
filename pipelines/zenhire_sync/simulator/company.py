"""A living company: a history grown from a spec, seen at any moment, and scripted further by hand."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from random import Random
from threading import RLock
from typing import Any

from zenhire_sync.simulator.growth import (
    credits_for,
    grow_personas,
    grow_sessions,
    last_moment_ms,
    new_uuid,
)
from zenhire_sync.simulator.snapshot import Snapshot
from zenhire_sync.simulator.spec import CompanySpec
from zenhire_sync.simulator.timeline import (
    NEVER_MS,
    PersonaTimeline,
    PersonaVersion,
    SessionTimeline,
    Survey,
    TimelineState,
    Traits,
    to_datetime,
    to_iso,
    to_ms,
)

_at_ms = attrgetter("at_ms")
_created_ms = attrgetter("created_ms")


class Company:
    """The truth behind the simulated API.

    ``at(moment)`` shows it; the other methods add events, at any time, past or future. All times are
    zone-aware datetimes, kept to the millisecond. Safe to script from one thread while another serves.
    """

    def __init__(self, spec: CompanySpec | None = None) -> None:
        self.spec = spec or CompanySpec()
        self._lock = RLock()
        self._rng = Random(self.spec.seed)  # noqa: S311 - repeatable accidents, not secrets
        self.client_id = new_uuid(self._rng)
        self.project_ids = tuple(new_uuid(self._rng) for _ in range(self.spec.projects))
        personas = grow_personas(self._rng, self.spec)
        self.persona_timelines = {persona.id: persona for persona in personas}
        self.sessions_by_creation = grow_sessions(self._rng, self.spec, personas, self.project_ids)
        self._session_by_id = {session.id: session for session in self.sessions_by_creation}
        self._latest: Snapshot | None = None

    # the truth

    def at(self, moment: datetime) -> Snapshot:
        """The company as it stands at a moment."""
        moment_ms = to_ms(moment)
        with self._lock:
            if self._latest is None or self._latest.moment_ms != moment_ms:
                self._latest = Snapshot(self, moment, moment_ms)
            return self._latest

    def find(self, session_id: str) -> SessionTimeline | None:
        """The history of a session, visible or not, by its id in whatever case."""
        return self._session_by_id.get(session_id.lower())

    @property
    def persona_ids(self) -> tuple[str, ...]:
        """All personas that ever were."""
        return tuple(self.persona_timelines)

    @property
    def settled_at(self) -> datetime:
        """When the last event of the history happens; nothing changes from then on."""
        personas = list(self.persona_timelines.values())
        return to_datetime(last_moment_ms(self.sessions_by_creation, personas, to_ms(self.spec.start)))

    def ever_visible_ids(self, until: datetime) -> list[str]:
        """Sessions that were visible at some time up to ``until``, deleted since or not, oldest first."""
        until_ms = to_ms(until)
        return [
            session.id
            for session in self.sessions_by_creation
            if max(session.created_ms, session.appears_ms) <= until_ms
            and max(session.created_ms, session.appears_ms) < session.deleted_ms
        ]

    def session_deletions(self) -> dict[str, datetime]:
        """Session id to the moment of its deletion."""
        deleted = (s for s in self.sessions_by_creation if s.deleted_ms != NEVER_MS)
        return {session.id: to_datetime(session.deleted_ms) for session in deleted}

    def persona_deletions(self) -> dict[str, datetime]:
        """Persona id to the moment of its deletion."""
        deleted = (p for p in self.persona_timelines.values() if p.deleted_ms != NEVER_MS)
        return {persona.id: to_datetime(persona.deleted_ms) for persona in deleted}

    def persona_history(self, persona_id: str) -> tuple[PersonaVersion, ...]:
        """All contents a persona had, in order; ``version.at`` is when each began."""
        return tuple(self._persona(persona_id).versions)

    def session_history(self, session_id: str) -> tuple[TimelineState, ...]:
        """All states a session goes through, in order."""
        return tuple(self._session(session_id).states)

    # events of sessions, by hand

    def add_session(
        self,
        created_at: datetime,
        *,
        session_id: str | None = None,
        persona_id: str | None = None,
        project_id: str | None = None,
        candidate_ref: str | None = None,
        consent_mode: str = "explicit",
        source: str = "requests",
        tags: list[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        appears_at: datetime | None = None,
    ) -> str:
        """Create an ``initiated`` session; its id. ``appears_at``: answers show it only from then on.

        Raises ValueError when there is one of that id.
        """
        with self._lock:
            created_ms = to_ms(created_at)
            session = SessionTimeline(
                id=session_id or new_uuid(self._rng),
                serial=len(self.sessions_by_creation),
                persona=self._persona(persona_id or self.persona_ids[0]),
                project_id=project_id,
                created_ms=created_ms,
                states=[TimelineState(created_ms, "initiated")],
                appears_ms=to_ms(appears_at) if appears_at else created_ms,
                traits=Traits(
                    candidate_ref, consent_mode, source, tags, None if metadata is None else dict(metadata)
                ),
            )
            if session.id in self._session_by_id:
                raise ValueError(f"session {session.id} exists already")
            insort(self.sessions_by_creation, session, key=_created_ms)
            self._session_by_id[session.id] = session
            self._latest = None
            return session.id

    def start_session(self, session_id: str, at: datetime) -> None:
        """The candidate opens the link: ``active``."""
        self._change(session_id, TimelineState(to_ms(at), "active", to_ms(at)))

    def complete_session(
        self, session_id: str, at: datetime, *, duration_sec: int = 600, credit_charged: int | None = None
    ) -> None:
        """The interview ends: ``completed``, charged by the minute unless ``credit_charged`` is given."""
        at_ms = to_ms(at)
        charged = credits_for(duration_sec, self.spec.credits_per_minute)
        if credit_charged is not None:
            charged = credit_charged
        started_ms = self._started_ms(session_id, at_ms, duration_sec)
        self._change(session_id, TimelineState(at_ms, "completed", started_ms, at_ms, duration_sec, charged))

    def fail_session(
        self,
        session_id: str,
        at: datetime,
        *,
        duration_sec: int | None = None,
        credit_charged: int | None = None,
        completed_at: datetime | None = None,
    ) -> None:
        """The session ends without a result: ``failed``; ``completed_at`` is ``at`` unless given."""
        at_ms = to_ms(at)
        ended_ms = to_ms(completed_at) if completed_at else at_ms
        started_ms = self._started_ms(session_id, at_ms, duration_sec or 0)
        state = TimelineState(at_ms, "failed", started_ms, ended_ms, duration_sec, credit_charged)
        self._change(session_id, state)

    def reinvite(self, session_id: str, at: datetime) -> None:
        """A fresh link: back to ``initiated``, all that came of the old one is null again."""
        self._change(session_id, TimelineState(to_ms(at), "initiated"))

    def submit_survey(self, session_id: str, at: datetime, rating: int, comment: str | None = None) -> None:
        """The candidate answers the survey; a later call replaces the answer from then on.

        Raises ValueError for a rating that is not 1 to 5.
        """
        if not 1 <= rating <= 5:
            raise ValueError(f"rating is 1 to 5, not {rating}")
        with self._lock:
            insort(self._session(session_id).surveys, Survey(to_ms(at), rating, comment), key=_at_ms)

    def delete_session(self, session_id: str, at: datetime) -> None:
        """The session is deleted from then on."""
        with self._lock:
            self._session(session_id).deleted_ms = to_ms(at)
            self._latest = None

    def move_session(self, session_id: str, project_id: str | None) -> None:
        """The session belongs to another project, as if it always had."""
        with self._lock:
            session = self._session(session_id)
            session.project_id, session.rendered = project_id, None
            self._latest = None

    # events of personas, by hand

    def add_persona(
        self,
        created_at: datetime,
        *,
        role_name: str = "Data Engineer",
        language: str = "en",
        system_prompt: str = "Be kind and brief.",
        base_prompt_override: str | None = None,
    ) -> str:
        """Create a persona; its id."""
        with self._lock:
            version = PersonaVersion(
                to_ms(created_at), role_name, language, system_prompt, base_prompt_override
            )
            persona = PersonaTimeline(new_uuid(self._rng), [version])
            # replaced, not grown: the serving thread may be reading it
            self.persona_timelines = {**self.persona_timelines, persona.id: persona}
            self._latest = None
            return persona.id

    def edit_persona(self, persona_id: str, at: datetime, **content: Any) -> None:
        """Change ``role_name``, ``language``, ``system_prompt`` or ``base_prompt_override`` from then on.

        Raises ValueError when the persona does not exist by then.
        """
        with self._lock:
            persona = self._persona(persona_id)
            before = persona.version_at(to_ms(at))
            if before is None:
                raise ValueError(f"persona {persona_id} does not exist at {to_iso(to_ms(at))}")
            insort(persona.versions, before._replace(at_ms=to_ms(at), **content), key=_at_ms)
            self._latest = None

    def delete_persona(self, persona_id: str, at: datetime) -> None:
        """The persona is deleted from then on."""
        with self._lock:
            self._persona(persona_id).deleted_ms = to_ms(at)
            self._latest = None

    def _change(self, session_id: str, state: TimelineState) -> None:
        with self._lock:
            insort(self._session(session_id).states, state, key=_at_ms)
            self._latest = None

    def _started_ms(self, session_id: str, at_ms: int, duration_sec: int) -> int:
        started_ms = self._session(session_id).state_at(at_ms).started_ms
        return at_ms - duration_sec * 1_000 if started_ms is None else started_ms

    def _session(self, session_id: str) -> SessionTimeline:
        session = self._session_by_id.get(session_id)
        if session is None:
            raise KeyError(f"the company has no session {session_id}")
        return session

    def _persona(self, persona_id: str) -> PersonaTimeline:
        persona = self.persona_timelines.get(persona_id)
        if persona is None:
            raise KeyError(f"the company has no persona {persona_id}")
        return persona
