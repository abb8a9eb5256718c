"""What happens at the vendor between two nights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import duckdb

from tests.lives.life import Event
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company

MINUTE = timedelta(minutes=1)


def happen(event: Event, company: Company, now: datetime, rng: Random) -> str:
    """Makes the event happen just before ``now``; says to whom."""
    rows = company.at(now).sessions()
    of = {status: [r["id"] for r in rows if r["status"] == status] for status in ("initiated", "completed")}
    young = (now - timedelta(days=20)).isoformat()
    failed = [r["id"] for r in rows if r["status"] == "failed" and r["created_at"] > young]
    ids = [row["id"] for row in rows]
    happenings: dict[Event, Callable[[], str]] = {
        "some arrive": lambda: _arrive(company, now, rng, rng.randint(1, 6)),
        "a bulk arrives": lambda: _arrive(company, now, rng, rng.choice((10, 12, 20, 25, 50, 61, 100))),
        "the newest are deleted": lambda: _delete(company, now, ids[-rng.randint(1, 4) :]),
        "any are deleted": lambda: _delete(company, now, _some(rng, ids)),
        "some are completed": lambda: _complete(company, now, rng, of["initiated"]),
        "late surveys": lambda: _survey(company, now, rng, of["completed"]),
        "failed ones are invited again": lambda: _invite_again(company, now, _some(rng, failed)),
        "a persona is edited": lambda: _edit(company, now, rng),
        "some move to another project": lambda: _move(company, rng, ids),
    }
    return happenings[event]()


def _some(rng: Random, ids: list[str]) -> list[str]:
    return rng.sample(ids, min(len(ids), rng.randint(1, 4)))


def _arrive(company: Company, now: datetime, rng: Random, count: int) -> str:
    personas = [p.id for p in company.persona_timelines.values() if p.version_at(_ms(now)) is not None]
    for number in range(count):
        company.add_session(
            now - MINUTE * rng.randint(1, 300),
            persona_id=rng.choice(personas),
            project_id=rng.choice((None, *company.project_ids)),
            candidate_ref=f"arrival {number}",
            tags=rng.choice((None, ["a", "b"])),
        )
    return f"{count}"


def _delete(company: Company, now: datetime, ids: list[str]) -> str:
    for session_id in ids:
        company.delete_session(session_id, now - MINUTE)
    return ", ".join(ids)


def _complete(company: Company, now: datetime, rng: Random, ids: list[str]) -> str:
    chosen = _some(rng, ids)
    for session_id in chosen:
        session = company.find(session_id)
        if session is not None and session.states[-1].at_ms < _ms(now - MINUTE):
            company.complete_session(session_id, now - MINUTE, duration_sec=rng.randint(1, 3_000))
    return ", ".join(chosen)


def _survey(company: Company, now: datetime, rng: Random, ids: list[str]) -> str:
    chosen = _some(rng, ids)
    for session_id in chosen:
        session = company.find(session_id)
        # the first one counts: whoever answered is not asked again
        if session is not None and not session.surveys:
            company.submit_survey(session_id, now - MINUTE, rng.randint(1, 5), rng.choice((None, "late")))
    return ", ".join(chosen)


def _invite_again(company: Company, now: datetime, ids: list[str]) -> str:
    for session_id in ids:
        session = company.find(session_id)
        if session is not None and session.states[-1].at_ms < _ms(now - MINUTE):
            company.reinvite(session_id, now - MINUTE)
    return ", ".join(ids)


def _edit(company: Company, now: datetime, rng: Random) -> str:
    living = [p.id for p in company.persona_timelines.values() if p.version_at(_ms(now)) is not None]
    persona = rng.choice(living)
    company.edit_persona(persona, now - MINUTE, system_prompt=f"Edited {rng.randint(1, 999)}.")
    return persona


def _move(company: Company, rng: Random, ids: list[str]) -> str:
    chosen = _some(rng, ids)
    for session_id in chosen:
        company.move_session(session_id, rng.choice((None, *company.project_ids)))
    return ", ".join(chosen)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


def credits_of(settings: Settings) -> tuple[int, int]:
    """Credits of the raw tables and of the marts."""
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as con:
        (raw,) = con.sql("select coalesce(sum(credit_charged), 0) from zenhire_raw.sessions").fetchall()[0]
        (marts,) = con.sql(
            "select coalesce(sum(credits_charged), 0) from zenhire_marts.credit_usage_daily"
        ).fetchall()[0]
    return int(raw), int(marts)
