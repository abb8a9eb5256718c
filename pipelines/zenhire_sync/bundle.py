"""Where the dbt project and the profiles are: beside the source in a checkout, inside the wheel otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def bundled(folder: Literal["transforms", "profiles"]) -> Path:
    """The folder that ships with this program; read only."""
    installed = _PACKAGE / "_bundled" / folder
    return installed if installed.is_dir() else _PACKAGE.parents[1] / folder
