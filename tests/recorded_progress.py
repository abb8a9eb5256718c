"""What a step tells of how far it is, for tests to look at."""

from __future__ import annotations

from zenhire_sync.progress import Silent


class Recorded(Silent):
    """Keeps everything that was told, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int | None]] = []

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Keeps it."""
        self.told.append((task, done, total))

    def of(self, task: str) -> list[tuple[int, int | None]]:
        """How far the task was, each time."""
        return [(done, total) for name, done, total in self.told if name == task]
