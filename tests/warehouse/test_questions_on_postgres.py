"""Each question that a step asks gets the same answer from DuckDB and PostgreSQL, order included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.transforms.odd_company import odd_company
from tests.transforms.postgres.server import running
from tests.transforms.warehouse import NOW, write_raw

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.plan.detail_plan import NO_BOUNDS, Bounds
from zenhire_sync.rows.privacy import Privacy
from zenhire_sync.settings import Home, Settings
from zenhire_sync.status.reading import read_raw
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.problems import log_problems
from zenhire_sync.warehouse.erasures import read_erasures
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.people import (
    ErasureRequest,
    count_rows,
    find_people,
    mentioning_sessions,
    read_figures,
)
from zenhire_sync.warehouse.port import Reader
from zenhire_sync.warehouse.questions import Memory

ANNA, SHARED = "anna@example.com", "career-fair"
SPELLED = "5BC8FBBC-BDE5-4099-A164-D8399F767C45"


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, Reader]]:
    """The same odd company on both engines."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    write_raw(settings.warehouse_path, _company())
    with running() as server, warehouse_of(settings).reading() as duckdb_file:
        server.copy_raw(_copy_of(settings.warehouse_path), tmp_path_factory.mktemp("csv"))
        at_home = Home(destination="postgres", url=SecretStr(server.url()))
        with warehouse_of(settings.at(at_home)).reading() as postgres:
            yield duckdb_file, postgres


def _copy_of(path: Path) -> Path:
    """It is open, and may not be opened again another way."""
    copy = path.with_name("copy.duckdb")
    copy.write_bytes(path.read_bytes())
    return copy


def _company() -> dict[str, list[dict[str, Any]]]:
    rows = odd_company(20261128)
    for number, session in enumerate(rows["sessions"]):
        session["candidate_ref"] = (None, ANNA, SHARED, f"ref-{number}")[number % 4]
        session["deleted_at"] = NOW if number % 7 == 0 else session.get("deleted_at")
        session["sent_id"] = session["id"].upper() if number % 11 == 0 else None
        # Nulls where they sort first on one engine and last on the other.
        session["completed_at"] = None if number % 13 == 0 else session.get("completed_at")
        session["detail_checked_at"] = None if number % 5 == 0 else session["detail_checked_at"]
    first, second = rows["sessions"][0]["id"], rows["sessions"][1]["id"]
    rows["session_metadata"] = [
        {"session_id": first, "key": "who", "value": ANNA, "value_type": "string"},
        {"session_id": second, "key": "who", "value": None, "value_type": "null"},
    ]
    rows["rejected_rows"] = [
        _rejected("r1", "detail", first, f'{{"candidate_ref": "{ANNA}"}}'),
        _rejected("r2", "list", None, '{"id": 7}'),
        _rejected("r3", "list", SPELLED.lower(), f'{{"id": "{SPELLED}"}}'),
        _rejected("r4", "list", SPELLED.lower(), "half a ro"),
        {**_rejected("r5", "detail", second, None), "healed_at": NOW},
    ]
    rows["erased_sessions"] = [
        {"session_id": first, "erased_at": NOW, "finished_at": None},
        {"session_id": second, "erased_at": NOW, "finished_at": NOW},
    ]
    rows["erased_candidates"] = [{"candidate_mark": "ab", "salt": "cd", "erased_at": NOW}]
    rows["sync_runs"] = [
        _run("run-1", 9, 9, "done"),
        _run("run-2", 2, 10, "set_aside"),
        _run("run-3", 10, 11, "failed"),
    ]
    return rows


def _rejected(key: str, endpoint: str, session_id: str | None, payload: str | None) -> dict[str, Any]:
    return {
        "rejected_id": key,
        "endpoint": endpoint,
        "session_id": session_id,
        "reason": "metadata.secret: breaks the contract",
        "payload": payload,
        "first_seen_at": NOW,
        "seen_at": NOW,
        "run_id": "run-9",
        "request_id": None if key == "r2" else f"req-{key}",
    }


def _run(run_id: str, as_of: int, ended: int, outcome: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "command": "sync",
        "outcome": outcome,
        "as_of": NOW.replace(day=as_of),
        "started_at": NOW.replace(day=ended),
        "finished_at": NOW.replace(day=ended, hour=3),
        "sessions_listed": 5,
        "requests": 7,
        "rejected": 0,
        "cursors_after": f'{{"default": {{"created_at": "2026-03-0{min(as_of, 9)}T00:00:00+00:00"}}}}',
        "paging": '{"default": {"style": "page"}}',
    }


