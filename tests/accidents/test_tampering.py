"""Texts that would be SQL, paths, HTML or templates if anybody let them: verbatim from end to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.accidents.commands import KEY, Nursery, settled_truth, variables
from tests.sync.world import world
from zenhire_sync.simulator import Company, CompanySpec, FaultPlan, mutate_sessions

pytestmark = pytest.mark.file_only

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
TEXTS = (
    "'; drop table zenhire_raw.sessions; --",
    '"; drop schema zenhire_raw cascade; --',
    "../../../../tmp/zenhire_was_here",
    "x'); copy (select 1) to '/tmp/zenhire_was_here'; --",
    "{{ config(materialized='view') }}{% do run_query('drop table x') %}",
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>",
    "$(touch /tmp/zenhire_was_here) `touch /tmp/zenhire_was_here`",
    "%s %(x)s ? $1 :name {0} {staging_table}",
    "\u202eevil\u202c\\' \\\" \\n \r\n\t null NULL",
    "=cmd|' /C calc'!A0",
)


@pytest.mark.slow
def test_names_that_would_be_code_come_through_as_names(tmp_path: Path, nursery: Nursery) -> None:
    company = Company(CompanySpec(sessions=0, personas=1, edits_per_persona=0, personas_deleted=0))
    expected = {}
    for number, text in enumerate(TEXTS):
        persona_id = company.add_persona(
            NOON - timedelta(days=9),
            role_name=text,
            language=text[:60],
            system_prompt=text,
            base_prompt_override=text,
        )
        ended = NOON - timedelta(hours=number + 1)
        session_id = company.add_session(
            ended - timedelta(hours=1),
            persona_id=persona_id,
            candidate_ref=text,
            tags=[text[:40]],
            metadata={text[:40]: text},
        )
        company.start_session(session_id, ended - timedelta(minutes=30))
        company.complete_session(session_id, ended)
        company.submit_survey(session_id, ended + timedelta(minutes=5), 1, text)
        expected[session_id] = text
    everywhere = {
        session_id: lambda row, text=text: {
            **row,
            "recording_s3_key": text,
            "transcript_s3_key": text,
            "interview_svc_session_id": text,
            text: text,
        }
        for session_id, text in expected.items()
    }
    with world(tmp_path, company, NOON, keys={KEY: None}) as here:
        env = variables(here.settings.data_dir, here.sim.base_url)
        nursery.run(env, "run", "--as-of", NOON.isoformat()).well()
        settled_truth(here)
        published = here.settings.published_path
        with duckdb.connect(str(published), read_only=True) as reader:
            rows = reader.sql(
                "select session_id, comment, role_name from zenhire.zenhire_marts.negative_feedback"
            ).fetchall()
            tables = reader.sql("select table_name from duckdb_tables() order by all").fetchall()
        assert {row[0]: row[1:] for row in rows} == {i: (text, text) for i, text in expected.items()}
        report = here.settings.report_path.read_text()
        assert "<script>document.title" not in report
        assert "<img src=x" not in report
        here.sim.faults = FaultPlan(mutate_row=mutate_sessions(everywhere))
        nursery.run(env, "run", "--as-of", (NOON + timedelta(days=1)).isoformat()).well()
        for column in ("recording_s3_key", "transcript_s3_key", "interview_svc_session_id"):
            assert dict(here.query(f"select id, {column} from sessions")) == expected
        with duckdb.connect(str(published), read_only=True) as reader:
            assert reader.sql("select table_name from duckdb_tables() order by all").fetchall() == tables
    assert not Path("/tmp/zenhire_was_here").exists()  # noqa: S108 - what the texts name
    assert not list(tmp_path.rglob("zenhire_was_here*"))
