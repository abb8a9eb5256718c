"""Rows that break the contract, each in its own way, in one night: set aside or kept whole, and healed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.accidents.commands import settled_truth
from tests.sync.world import as_kept, world
from zenhire_sync.errors import ContractFloodError
from zenhire_sync.simulator import NO_FAULTS, Company, CompanySpec, FaultPlan, mutate_sessions
from zenhire_sync.simulator.faults import RawJson

SPEC = CompanySpec(sessions=64, days=10, personas=2, personas_deleted=0, sessions_deleted_share=0)
Row = dict[str, Any]


def put(name: str, value: Any) -> Callable[[Row], Row]:
    """A row with one field changed."""
    return lambda row: {**row, name: value}


def raw(name: str, text: str) -> Callable[[Row], RawJson]:
    """A row with one field given as JSON text, for what Python would not write."""
    return lambda row: RawJson(f'{json.dumps({**row, name: None})[:-1]}, "{name}": {text}}}')


def nested(levels: int) -> str:
    """A list in a list in a list, as JSON text."""
    return f'{{"a": {"[" * levels}"the innermost"{"]" * levels}}}'


BROKEN: dict[str, tuple[Callable[[Row], Any], str]] = {
    "an unknown status": (put("status", "paused"), "status: "),
    "a status that is none": (put("status", None), "status: "),
    "another way to consent": (put("consent_mode", "implied"), "consent_mode: "),
    "a number in quotes": (put("duration_sec", "600"), "duration_sec: "),
    "half a credit": (put("credit_charged", 1.5), "credit_charged: "),
    "less than nothing charged": (put("credit_charged", -3), "credit_charged: "),
    "more than 64 bits": (put("credit_charged", 2**63), "credit_charged: "),
    "more than any computer counts": (put("duration_sec", 10**400), "duration_sec: "),
    "true for a number": (put("duration_sec", True), "duration_sec: "),
    "no persona": (
        lambda row: {k: v for k, v in row.items() if k != "persona_id"},
        "persona_id: Field required",
    ),
    "no creation": (put("created_at", None), "created_at: "),
    "a day that is none": (put("created_at", "2026-02-30T10:00:00Z"), "created_at: "),
    "a time without zone": (put("created_at", "2026-02-03T10:00:00"), "created_at: "),
    "a time before all time": (put("started_at", "0001-01-01T00:00:00Z"), "started_at: "),
    "a time after all time": (put("completed_at", "9999-12-31T23:59:59Z"), "completed_at: "),
    "a time as a number": (put("created_at", 1_770_000_000), "created_at: "),
    "tags in one string": (put("tags", "a,b"), "tags: "),
    "a tag that is a number": (put("tags", ["a", 7]), "tags.1: "),
    "metadata as a list": (put("metadata", ["a"]), "metadata: "),
    "half a character": (raw("candidate_ref", r'"\ud83d"'), "surrogate"),
    "half a character in metadata": (raw("metadata", r'{"a": {"b": "\udc00"}}'), "surrogate"),
    "half a character in a key": (raw("metadata", r'{"\udfff": 1}'), "surrogate"),
    "metadata nested as deep as 8 KB allow": (
        raw("metadata", nested(4_000)),
        "metadata.a.list.0.list.",
    ),
    "a number of five thousand digits": (raw("credit_charged", "9" * 5_000), "credit_charged: "),
}
ODD: dict[str, Callable[[Row], Any]] = {
    "a field that nobody knows": put("mood", {"of the day": ["fine", 1, None]}),
    "a NUL in a text": put("candidate_ref", "before\x00after"),
    "a NUL in metadata": put("metadata", {"nul": "a\x00b", "in list": ["\x00"]}),
    "a very long text": put("candidate_ref", "long " * 2_000_000),
    "a very long value": put("metadata", {"long": "y" * 10_000_000}),
    "metadata nested a hundred times": raw("metadata", nested(100)),
    "huge numbers in metadata": put("metadata", {"n": 10**300, "float": 1e300}),
    "an end before the start": lambda row: {
        **row,
        "started_at": "2026-01-09T10:00:00Z",
        "completed_at": "2026-01-09T09:00:00Z",
    },
    "no metadata at all, but not null": put("metadata", {}),
}


@contextmanager
def befallen(folder: Path) -> Iterator[Any]:
    """A night in which all of them come, with the ids of those they befell."""
    company = Company(SPEC)
    ids = company.at(company.settled_at).ids()
    names = [*BROKEN, *ODD]
    where = dict(zip(names, ids, strict=False))
    changes = {where[name]: (BROKEN[name][0] if name in BROKEN else ODD[name]) for name in names}
    with world(folder, company, company.settled_at, max_rejected_share=1) as here:
        here.sim.faults = FaultPlan(mutate_row=mutate_sessions(changes))
        outcome = here.night()
        yield here, where, outcome


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """That night, looked at by many tests and changed by none."""
    with befallen(tmp_path_factory.mktemp("contract")) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_set_aside_with_its_reason_and_payload(night: Any, name: str) -> None:
    here, where, outcome = night
    assert outcome.rejected == len(BROKEN)
    rows = here.query("select reason, payload, endpoint from rejected_rows where session_id = ?", where[name])
    [(reason, payload, endpoint)] = rows
    assert endpoint == "sessions"
    assert BROKEN[name][1] in reason
    assert isinstance(json.loads(payload), dict | str)
    assert here.query("select count(*) from sessions where id = ?", where[name]) == [(0,)]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_row_is_kept_whole(night: Any, name: str) -> None:
    here, where, _ = night
    sent = ODD[name](dict(here.sim.company.at(here.sim.now).session(where[name])))
    sent = as_kept(json.loads(sent) if isinstance(sent, RawJson) else sent)
    [row] = [row for row in here.rows("sessions") if row["id"] == where[name]]
    assert row["candidate_ref"] == sent["candidate_ref"]
    kept = here.query("select key, value from session_metadata where session_id = ?", where[name])
    assert {
        key: value if isinstance(sent["metadata"][key], str) else json.loads(value) for key, value in kept
    } == (sent["metadata"] or {})
    assert json.loads(row["unknown_fields"] or "{}") == ({"mood": sent["mood"]} if "mood" in sent else {})


@pytest.mark.slow
def test_everything_heals_when_the_vendor_does(tmp_path: Path) -> None:
    with befallen(tmp_path) as (here, _, _):
        here.sim.faults = NO_FAULTS
        here.night(here.sim.now + timedelta(days=1))
        settled_truth(here)
        assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]
        assert here.query("select count(*) from rejected_rows") == [(len(BROKEN),)]
        assert here.query("select unknown_fields from sessions where unknown_fields is not null") == [
            ('{"mood":{"of the day":["fine",1,null]}}',)
        ]


@pytest.mark.slow
def test_one_id_twice_on_a_page_is_one_session(tmp_path: Path) -> None:
    company = Company(SPEC)
    with world(tmp_path, company, company.settled_at) as here:
        first, second = company.at(here.sim.now).ids()[:2]
        twice = mutate_sessions({second: lambda row: {**row, "id": first}}, frozenset({"list"}))
        here.sim.faults = FaultPlan(mutate_row=twice)
        here.night()
        here.sim.faults = NO_FAULTS
        here.night(here.sim.now + timedelta(days=1))
        settled_truth(here)


@pytest.mark.parametrize("kind", ["list", "detail"])
def test_a_flood_of_broken_rows_stops_before_it_commits(tmp_path: Path, kind: Any) -> None:
    company = Company(SPEC)
    with world(tmp_path, company, company.settled_at) as here:

        def change(row: Row, of: str) -> Row:
            return {**row, "status": "archived"} if of == kind else row

        here.sim.faults = FaultPlan(mutate_row=change)
        with pytest.raises(ContractFloodError, match="the API has changed"):
            here.night()
        assert here.query("select count(*) from rejected_rows") == [(0,)]
        assert (here.query("select count(*) from sessions") == [(0,)]) == (kind == "list")
        here.sim.faults = NO_FAULTS
        here.night()
        settled_truth(here)


@pytest.mark.slow
def test_a_session_without_an_id_costs_no_other_row(tmp_path: Path) -> None:
    company = Company(SPEC)
    with world(tmp_path, company, company.settled_at) as here:
        first, second, third = company.at(here.sim.now).ids()[:3]
        here.sim.faults = FaultPlan(
            mutate_row=mutate_sessions(
                {
                    first: lambda row: {**row, "id": "../../etc/passwd"},
                    second: lambda _: "not even an object",
                    third: lambda _: None,
                },
                frozenset({"list"}),
            )
        )
        assert here.night().rejected == 3
        assert here.query("select count(*) from sessions") == [(SPEC.sessions - 3,)]
        again = here.night(here.sim.now + timedelta(days=1))
        assert (again.rejected, again.healed) == (3, 0)
        here.sim.faults = NO_FAULTS
        assert here.night(here.sim.now + timedelta(days=1)).healed == 3
        settled_truth(here)
        assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]


@pytest.mark.slow
def test_a_row_without_an_id_stays_set_aside_while_no_list_is_read_to_its_end(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=300, days=90, personas=1, personas_deleted=0, reinvite_share=0))
    oldest = company.at(company.settled_at).ids()[-1]
    with world(tmp_path, company, company.settled_at, recheck_pages=1, recheck_days=0) as here:
        nameless = mutate_sessions({oldest: lambda row: {**row, "id": None}}, frozenset({"list"}))
        here.sim.faults = FaultPlan(mutate_row=nameless)
        here.night()
        here.sim.faults = NO_FAULTS
        assert here.night(here.sim.now + timedelta(days=1)).healed == 0
        assert here.reconcile().healed == 1
        settled_truth(here)
