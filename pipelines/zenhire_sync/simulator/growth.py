"""Grows a company's history from its spec: who was invited, started, ended, answered, was deleted."""

from __future__ import annotations

from random import Random

from zenhire_sync.simulator import texts
from zenhire_sync.simulator.spec import LINK_LIFE_DAYS, CompanySpec
from zenhire_sync.simulator.timeline import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NEVER_MS,
    SECOND_MS,
    PersonaTimeline,
    PersonaVersion,
    SessionTimeline,
    Survey,
    TimelineState,
    to_ms,
)

MAX_INVITATIONS = 3
# lengths at which rounding up to minutes goes wrong first
_EDGE_DURATIONS_SEC = (0, 1, 59, 60, 61, 119, 120, 3_599, 3_600)


def new_uuid(rng: Random) -> str:
    """A version 4 uuid from the given generator."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def credits_for(duration_sec: int, credits_per_minute: int) -> int:
    """P: per minute, rounded up to the next minute."""
    return -(-duration_sec // 60) * credits_per_minute


def grow_personas(rng: Random, spec: CompanySpec) -> list[PersonaTimeline]:
    """Personas with their edits. The last ``personas_deleted`` ones are deleted (never the first)."""
    personas = [_grow_persona(rng, spec, number) for number in range(spec.personas)]
    doomed = min(spec.personas_deleted, spec.personas - 1)
    for persona in personas[spec.personas - doomed :]:
        persona.deleted_ms = to_ms(spec.start) + round(spec.days * DAY_MS * rng.uniform(0.4, 0.9))
    return personas


def _grow_persona(rng: Random, spec: CompanySpec, number: int) -> PersonaTimeline:
    start = to_ms(spec.start)
    role = _role(spec, number)
    version = PersonaVersion(
        start - rng.randint(1, 90) * DAY_MS,
        role,
        texts.LANGUAGES[number % spec.languages],
        _prompt(rng, number),
        None if rng.random() < 0.6 else "Speak slowly.",
    )
    persona = PersonaTimeline(new_uuid(rng), [version])
    moments = sorted(start + round(spec.days * DAY_MS * rng.random()) for _ in range(spec.edits_per_persona))
    for at_ms in moments:
        version = version._replace(at_ms=at_ms, system_prompt=_prompt(rng, number))
        if rng.random() < 0.3:
            version = version._replace(role_name=f"{role} (rev. {len(persona.versions) + 1})")
        if rng.random() < 0.4:
            override = None if version.base_prompt_override else "Speak slowly."
            version = version._replace(base_prompt_override=override)
        persona.versions.append(version)
    return persona


def _role(spec: CompanySpec, number: int) -> str:
    if spec.long_names:
        # what tells them apart stands at their end
        return f"{texts.LONG_ROLES[number % len(texts.LONG_ROLES)]} {number}"
    role = texts.ROLES[number % len(texts.ROLES)]
    return role if number < len(texts.ROLES) else f"{role} {number}"


def _prompt(rng: Random, number: int) -> str:
    parts = rng.sample(texts.PROMPT_PARTS, rng.randint(2, len(texts.PROMPT_PARTS)))
    repeats = 20 if rng.random() < 0.1 else 1
    return f"[{number}.{rng.randint(1, 9999)}] " + "\n".join(parts * repeats)


def grow_sessions(
    rng: Random, spec: CompanySpec, personas: list[PersonaTimeline], project_ids: tuple[str, ...]
) -> list[SessionTimeline]:
    """Sessions in order of creation, with all that ever happens to them."""
    sessions: list[SessionTimeline] = []
    for serial, created_ms in enumerate(_creation_moments(rng, spec)):
        persona = personas[int(rng.random() * len(personas))]
        if persona.deleted_ms <= created_ms:
            persona = personas[0]
        has_project = bool(project_ids) and rng.random() >= spec.no_project_share
        session = SessionTimeline(
            id=new_uuid(rng),
            serial=serial,
            persona=persona,
            project_id=rng.choice(project_ids) if has_project else None,
            created_ms=created_ms,
            states=_live(rng, spec, created_ms),
            appears_ms=created_ms,
        )
        if rng.random() < spec.late_appearance_share:
            session.appears_ms += rng.randint(1, 20) * MINUTE_MS
        if session.states[-1].status == "completed" and rng.random() < spec.survey_share:
            session.surveys.append(_survey(rng, spec, session.states[-1]))
        if rng.random() < spec.sessions_deleted_share:
            session.deleted_ms = created_ms + round(rng.uniform(0.01, 60) * DAY_MS)
        sessions.append(session)
    return sessions


def _creation_moments(rng: Random, spec: CompanySpec) -> list[int]:
    """Mostly weekdays and working hours; some in the same millisecond as the one before."""
    start, until = to_ms(spec.start), to_ms(spec.ends_at)
    weekday = spec.start.weekday() if spec.starts_on is None else spec.starts_on
    weights = [0.2 if (weekday + day) % 7 >= 5 else 1.0 for day in range(spec.days)]
    moments = []
    for day in rng.choices(range(spec.days), weights, k=spec.sessions):
        hour = rng.random() * 24 if rng.random() < 0.05 else 7 + 13 * (rng.random() + rng.random()) / 2
        moment = start + day * DAY_MS + int(hour * HOUR_MS)
        # what there is no time for any more happened at that hour of a day before
        days_late = max(0, -((until - moment) // DAY_MS))
        moments.append(moment - days_late * DAY_MS)
    moments.sort()
    for index in range(1, len(moments)):
        if rng.random() < spec.tie_share:
            moments[index] = moments[index - 1]
    return moments


def _live(rng: Random, spec: CompanySpec, created_ms: int) -> list[TimelineState]:
    states = [TimelineState(created_ms, "initiated")]
    invited_ms = created_ms
    for invitation in range(1, MAX_INVITATIONS + 1):
        over_ms = _follow_link(rng, spec, invited_ms, states)
        room_ms = created_ms + int(spec.reinvite_within_days * DAY_MS) - over_ms
        is_done = states[-1].status == "completed" or invitation == MAX_INVITATIONS
        if is_done or room_ms <= 0 or rng.random() >= spec.reinvite_share:
            return states
        invited_ms = over_ms + 1 + int(room_ms * rng.random())
        states.append(TimelineState(invited_ms, "initiated"))
    return states


def _follow_link(rng: Random, spec: CompanySpec, invited_ms: int, states: list[TimelineState]) -> int:
    """Add what comes of one invitation; the moment it is over."""
    luck = rng.random()
    if luck >= spec.completed_share + spec.failed_share:
        return invited_ms + LINK_LIFE_DAYS * DAY_MS
    wait_ms = min(int(rng.expovariate(1 / (10 * HOUR_MS))), LINK_LIFE_DAYS * DAY_MS - 1)
    started_ms = invited_ms + MINUTE_MS + wait_ms
    active = TimelineState(started_ms, "active", started_ms)
    if luck < spec.completed_share:
        duration_sec = _duration_sec(rng)
        ended_ms = started_ms + duration_sec * SECOND_MS + int(rng.random() * 999) + 1
        charged = credits_for(duration_sec, spec.credits_per_minute)
        states += [active, TimelineState(ended_ms, "completed", started_ms, ended_ms, duration_sec, charged)]
        return ended_ms
    failed = _failure(rng, spec, started_ms)
    states += [active, failed] if failed.started_ms is not None else [failed]
    return failed.at_ms


def _duration_sec(rng: Random) -> int:
    if rng.random() < 0.05:
        return rng.choice(_EDGE_DURATIONS_SEC)
    return 60 + int(3_000 * rng.random() * rng.random())


def _failure(rng: Random, spec: CompanySpec, started_ms: int) -> TimelineState:
    """P: charges nothing; an over-long live interview is closed as failed, and so are dead starts."""
    luck = rng.random()
    duration_sec = 4 * 3_600 if luck < 0.1 else _duration_sec(rng)
    at_ms = started_ms + duration_sec * SECOND_MS + 1
    has_end = rng.random() >= spec.failed_without_end_share
    return TimelineState(
        at_ms,
        "failed",
        None if luck > 0.9 else started_ms,
        at_ms if has_end else None,
        duration_sec if has_end and 0.1 <= luck < 0.6 else None,
        0 if rng.random() < 0.5 else None,
    )


def _survey(rng: Random, spec: CompanySpec, ended: TimelineState) -> Survey:
    is_negative = rng.random() < spec.negative_share
    rating = rng.randint(1, 2) if is_negative else rng.randint(3, 5)
    comment: str | None = None
    if rng.random() < spec.survey_comment_share:
        usual = texts.BAD_COMMENTS if is_negative else texts.GOOD_COMMENTS
        comment = rng.choice(texts.AWKWARD_COMMENTS if rng.random() < spec.awkward_share else usual)
    return Survey(ended.at_ms + _survey_delay_ms(rng, spec), rating, comment)


def _survey_delay_ms(rng: Random, spec: CompanySpec) -> int:
    if spec.survey_delay_days is not None:
        return int(rng.uniform(*spec.survey_delay_days) * DAY_MS) + 1
    luck = rng.random()
    if luck < 0.6:
        return rng.randint(1, 30 * MINUTE_MS)
    if luck < 0.85:
        return rng.randint(30 * MINUTE_MS, DAY_MS)
    return rng.randint(DAY_MS, 25 * DAY_MS)


def last_moment_ms(sessions: list[SessionTimeline], personas: list[PersonaTimeline], start_ms: int) -> int:
    """When the last thing happens in a company."""
    moments = [start_ms, *(session.last_change_ms() for session in sessions)]
    for persona in personas:
        moments.append(persona.versions[-1].at_ms)
        if persona.deleted_ms != NEVER_MS:
            moments.append(persona.deleted_ms)
    return max(moments)
