"""What a user of dlt expects of any source: state, selection, refresh, configuration, secrets."""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.source.loads import Loads, loads
from tests.sync.world import moment
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.simulator import DEFAULT_KEY, Company, CompanySpec
from zenhire_sync.source import zenhire

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=25)
TABLES = {"sessions", "session_tags", "session_metadata", "session_feedback", "personas", "rejected_rows"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Loads]:
    """A small company in the middle of its life, nothing loaded yet."""
    with loads(tmp_path, Company(CompanySpec(sessions=60, days=30, start=START)), NOW) as loaded:
        yield loaded


def resources_with_cursors(state: dict[str, Any]) -> dict[str, dict[str, datetime]]:
    return {
        name: {column: cursor["last_value"] for column, cursor in resource["incremental"].items()}
        for name, resource in state.items()
    }


def test_the_two_cursors_are_in_dlts_state_and_a_new_machine_goes_on_from_them(
    here: Loads, tmp_path: Path
) -> None:
    first = here.load()
    shown = here.sim.company.at(NOW).sessions()
    cursors = {
        column: max(at for row in shown if (at := moment(row[column])) is not None)
        for column in ("created_at", "completed_at")
    }
    expected = dict.fromkeys(TABLES - {"rejected_rows"}, cursors)
    assert resources_with_cursors(here.state()) == expected
    assert here.pipeline.default_schema_name == "zenhire"
    elsewhere = dlt.pipeline(
        "theirs",
        destination=here.pipeline.destination,
        dataset_name="interviews",
        pipelines_dir=str(tmp_path / "other"),
    )
    here.pipeline = elsewhere
    second = here.load()
    assert second["list"] <= first["list"]
    # What ended within the lag, and has no survey.
    assert second["detail"] <= 1 < first["detail"]
    assert resources_with_cursors(here.state()) == expected


def test_only_what_is_selected_is_asked_for_and_the_rest_is_read_from_the_start_later(here: Loads) -> None:
    assert set(here.source().resources) == TABLES
    asked = here.load(None, "personas")
    personas = len({row["persona_id"] for row in here.sim.company.at(NOW).sessions()})
    assert asked["detail"] == personas
    assert set(here.state()) == {"personas"}
    assert here.load(None, "sessions", "session_tags")["detail"] == 0
    assert here.count("sessions") == len(here.sim.company.at(NOW).sessions())
    here.load(None, "session_feedback")
    surveys = [row for row in here.sim.company.at(NOW).details() if row["feedback"] is not None]
    assert here.count("session_feedback") == len(surveys) > 0
    here.run(here.source().with_resources("session_feedback"), refresh="drop_resources")
    assert here.count("session_feedback") == len(surveys), "a table that was dropped is filled from the start"


def test_it_runs_beside_another_source_in_one_pipeline_and_with_parallel_resources(here: Loads) -> None:
    @dlt.source(name="crm")
    def crm() -> Any:
        return dlt.resource([{"id": 1}], name="candidates")

    here.run([crm(), here.source().parallelize()])
    assert here.count("candidates") == 1
    assert here.count("sessions") == len(here.sim.company.at(NOW).sessions())
    assert set(here.pipeline.state["sources"]) >= {"zenhire"}


def test_in_a_notebook_whose_loop_is_running_it_can_be_looked_at_without_a_pipeline(here: Loads) -> None:
    async def cell() -> int:
        return sum(table.num_rows for table in here.source().sessions)

    assert asyncio.run(cell()) == len(here.sim.company.at(NOW).sessions())


def test_the_key_is_in_no_state_trace_log_or_file(
    here: Loads, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    here.load()
    refused = "zh_api_refused"
    with pytest.raises(PipelineStepFailed) as failed:
        here.load(None, "sessions", api_key=refused)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    said = (str(here.pipeline.state), str(here.pipeline.last_trace), str(failed.value), caplog.text)
    kept += [text.encode() for text in said]
    kept.append(pickle.dumps(here.pipeline.last_trace.asdict()))
    assert len(kept) > 10
    assert not any(key.encode() in text for text in kept for key in (DEFAULT_KEY, refused))


def test_arguments_come_from_dlts_configuration(here: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ZENHIRE__API_KEY", DEFAULT_KEY)
    monkeypatch.setenv("SOURCES__ZENHIRE__BASE_URL", here.sim.base_url)
    monkeypatch.setenv("SOURCES__ZENHIRE__SETTINGS", '{"page_size": 5, "rate_limit_per_minute": 100000}')
    assert sum(table.num_rows for table in zenhire().sessions) > 0
    pages = [record for record in here.sim.log.records() if record.endpoint == "list"]
    assert len(pages) > 60 / 5 / 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"api_key": "two words"}, "does not hold an API key"),
        ({"base_url": "http://interviews.example"}, "plain http"),
        ({"recheck_days": -1}, "recheck_days"),
        ({"settings": {"pagin": "cursor"}}, "pagin"),
        ({"settings": {"privacy_comment": "pseudonymise"}}, "secret of your own"),
        ({"as_of": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001 - that is the accident
    ],
)
def test_an_argument_that_cannot_be_used_is_told_before_anything_is_asked(
    arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        zenhire(**{"api_key": "zh_api_any", **arguments})


def test_what_a_company_does_not_keep_of_people_is_not_loaded(here: Loads) -> None:
    here.settings.update(privacy_comment="drop", privacy_candidate_ref="drop", privacy_prompts="drop")
    here.load()
    kept = {
        "sessions": "candidate_ref",
        "session_feedback": "comment",
        "personas": "system_prompt",
    }
    for table, column in kept.items():
        assert here.count(f"{table} where {column} is not null") == 0
        assert here.count(table) > 0


def test_with_upsert_rows_that_are_as_old_as_their_session_are_its_children(here: Loads) -> None:
    session_id = here.sim.company.add_session(NOW - timedelta(days=1), tags=["a", "b", "c"])
    here.load(None, "sessions", "session_tags", merge_strategy="upsert")
    traits = here.sim.company.find(session_id)
    assert traits is not None
    traits.traits, traits.rendered = traits.traits._replace(tags=["c"]), None  # type: ignore[union-attr]
    here.load(NOW + timedelta(days=1), "sessions", "session_tags", merge_strategy="upsert")
    rows = here.query(
        "select t.tag from session_tags t join sessions s on s.id = t.session_id "
        f"and s.synced_at = t.synced_at where s.id = '{session_id}' and not t.is_removed"
    )
    assert rows == [{"tag": "c"}]
