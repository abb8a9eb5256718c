"""Data flow: published/zenhire.duckdb -> published/report.html, one page that works offline.

Alone: ``zenhire-sync report``. Reads the published file only, so that it shows what analysts can query.
"""

from zenhire_sync.report.write import ReportSummary, published_concerns, write_report

__all__ = ["ReportSummary", "published_concerns", "write_report"]
