"""``zenhire``: the interview API as a source of dlt, for pipelines of your own and any destination."""

from __future__ import annotations

from zenhire_sync.source.resources import zenhire

__all__ = ["zenhire"]
