"""A document about the marts as a YAML file; texts of dbt's list as one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_yaml(path: Path, document: Mapping[str, Any]) -> None:
    """Renews the file, whole or not at all."""
    import yaml  # type: ignore[import-untyped]  # it is slow to import

    scratch = path.with_suffix(".new")
    scratch.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110), "utf-8")
    scratch.replace(path)


def flat(text: str) -> str:
    """The text without its line ends and runs of blanks."""
    return " ".join(text.split())
