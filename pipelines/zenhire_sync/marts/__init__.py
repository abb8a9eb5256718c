"""Raw tables -> marts: runs the dbt project ``transforms/`` with its tests, and says what came of it."""

from zenhire_sync.marts.build import build_marts
from zenhire_sync.marts.summary import BuildSummary

__all__ = ["BuildSummary", "build_marts"]
