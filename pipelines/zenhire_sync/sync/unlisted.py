"""Sessions that are known and that no list shows: a list is in doubt then, or they were deleted.

Data flow: ids of the warehouse, ids of the night's lists; GET /sessions/{id} -> doubts, sessions.deleted_at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.paging import Dialect, SessionList
from zenhire_sync.errors import KeyRefusedError, PagingError
from zenhire_sync.plan.detail_plan import Scope
from zenhire_sync.sync.details import Spellings, not_shown, require_listed, still_there
from zenhire_sync.sync.key_sessions import KeyReading, is_listed
from zenhire_sync.sync.known_api import KnownApi
from zenhire_sync.sync.night import Night

log = logging.getLogger(__name__)

# Fewer missing sessions than this may be deletions whatever their share; each of many is asked for then.
FEWEST_DELETED = 100
# Fewer than this may be hidden while an API catches up.
FEWEST_HIDDEN = 10


class Unlisted:
    """What the readings of one run do not show. ``doubt`` is told of lists that leave out what is there."""

    def __init__(
        self,
        night: Night,
        readings: Sequence[KeyReading],
        doubt: Callable[[ApiClient, PagingError], None],
        *,
        a_key_left: bool,
    ) -> None:
        self._settings = night.settings
        self._memory = night.memory
        self._outcome = night.outcome
        self._committer = night.committer
        self._readings = readings
        self._doubt = doubt
        self._a_key_left = a_key_left

    async def require_known(self) -> None:
        """Adds a doubt for each list that never pages and may be one page of several, that came without a
        row, or that shows less than half of what is known of the last weeks.
        """
        doubtful = [reading for reading in self._readings if reading.is_assumed or reading.is_empty]
        if doubtful:
            _, unseen = self._not_listed()
        elif (since := self._read_lately()) is not None:
            known, unseen = self._not_listed(since)
            doubtful = list(self._readings) if len(unseen) > max(known // 2, FEWEST_HIDDEN) else []
        for reading in doubtful:
            try:
                await require_listed(reading.client, self._settings, unseen, self._outcome.run_id)
            except PagingError as error:
                self._doubt(reading.client, error)
            except KeyRefusedError:
                # What is due meets it too; one of several does not stop the others.
                if len(self._readings) == 1:
                    raise

    async def mark_deleted(self) -> None:
        """Marks those that are missing twice as deleted, of lists that were all read to their ends.

        Raises PagingError when so many are missing that the key must be another one.
        """
        living, not_listed = self._not_listed()
        missing = set(not_listed)
        if self._a_key_left:
            missing = self._of_seen_projects(missing)
        if not missing:
            return
        self._stop_mass_deletion(len(missing), living)
        for reading in self._readings:
            # Rows can move between pages while they are read ("Not known"): missing once is no proof.
            again = SessionList(reading.client, self._settings, self._dialect_of(reading.client.key_name))
            async for page in again.pages():
                missing.difference_update(page.ids)
        gone = sorted(missing)
        if len(gone) > self._settings.max_rejected_share * living:
            gone = await self._without_living(gone)
        self._committer.mark_deleted(gone, checked=False)

    async def _without_living(self, missing: list[str]) -> list[str]:
        """Those that answer under no key when they are asked for: a list may hide what is there."""
        alive = set[str]()
        spellings = Spellings(self._memory.sent_ids(missing), self._memory.has_sent_capitals())
        for reading in self._readings:
            unanswered = [session_id for session_id in missing if session_id not in alive]
            try:
                there = await still_there(reading.client, self._settings, unanswered, spellings)
            except KeyRefusedError:
                if len(self._readings) == 1:
                    raise
                # Any of them may be where this key looks.
                return []
            if there:
                self._doubt(reading.client, not_shown(there[0]))
            alive.update(there)
        return [session_id for session_id in missing if session_id not in alive]

    def _of_seen_projects(self, missing: set[str]) -> set[str]:
        """Without those that may be where a key looked that is not in the profile any more."""
        scopes = set[Scope]().union(*(reading.scopes for reading in self._readings))
        known = self._memory.known_sessions(sorted(missing))
        rows = known.select(["id", "client_id", "project_id"]).to_pylist()
        seen = {row["id"] for row in rows if (row["client_id"], row["project_id"]) in scopes}
        if len(seen) < len(missing):
            log.warning(
                "not marked deleted: a key that could see them is not in the profile any more",
                extra={"sessions": len(missing) - len(seen)},
            )
        return seen

    def _stop_mass_deletion(self, missing: int, known: int) -> None:
        if missing > FEWEST_DELETED and missing > self._settings.max_rejected_share * known:
            raise PagingError(
                f"{missing} of {known} known sessions are not in the list any more; that looks "
                "like a key of another client or project rather than deletions, so nothing was marked. "
                "Check the key, or raise ZENHIRE_MAX_REJECTED_SHARE"
            )

    def _dialect_of(self, key_name: str) -> Dialect | None:
        return KnownApi.from_json(self._outcome.paging.get(key_name)).dialect

    def _not_listed(self, since: datetime | None = None) -> tuple[int, list[str]]:
        """How many sessions are known, all or those created after a time; and which of them no list shows."""
        known, missing = 0, list[str]()
        for session_id in self._memory.living_ids(created_after=since):
            known += 1
            if not is_listed(session_id, self._readings):
                missing.append(session_id)
        return known, missing

    def _read_lately(self) -> datetime | None:
        """A time of the recheck window since which each list should have shown everything."""
        read = [reading.read_since for reading in self._readings if reading.read_since is not None]
        if len(read) < len(self._readings):
            return None
        return max(self._outcome.as_of - timedelta(days=self._settings.recheck_days), *read)
