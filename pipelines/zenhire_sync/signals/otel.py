"""Traces and metrics of a command by OpenTelemetry's SDK, over OTLP as its own variables say.

They are kept until the command ends and sent then, in two requests: a collector that is away costs the steps
nothing, and a process that is killed tells nothing. No provider is made global, so libraries send nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.signals.outbox import LONGEST_WAIT_SECONDS, CannotBeSentError, Message, overheard
from zenhire_sync.signals.run_metrics import FAMILIES, samples_of
from zenhire_sync.steps import Step

_SCOPE = "zenhire_sync"
_STATUS_CODE = re.compile(r"code: (\d{3})")
_NONE = "none"


class Telemetry:
    """A span for the command, one for each of its steps, and the metrics of docs/signals.md.

    The span of an orchestrator, in ``TRACEPARENT``, is the parent of the command's.
    """

    name = "opentelemetry"

    def __init__(
        self, command: str, environ: Mapping[str, str], rate_per_minute: int, tidy: Callable[[str], str]
    ) -> None:
        self._rate, self._tidy, self._environ = rate_per_minute, tidy, environ
        self._resource = _resource(environ)
        self._spans = InMemorySpanExporter()
        tracing = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        tracing.add_span_processor(SimpleSpanProcessor(self._spans))
        self._tracer = tracing.get_tracer(_SCOPE, version("zenhire-sync"))
        carrier = {name: environ.get(name.upper(), "").strip() for name in ("traceparent", "tracestate")}
        parent = TraceContextTextMapPropagator().extract(carrier)
        self._root = self._tracer.start_span(f"zenhire-sync {command}", parent)
        self._steps: dict[int, Span] = {}

    def begun(self, step: Step) -> None:
        """Begins the step's span."""
        above = set_span_in_context(self._root)
        self._steps[id(step)] = self._tracer.start_span(
            step.name, above, start_time=_nanoseconds(step.started_at)
        )

    def ended(self, step: Step) -> None:
        """Ends it, with outcome and counts."""
        span = self._steps.pop(id(step))
        span.set_attribute("zenhire.outcome", step.outcome)
        span.set_attributes({f"zenhire.{name}": count for name, count in step.counts.items()})
        self._end(span, step.error)

    def told(self, summary: RunSummary) -> Message:
        """Ends the command's span; all of it is sent."""
        root = self._root
        root.set_attributes({"zenhire.command": summary.command, "zenhire.run_id": summary.run_id})
        root.set_attribute("zenhire.outcome", summary.outcome)
        if summary.exit_code is not None:
            root.set_attribute("process.exit.code", summary.exit_code)
        self._end(root, summary.error)
        return lambda: self._send(summary)

    def _end(self, span: Span, error: str | None) -> None:
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, self._tidy(error)))
        span.end()

    def _send(self, summary: RunSummary) -> None:
        """Raises CannotBeSentError when the collector did not take it."""
        with overheard("opentelemetry") as words:
            is_sent = True
            if self._environ.get("OTEL_TRACES_EXPORTER", "").strip() != _NONE:
                exporter = OTLPSpanExporter(timeout=LONGEST_WAIT_SECONDS)
                spans = self._spans.get_finished_spans()
                is_sent = not spans or exporter.export(spans) is SpanExportResult.SUCCESS
                exporter.shutdown()  # type: ignore[no-untyped-call]
            if is_sent and self._environ.get("OTEL_METRICS_EXPORTER", "").strip() != _NONE:
                is_sent = self._send_metrics(summary)
        if not is_sent:
            code = next((found[1] for text in words if (found := _STATUS_CODE.search(text))), None)
            why = "cannot be reached" if code is None else f"answers HTTP {code}"
            raise CannotBeSentError(f"the collector of OTEL_EXPORTER_OTLP_ENDPOINT {why}")

    def _send_metrics(self, summary: RunSummary) -> bool:
        reader = InMemoryMetricReader()
        metering = MeterProvider([reader], self._resource, shutdown_on_exit=False)
        meter = metering.get_meter(_SCOPE, version("zenhire-sync"))
        samples = samples_of(summary, self._rate)
        for name, family in FAMILIES.items():
            # A process that ends has no sums over time: what it tells is of its run.
            values = [(labels, value) for (of, labels), value in samples.items() if of == name]
            if family.kind == "gauge" and values:
                gauge = meter.create_gauge(*otel_name(name), family.meaning)
                for labels, value in values:
                    gauge.set(float(value), dict(labels))
        if summary.publish is not None and summary.publish.data_until is not None:
            age = datetime.now(UTC) - summary.publish.data_until
            meter.create_gauge("zenhire.data_age", "s", "Age of what is published.").set(age.total_seconds())
        told = reader.get_metrics_data()
        metering.shutdown()
        if told is None:
            return True
        exporter = OTLPMetricExporter(timeout=LONGEST_WAIT_SECONDS)
        is_sent = exporter.export(told) is MetricExportResult.SUCCESS
        exporter.shutdown()
        return is_sent


def otel_name(name: str) -> tuple[str, str]:
    """Name and unit of a metric: a collector makes of them the name that the Prometheus file has."""
    unit = next((unit for ending, unit in (("_seconds", "s"), ("_ratio", "1")) if name.endswith(ending)), "")
    bare = name.removesuffix("_seconds").removesuffix("_ratio")
    return bare.replace("_", ".", 1), unit


def _resource(environ: Mapping[str, str]) -> Resource:
    attributes = {"service.version": version("zenhire-sync")}
    is_named = environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    return Resource.create(attributes if is_named else {**attributes, "service.name": "zenhire-sync"})


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
