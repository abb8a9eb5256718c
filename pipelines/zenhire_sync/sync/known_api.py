"""What earlier runs found out about the API under one key, remembered in sync_runs.paging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zenhire_sync.api.paging import Dialect

# A filter that was tried and is ignored, or lies: not tried again until the next reconcile.
USELESS = ""


@dataclass(frozen=True, slots=True)
class KnownApi:
    """How the list pages, and the names of filters that proved to work.

    A filter's name is None while it was never tried and ``USELESS`` when it did not prove itself.
    ``is_newest_first`` is what the latest reading of the whole list showed; None when it was not enough.
    """

    dialect: Dialect | None = None
    created_filter: str | None = None
    completed_filter: str | None = None
    is_newest_first: bool | None = None
    before_filter: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "dialect": None if self.dialect is None else self.dialect.to_json(),
            "created_filter": self.created_filter,
            "completed_filter": self.completed_filter,
            "is_newest_first": self.is_newest_first,
            "before_filter": self.before_filter,
        }

    @classmethod
    def from_json(cls, value: Any) -> KnownApi:
        """What ``to_json`` wrote; whatever cannot be read is found out again."""
        if not isinstance(value, dict):
            return cls()
        dialect = Dialect.from_json(value.get("dialect"))
        names = (value.get(f"{name}_filter") for name in ("created", "completed", "before"))
        created, completed, before = (name if isinstance(name, str) else None for name in names)
        order = value.get("is_newest_first")
        return cls(dialect, created, completed, order if isinstance(order, bool) else None, before)
