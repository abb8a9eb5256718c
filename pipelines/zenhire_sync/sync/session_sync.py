"""One sync: list, commit, plan, ask for details, commit, remember. The story of the first step.

Data flow: API --pages--> sessions, tags, metadata; --details--> survey, persona; -> zenhire_raw.*
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.dialect import Dialect
from zenhire_sync.api.sessions_list import SessionList
from zenhire_sync.errors import KeyRefusedError, PagingError
from zenhire_sync.plan.details import PlannedDetail, Policy, Situation, plan_details
from zenhire_sync.sync.detail_calls import DetailCalls
from zenhire_sync.sync.key_list import KeyList, KeyReading, stop_flood
from zenhire_sync.sync.known_api import KnownApi
from zenhire_sync.sync.night import Night
from zenhire_sync.sync.outcome import KeyProblem
from zenhire_sync.warehouse.clock import set_back

log = logging.getLogger(__name__)

# Fewer missing sessions than this are always taken for deletions.
FEWEST_DELETED = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """The part of a backfill that a user asked for, by creation time: from ``since`` up to ``until``."""

    since: datetime | None = None
    until: datetime | None = None

    def hold(self, created_at: datetime) -> bool:
        """Whether a session created then is within."""
        return (self.since is None or created_at >= self.since) and (
            self.until is None or created_at < self.until
        )


NO_BOUNDS = Bounds()


class SessionSync:
    """Runs the steps of one sync against one warehouse, with one client per key."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._settings = night.settings
        self._memory = night.memory
        self._outcome = night.outcome
        self._committer = night.committer

    async def list_all(
        self, clients: Sequence[ApiClient], *, whole: bool, since: datetime | None = None
    ) -> list[KeyReading]:
        """Reads and commits each key's list: back to its target, or ``whole``; never before ``since``.

        One refused key does not stop the others. Raises KeyRefusedError when all are refused.
        """
        self._night.warehouse.drop_orphans()
        set_back(self._night.warehouse, max(self._outcome.as_of, self._outcome.started_at))
        before = self._memory.all_cursors()
        self._outcome.cursors_before = dict(before)
        self._outcome.cursors_after = dict(before)
        self._outcome.paging = self._memory.all_paging()
        readings: list[KeyReading] = []
        for client in clients:
            try:
                readings.append(await KeyList(client, self._night).read(whole=whole, since=since))
            except KeyRefusedError as error:
                if len(clients) == 1:
                    raise
                self._outcome.key_problems.append(KeyProblem(client.key_name, str(error)))
        if not readings:
            raise KeyRefusedError("; ".join(problem.message for problem in self._outcome.key_problems))
        return readings

    async def mark_vanished(self, readings: Sequence[KeyReading], clients: Sequence[ApiClient]) -> None:
        """Marks sessions that no complete list shows, seen missing twice, as deleted.

        Nothing is marked unless every key's list was read to its end: the rest may be where we did not look.
        """
        if len(readings) < len(clients) or not all(reading.is_complete for reading in readings):
            log.warning("nothing marked deleted: not every list could be read")
            return
        listed = {session_id for reading in readings for session_id in reading.listed}
        missing = self._memory.living_ids() - listed
        if not missing:
            return
        self._stop_mass_deletion(len(missing), len(listed))
        for reading in readings:
            # Rows can move between pages while they are read ("Not known"): missing once is no proof.
            again = SessionList(reading.client, self._settings, self._dialect_of(reading.client.key_name))
            async for page in again.pages():
                missing -= {row["id"] for row in page.rows if isinstance(row, dict) and "id" in row}
        self._committer.mark_deleted(sorted(missing), checked=False)

    def _stop_mass_deletion(self, missing: int, listed: int) -> None:
        if missing > FEWEST_DELETED and missing > self._settings.max_rejected_share * (missing + listed):
            raise PagingError(
                f"{missing} of {missing + listed} known sessions are not in the list any more; that looks "
                "like a key of another client or project rather than deletions, so nothing was marked. "
                "Check the key, or raise ZENHIRE_MAX_REJECTED_SHARE"
            )

    def _dialect_of(self, key_name: str) -> Dialect | None:
        return KnownApi.from_json(self._outcome.paging.get(key_name)).dialect

    def plan(self, readings: Sequence[KeyReading], bounds: Bounds = NO_BOUNDS) -> list[PlannedDetail]:
        """The details that are due now, from what the warehouse holds, of sessions within the bounds."""
        ladder = tuple(timedelta(days=days) for days in sorted(self._settings.survey_ladder_days))
        policy = Policy(
            ladder,
            timedelta(days=self._settings.persona_check_days),
            timedelta(days=self._settings.recheck_days),
        )
        listed = {session_id for reading in readings for session_id in reading.listed}
        situation = Situation(
            candidates=[
                session
                for session in self._memory.detail_candidates(ladder[-1] if ladder else timedelta())
                if bounds.hold(session.created_at)
            ],
            relisted=[session for session in self._memory.deleted_states() if session.id in listed],
            rejections=self._memory.open_rejections(),
            personas=self._memory.personas_in_use(),
        )
        return plan_details(situation, policy, self._outcome.as_of)

    async def fetch(self, plan: Sequence[PlannedDetail], readings: Sequence[KeyReading]) -> None:
        """Asks for the planned details in windows, each committed on its own."""
        calls = DetailCalls(self._night, readings, every_key_reads=not self._outcome.key_problems)
        askable = [planned for planned in plan if calls.can_ask(planned)]
        self._outcome.details_left = len(plan) - len(askable)
        size = self._settings.window_details
        for start in range(0, len(askable), size):
            window = askable[start : start + size]
            details = await calls.fetch(window, already_done=start, of=len(askable))
            broken = sum(rejection.payload is not None for rejection in details.rejected)
            stop_flood(self._settings, broken, len(window), "session details")
            self._committer.commit_details(details)
