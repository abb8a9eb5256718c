"""Columns and types of the marts as last released, ``docs/released.json``: ``python -m tools.released``.

A reader's query breaks when one of them goes or changes its type, so CHANGELOG.md has to say it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.dictionary import described_marts

_ROOT = Path(__file__).parents[1]
_HEADING = re.compile(r"(?m)^## (?P<version>.+)\n")

# Of each mart its columns with their types.
Columns = Mapping[str, Mapping[str, str]]


def columns_now() -> Columns:
    """The marts of this checkout."""
    return {mart.name: {column.name: column.type for column in mart.columns} for mart in described_marts()}


def columns_released() -> tuple[str, Columns]:
    """The version released last, and its marts."""
    record = json.loads((_ROOT / "docs" / "released.json").read_text("utf-8"))
    return record["version"], record["marts"]


def changes(changelog: str) -> dict[str, str]:
    """Text of each section by its heading, such as "Unreleased" and "0.1.0", the newest first."""
    _, *parts = _HEADING.split(changelog)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def unannounced(before: Columns, now: Columns, section: str) -> Iterator[str]:
    """What of a mart is gone or has another type and is not named in the section, each as a sentence."""
    for mart, columns in before.items():
        if mart not in now:
            if f"`{mart}`" not in section:
                yield f"{mart} is gone: name `{mart}` under Unreleased in CHANGELOG.md"
            continue
        for column, kind in columns.items():
            there = now[mart].get(column)
            if there != kind and f"`{mart}.{column}`" not in section:
                became = "is gone" if there is None else f"was {kind} and is {there}"
                yield f"{mart}.{column} {became}: name `{mart}.{column}` under Unreleased in CHANGELOG.md"


if __name__ == "__main__":
    _, *released = changes((_ROOT / "CHANGELOG.md").read_text("utf-8"))
    json.dump({"version": released[0], "marts": columns_now()}, sys.stdout, indent=1)
    sys.stdout.write("\n")
