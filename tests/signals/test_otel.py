"""What a collector is sent, decoded from its protobuf; one that refuses, hangs or is not there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.signals.conftest import Receiver, reasons, receiving, summary
from tests.signals.test_prometheus import sync_part
from zenhire_sync.errors import BuildError
from zenhire_sync.signals.otel import Telemetry, otel_name
from zenhire_sync.signals.run_metrics import FAMILIES
from zenhire_sync.signals.switched_on import Signals
from zenhire_sync.steps import Steps

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@contextmanager
def night(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """The steps of a run, whose spans and metrics are sent to ``url`` at the end of the block."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=n0tForAnybody")
    steps = Steps()
    signals = Signals((Telemetry("run", {"TRACEPARENT": PARENT}, 500, str.upper),))
    steps.listeners.append(signals)
    yield steps
    told = tuple(step.facts() for step in steps.ended)
    part = sync_part(requests=250, requests_by_reason={"list": 20, "new": 230})
    error = next((step.error for step in steps.ended if step.error), None)
    outcome = {} if error is None else {"outcome": "failed", "exit_code": 1, "error": error}
    signals.tell(summary(steps=[{**step, "seconds": 60.0} for step in told], sync=part, **outcome))
    signals.wait()


def spans_of(receiver: Receiver) -> dict[str, Span]:
    (sent,) = (one.body for one in receiver.received if one.path == "/v1/traces")
    request = ExportTraceServiceRequest.FromString(sent)
    resource = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}
    assert resource["service.name"] == "zenhire-sync"
    return {span.name: span for span in request.resource_spans[0].scope_spans[0].spans}


def attributes(span: Span) -> dict[str, object]:
    return {a.key: getattr(a.value, str(a.value.WhichOneof("value"))) for a in span.attributes}


def test_a_night_is_a_trace_below_the_orchestrators_span(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with night(receiver.url, monkeypatch) as steps:
        with steps.step("sync") as step:
            step.tell({"requests": 250}, "set_aside")
        with pytest.raises(BuildError), steps.step("build"):
            raise BuildError("test x failed on 3 rows")
    spans = spans_of(receiver)
    root, sync, build = spans["zenhire-sync run"], spans["sync"], spans["build"]
    assert (root.trace_id.hex(), root.parent_span_id.hex()) == tuple(PARENT.split("-")[1:3])
    assert sync.parent_span_id == build.parent_span_id == root.span_id
    assert attributes(sync) == {"zenhire.outcome": "set_aside", "zenhire.requests": 250}
    assert (sync.status.code, build.status.code) == (0, 2)
    # Words for people pass the gate that takes keys out.
    assert build.status.message == "TEST X FAILED ON 3 ROWS"
    assert attributes(root)["process.exit.code"] == 1
    assert root.start_time_unix_nano <= sync.start_time_unix_nano <= sync.end_time_unix_nano
    assert {one.headers["x-token"] for one in receiver.received} == {"n0tForAnybody"}


def test_metrics_have_the_names_of_the_prometheus_file(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with night(receiver.url, monkeypatch) as steps, steps.step("sync"):
        pass
    (sent,) = (one.body for one in receiver.received if one.path == "/v1/metrics")
    metrics = ExportMetricsServiceRequest.FromString(sent).resource_metrics[0].scope_metrics[0].metrics
    found = {metric.name: metric for metric in metrics}
    assert set(found) <= {otel_name(name)[0] for name in FAMILIES}
    requests = found["zenhire.last_run_requests"].gauge.data_points
    by_reason = {
        next(a.value.string_value for a in point.attributes if a.key == "reason"): point.as_double
        for point in requests
    }
    assert by_reason == {"list": 20, "new": 230}
    # 250 requests in a minute, at 500 a minute.
    assert found["zenhire.last_run_rate_used"].gauge.data_points[0].as_double == 0.5
    assert found["zenhire.last_run_end_timestamp"].unit == "s"


@pytest.mark.parametrize(("status", "why"), [(500, "answers HTTP 500"), (None, "cannot be reached")])
def test_a_collector_that_does_not_take_it_is_told_once(
    status: int | None, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("zenhire_sync.signals.otel.LONGEST_WAIT_SECONDS", 0.5)
    with receiving(status=status or 200, body=b"\xff garbage") as receiver:
        if status is not None:
            with night(receiver.url, monkeypatch):
                pass
    if status is None:
        with night(receiver.url.replace("//", "//user:n0tForAnybody@"), monkeypatch):
            pass
    assert reasons(caplog) == [f"the collector of OTEL_EXPORTER_OTLP_ENDPOINT {why}"]
    assert "n0tForAnybody" not in caplog.text


def test_a_collector_that_hangs_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("zenhire_sync.signals.switched_on.LONGEST_WAIT_SECONDS", 0.2)
    with receiving(status=0) as receiver, caplog.at_level(logging.WARNING):
        began = time.monotonic()
        with night(receiver.url, monkeypatch):
            pass
        assert time.monotonic() - began < 3
    assert reasons(caplog) == ["no answer in time"]
