"""Names of the schemas, for who needs no more than that: importing Arrow takes longer than ``status`` may."""

from __future__ import annotations

RAW_SCHEMA = "zenhire_raw"
MARTS_SCHEMA = "zenhire_marts"
