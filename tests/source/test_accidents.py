"""What goes wrong at the API: a load brings all of it or raises, and loses nothing for the next one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import enumerate as all_threads
from typing import Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.source.loads import Query, loads, of_duckdb
from tests.sync.small_api import SmallApi, detail, session, small_api, survey, uid
from zenhire_sync.errors import ApiUnreachableError, ContractFloodError, PagingError, RejectedRowsError
from zenhire_sync.simulator import DIALECTS, Behaviour, Company, CompanySpec
from zenhire_sync.source import remembered, zenhire

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
DOWN = (500, {"error": {"code": "INTERNAL_ERROR", "message": "It failed."}})


class Small:
    """A few rows behind a port, loaded into DuckDB."""

    def __init__(self, tmp_path: Path, api: SmallApi) -> None:
        self.api = api
        path = tmp_path / "theirs.duckdb"
        self.query: Query = of_duckdb(path)
        self.pipeline = dlt.pipeline(
            "theirs",
            destination=dlt.destinations.duckdb(str(path)),
            dataset_name="interviews",
            pipelines_dir=str(tmp_path / "pipelines"),
        )

    def load(self, day: float, *tables: str, **settings: Any) -> None:
        """A load so many days after NOW; ``api.asked`` are its detail calls."""
        self.api.asked.clear()
        values = {"rate_limit_per_minute": 1_000_000, "retry_base_seconds": 0.001, "request_attempts": 2}
        source = zenhire(
            api_key="zh_api_small",
            base_url=self.api.base_url,
            as_of=NOW + timedelta(days=day),
            settings={**values, **settings},
        )
        self.pipeline.run(source.with_resources(*tables) if tables else source)

    def ids(self, table: str = "sessions", key: str = "id") -> list[str]:
        """A column of a table, sorted."""
        return sorted(row[key] for row in self.query(f"select {key} from {table}"))


@contextmanager
def small(tmp_path: Path, count: int, days_between: float = 0.5) -> Iterator[Small]:
    """So many completed interviews before NOW, the newest first."""
    rows = [
        session(n, NOW - timedelta(hours=2) - n * timedelta(days=days_between)) for n in range(1, count + 1)
    ]
    with small_api(rows) as api:
        yield Small(tmp_path, api)


def cause(failed: pytest.ExceptionInfo[PipelineStepFailed]) -> BaseException:
    """What dlt's error is about."""
    error: BaseException = failed.value
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def test_a_list_that_ends_before_its_own_total_raises_and_moves_no_cursor(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=150, days=20, start=START))
    honest = DIALECTS["offset_total"]
    with loads(tmp_path, company, START + timedelta(days=10), honest) as here:
        here.load()
        before, sessions = here.state(), here.count("sessions")
        here.sim.behaviour = replace(honest, total_form="high", total_amount=3)
        with pytest.raises(PipelineStepFailed) as failed:
            here.load(START + timedelta(days=20))
        assert isinstance(cause(failed), PagingError)
        assert here.state() == before
        assert here.count("sessions") == sessions
        here.sim.behaviour = honest
        here.load()
        assert here.count("sessions") > sessions
        assert not [thread for thread in all_threads() if thread.name == "zenhire"]


def test_a_page_that_was_taken_for_the_whole_list_is_found_out_when_the_list_outgrows_it(
    tmp_path: Path,
) -> None:
    company = Company(CompanySpec(sessions=120, days=20, start=START, sessions_deleted_share=0))
    behaviour = Behaviour(paging="everything", capped_at=100, info_at="", next_key=None)
    with loads(tmp_path, company, START + timedelta(days=10), behaviour) as here:
        here.load(None, "sessions", "rejected_rows")
        assert 0 < here.count("sessions") < 100
        with pytest.raises(PipelineStepFailed) as failed:
            here.load(START + timedelta(days=21), "sessions", "rejected_rows")
        assert "which is still there" in str(cause(failed))


def test_an_api_that_goes_down_among_the_details_loads_nothing_and_the_next_load_all(tmp_path: Path) -> None:
    with small(tmp_path, 30) as here:
        here.api.answer_detail = lambda _: DOWN
        with pytest.raises(PipelineStepFailed) as failed:
            here.load(0, request_attempts=1)
        assert isinstance(cause(failed), ApiUnreachableError)
        here.api.answer_detail = None
        here.load(0)
        assert len(here.api.asked) == 30
        assert len(here.ids()) == 30


