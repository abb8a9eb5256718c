"""A simulated company beside a warehouse: nights pass, and what arrived is held against the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.engine import CURRENT, changed
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import DEFAULT, DEFAULT_KEY, Behaviour, Company, SimulatorServer
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.step import reconcile_sessions, sync_sessions

UNLIMITED = 1_000_000
PLAIN_FIELDS = (
    "id",
    "client_id",
    "persona_id",
    "candidate_ref",
    "status",
    "consent_mode",
    "source",
    "project_id",
    "duration_sec",
    "credit_charged",
    "recording_s3_key",
    "transcript_s3_key",
    "interview_svc_session_id",
)
TIME_FIELDS = ("started_at", "completed_at", "created_at")


@dataclass
class World:
    """One company, its server, and one data directory."""

    sim: SimulatorServer
    settings: Settings
    keys: tuple[ApiKey, ...] = (ApiKey(name="default", value=SecretStr(DEFAULT_KEY)),)
    roles: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def night(self, now: datetime | None = None, **kwargs: Any) -> SyncOutcome:
        """A sync at the company's time, after moving it to ``now``."""
        if now is not None:
            self.sim.now = now
        self.sim.log.clear()
        outcome = sync_sessions(self.settings, self.keys, as_of=self.sim.now, progress=Silent(), **kwargs)
        self._see_roles()
        return outcome

    def reconcile(self) -> SyncOutcome:
        """A reconcile at the company's time."""
        self.sim.log.clear()
        outcome = reconcile_sessions(self.settings, self.keys, as_of=self.sim.now, progress=Silent())
        self._see_roles()
        return outcome

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the raw tables."""
        with warehouse_of(self.settings).reading() as reader:
            columns = [column.to_pylist() for column in reader.select(sql, *values).columns]
        return list(zip(*columns, strict=True))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A raw table as dicts."""
        with warehouse_of(self.settings).reading() as reader:
            rows: list[dict[str, Any]] = reader.select(f"select * from {table}").to_pylist()
        return rows

    def change(self, sql: str, *values: Any) -> int:
        """Changes the raw tables behind the program's back; returns how many rows."""
        return changed(self.settings, sql, *values)

    def _see_roles(self) -> None:
        for row in self.sim.company.at(self.sim.now).sessions():
            if row["role_name"] is not None:
                self.roles[row["id"]] = (row["role_name"], row["language"])


@contextmanager
def world(
    tmp_path: Path,
    company: Company,
    now: datetime,
    behaviour: Behaviour = DEFAULT,
    keys: Mapping[str, str | None] | None = None,
    *,
    others: Mapping[str, Company] | None = None,
    **settings: Any,
) -> Iterator[World]:
    """A world at ``now``; the keys allow as many requests as the test likes."""
    with SimulatorServer(
        company, now=now, behaviour=behaviour, keys=keys, others=others, rate_limit_per_minute=UNLIMITED
    ) as sim:
        # A test counts what the plan asks for, unless it is about the sample.
        quick = {
            "rate_limit_per_minute": UNLIMITED,
            "retry_base_seconds": 0.01,
            "audit_requests": 0,
            "verify_days": 0,
        }
        values = {**quick, **settings}
        yield World(
            sim, CURRENT.settings(Settings(base_url=sim.base_url, data_dir=tmp_path / "data", **values))
        )


def as_kept(value: Any) -> Any:
    """A value of the API as the warehouse holds it: no engine need know U+0000."""
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [as_kept(item) for item in value]
        case dict():
            return {as_kept(key): as_kept(item) for key, item in value.items()}
    return value


