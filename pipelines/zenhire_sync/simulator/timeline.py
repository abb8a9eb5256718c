"""The parts of a company's history: what a session, a survey and a persona were from when on.

Times inside are whole milliseconds since 1970 UTC, the precision the API sends.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

JsonRow: TypeAlias = dict[str, Any]

NEVER_MS = 1 << 62
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_at_ms = attrgetter("at_ms")


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC. Raises ``ValueError`` for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; the simulator only knows UTC instants")
    return (moment - _EPOCH) // _MILLISECOND


def to_datetime(at_ms: int) -> datetime:
    """The UTC instant of a millisecond count."""
    return _EPOCH + timedelta(milliseconds=at_ms)


def to_iso(at_ms: int) -> str:
    """The text the API sends: ``2024-07-29T15:51:28.071Z``."""
    return to_datetime(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TimelineState(NamedTuple):
    """The changeable part of a session from ``at_ms`` on."""

    at_ms: int
    status: str
    started_ms: int | None = None
    ended_ms: int | None = None
    duration_sec: int | None = None
    credit_charged: int | None = None

    @property
    def at(self) -> datetime:
        """When this state began (UTC)."""
        return to_datetime(self.at_ms)


class Survey(NamedTuple):
    """What a candidate answered at ``at_ms``; ``rating`` 1 to 5."""

    at_ms: int
    rating: int
    comment: str | None


class PersonaVersion(NamedTuple):
    """A persona's content from ``at_ms`` on."""

    at_ms: int
    role_name: str
    language: str
    system_prompt: str
    base_prompt_override: str | None

    @property
    def at(self) -> datetime:
        """When this content became valid (UTC)."""
        return to_datetime(self.at_ms)


class Traits(NamedTuple):
    """What is given once, when a session is created."""

    candidate_ref: str | None
    consent_mode: str
    source: str
    tags: list[str] | None
    metadata: JsonRow | None


class RenderedRow(NamedTuple):
    """A list row with the state and persona content it was made from."""

    state: TimelineState
    persona: PersonaVersion | None
    row: JsonRow
    json_text: str


@dataclass(slots=True)
class PersonaTimeline:
    """One persona: contents in order of time, and when it was deleted."""

    id: str
    versions: list[PersonaVersion]
    deleted_ms: int = NEVER_MS

    def version_at(self, at_ms: int) -> PersonaVersion | None:
        """The content at a time; None before creation and after deletion."""
        if at_ms >= self.deleted_ms:
            return None
        index = bisect_right(self.versions, at_ms, key=_at_ms)
        return self.versions[index - 1] if index else None


@dataclass(slots=True)
class SessionTimeline:
    """One session: states and surveys in order of time, and when it was deleted.

    ``appears_ms`` is when answers first show it, normally the moment of creation.
    """

    id: str
    serial: int
    persona: PersonaTimeline
    project_id: str | None
    created_ms: int
    states: list[TimelineState]
    appears_ms: int
    deleted_ms: int = NEVER_MS
    surveys: list[Survey] = field(default_factory=list)
    traits: Traits | None = None
    rendered: RenderedRow | None = None

    def state_at(self, at_ms: int) -> TimelineState:
        """The state at a time (the first one for times before creation)."""
        states = self.states
        if states[-1].at_ms <= at_ms:
            return states[-1]
        return states[max(0, bisect_right(states, at_ms, key=_at_ms) - 1)]

    def survey_at(self, at_ms: int) -> Survey | None:
        """The last survey submitted up to a time."""
        index = bisect_right(self.surveys, at_ms, key=_at_ms)
        return self.surveys[index - 1] if index else None

    def last_change_ms(self) -> int:
        """When something last happened to it, deletion included."""
        moments = [self.states[-1].at_ms, self.appears_ms, *(survey.at_ms for survey in self.surveys)]
        if self.deleted_ms != NEVER_MS:
            moments.append(self.deleted_ms)
        return max(moments)
