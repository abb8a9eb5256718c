"""A bar that stands still says what it waits for, and the time left does not lie."""

from __future__ import annotations

import io
import logging
import re

import pytest
from rich.console import Console

from zenhire_sync.cli.progress_display import Bars, Lines
from zenhire_sync.progress import DETAILS_READ


class Waiting:
    """A key that lets nothing go for half a minute, and what is left in three."""

    def waiting_seconds(self) -> float:
        return 31.0

    def seconds_for(self, requests: int) -> float:
        return 170.0 if requests else 0.0


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_bar_that_waits_for_the_keys_rate_says_so_in_one_line(width: int) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=width, color_system=None)
    with Bars(console) as bars:
        bars.follow(Waiting())
        bars.advance(DETAILS_READ, 474, 1_556)
        bars._bars.refresh()
    told = [line for line in re.split(r"[\r\n]", shown.getvalue()) if "474/1556" in line]
    line = re.sub(r"\x1b\[[?\d]*[A-Za-z]", "", told[-1]).rstrip()
    assert "474/1556 0:02:50" in line
    assert line.endswith(("key's rate", "(key's rate)"))
    assert len(line) <= width


def test_a_log_says_that_it_waits_for_the_keys_rate(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenhire_sync.cli.progress_display.SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level(logging.INFO, "zenhire_sync"), Lines() as lines:
        lines.follow(Waiting())
        lines.advance(DETAILS_READ, 474, 1_556)
        lines.beat()
    assert [record.message for record in caplog.records] == [
        "details read",
        "details read, waiting for the key's rate",
    ]
    assert vars(caplog.records[-1])["seconds_left"] == 170
