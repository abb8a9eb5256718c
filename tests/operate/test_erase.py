"""A candidate asks to be forgotten, and ZenHire goes on sending what it knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from tests.operate.bytes_of import places_of
from tests.operate.conftest import NOW, Done, shell_for
from tests.sync.world import World, world
from tests.transforms.postgres.server import CAN_BUILD, Postgres, running
from zenhire_sync.config import Config, load_config
from zenhire_sync.progress import Silent
from zenhire_sync.run import run_night
from zenhire_sync.settings import Home
from zenhire_sync.simulator import DEFAULT_KEY, Company, CompanySpec, FaultPlan, mutate_sessions

pytestmark = pytest.mark.slow

ANNA = "anna-4711"
PERSON = (ANNA, "anna@example.org", "Anna's own words", "Annas Rede", "svc-anna", "Anna Blau")
# What an erasure is meant to change: columns, and marts with a row for each tag, unknown field or rebuild.
_MEANT = {"candidate_ref", "comment", "has_recording", "has_transcript", "tags", "tag_count"}
_MEANT_MARTS = {
    "bridge_session_tag",
    "credit_usage_by_tag",
    "focus_cost_and_usage",
    "data_quality",
    "publication",
    "data_quality_findings",
    # all of the first build; of the one after it what changed since, which is nothing
    "session_changes",
    "sync_freshness",
    "sync_freshness_facts",
}


@dataclass
class Story:
    """What was seen before, after, and after the vendor sent everything again; maybe on a server."""

    here: World
    anna: list[str]
    server: Postgres | None = None
    before: dict[str, Any] = field(default_factory=dict)
    erased: Done | None = None
    places: dict[str, list[str]] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    set_aside: int = 0


def _company() -> tuple[Company, list[str]]:
    company = Company(CompanySpec(sessions=60, days=30))
    start = NOW - timedelta(days=3)
    anna = [
        company.add_session(
            start, candidate_ref=ANNA, tags=["q1", ANNA], metadata={"mail": "anna@example.org"}
        ),
        company.add_session(start, candidate_ref=ANNA, metadata={"name": ["Anna Blau"]}),
    ]
    company.complete_session(anna[0], start + timedelta(hours=1), duration_sec=615)
    company.submit_survey(anna[0], start + timedelta(hours=2), 1, "Anna's own words")
    company.complete_session(anna[1], start + timedelta(hours=3), duration_sec=61)
    # The survey of the second interview comes after the erasure.
    company.submit_survey(anna[1], NOW + timedelta(hours=12), 2, "Annas Rede")
    return company, anna


def _strange(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"nickname": "Anna Blau", "interview_svc_session_id": "svc-anna"}


def _marts(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """Every published mart without the columns that are meant to change."""
    with duckdb.connect(str(config.settings.published_path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        columns: dict[str, list[str]] = {}
        for table, name in con.execute(
            "select table_name, column_name from information_schema.columns order by all"
        ).fetchall():
            columns.setdefault(table, []).extend({name} - _MEANT)
        return {
            table: con.execute(
                f"select {', '.join(names)} from zenhire_marts.{table} order by all"
            ).fetchall()
            for table, names in columns.items()
        }


@pytest.fixture(scope="module", params=["duckdb", *(["postgres"] if CAN_BUILD else [])])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    company, anna = _company()
    with ExitStack() as stack:
        here = stack.enter_context(world(tmp_path_factory.mktemp("erase"), company, NOW))
        server = stack.enter_context(running()) if request.param == "postgres" else None
        if server is not None:
            home = Home(destination="postgres", url=SecretStr(server.url()))
            here = replace(here, settings=here.settings.at(home))
        nameless = company.add_session(NOW - timedelta(days=1), candidate_ref=ANNA)
        here.sim.faults = FaultPlan(
            mutate_row=mutate_sessions(
                {**dict.fromkeys(anna, _strange), nameless: lambda row: row | {"id": 7, "status": ANNA}}
            )
        )
        told = Story(here, anna, server)
        _live(told)
        yield told


def _variables(told: Story) -> dict[str, str]:
    if told.server is None:
        return {}
    return {
        "ZENHIRE_PROFILE": "postgres",
        "ZENHIRE_POSTGRES_URL": told.server.url(),
        "ZENHIRE_PUBLISH_DIR": str(told.here.settings.data_dir / "published"),
    }


def _places(told: Story) -> list[str]:
    """Where the person is: in files of ours, and in those of the server's tables."""
    found = places_of(PERSON, told.here.settings.data_dir)
    if told.server is None:
        return found
    base = told.server.folder / "data" / "base"
    for path in (path for path in base.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if any(word.encode() in content for word in PERSON):
            found.append(str(path.relative_to(base)))
    return found


def _live(told: Story) -> None:
    here, variables = told.here, _variables(told)
    environ = {"ZENHIRE_API_KEY": DEFAULT_KEY, "ZENHIRE_BASE_URL": here.sim.base_url, **variables}
    config = load_config(environ, None, data_dir=here.settings.data_dir)
    data_dir = here.settings.data_dir
    run_night(config, as_of=NOW, progress=Silent())
    if told.server is not None:
        told.server.execute("checkpoint")
    told.places["before"] = _places(told)
    told.before = {"marts": _marts(config), "figures": _figures(here)}
    shell = shell_for(data_dir, here.sim.base_url)
    told.erased = shell("erase", "--candidate-ref", ANNA, "--json", **{**variables, "ZENHIRE_API_KEY": ""})
    told.places["erased"] = _places(told)
    told.after = {"marts": _marts(config), "figures": _figures(here)}
    # The vendor sends all of it again: in the next night, with a late survey, and to a reconcile.
    here.night(NOW + timedelta(days=1))
    told.places["night"] = _places(told)
    told.set_aside = here.reconcile().rejected
    told.places["reconcile"] = _places(told)


def _figures(here: World) -> list[tuple[Any, ...]]:
    return here.query(
        "select id, status, credit_charged, duration_sec, started_at, completed_at, f.rating, f.flagged"
        " from sessions left join session_feedback f on f.session_id = id order by id"
    )


def test_the_person_was_in_the_warehouse_the_marts_the_report_and_the_snapshot(story: Story) -> None:
    found = "\n".join(story.places["before"])
    for place in (
        "published/zenhire.duckdb",
        "published/report.html",
        ".parquet",
    ):
        assert place in found
    # A table's file on a server is base/<database>/<number>.
    tables = r"^\d+/\d+$" if story.server is not None else r"^warehouse\.duckdb"
    assert re.search(tables, found, re.MULTILINE)
    # Not in what a run leaves beside them, tests/accidents/test_leftovers.py.
    assert "state/" not in found


def test_afterwards_the_person_is_in_no_file_and_no_table(story: Story) -> None:
    assert story.erased is not None
    assert story.erased.exit_code == 0, story.erased.err
    assert story.places["erased"] == []


def test_the_next_night_and_a_reconcile_do_not_bring_the_person_back(story: Story) -> None:
    assert story.places["night"] == []
    assert story.places["reconcile"] == []
    comments = story.here.query(
        "select rating, comment from session_feedback where session_id in (?, ?) order by rating", *story.anna
    )
    assert comments == [(1, None), (2, None)]


def test_credits_times_and_ratings_stay(story: Story) -> None:
    assert story.after["figures"] == story.before["figures"]
    assert story.erased is not None
    told = story.erased.json["erase"]
    assert told["removal"]["before"] == told["removal"]["after"] == told["figures"]
    assert told["published_credits"] == told["figures"]["credits_charged"] > 0
    assert (told["removal"]["sessions"], told["removal"]["newly_erased"]) == (2, 2)
    assert (told["removal"]["comments"], told["removal"]["metadata_entries"]) == (1, 2)
    assert told["removal"]["rejected_rows"] == 1


def test_the_marts_change_by_the_person_and_nothing_else(story: Story) -> None:
    before, after = story.before["marts"], story.after["marts"]
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} <= _MEANT_MARTS
    assert len(before["fct_sessions"]) == 61
    assert after["session_changes"] == []


def test_a_row_that_was_set_aside_stays_set_aside_without_what_it_held(story: Story) -> None:
    assert story.set_aside == 1
    rows = story.here.query("select session_id, payload, healed_at from rejected_rows")
    assert rows == [(None, None, None)]


def test_the_list_of_the_erased_does_not_name_them(story: Story) -> None:
    [(mark, salt, _)] = story.here.query("select candidate_mark, salt, erased_at from erased_candidates")
    assert len(mark) == len(salt) == 64
    rows = story.here.query("select session_id, finished_at is not null from erased_sessions order by 1")
    assert rows == [(session_id, True) for session_id in sorted(story.anna)]


def test_nothing_is_said_about_files_of_our_own(story: Story) -> None:
    assert story.erased is not None
    assert story.erased.json["erase"]["strangers"] == []