def test_a_row_that_breaks_the_contract_is_kept_and_asked_for_until_it_is_whole(tmp_path: Path) -> None:
    def load(day: float) -> None:
        here.load(day, "sessions", "session_tags", "rejected_rows", page_size=50, recheck_pages=1)

    with small(tmp_path, 130) as here:
        # It is the oldest: no later load reads the list so far.
        oldest = here.api.rows[-1]
        oldest["status"] = "paused"
        load(0)
        assert here.ids("rejected_rows", "session_id") == [oldest["id"]]
        assert len(here.ids()) == 129
        load(1)
        assert here.api.asked == [oldest["id"]]
        assert here.ids("rejected_rows", "endpoint") == ["sessions", "sessions/{id}"]
        oldest["status"] = "completed"
        # Another table asks for it, and has it: those that were loaded before have not.
        here.load(1.5, "personas", "rejected_rows", page_size=50, recheck_pages=1)
        load(2)
        assert len(here.ids()) == 130
        tags = here.query(f"select tag from session_tags where session_id = '{oldest['id']}'")
        assert tags == [{"tag": "eu"}]
        load(3)
        assert here.api.asked == []


def test_a_broken_row_raises_where_nothing_selected_keeps_it(tmp_path: Path) -> None:
    with small(tmp_path, 12) as here:
        here.api.rows[3]["created_at"] = "yesterday"
        with pytest.raises(PipelineStepFailed) as failed:
            here.load(0, "sessions")
        assert isinstance(cause(failed), RejectedRowsError)
        assert "select it too" in str(cause(failed))
        here.load(0, "sessions", "rejected_rows")
        assert len(here.ids()) == 11


def test_an_api_that_changed_raises_instead_of_setting_everything_aside(tmp_path: Path) -> None:
    with small(tmp_path, 40) as here:
        for row in here.api.rows:
            row["status"] = "DONE"
        with pytest.raises(PipelineStepFailed) as failed:
            here.load(0)
        assert isinstance(cause(failed), ContractFloodError)


def test_a_detail_that_fails_is_asked_for_again_by_the_next_load(tmp_path: Path) -> None:
    with small(tmp_path, 12) as here:
        row = here.api.rows[5]
        answered = detail(row, feedback=survey(NOW - timedelta(hours=1)))

        def answer(session_id: str) -> tuple[int, Any]:
            found = next(row for row in here.api.rows if row["id"] == session_id)
            return DOWN if found is row else (200, detail(found))

        here.api.answer_detail = answer
        here.load(0, "session_feedback", "rejected_rows")
        assert here.ids("rejected_rows", "session_id") == [row["id"]]
        here.api.answer_detail = lambda i: (200, answered) if i == row["id"] else answer(i)
        # No rung of the ladder has come since; what ended within the lag is looked at again.
        here.load(0.02, "session_feedback", "rejected_rows")
        assert sorted(here.api.asked) == [uid(1), row["id"]]
        assert here.ids("session_feedback", "session_id") == [row["id"]]


def test_tags_and_metadata_that_are_gone_go_here_too(tmp_path: Path) -> None:
    with small(tmp_path, 3) as here:
        first, second, _ = here.api.rows
        first["tags"] = ["a", "b", "c"]
        here.load(0, "sessions", "session_tags", "session_metadata", "rejected_rows")
        assert len(here.ids("session_tags", "session_id")) == 5
        first["tags"], second["tags"], second["metadata"] = ["c"], None, None
        here.load(1, "sessions", "session_tags", "session_metadata", "rejected_rows")
        tags = here.query("select session_id, position, tag from session_tags order by session_id")
        assert [tuple(row.values()) for row in tags] == [(uid(1), 0, "c"), (uid(3), 0, "eu")]
        assert here.ids("session_metadata", "session_id") == [uid(1), uid(3)]


def test_what_is_forgotten_of_surveys_costs_requests_and_no_survey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST_ANSWERED", 4)
    with small(tmp_path, 12) as here:
        here.api.answer_detail = lambda i: (
            200,
            detail(next(row for row in here.api.rows if row["id"] == i), feedback=survey(NOW)),
        )
        here.load(0, "session_feedback", "rejected_rows")
        marks = here.pipeline.state["sources"]["zenhire"]["resources"]["session_feedback"]["answered"]
        assert len(marks) <= 44
        here.load(1, "session_feedback", "rejected_rows")
        # The four latest are remembered; of the others, those on a rung are asked for.
        assert set(here.api.asked).isdisjoint([uid(1), uid(2), uid(3), uid(4)])
        assert here.api.asked
        assert len(here.ids("session_feedback", "session_id")) == 12