def moment(text: str | None) -> datetime | None:
    """A time of the API as the warehouse holds it."""
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def expected_session(row: Mapping[str, Any], roles: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """What sessions must hold of a list row of the API."""
    role_name, language = roles.get(row["id"], (row["role_name"], row["language"]))
    return {
        **{name: as_kept(row[name]) for name in PLAIN_FIELDS},
        **{name: moment(row[name]) for name in TIME_FIELDS},
        "role_name": role_name,
        "language": language,
    }


def expected_tags(row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What session_tags must hold of a list row."""
    return [(row["id"], place, as_kept(tag)) for place, tag in enumerate(row["tags"] or [])]


def expected_metadata(row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What session_metadata must hold of a list row."""
    return [(row["id"], key, *_value(value)) for key, value in as_kept(row["metadata"] or {}).items()]


def _value(value: Any) -> tuple[str | None, str]:
    if value is None:
        return None, "null"
    if isinstance(value, str):
        return value, "string"
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (list, "array"), (dict, "object"))
    kind = next(name for type_, name in kinds if isinstance(value, type_))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")), kind


def expected_feedback(detail: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What session_feedback must hold of a detail."""
    survey = detail["feedback"]
    if survey is None:
        return None
    return (
        detail["id"],
        survey["rating"],
        as_kept(survey["comment"]),
        moment(survey["submitted_at"]),
        survey["flagged"],
    )


def assert_lists_equal(here: World, now: datetime, created_after: datetime | None = None) -> None:
    """sessions, tags and metadata equal what the API lists at ``now``, field by field."""
    truth = [
        row
        for row in here.sim.company.at(now).sessions()
        if created_after is None or moment(row["created_at"]) > created_after
    ]
    ids = {row["id"] for row in truth}
    ours = {row["id"]: row for row in here.rows("sessions")}
    for row in truth:
        expected = expected_session(row, here.roles)
        assert row["id"] in ours, f"session {row['id']} is missing"
        assert {name: ours[row["id"]][name] for name in expected} == expected
        assert ours[row["id"]]["deleted_at"] is None
    tags = [r for r in here.query("select session_id, position, tag from session_tags") if r[0] in ids]
    assert sorted(tags) == sorted(tag for row in truth for tag in expected_tags(row))
    metadata = [
        r
        for r in here.query("select session_id, key, value, value_type from session_metadata")
        if r[0] in ids
    ]
    assert sorted(metadata, key=str) == sorted((m for row in truth for m in expected_metadata(row)), key=str)


def assert_feedback_equal(here: World, now: datetime) -> None:
    """session_feedback equals the surveys of all sessions that exist at ``now``."""
    truth = {row["id"]: expected_feedback(row) for row in here.sim.company.at(now).details()}
    ours = {
        row[0]: row
        for row in here.query(
            "select session_id, rating, comment, submitted_at, flagged from session_feedback"
        )
        if row[0] in truth
    }
    assert ours == {session_id: row for session_id, row in truth.items() if row is not None}


def assert_personas_equal(here: World, now: datetime) -> None:
    """personas holds the content of every persona that a living session's detail shows at ``now``."""
    truth = {
        row["persona"]["id"]: row["persona"]
        for row in here.sim.company.at(now).details()
        if row["persona"] is not None
    }
    names = ("id", "role_name", "language", "system_prompt", "base_prompt_override")
    ours = {row["id"]: {name: row[name] for name in names} for row in here.rows("personas")}
    assert {i: ours.get(i) for i in truth} == truth


def assert_no_orphans_or_twins(here: World) -> None:
    """Keys are unique and every child has its session."""
    keys = {
        "sessions": "id",
        "session_tags": "session_id, position",
        "session_metadata": "session_id, key",
        "session_feedback": "session_id",
        "personas": "id",
        "persona_versions": "persona_id, version",
        "rejected_rows": "rejected_id",
        "sync_runs": "run_id",
        "session_states": "session_id, seen_from",
    }
    for table, key in keys.items():
        assert here.query(f"select {key} from {table} group by {key} having count(*) > 1") == []
    for table in ("session_tags", "session_metadata", "session_feedback", "session_states"):
        assert here.query(f"select * from {table} where session_id not in (select id from sessions)") == []
        assert here.query(f"select * from {table} where is_removed") == []


def assert_states_follow(here: World) -> None:
    """The last state of every session is how it is, and no state is as the one before."""
    names = ("status", "project_id", "persona_id", "started_at", "completed_at", "duration_sec")
    names = (*names, "credit_charged", "deleted_at")
    surveys = {row["session_id"]: row for row in here.rows("session_feedback")}
    truth = {
        row["id"]: (
            *(row[name] for name in names),
            *(surveys.get(row["id"], {}).get(name) for name in ("rating", "flagged")),
        )
        for row in here.rows("sessions")
    }
    last: dict[str, tuple[Any, ...]] = {}
    for row in sorted(here.rows("session_states"), key=lambda row: (row["session_id"], row["seen_from"])):
        state = tuple(row[name] for name in (*names, "rating", "flagged"))
        assert last.get(row["session_id"]) != state
        last[row["session_id"]] = state
    assert last == truth


def nights(start: datetime, count: int) -> list[datetime]:
    """Two o'clock in the morning, ``count`` times."""
    first = start.replace(hour=2, minute=0, second=0, microsecond=0)
    return [first + timedelta(days=n) for n in range(count)]
