"""A company of a few hundred sessions in which every odd state occurs, alone and with others."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

from tests.transforms.warehouse import (
    NOW,
    Row,
    audit_result,
    detail_result,
    persona_version,
    session,
    survey,
    sync_run,
    tags,
)

PERSONAS = ["persona-1", "persona-2", "persona-3"]
PROJECTS = ["project-1", "project-2", None]
# the last persona was never fetched, the first was edited twice and looked at seldom
_VERSIONS = [
    persona_version("persona-1", 1, ("2026-01-20 02:00", "2026-02-01 02:00")),
    persona_version("persona-1", 2, ("2026-02-08 02:00", "2026-02-20 02:00"), system_prompt=None),
    persona_version("persona-1", 3, ("2026-02-20 14:00", "2026-03-10 02:00"), base_prompt_override=""),
    persona_version("persona-2", 1, ("2026-02-01 02:00", "2026-02-15 02:00"), language="de"),
    persona_version("persona-2", 2, ("2026-02-16 02:00", "2026-03-09 02:00"), role_name="Cook"),
    persona_version("without a session", 1, ("2026-02-16 02:00", "2026-03-09 02:00")),
]
COMPANY_DIR = Path(__file__).parents[1] / "data" / "company"
_METADATA = {
    "Cost Center": ("Sales", "sales", "Care; 'Night'", "", " ", "früh", "(none)", None),
    "hired": ("2024-02-29", "2023-02-29", "2026-3-1", "2026-04-31", "2000-02-29", "1900-02-29", "2026-12-01"),
    "headcount": ("5", "-5", "+5", "5.0", "007", "9" * 18, "9" * 19, "five"),
    "budget": ("10", "10.25", "-0.000001", "1e3", "1,5", ".5", "123456789012.123456"),
    "urgent": ("true", "No", "1", "maybe", "FALSE"),
    "mail": ("a@x.org",),
    "unlisted": ("secret",),
}
_HARD_TAGS = ("~", "", " ", 'so "called" \\ tag', "Spring", "spring", "spring", "früh, spät", "|")


def random_session(rng: random.Random, number: int) -> Row:
    """Any status with any times, length, charge and deletion, likely or not."""
    created = NOW - timedelta(minutes=rng.randrange(60 * 24 * 60))
    started = created + timedelta(minutes=rng.randrange(9 * 24 * 60)) if rng.random() < 0.8 else None
    duration = rng.choice([None, 0, 1, 59, 60, 61, rng.randrange(4000)])
    ended = started + timedelta(seconds=duration) if started and duration is not None else None
    persona = rng.choice(PERSONAS)
    return session(
        f"s{number}",
        created.isoformat(sep=" ")[:16],
        persona_id=persona,
        project_id=rng.choice(PROJECTS),
        role_name=f"role of {persona}",
        source=rng.choice(["requests", "playground"]),
        status=rng.choice(["completed", "completed", "failed", "initiated", "active"]),
        started_at=started,
        completed_at=ended,
        duration_sec=duration,
        credit_charged=rng.choice([None, 0, 1, 17, 400]),
        deleted_at=rng.choice([None, None, NOW]),
    )


def random_company(seed: int) -> dict[str, list[Row]]:
    """Sessions with surveys and tags, and nothing else: no run, no persona."""
    rng = random.Random(seed)
    sessions = [random_session(rng, n) for n in range(400)]
    answered = [s for s in sessions if rng.random() < 0.5]
    return {
        "sessions": sessions,
        "session_feedback": [
            survey(s["id"], rng.randint(1, 5), "2026-03-09 10:00", flagged=rng.choice([True, False, None]))
            for s in answered
        ],
        "session_tags": [row for s in sessions[::3] for row in tags(s["id"], "a", "b", "c")]
        + tags("s1", "~", "", " "),
    }


def odd_company(seed: int) -> dict[str, list[Row]]:
    """Raw rows by table."""
    rng = random.Random(seed)
    sessions = [random_session(rng, number) for number in range(400)]
    for row in sessions:
        row["detail_checked_at"] = rng.choice([None, NOW, row["created_at"] + timedelta(days=31)])
        row["run_id"] = rng.choice(["run-0", "run-9", "killed"])
        row["unknown_fields"] = rng.choice([None, None, '{"mood": 1}'])
    return {
        "sessions": sessions,
        "session_feedback": [_survey(rng, row) for row in sessions if rng.random() < 0.5],
        "session_tags": [row for s in sessions[::3] for row in tags(s["id"], *_some_tags(rng))],
        "session_metadata": [entry for row in sessions[::2] for entry in _some_metadata(rng, row["id"])],
        "personas": [_persona(row) for row in (_VERSIONS[2], _VERSIONS[4], _VERSIONS[5])],
        "persona_versions": list(_VERSIONS),
        "sync_runs": [_run(rng, number) for number in range(10)],
        "session_states": [state for row in sessions for state in _states(row)],
        "detail_results": [
            detail_result(f"run-{run}", reason, rung, (9 * run, run, run // 2))
            for run in range(10)
            for reason, rung in (("completed", ""), ("survey", "0"), ("survey", "30"), ("persona", ""))
        ],
        "audit_results": [
            audit_result(f"run-{run}", stratum, (size, 10, 9, run % 3), field)
            for run in range(10)
            for stratum, size in (("beyond_ladder", 900 + run), ("recheck_window", 70), ("never_detailed", 9))
            for field in ("any", *["feedback"] * (run % 3 > 0))
        ],
        "rejected_rows": [_rejected(number) for number in range(4)],
    }


def _run(rng: random.Random, number: int) -> Row:
    balance = rng.choice([None, 5000 - 90.5 * number, 9000])
    return sync_run(f"run-{number}", balance, as_of=NOW - timedelta(days=27 - 3 * number))


def _states(row: Row) -> list[Row]:
    """As it is, and what it was the night before; no survey was seen yet."""
    names = ("persona_id", "started_at", "completed_at", "duration_sec", "credit_charged", "deleted_at")
    state = {"session_id": row["id"], "is_removed": False, "persona_id": row["persona_id"]}
    before = {**state, "seen_from": NOW - timedelta(days=1), "status": "initiated", "run_id": "run-9"}
    told = {name: row.get(name) for name in (*names, "project_id", "status", "run_id")}
    return [before, {**state, **told, "seen_from": NOW}]


def _survey(rng: random.Random, row: Row) -> Row:
    # 180 ms are half of the last place of an hour.
    milliseconds = rng.choice([0, 1, 179, 180, 540, 999])
    submitted = row["created_at"] + timedelta(
        minutes=rng.randrange(-600, 40 * 24 * 60), milliseconds=milliseconds
    )
    answer = survey(row["id"], rng.randint(1, 5), submitted.isoformat(sep=" ")[:16])
    return answer | {
        "flagged": rng.choice([True, False, None]),
        "comment": rng.choice([None, "", "Unfair, 'twice'\nand \\N"]),
        "submitted_at": rng.choice([submitted, submitted, None]),
    }


def _some_tags(rng: random.Random) -> list[str]:
    return [rng.choice(_HARD_TAGS) for _ in range(rng.randrange(1, 5))]


def _some_metadata(rng: random.Random, session_id: str) -> list[Row]:
    entry = {"session_id": session_id, "value_type": "string", "is_removed": False}
    return [
        {**entry, "key": key, "value": rng.choice(values)}
        for key, values in _METADATA.items()
        if rng.random() < 0.8
    ]


def _persona(version: Row) -> Row:
    content = ("role_name", "language", "system_prompt", "base_prompt_override", "run_id")
    return {
        "id": version["persona_id"],
        **{name: version.get(name) for name in content},
        "first_seen_at": version["valid_from"],
        "last_seen_at": version["valid_to"],
        "synced_at": NOW,
    }


def _rejected(number: int) -> Row:
    return {
        "rejected_id": f"rejected-{number}",
        "endpoint": "sessions",
        "session_id": f"s{number}" if number % 2 else None,
        "reason": "duration_sec: not a number",
        "first_seen_at": NOW - timedelta(days=3),
        "seen_at": NOW,
        "healed_at": NOW if number == 3 else None,
        "run_id": "run-9",
    }
