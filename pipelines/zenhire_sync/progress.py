"""How a long step tells how far it is. The command line shows it; everything else may ignore it."""

from __future__ import annotations

from typing import Protocol

# Tasks of which each unit is one request: their time left follows from the key's rate.
DETAILS_READ = "details read"
REQUEST_TASKS = frozenset({DETAILS_READ})
NODES_BUILT = "models and tests built"
TABLES_COPIED = "tables copied"
PARQUET_WRITTEN = "Parquet files written"
SECTIONS_WRITTEN = "sections written"


class Pace(Protocol):
    """How fast a key lets requests go."""

    def waiting_seconds(self) -> float:
        """How long the next request still has to wait for the key's rate; 0 when nothing waits."""

    def seconds_for(self, requests: int) -> float:
        """How long the rate alone makes that many more requests last."""


class Progress(Protocol):
    """Told by the steps; ``total`` is None while it is not known."""

    def advance(self, task: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` units of ``task`` (such as "sessions listed") are done. From any thread."""

    def follow(self, pace: Pace | None) -> None:
        """From now on requests go at this pace; None: there are no more requests."""

    def beat(self) -> None:
        """Called about every second while requests may wait, when nothing else may be told."""


class Silent:
    """Shows nothing."""

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Ignores it."""

    def follow(self, pace: Pace | None) -> None:
        """Ignores it."""

    def beat(self) -> None:
        """Ignores it."""


SILENT = Silent()
