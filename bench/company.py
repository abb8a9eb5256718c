"""A made-up company written to a folder: answers as the server sends them, rows as the floor reads them.

Data flow: seed, size -> pages.bin, details.bin (with their indexes), list.ndjson, details.ndjson, truth.json.
Equal seeds and sizes give equal bytes. Run alone: ``python -m bench.company FOLDER SESSIONS details|list``.
"""

from __future__ import annotations

import json
import random
import sys
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 7
PAGE_ROWS = 100
NEWEST = datetime(2026, 3, 1, 2, tzinfo=UTC)
STEP = timedelta(seconds=97)
STATUSES = ("completed",) * 16 + ("failed", "failed", "initiated", "active")
TAGS = ("backend", "frontend", "data", "sales", "support", "junior", "senior", "remote", "onsite", "pilot")
PLACES = ("Zürich", "Berlin", "São Paulo", "New York", "東京")


@dataclass(frozen=True, slots=True)
class Truth:
    """Counts and sums that the warehouse must hold once the company has been read."""

    sessions: int = 0
    completed: int = 0
    credits: int = 0
    seconds: int = 0
    tags: int = 0
    metadata: int = 0
    surveys: int = 0
    ratings: int = 0
    personas: int = 0

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """The truth of a written company."""
        return cls(**json.loads((folder / "truth.json").read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Made:
    """One session: JSON texts of its list row and of its detail (None while not completed), and its part."""

    id: str
    row: str
    detail: str | None
    part: Truth


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _personas(rng: random.Random) -> list[dict[str, str | None]]:
    prompt = "You interview candidates for the role of {}. Ask one question at a time, and listen. " * 16
    roles = [f"{level} {field}" for level in ("Junior", "Senior") for field in TAGS[:5]]
    return [
        {
            "id": _uuid(rng),
            "role_name": role,
            "language": rng.choice(("en", "de", "pt-BR")),
            "system_prompt": prompt.format(*[role] * 16),
            "base_prompt_override": None,
        }
        for role in roles
    ]


def _metadata(rng: random.Random) -> dict[str, object] | None:
    if rng.random() < 0.1:
        return None
    entries: dict[str, object] = {
        "requisition": f"REQ-{rng.randrange(10_000):05d}",
        "location": rng.choice(PLACES),
        "campaign": f"spring-{rng.randrange(40)}",
        "cohort": rng.randrange(12),
        "is_internal": rng.random() < 0.5,
        "score": rng.randrange(1000) / 8,
        "referrer": None,
    }
    return dict(rng.sample(list(entries.items()), rng.randrange(2, 6)))


def sessions(count: int, seed: int = SEED) -> Iterator[Made]:
    """``count`` sessions, newest first."""
    rng = random.Random(seed)  # noqa: S311 - made-up data
    client_id, projects = _uuid(rng), [_uuid(rng) for _ in range(4)]
    personas = _personas(rng)
    for index in range(count):
        yield _session(rng, NEWEST - index * STEP, client_id, rng.choice(projects), rng.choice(personas))


def _session(
    rng: random.Random, created: datetime, client_id: str, project: str, persona: dict[str, str | None]
) -> Made:
    session_id, status = _uuid(rng), rng.choice(STATUSES)
    is_completed = status == "completed"
    row = {
        "id": session_id,
        "client_id": client_id,
        "persona_id": persona["id"],
        "candidate_ref": f"candidate-{rng.randrange(10**9):09d}",
        "status": status,
        "consent_mode": rng.choice(("explicit", "integrator")),
        "source": "requests" if rng.random() < 0.95 else "playground",
        "project_id": project,
        "tags": rng.sample(TAGS, rng.randrange(1, 5)) if rng.random() < 0.8 else None,
        "metadata": _metadata(rng),
        **_interview(rng, created, status),
        "recording_s3_key": f"s3://recordings/{session_id}.webm" if is_completed else None,
        "transcript_s3_key": f"s3://transcripts/{session_id}.json" if is_completed else None,
        "interview_svc_session_id": f"svc_{session_id[:18]}" if is_completed else None,
        "created_at": _iso(created),
    }
    survey = _survey(rng, created) if is_completed and rng.random() < 0.45 else None
    listed = {**row, "role_name": persona["role_name"], "language": persona["language"]}
    detail = _json({**row, "persona": persona, "feedback": survey}) if is_completed else None
    return Made(session_id, _json(listed), detail, _part(row, survey))


def _interview(rng: random.Random, created: datetime, status: str) -> dict[str, Any]:
    seconds = rng.randrange(120, 3600) if status in {"completed", "failed"} else None
    started = created + timedelta(seconds=rng.randrange(600, 90_000))
    return {
        "started_at": None if status == "initiated" else _iso(started),
        "completed_at": None if seconds is None else _iso(started + timedelta(seconds=seconds)),
        "duration_sec": seconds,
        # charged by the begun minute (P), and only when completed
        "credit_charged": -(-seconds // 60) if seconds and status == "completed" else None,
    }


def _part(row: dict[str, Any], survey: dict[str, Any] | None) -> Truth:
    return Truth(
        sessions=1,
        completed=int(row["status"] == "completed"),
        credits=row["credit_charged"] or 0,
        seconds=row["duration_sec"] or 0,
        tags=len(row["tags"] or ()),
        metadata=len(row["metadata"] or ()),
        surveys=int(survey is not None),
        ratings=survey["rating"] if survey else 0,
    )


def _survey(rng: random.Random, created: datetime) -> dict[str, Any]:
    rating = rng.choice((1, 2, 3, 4, 4, 5, 5, 5))
    return {
        "rating": rating,
        "comment": rng.choice((None, "The questions were clear.", "It cut me off - twice!")),
        "submitted_at": _iso(created + timedelta(hours=rng.randrange(30, 90))),
        "flagged": rating <= 2,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Writer:
    """Bodies one after the other in a file, and an index of where each begins."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._path = path
        self._starts = array("Q", [0])

    def add(self, body: str) -> None:
        self._starts.append(self._starts[-1] + self._file.write(body.encode()))

    def close(self) -> None:
        self._file.close()
        self._path.with_suffix(".index").write_bytes(self._starts.tobytes())


def write(folder: Path, count: int, *, with_details: bool) -> Truth:
    """Writes a company of ``count`` sessions into the folder; its truth."""
    pages, details = _Writer(folder / "pages.bin"), _Writer(folder / "details.bin")
    last_page = -(-count // PAGE_ROWS) - 1
    sums = [0] * 8
    batch: list[str] = []
    with (
        (folder / "list.ndjson").open("w", encoding="utf-8") as rows,
        (folder / "details.ndjson").open("w", encoding="utf-8") as detail_rows,
        (folder / "detail_ids").open("w", encoding="ascii") as ids,
    ):
        for index, made in enumerate(sessions(count)):
            rows.write(made.row + "\n")
            sums = [total + value for total, value in zip(sums, asdict(made.part).values(), strict=False)]
            if with_details and made.detail is not None:
                details.add(made.detail)
                detail_rows.write(made.detail + "\n")
                ids.write(made.id + "\n")
            batch.append(made.row)
            if len(batch) == PAGE_ROWS or index == count - 1:
                number = index // PAGE_ROWS
                cursor = "null" if number == last_page else f'"after-{number + 1}"'
                pages.add(f'{{"data":[{",".join(batch)}],"pagination":{{"next_cursor":{cursor}}}}}')
                batch = []
    pages.close()
    details.close()
    truth = replace(Truth(*sums), personas=10 if with_details else 0)
    if not with_details:
        truth = replace(truth, surveys=0, ratings=0)
    (folder / "truth.json").write_text(json.dumps(asdict(truth)), encoding="utf-8")
    return truth


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), with_details=sys.argv[3] == "details")
