"""What was found so far, a line of JSON each: a hunt goes on where the last one was stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.defect import AREAS, LIVED, Defect
from tests.mutants.hunt import Found

SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of a defect: None where it was not."""

    tests: Found | None = None
    lives: Found | None = None

    @property
    def is_found(self) -> bool:
        """Whether either found it."""
        return any(found is not None and found.by is not None for found in (self.tests, self.lives))

    def is_lost(self, defect: Defect) -> bool:
        """Whether all that can find it was asked, and did not."""
        return (
            not self.is_found
            and self.tests is not None
            and (self.lives is not None or defect.area not in LIVED)
        )


class Results:
    """The lines of a file. Several hunters may write to one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, key: str, how: str, found: Found) -> None:
        """Adds a line; ``how`` is "tests" or "lives"."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = {"key": key, "how": how, "by": found.by, "seconds": round(found.seconds, 1)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def forget_lost(self, defects: Sequence[Defect]) -> None:
        """Drops those that were not found, to be asked again: tests may be there now that find it."""
        if self._path.exists():
            lines = self._path.read_text("utf-8").splitlines(keepends=True)
            keys = {defect.key for defect in defects}
            told = [(line, json.loads(line)) for line in lines]
            kept = [line for line, found in told if found["by"] is not None or found["key"] not in keys]
            self._path.write_text("".join(kept), "utf-8")

    def read(self) -> dict[str, Asked]:
        """By the key of a defect, or of tests alone; the last line of a kind counts."""
        told: dict[str, dict[str, Found]] = {}
        if self._path.exists():
            for line in map(json.loads, self._path.read_text("utf-8").splitlines()):
                told.setdefault(line["key"], {})[line["how"]] = Found(line["by"], line["seconds"])
        return {key: Asked(**found) for key, found in told.items()}


def table(defects: Sequence[Defect], asked: dict[str, Asked]) -> str:
    """How many were found by what, area by area, as a table in Markdown; and each that was not."""
    lines = [
        "| area | defects | asked | by tests | by lives | lived | found | not found | exceptions |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [_row(area, [d for d in defects if d.area == area], asked) for area in AREAS]
    lines.append(_row("all", defects, asked))
    for defect in defects:
        if asked.get(defect.key, Asked()).is_lost(defect):
            lines.append(f"- {defect.area}: {defect.name}: {defect.exception or 'NOT FOUND'}")
    return "\n".join(lines) + "\n"


def share(defects: Sequence[Defect], asked: dict[str, Asked]) -> float:
    """Of the defects that were asked for, exceptions left out, those that were found; 1 of none."""
    counted = [d for d in defects if not d.exception and (d.key in asked)]
    return sum(asked[d.key].is_found for d in counted) / len(counted) if counted else 1.0


def _row(area: str, defects: Sequence[Defect], asked: dict[str, Asked]) -> str:
    of = [(d, asked[d.key]) for d in defects if d.key in asked]
    by_tests = sum(a.tests is not None and a.tests.by is not None for _, a in of)
    lives = [a.lives for _, a in of if a.lives is not None]
    by_lives = sum(found.by is not None for found in lives)
    found = sum(a.is_found for _, a in of)
    lost = sum(a.is_lost(d) and not d.exception for d, a in of)
    exceptions = sum(bool(d.exception) for d in defects)
    cells = (area, len(defects), len(of), by_tests, by_lives, len(lives), found, lost, exceptions)
    return f"| {' | '.join(map(str, cells))} |"
