"""Data flow: settings, keys, a handful of requests, disk -> findings: what is there, and what to do.

Alone: ``zenhire-sync check``. What the API contract leaves open ("Not known") is looked at here, before a
night depends on it.
"""

from zenhire_sync.check.checklist import Report, check_everything
from zenhire_sync.warehouse.finding import Finding

__all__ = ["Finding", "Report", "check_everything"]
