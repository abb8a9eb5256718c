"""Composed dialects hold what they say: all rows are there for a client that knows them, and ends end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from zenhire_sync.simulator import (
    DEFAULT,
    Arrivals,
    Behaviour,
    Company,
    Fault,
    FaultPlan,
    SimulatedDialect,
    SimulatorServer,
    compose,
)
from zenhire_sync.simulator.dialects import DIALECTS

OFFSET = DIALECTS["offset_skip_nothing_reported"]


def next_of(body: Any, said: Behaviour) -> Any:
    """What a field beside the rows says of the next page."""
    level = body[said.wrapped_in] if said.wrapped_in else body
    info = level.get(said.spelled(said.info_at), {}) if said.info_at else level
    return None if said.next_key is None else info.get(said.spelled(said.next_key))


def read_whole(client: Any, said: Behaviour) -> list[str]:
    """All ids, by a client that knows how the dialect pages and reads until nothing new comes."""
    ids: list[str] = []
    value: Any = None
    for number in range(said.first_page, 400):
        query = {} if value is None else {said.page_param: value}
        path = "sessions/" if said.redirects_to_slash else "sessions"
        reply = client.ask(f"{client.server.base_url}/{path}?{urlencode(query)}")
        body = json.loads(reply.body) if reply.status == 200 else {}
        level = body[said.wrapped_in] if said.wrapped_in and body else body
        rows = level if isinstance(level, list) else level.get(said.rows_key)
        if not rows or {row["id"] for row in rows} <= set(ids):
            return ids
        ids += [row["id"] for row in rows]
        if said.paging == "everything":
            return ids
        if said.paging == "page":
            value = number + 1
        elif said.paging == "offset":
            value = len(ids)
        elif said.next_form in {"url", "relative_url"} or said.next_key is None:
            value = client.server.simulator and _cursor_of(client, reply, body, said, rows)
        else:
            value = next_of(body, said)
            value = json.dumps(value) if isinstance(value, dict | list) else value
        if not value or str(value) == query.get(said.page_param):
            return ids
    raise AssertionError("the list has no end")


def _cursor_of(client: Any, reply: Any, body: Any, said: Behaviour, rows: list[Any]) -> Any:
    """The token inside an address, wherever that stands; else the last id."""
    if said.cursor_holds == "last_id" and said.next_key is None and not said.link_header:
        return rows[-1]["id"] if not said.links_key else None
    text = f"{reply.headers.get('Link', '')} {json.dumps(body)}"
    marker = f"{said.page_param}="
    place = text.rfind(marker)
    return None if place < 0 else text[place + len(marker) :].split("&")[0].split('"')[0].split(">")[0]


@pytest.mark.parametrize("seed", range(60))
def test_a_client_that_knows_a_readable_dialect_reaches_every_row(
    server: SimulatorServer, client: Any, seed: int
) -> None:
    dialect = next(d for d in map(compose, (f"{seed}.{n}" for n in range(99))) if d.is_readable)
    server.behaviour = replace(dialect.behaviour, answers_per_connection=None)
    assert {*read_whole(client, dialect.behaviour)} == {*server.company.at(server.now).ids()}, dialect


def test_equal_seeds_compose_equal_dialects() -> None:
    assert compose(5) == compose(5)
    assert len({compose(seed).behaviour for seed in range(50)}) == 50


def test_there_are_dialects_of_both_kinds() -> None:
    readable = [compose(seed).is_readable for seed in range(100)]
    assert 20 < sum(readable) < 80
    assert not SimulatedDialect(DEFAULT, opaque=("of its own",)).is_readable


@pytest.mark.parametrize(
    ("beyond", "status", "body"),
    [
        ("empty", 200, b'{"results":[]}'),
        ("null", 200, b'{"results":null}'),
        ("absent", 200, b"{}"),
        ("no_content", 204, b""),
    ],
)
def test_nothing_beyond_the_end_is_spelled_as_the_dialect_has_it(
    server: SimulatorServer, client: Any, beyond: Any, status: int, body: bytes
) -> None:
    server.behaviour = replace(OFFSET, beyond=beyond)
    reply = client.sessions(skip=1_000)
    assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize("beyond", ["400", "404", "416"])
def test_a_page_beyond_the_end_may_be_refused_and_an_empty_account_is_not(
    server: SimulatorServer, client: Any, tiny_client: Any, beyond: Any
) -> None:
    server.behaviour = tiny_client.server.behaviour = replace(OFFSET, beyond=beyond)
    assert client.sessions(skip=1_000).status == int(beyond)
    assert tiny_client.sessions(skip=0).status == 200


@pytest.mark.parametrize(
    ("at_end", "said"), [("zero", 0), ("false", False), ("asked", "0"), ("null", None), ("empty", "")]
)
def test_the_last_page_says_so_in_its_own_way(
    server: SimulatorServer, client: Any, at_end: Any, said: Any
) -> None:
    server.behaviour = replace(DEFAULT, info_at="", cursor_holds="offset", next_form="number")
    server.behaviour = replace(server.behaviour, next_at_end=at_end)
    reply = client.sessions(cursor="0", limit=100)
    assert reply.json["next_cursor"] == 100
    server.behaviour = replace(server.behaviour, largest_page=1_000)
    assert client.sessions(cursor="0", limit=1_000).json["next_cursor"] == said


@pytest.mark.parametrize(
    ("form", "first", "last"),
    [("page", 100, 20), ("zero", 0, 0), ("capped", 7, 7), ("zero_at_end", None, 0), ("shrinks", None, 20)],
)
def test_a_total_counts_what_its_dialect_counts(
    server: SimulatorServer, client: Any, form: Any, first: int | None, last: int
) -> None:
    count = len(server.company.at(server.now).ids())
    said = replace(
        OFFSET, info_at="", total_key="total", total_form=form, total_amount=7, page_param="offset"
    )
    server.behaviour = said
    assert client.sessions(limit=100).json["total"] == (count if first is None else first)
    assert client.sessions(limit=100, offset=count - 20).json["total"] == last


def test_a_place_never_shown_makes_one_page_a_row_short_and_loses_no_row(
    server: SimulatorServer, client: Any
) -> None:
    server.behaviour = replace(DIALECTS["page_nothing_reported"], ghost_slot=30)
    pages = [client.sessions(limit=20, page=number).json["sessions"] for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 19, 20]
    assert len({row["id"] for page in pages for row in page}) == 59


def test_ids_in_capitals_and_integers_with_a_point(server: SimulatorServer, client: Any) -> None:
    some = client.sessions().json["data"]
    ended = next(row for row in some if row["duration_sec"])
    server.behaviour = replace(DEFAULT, id_case="upper", integers="with_point")
    reply = client.detail(ended["id"])
    assert reply.json["id"] == ended["id"].upper()
    assert reply.json["persona"]["id"] == ended["persona_id"].upper()
    assert f'"duration_sec":{ended["duration_sec"]}.0' in reply.body.decode()
    assert client.detail(ended["id"].upper()).json == client.detail(ended["id"]).json


def test_a_persona_flaps_between_its_two_latest_contents(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, personas_flap=True)
    rows = client.sessions().json["data"]
    shown: dict[str, set[str]] = {}
    for row in rows:
        for _ in range(2):
            persona = client.detail(row["id"]).json["persona"]
            if persona is not None:
                shown.setdefault(persona["id"], set()).add(json.dumps(persona))
    assert max(map(len, shown.values())) == 2


def test_connections_close_without_a_word(server: SimulatorServer, client: Any) -> None:
    server.faults = FaultPlan(faults=(Fault("closed", path="credits"),))
    with pytest.raises(ConnectionError):
        client.ask(f"{server.root_url}/credits")
    assert client.ask(f"{server.root_url}/credits").status == 200


def test_an_error_may_come_with_200(server: SimulatorServer, client: Any) -> None:
    server.faults = FaultPlan(faults=(Fault("error_in_200", path="sessions"),))
    assert "error" in client.sessions().json
    assert "data" in client.sessions().json


def test_the_list_may_lead_to_a_slash(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, redirects_to_slash=True)
    reply = client.sessions(limit=5)
    assert reply.status == 307
    assert len(client.ask(reply.headers["Location"]).json["data"]) == 5


def test_sessions_arrive_and_go_while_the_list_is_read(tiny_company: Company, tiny_client: Any) -> None:
    server = tiny_client.server
    first = tiny_company.add_session(server.now)
    arrivals = Arrivals(tiny_company, lambda: server.now, every=2, bulk={3: 20}, deleted={4: first})
    server.behaviour = replace(DEFAULT, on_request=arrivals)
    counts = [len(tiny_client.sessions(limit=100).json["data"]) for _ in range(4)]
    assert counts == [1, 2, 22, 22]
    assert len(arrivals.arrived) == 22
