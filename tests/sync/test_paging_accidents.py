"""Paging that goes wrong on the way: nothing is lost, and nothing is taken for the end that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.accidents.between import Answer, between
from tests.sync.world import assert_lists_equal, world
from zenhire_sync.errors import ContractFloodError, PagingError
from zenhire_sync.simulator import DEFAULT, DIALECTS, Behaviour, Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync.pace import DetailTime

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


@pytest.mark.slow
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
        # From the sixth answer on the list is empty and says that it is over, long before its own total.
        here.sim.faults = FaultPlan((Fault("false_end", "sessions", first=6, times=None),))
        with pytest.raises(PagingError, match="what came is kept"):
            here.night(with_details=False)
        assert here.query("select count(*) from sessions")[0][0] >= 2 * PAGE


@pytest.mark.parametrize("kind", ["page_total_at_top", "page_nothing_reported", "offset_total"])
def test_arrivals_all_the_time_cost_the_first_pages_again_and_no_more(kind: str, tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=200, days=60, start=START, sessions_deleted_share=0))
    with world(tmp_path, company, NOW, small(kind)) as here:

        def arrive(record: object) -> None:
            if here.sim.log.count("list") % 3 == 0:
                here.sim.advance(timedelta(seconds=1))
                company.add_session(here.sim.now - timedelta(milliseconds=500))

        here.night(with_details=False)
        here.sim.advance(timedelta(days=1))
        here.sim.behaviour = replace(small(kind), on_request=arrive)
        when = here.sim.now
        here.night(with_details=False)
        assert set(company.at(when).ids()) <= {row[0] for row in here.query("select id from sessions")}
        pages = len(company.at(here.sim.now).ids()) // PAGE + 1
        assert here.sim.log.count("list") <= pages + 5


def test_a_list_that_may_be_cut_off_is_never_taken_for_whole(tmp_path: Path) -> None:
    behaviour = replace(small("page_nothing_reported"), page_param="seite")
    with world(tmp_path / "auto", COMPANY, NOW, behaviour) as here:
        with pytest.raises(PagingError, match=r"answers with 20 sessions.*ZENHIRE_PAGING=none"):
            here.night(with_details=False)
        assert here.query("select count(*) from sessions") == [(PAGE,)]
    with world(tmp_path / "none", COMPANY, NOW, behaviour, paging="none") as here:
        here.night(with_details=False)
        assert here.sim.log.count("list") == 1


def test_a_list_that_was_found_not_to_page_is_asked_for_once(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, NOW, DIALECTS["bare_everything_at_once"]) as here:
        here.night(with_details=False)
        assert here.sim.log.count("list") > 1
        here.night(NOW + timedelta(hours=1), with_details=False)
        assert here.sim.log.count("list") == 1
        assert_lists_equal(here, here.sim.now)


@pytest.mark.parametrize(("kind", "status"), [("page_nothing_reported", 404), ("bare_offset", 416)])
def test_a_refused_page_beyond_the_last_one_is_the_end(kind: str, status: int, tmp_path: Path) -> None:
    def refuse(answer: Answer) -> Answer:
        rows = json.loads(answer.body)
        is_empty = answer.path == "sessions" and not (rows["sessions"] if isinstance(rows, dict) else rows)
        return answer.but('{"error": {"code": "NOT_FOUND", "message": "no"}}', status) if is_empty else answer

    with world(tmp_path, COMPANY, NOW, small(kind)) as here, between(here.sim.base_url, refuse) as proxy:
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        here.night(with_details=False)
        assert_lists_equal(here, NOW)


def refuse_the_third_page(answer: Answer) -> Answer:
    """Announced pages: there is a total."""
    is_third = answer.path == "sessions" and json.loads(answer.body)["pagination"]["offset"] >= 2 * PAGE
    return answer.but('{"error": {"code": "NOT_FOUND", "message": "no"}}', 404) if is_third else answer


def test_a_page_that_is_refused_in_the_middle_is_not_the_end(tmp_path: Path) -> None:
    with (
        world(tmp_path, COMPANY, NOW, small("offset_total")) as here,
        between(here.sim.base_url, refuse_the_third_page) as proxy,
    ):
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        with pytest.raises(PagingError, match="refuses page 3"):
            here.night(with_details=False)
        assert here.query("select count(*) from sessions") == [(2 * PAGE,)]


def test_a_list_that_never_ends_well_postpones_no_detail(tmp_path: Path) -> None:
    with (
        world(tmp_path, COMPANY, NOW, small("offset_total")) as here,
        between(here.sim.base_url, refuse_the_third_page) as proxy,
    ):
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        with pytest.raises(PagingError, match="refuses page 3"):
            here.night(time=DetailTime(longest_seconds=-1))
        assert here.query("select count(*) from sessions where detail_checked_at is not null") > [(0,)]


def endless(kind: str) -> Callable[[Answer], Answer]:
    """Every page leads on, the last one too; what an empty page then holds is the ``kind``."""
    tokens = count()

    def change(answer: Answer) -> Answer:
        if answer.path != "sessions":
            return answer
        # A token of ours is none of the simulator's.
        page = {"data": [], "pagination": {}} if answer.status == 400 else json.loads(answer.body)
        info = page["pagination"]
        if page["data"]:
            info["next_cursor"] = info["next_cursor"] or "end"
        elif kind != "absent":
            info["next_cursor"] = {"null": None, "same": "end", "fresh": f"end-{next(tokens)}"}[kind]
        return answer.but(json.dumps(page), 200)

    return change


@pytest.mark.slow
@pytest.mark.parametrize("sessions", [12, 140])
@pytest.mark.parametrize("kind", ["null", "absent", "same", "fresh"])
def test_a_list_whose_last_page_leads_on_ends_where_nothing_comes(
    kind: str, sessions: int, tmp_path: Path
) -> None:
    company = Company(CompanySpec(sessions=sessions, days=60, start=START))
    with (
        world(tmp_path, company, NOW, small("cursor_next_cursor_in_pagination")) as here,
        between(here.sim.base_url, endless(kind)) as proxy,
    ):
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        for hours in range(2):
            here.night(NOW + timedelta(hours=hours), with_details=False)
            assert_lists_equal(here, here.sim.now)
        pages = len(company.at(NOW).ids()) // PAGE + 1
        assert proxy.requests.count("sessions") <= 2 * (pages + 15)


def test_empty_pages_on_the_way_are_passed(tmp_path: Path) -> None:
    after = [""]

    def part(answer: Answer) -> Answer:
        if answer.path != "sessions":
            return answer
        if answer.status == 400:
            # The page in between, which the simulator does not know.
            return answer.but(json.dumps({"data": [], "pagination": {"next_cursor": after[-1]}}), 200)
        page = json.loads(answer.body)
        if token := page["pagination"]["next_cursor"]:
            after.append(token)
            page["pagination"]["next_cursor"] = "gap"
        return answer.but(json.dumps(page))

    with (
        world(tmp_path, COMPANY, NOW, small("cursor_next_cursor_in_pagination")) as here,
        between(here.sim.base_url, part) as proxy,
    ):
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        here.night(with_details=False)
        assert_lists_equal(here, NOW)
        assert len(after) > 5


@pytest.mark.parametrize("kind", ["page_nothing_reported", "offset_total"])
def test_what_looks_like_a_token_is_none_where_pages_are_numbered(kind: str, tmp_path: Path) -> None:
    def echo(answer: Answer) -> Answer:
        if answer.path != "sessions":
            return answer
        return answer.but(json.dumps({**json.loads(answer.body), "after": "2020-01-01T00:00:00Z"}))

    with world(tmp_path, COMPANY, NOW, small(kind)) as here, between(here.sim.base_url, echo) as proxy:
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        here.night(with_details=False)
        assert_lists_equal(here, NOW)
        assert proxy.requests.count("sessions") < 60


@pytest.mark.parametrize("relation", ['rel="NEXT"', "REL=next", 'rel="next last"', "title=x; rel='next'"])
def test_the_next_page_of_a_link_header_is_known_however_it_is_written(relation: str, tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, NOW, replace(small("link_header"), link_relation=relation)) as here:
        here.night(with_details=False)
        assert_lists_equal(here, NOW)
        assert here.sim.log.count("list") == len(COMPANY.at(NOW).ids()) // PAGE + 1


@pytest.mark.parametrize("relation", ["self", "deprecation", "first"])
@pytest.mark.parametrize("kind", ["page_nothing_reported", "bare_offset"])
def test_a_link_header_about_something_else_ends_no_list(kind: str, relation: str, tmp_path: Path) -> None:
    def link(answer: Answer) -> Answer:
        return answer.but(answer.body, Link=f'<https://docs.example.com/>; rel="{relation}"')

    with world(tmp_path, COMPANY, NOW, small(kind)) as here, between(here.sim.base_url, link) as proxy:
        here.settings = here.settings.model_copy(update={"base_url": proxy.base_url})
        here.night(with_details=False)
        assert_lists_equal(here, NOW)


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
