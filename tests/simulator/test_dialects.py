"""Every dialect can be walked to its end and yields exactly what the company has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from zenhire_sync.simulator import ALL_FILTERS, DEFAULT, DIALECTS, Company, SimulatorServer
from zenhire_sync.simulator.behaviour import Order

LIMITED = sorted(name for name, said in DIALECTS.items() if said.paging != "everything")


@pytest.mark.parametrize("name", sorted(DIALECTS))
@pytest.mark.parametrize("size", [None, 13, 65])
def test_a_walk_yields_each_visible_session_once(
    server: SimulatorServer, client: Any, name: str, size: int | None
) -> None:
    server.behaviour = DIALECTS[name]
    assert client.walk(size) == [*reversed_by_creation(server)]


def reversed_by_creation(server: SimulatorServer) -> list[str]:
    rows = server.company.at(server.now).sessions()
    by_id = sorted(rows, key=lambda row: row["id"])
    return [row["id"] for row in sorted(by_id, key=lambda row: row["created_at"], reverse=True)]


@pytest.mark.parametrize("name", LIMITED)
def test_pages_hold_twenty_rows_unless_asked_otherwise(
    server: SimulatorServer, client: Any, name: str
) -> None:
    server.behaviour = DIALECTS[name]
    client.walk()
    whole, rest = divmod(len(server.company.at(server.now).ids()), 20)
    sizes = [len(page) for page in client.walked_pages if page]
    assert sizes == [20] * whole + [rest] * bool(rest)


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_an_empty_company_is_walked_in_one_request(tiny_client: Any, name: str) -> None:
    tiny_client.server.behaviour = DIALECTS[name]
    assert tiny_client.walk() == []
    assert len(tiny_client.walked_pages) == 1


@pytest.mark.parametrize("order", get_args(Order))
def test_every_order_holds_all_sessions(server: SimulatorServer, client: Any, order: Order) -> None:
    server.behaviour = replace(DIALECTS["bare_everything_at_once"], order=order)
    assert sorted(client.walk()) == sorted(server.company.at(server.now).ids())


@pytest.mark.parametrize("order", [o for o in get_args(Order) if o != "newest_first_unstable_ties"])
def test_cursors_work_in_every_stable_order(server: SimulatorServer, client: Any, order: Order) -> None:
    for name in ("cursor_next_cursor_at_top", "cursor_starting_after_next_cursor"):
        server.behaviour = replace(DIALECTS[name], order=order)
        assert sorted(client.walk()) == sorted(server.company.at(server.now).ids())


def test_ends_are_newest_first_when_ordered_by_them(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, order="by_completed_at")
    snapshot = server.company.at(server.now)
    ends = [(snapshot.session(i) or {})["completed_at"] for i in client.walk()]
    known = [end for end in ends if end]
    assert ends == [None] * (len(ends) - len(known)) + sorted(known, reverse=True)


def test_a_page_too_large_is_clamped_or_refused(server: SimulatorServer, client: Any) -> None:
    assert len(client.sessions(limit=1_000).json["data"]) == 100
    server.behaviour = DIALECTS["page_strict"]
    assert client.sessions(page_size=1_000).status == 400
    assert client.sessions(page_size=100).status == 200
    assert client.sessions(page_size="many").error["code"] == "VALIDATION_ERROR"


def test_unknown_parameters_are_ignored_or_refused(server: SimulatorServer, client: Any) -> None:
    assert client.sessions(surprise=1).status == 200
    server.behaviour = replace(DEFAULT, unknown_params="reject")
    refused = client.sessions(surprise=1)
    assert (refused.status, refused.error["details"]) == (400, {"parameter": "surprise"})


@pytest.mark.parametrize("cursor", ["junk", "e30", "WyJhIl0", "\u00e9"])
def test_a_cursor_that_is_not_ours_is_refused(client: Any, cursor: str) -> None:
    assert client.sessions(cursor=cursor).status == 400


def test_filters_keep_what_they_say(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, filters=ALL_FILTERS, filter_names="camel")
    rows = server.company.at(server.now).sessions()
    middle = sorted(row["completed_at"] for row in rows if row["completed_at"])[50]
    wanted = {
        row["id"]
        for row in rows
        if row["status"] == "completed" and row["completed_at"] and row["completed_at"] > middle
    }
    assert {*client.walk(status="completed", completedAfter=middle)} == wanted
    newest = max(row["created_at"] for row in rows)
    assert client.walk(createdAfter=newest) == []
    server.behaviour = replace(server.behaviour, is_filter_inclusive=True)
    assert client.walk(createdAfter=newest)
    assert client.sessions(createdAfter="yesterday").status == 400


def test_a_filter_not_honoured_changes_nothing(server: SimulatorServer, client: Any) -> None:
    assert client.walk(created_after="2999-01-01T00:00:00Z") == client.walk()


def test_a_lying_filter_drops_rows_it_should_keep(server: SimulatorServer, client: Any) -> None:
    server.behaviour = replace(DEFAULT, filters_lie=True)
    everything = client.walk()
    assert 0 < len(client.walk(created_after="2000-01-01T00:00:00Z")) < len(everything)


def test_rows_move_between_offset_pages_while_sessions_arrive(company: Company, client: Any) -> None:
    client.server.now = company.spec.start + timedelta(days=10)
    client.server.behaviour = replace(
        DIALECTS["offset_skip_nothing_reported"], advance_per_list_request=timedelta(hours=12)
    )
    ids = client.walk()
    assert len(ids) > len({*ids})


def test_cursor_pages_stand_still_while_sessions_arrive(company: Company, client: Any) -> None:
    client.server.now = company.spec.start + timedelta(days=10)
    before = {*company.at(client.server.now).ids()}
    client.server.behaviour = replace(DEFAULT, advance_per_list_request=timedelta(hours=12))
    ids = client.walk()
    deleted = {*company.session_deletions()}
    assert len(ids) == len({*ids})
    assert before - deleted <= {*ids} <= before


def test_a_test_can_change_the_company_between_two_pages(tiny_company: Company, tiny_client: Any) -> None:
    start = tiny_company.spec.start
    ids = [tiny_company.add_session(start + timedelta(seconds=n)) for n in range(60)]
    tiny_client.server.now = start + timedelta(days=1)

    def delete_the_newest(record: Any) -> None:
        if record.query.get("offset") == "20":
            tiny_company.delete_session(ids[-1], start)

    tiny_client.server.behaviour = replace(
        DIALECTS["offset_skip_nothing_reported"], page_param="offset", on_request=delete_the_newest
    )
    assert {*ids} - {*tiny_client.walk()} == {ids[39]}
