"""A whole night with every signal on: what it sends, what it never sends, and endpoints that never answer."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import duckdb
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.cli.conftest import KEY, Shell
from tests.signals.conftest import Receiver, receiving
from tests.signals.test_lineage import events
from tests.signals.test_prometheus import told
from zenhire_sync.errors import EXIT_DONE, EXIT_USAGE, ConfigurationError
from zenhire_sync.settings import Settings
from zenhire_sync.signal_endpoints import require_signals
from zenhire_sync.simulator import SimulatorServer

AS_OF = ("--as-of", "2026-02-01T02:00:00Z")
# Whatever is on the way to somebody else: people's words, references, what ZenHire and the company keep.
PRIVATE = {
    "sessions": ("candidate_ref", "recording_s3_key", "transcript_s3_key"),
    "session_feedback": ("comment",),
    "session_metadata": ("value",),
    "persona_versions": ("system_prompt", "base_prompt_override"),
}


def switch_on(shell: Shell, url: str) -> None:
    shell.set(
        ZENHIRE_HEARTBEAT_URL=f"{url}/ping/n0tForAnybody",
        ZENHIRE_PROMETHEUS_FILE=str(shell.folder / "zenhire.prom"),
        ZENHIRE_OTEL="on",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"{url}/otel",
        ZENHIRE_OPENLINEAGE="on",
        OPENLINEAGE_URL=url,
    )


def private_texts(shell: Shell) -> set[str]:
    """All that a person or the company said, in the warehouse."""
    found = {KEY}
    with duckdb.connect(str(shell.folder / "data" / "warehouse.duckdb"), read_only=True) as connection:
        for table, columns in PRIVATE.items():
            for column in columns:
                rows = connection.execute(f"select distinct {column} from zenhire_raw.{table}").fetchall()
                # Shorter words are words of everybody.
                texts = {str(text) for (text,) in rows if text is not None and len(str(text)) > 6}
                assert texts or column.endswith(("_key", "_override")), column
                found |= texts
    return found


def sent_to(receiver: Receiver, path: str) -> list[bytes]:
    return [one.body for one in receiver.received if one.path == path]


def named(event: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    (found,) = (one for one in event[kind] if one["name"] == f"warehouse.{name}")
    return found  # type: ignore[no-any-return]


def test_everybody_is_told_and_nobody_learns_what_a_person_said(
    shell: Shell, api: SimulatorServer, receiver: Receiver
) -> None:
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    switch_on(shell, receiver.url)
    ended = shell.run("run", "--json", *AS_OF)
    assert ended.exit_code == EXIT_DONE, ended.err
    assert "could not be sent" not in ended.err
    assert len(sent_to(receiver, "/ping/n0tForAnybody")) == 1
    (trace,) = map(ExportTraceServiceRequest.FromString, sent_to(receiver, "/otel/v1/traces"))
    spans = [span.name for span in trace.resource_spans[0].scope_spans[0].spans]
    assert spans == ["sync", "build", "publish", "report", "zenhire-sync run"]
    assert len(sent_to(receiver, "/otel/v1/metrics")) == 1
    published = told(shell.folder / "zenhire.prom")["zenhire_published_rows"]
    rows = {dict(labels)["table"]: int(value) for labels, value in published.items()}
    assert rows == ended.json["publish"]["rows_by_table"]
    lineage = {
        (event["job"]["name"], event["eventType"]): event
        for event in events(sent_to(receiver, "/api/v1/lineage"))
    }
    build = lineage["zenhire_sync.build", "COMPLETE"]
    made_of = named(build, "outputs", "zenhire_marts.negative_feedback")["facets"]["columnLineage"]["fields"]
    assert [(one["name"], one["field"]) for one in made_of["comment"]["inputFields"]] == [
        ("warehouse.zenhire_raw.session_feedback", "comment")
    ]
    assert {one["name"].rpartition(".")[2] for one in build["outputs"]} == set(
        ended.json["build"]["rows_by_mart"]
    )
    tests = lineage["zenhire_sync.test", "COMPLETE"]
    daily = named(tests, "inputs", "zenhire_marts.credit_usage_daily")
    said = {
        one["name"]: one["success"] for one in daily["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    assert said["credits_in_the_daily_mart_equal_raw"] is True
    every = {
        one["name"]
        for mart in tests["inputs"]
        for one in mart["inputFacets"]["dataQualityAssertions"]["assertions"]
    }
    assert len(every) > ended.json["build"]["tests_passed"] / 2
    assert lineage["zenhire_sync.publish", "COMPLETE"]["outputs"][0]["name"].endswith("/zenhire.duckdb")
    everything = receiver.every_byte() + (shell.folder / "zenhire.prom").read_bytes()
    assert [text for text in private_texts(shell) if text.encode() in everything] == []
    # Nor as JSON writes letters beyond ASCII.
    assert [text for text in private_texts(shell) if json.dumps(text)[1:-1].encode() in everything] == []
    assert "n0tForAnybody" not in ended.err + ended.out


def test_endpoints_that_never_answer_change_no_exit_code(shell: Shell, api: SimulatorServer) -> None:
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    assert shell.run("sync", *AS_OF).exit_code == EXIT_DONE
    with receiving(status=0) as receiver:
        switch_on(shell, receiver.url)
        began = time.monotonic()
        ended = shell.run("sync", *AS_OF)
        seconds = time.monotonic() - began
    assert ended.exit_code == EXIT_DONE
    # Five for all of them; the rest is the sync, on a machine that may be busy.
    assert 5 <= seconds < 5 + 30
    # Told once each, whichever gives up first: the library that waits, or the command.
    untold = [line for line in ended.err.splitlines() if "a signal could not be sent" in line]
    assert sorted(re.findall(r"signal=(\w+)", "".join(untold))) == ["openlineage", "opentelemetry"]
    assert (shell.folder / "zenhire.prom").exists()


@pytest.mark.parametrize("extra", ["otel", "openlineage"])
def test_an_extra_that_is_not_installed_is_named(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zenhire_sync.signal_endpoints.is_installed", lambda _: False)
    with pytest.raises(ConfigurationError, match=rf"pip install 'zenhire-sync\[{extra}\]'"):
        require_signals(Settings.model_validate({extra: True}), {})


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ZENHIRE_OTEL": "on"}, "ZENHIRE_OTEL is on and nothing says where to"),
        (
            {
                "ZENHIRE_OTEL": "on",
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
            "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc', and http/protobuf alone is spoken here",
        ),
        ({"ZENHIRE_OPENLINEAGE": "on"}, "ZENHIRE_OPENLINEAGE is on and nothing says where to"),
        ({"ZENHIRE_OTEL": "perhaps"}, "ZENHIRE_OTEL cannot be used"),
    ],
)
def test_a_signal_without_an_address_is_told_before_any_work(
    shell: Shell, variables: dict[str, str], message: str
) -> None:
    shell.set(HOME=str(shell.folder), **variables)
    ended = shell.run("sync")
    assert ended.exit_code == EXIT_USAGE
    assert message in ended.told
