"""The call after a good night: made when it was good, never else, and never for more than a few seconds."""

from __future__ import annotations

import logging
import time
from urllib.parse import unquote

import pytest

from tests.signals.conftest import Receiver, reasons, receiving, summary
from zenhire_sync.cli.redact import without_keys
from zenhire_sync.signals.heartbeat import Heartbeat
from zenhire_sync.signals.outbox import LONGEST_WAIT_SECONDS
from zenhire_sync.signals.switched_on import Signals
from zenhire_sync.stopping import Stopped

TOKEN = "/ping/3f2c-n0tForAnybody"


def call(receiver: Receiver, **facts: object) -> None:
    signals = Signals((Heartbeat(receiver.url + TOKEN),))
    signals.tell(summary(**facts))
    signals.wait()


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        ({"outcome": "done"}, 1),
        ({"outcome": "set_aside", "exit_code": 3}, 1),
        ({"outcome": "failed", "exit_code": 1}, 0),
        ({"outcome": "stopped", "exit_code": 143}, 0),
        ({"command": "sync"}, 0),
        ({"command": "reconcile"}, 0),
    ],
)
def test_only_a_good_night_is_a_heartbeat(receiver: Receiver, facts: dict[str, object], calls: int) -> None:
    call(receiver, **facts)
    assert [(one.method, one.path, one.body) for one in receiver.received] == [("GET", TOKEN, b"")] * calls


def test_a_monitor_that_has_an_error_is_asked_again_and_told_without_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with receiving(status=500, body=b"\xff garbage") as receiver, caplog.at_level(logging.WARNING):
        call(receiver)
        assert len(receiver.received) == 3
    (record,) = caplog.records
    assert vars(record)["signal"] == "heartbeat"
    assert vars(record)["why"] == f"{receiver.url}: HTTP 500"


def test_a_monitor_that_is_not_there_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as receiver:
        pass
    with caplog.at_level(logging.WARNING):
        call(receiver)
    assert reasons(caplog) == [f"{receiver.url}: ConnectionRefusedError"]


def test_a_monitor_that_hangs_costs_five_seconds_and_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Not five in a test: that the limit is kept is seen by a shorter one just as well.
    assert LONGEST_WAIT_SECONDS == 5
    monkeypatch.setattr("zenhire_sync.signals.switched_on.LONGEST_WAIT_SECONDS", 0.2)
    with receiving(status=0) as receiver, caplog.at_level(logging.WARNING):
        began = time.monotonic()
        call(receiver)
        assert 0.2 <= time.monotonic() - began < 3
    assert reasons(caplog) == ["no answer in time"]


def test_a_process_that_was_told_to_end_waits_for_no_monitor(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("zenhire_sync.signals.switched_on.asked", Stopped)
    monkeypatch.setattr("zenhire_sync.signals.switched_on.LONGEST_WAIT_OF_A_STOP_SECONDS", 0.1)
    with receiving(status=0) as receiver, caplog.at_level(logging.WARNING):
        began = time.monotonic()
        call(receiver)
        assert time.monotonic() - began < LONGEST_WAIT_SECONDS - 1
    assert reasons(caplog) == ["no answer in time"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ZENHIRE_HEARTBEAT_URL", "https://hc.example.com/ping/n0tForAnybody"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=hr,authorization=Bearer%20n0tForAnybody"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:n0tForAnybody@collector.example.com"),
        ("OPENLINEAGE_API_KEY", "n0tForAnybody-either"),
        ("OPENLINEAGE__TRANSPORT__AUTH__APIKEY", "n0tForAnybody-either"),
    ],
)
def test_a_token_of_a_signal_is_taken_out_of_what_is_printed(variable: str, value: str) -> None:
    told = f"it answered {unquote(value.rpartition('=')[2])} with an error"
    assert "n0tForAnybody" not in without_keys(told, {variable: value})