Question = Callable[[Any], Any]
_IDS = [f"s{number}" for number in range(0, 400, 3)]
_EARLY = NOW - timedelta(days=40)


def _known(reader: Any) -> list[Any]:
    known = Memory(reader).known(_ids(reader), trusting=False).sessions
    return sorted(map(str, known.to_pylist()))


def _ids(reader: Any) -> list[str]:
    ids: list[str] = reader.select("select id from sessions order by id").column(0).to_pylist()
    return [*ids[::3], SPELLED.lower()]


def _found(reader: Any) -> Any:
    found = find_people(reader, ErasureRequest((ANNA, SHARED), tuple(_ids(reader)[:2])), Privacy())
    return (
        (found.session_ids, found.rejected_ids, found.largest_match),
        count_rows(reader, found),
        mentioning_sessions(reader, found),
    )


def _problems(reader: Any) -> None:
    log_problems(reader, SyncOutcome("run-9", "sync", NOW, NOW, rejected=4))


QUESTIONS: dict[str, Question] = {
    "cursors": lambda reader: Memory(reader).all_cursors(),
    "good runs": good_runs,
    "paging": lambda reader: Memory(reader).all_paging(),
    "oldest unfinished": lambda reader: Memory(reader).oldest_unfinished(_EARLY),
    "has no session": lambda reader: Memory(reader).has_no_session(),
    "known": _known,
    "with feedback": lambda reader: Memory(reader).with_feedback(_ids(reader)),
    "sent ids": lambda reader: Memory(reader).sent_ids(_ids(reader)),
    "has sent capitals": lambda reader: Memory(reader).has_sent_capitals(),
    "persona contents": lambda reader: sorted(map(str, Memory(reader).persona_contents(["persona-1", "p2"]))),
    "backlog": lambda reader: Memory(reader).backlog(NO_BOUNDS),
    "backlog within bounds": lambda reader: Memory(reader).backlog(Bounds(_EARLY, NOW)),
    "in backlog": lambda reader: Memory(reader).in_backlog(_ids(reader), NO_BOUNDS),
    "backlog details": lambda reader: list(Memory(reader).backlog_details(NO_BOUNDS)),
    "looked at": lambda reader: list(Memory(reader).looked_at(timedelta(days=30))),
    "deleted": lambda reader: Memory(reader).deleted_states(),
    "personas in use": lambda reader: Memory(reader).personas_in_use(),
    "personas": lambda reader: Memory(reader).personas(),
    "open rejections": lambda reader: Memory(reader).open_rejections(),
    "living": lambda reader: sorted(Memory(reader).living_ids()),
    "living since": lambda reader: sorted(Memory(reader).living_ids(_EARLY)),
    "completed since": lambda reader: Memory(reader).ids_completed_after(_EARLY),
    "erasures": read_erasures,
    "people": _found,
    "figures": read_figures,
    "status": lambda reader: read_raw(reader, with_rejected=True),
}
# What both engines answer with nothing shows nothing.
MAY_BE_EMPTY = {"has no session"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_engines_give_the_same_answer(question: str, readers: tuple[Reader, Reader]) -> None:
    duckdb_file, postgres = readers
    ours, theirs = QUESTIONS[question](duckdb_file), QUESTIONS[question](postgres)
    assert ours == theirs
    assert ours or question in MAY_BE_EMPTY


def test_the_log_of_problems_is_the_same(
    readers: tuple[Reader, Reader], caplog: pytest.LogCaptureFixture
) -> None:
    told = []
    for reader in readers:
        caplog.clear()
        _problems(reader)
        told.append([{**record.__dict__, "created": 0}["msg"] for record in caplog.records])
        told[-1] += [getattr(record, "fields", None) for record in caplog.records]
        told[-1] += [getattr(record, "request_ids", None) for record in caplog.records]
    assert told[0] == told[1]
    assert ["mood"] in told[0]


def test_the_run_that_ended_last_tells_its_cursors_and_the_latest_as_of_how_far_the_data_reaches(
    readers: tuple[Reader, Reader],
) -> None:
    runs = good_runs(readers[0])
    assert runs.as_of == NOW.replace(day=2), "a run sent back in time, which ended last"
    assert runs.data_until == NOW.replace(day=9)
    assert runs.finished_at == NOW.replace(day=10, hour=3)
