"""Where the tools of others are: an environment for each, of the versions in its constraints.txt."""

from __future__ import annotations

from pathlib import Path

_ALL = Path(__file__).parents[2] / ".venvs"


def environment(tool: str) -> Path:
    """The environment that make builds from tests/integrations/TOOL/constraints.txt."""
    found = _ALL / tool
    assert (found / ".installed").exists(), f"{tool} is missing: run `make test-integrations TOOLS={tool}`"
    return found
