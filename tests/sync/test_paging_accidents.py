"""Paging that goes wrong on the way: nothing is lost, and nothing is taken for the end that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import assert_lists_equal, world
from zenhire_sync.errors import ContractFloodError, PagingError
from zenhire_sync.simulator import DEFAULT, DIALECTS, Behaviour, Company, CompanySpec, Fault, FaultPlan

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=70)
COMPANY = Company(CompanySpec(sessions=140, days=60, start=START))
PAGE = 20
KINDS = (
    "cursor_next_cursor_in_pagination",
    "offset_total",
    "page_nothing_reported",
    "bare_page_number",
    "link_header",
)


def small(name: str) -> Behaviour:
    return replace(DIALECTS[name], default_page_size=PAGE, largest_page=PAGE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["empty_page", "repeated_page", "short_page"])
def test_a_page_that_goes_wrong_once_costs_a_second_look_and_no_rows(
    kind: str, fault: str, tmp_path: Path
) -> None:
    with world(tmp_path, COMPANY, NOW, small(kind)) as here:
        here.sim.faults = FaultPlan((Fault(fault, "sessions", first=5, times=1),))
        here.night(with_details=False)
        assert_lists_equal(here, NOW)


@pytest.mark.parametrize("kind", ["offset_total", "page_total_pages"])
def test_a_page_that_stays_empty_in_the_middle_is_an_error_and_moves_no_cursor(
    kind: str, tmp_path: Path
) -> None:
    with world(tmp_path, COMPANY, NOW, small(kind)) as here:
        here.sim.faults = FaultPlan((Fault("empty_page", "sessions", first=4, times=None),))
        with pytest.raises(PagingError):
            here.night(with_details=False)
        here.sim.faults = FaultPlan()
        here.night(with_details=False)
        assert_lists_equal(here, NOW)
        assert [row[0] for row in here.query("select outcome from sync_runs order by started_at")] == [
            "failed",
            "done",
        ]


@pytest.mark.parametrize(
    "kind", [*KINDS, "page_total_pages", "next_url_absolute", "cursor_next_disguised_offset"]
)
def test_sessions_that_arrive_while_pages_are_read_are_caught_in_that_very_run(
    kind: str, tmp_path: Path
) -> None:
    company = Company(CompanySpec(sessions=100, days=60, start=START))
    with world(tmp_path, company, NOW, small(kind)) as here:
        arrived: list[str] = []

        def arrive(record: object) -> None:
            if len(arrived) < 6:
                here.sim.advance(timedelta(seconds=1))
                arrived.append(company.add_session(here.sim.now - timedelta(milliseconds=500)))

        here.sim.behaviour = replace(small(kind), on_request=arrive)
        here.night(with_details=False)
        ids = {row[0] for row in here.query("select id from sessions")}
        assert set(company.at(NOW).ids()) <= ids
        if not kind.startswith(("cursor_next_cursor", "link", "next")):  # those pages do not shift
            assert set(arrived[:4]) <= ids


@pytest.mark.parametrize("kind", ["offset_total", "page_total_at_top"])
def test_sessions_deleted_while_pages_are_read_pull_no_other_out_of_sight(kind: str, tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=140, days=60, start=START, sessions_deleted_share=0))
    victims = [row["id"] for row in company.at(NOW).sessions()][-5:]
    with world(tmp_path, company, NOW, small(kind)) as here:

        def delete(record: object) -> None:
            if victims and here.sim.log.count("list") >= 2:
                company.delete_session(victims.pop(), here.sim.now)
                here.sim.advance(timedelta(seconds=1))

        here.sim.behaviour = replace(small(kind), on_request=delete)
        here.night(with_details=False)
        ids = {row[0] for row in here.query("select id from sessions")}
        assert set(company.at(here.sim.now).ids()) <= ids


def test_a_total_that_never_adds_up_is_reported_and_what_came_is_kept(tmp_path: Path) -> None:
    behaviour = small("page_total_at_top")
    with world(tmp_path, COMPANY, NOW, behaviour) as here:
        # From the third answer on the list is empty and says that it is over, long before its own total.
        here.sim.faults = FaultPlan((Fault("false_end", "sessions", first=3, times=None),))
        with pytest.raises(PagingError):
            here.night(with_details=False)


def test_rows_without_ids_that_come_again_and_again_end_the_reading(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, NOW, DIALECTS["bare_everything_at_once"]) as here:
        here.sim.faults = FaultPlan(mutate_row=lambda row, _: {**row, "id": 7})
        with pytest.raises(ContractFloodError):
            here.night()
        assert here.sim.log.count("list") < 30


def test_paging_set_by_hand_is_obeyed(tmp_path: Path) -> None:
    behaviour = replace(small("page_nothing_reported"), page_param="seite", size_param="anzahl")
    by_hand = {
        "paging": "page",
        "paging_param": "seite",
        "page_size_param": "anzahl",
        "rows_field": "sessions",
    }
    with world(tmp_path, COMPANY, NOW, behaviour, **by_hand) as here:
        here.night(with_details=False)
        assert_lists_equal(here, NOW)
        assert {"seite", "anzahl"} <= {name for r in here.sim.log.records() for name in r.query}


def test_more_that_is_promised_in_an_unknown_way_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    behaviour = replace(DEFAULT, paging="page", page_param="seite", has_more_key="has_more", next_key=None)
    with world(tmp_path, COMPANY, NOW, behaviour) as here, pytest.raises(PagingError, match="ZENHIRE_PAGING"):
        here.night(with_details=False)
