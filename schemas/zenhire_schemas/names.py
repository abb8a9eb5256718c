"""Names of the schemas, without Arrow: importing it takes longer than ``status`` may."""

from __future__ import annotations

RAW_SCHEMA = "zenhire_raw"
MARTS_SCHEMA = "zenhire_marts"
