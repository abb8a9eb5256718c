"""How a long step tells how far it is. The command line shows it; everything else may ignore it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by the steps; ``total`` is None while it is not known."""

    def advance(self, task: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` units of ``task`` (such as "sessions listed") are done."""


class Silent:
    """Shows nothing."""

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Ignores it."""
