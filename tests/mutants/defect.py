"""The list of defects, and what a file is with one of them planted. Data: ``defects/AREA.toml``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

AREAS = ("sync", "rows", "plan", "warehouse", "marts", "publish", "erase")
# What lives run through; the others they never touch.
LIVED = frozenset({"sync", "rows", "plan", "warehouse"})
_LISTS = Path(__file__).parent / "defects"


class NotOnceError(Exception):
    """The text that a defect replaces is not there exactly once: the list is behind the code."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake: ``text`` of ``file`` (from the root of the tree) becomes something else.

    ``breaks`` says what a user would meet, ``tests`` are those that ought to find it, narrow ones first.
    ``exception`` is the reason why nothing can or need find it; empty for all others.
    """

    area: str
    name: str
    file: str
    text: str
    becomes: str
    breaks: str
    tests: tuple[str, ...]
    exception: str = ""

    def planted(self, source: str) -> str:
        """The source of the file with the defect. Raises NotOnceError."""
        if source.count(self.text) != 1:
            raise NotOnceError(
                f"{self.area}: {self.name}: {self.file} has it {source.count(self.text)} times"
            )
        return source.replace(self.text, self.becomes)

    @property
    def key(self) -> str:
        """The same as long as the defect, its file and its tests are: a result of before counts then."""
        told = {name: value for name, value in asdict(self).items() if name not in {"exception", "breaks"}}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def all_defects() -> list[Defect]:
    """Every defect, area by area."""
    return [defect for area in AREAS for defect in _of(area)]


def _of(area: str) -> list[Defect]:
    listed = tomllib.loads((_LISTS / f"{area}.toml").read_text("utf-8"))
    usual = tuple(listed["tests"])
    return [
        Defect(
            area=area,
            **{"tests": usual, **told, **({"tests": tuple(told["tests"])} if "tests" in told else {})},
        )
        for told in listed["defect"]
    ]
