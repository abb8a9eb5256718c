"""Two installs of one commit are the same: every package has one exact version, by name only."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
LINES_OF_TOOLS = [
    line
    for file in sorted((ROOT / "tests/integrations").glob("*/constraints.txt"))
    for line in file.read_text(encoding="utf-8").split()
]
PINS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *PROJECT["dependency-groups"]["dev"],
]
ALONE = PROJECT["dependency-groups"]["axe"]


def test_a_line_is_a_name_and_a_version_and_no_address() -> None:
    lines = [*LINES, *LINES_OF_TOOLS]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._]+", line)] == []
    assert len(PINS) == len(LINES)
    assert LINES_OF_TOOLS


@pytest.mark.parametrize("declared", [*DECLARED, *ALONE])
def test_each_declared_dependency_has_a_pin_that_it_allows(declared: str) -> None:
    requirement = Requirement(declared)
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_whatever_they_bring_along_has_a_pin_too() -> None:
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(declared) for declared in DECLARED]
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            brought = distribution(name).requires or []
        except PackageNotFoundError:
            # Only for another platform or Python; the marker below was not enough to tell.
            continue
        for text in brought:
            further = Requirement(text)
            if further.marker is None or any(further.marker.evaluate({"extra": e}) for e in extras or {""}):
                waiting.append(further)
    assert sorted(name for name, _ in seen if name not in PINS) == []


def test_the_installed_versions_are_the_pinned_ones() -> None:
    for declared in [*DECLARED, *ALONE]:
        name = canonicalize_name(Requirement(declared).name)
        assert distribution(name).version == PINS[name], f"{name}: run `make setup`"
