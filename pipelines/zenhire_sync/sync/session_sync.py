"""One sync: list, commit, plan, ask for details, commit, remember. The story of the first step.

Data flow: API --pages--> sessions, tags, metadata; --details--> survey, persona; -> zenhire_raw.*
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from math import inf

from zenhire_sync.api.client import ApiClient
from zenhire_sync.errors import ApiAnswerError, ConfigurationError, KeyRefusedError, PagingError
from zenhire_sync.plan.detail_plan import (
    NO_BOUNDS,
    Bounds,
    DetailPlan,
    PlannedDetail,
    Policy,
    Situation,
    plan_details,
)
from zenhire_sync.sync.detail_calls import DetailCalls
from zenhire_sync.sync.key_sessions import KeyList, KeyReading, is_listed
from zenhire_sync.sync.list_reader import stop_flood
from zenhire_sync.sync.night import Night
from zenhire_sync.sync.outcome import KeyProblem
from zenhire_sync.sync.unlisted import Unlisted
from zenhire_sync.warehouse.clock import set_back

log = logging.getLogger(__name__)

# What is answered to the first page where ZENHIRE_BASE_URL leads elsewhere: not there, not to be got, gone,
# moved for good. (Behind the last page, 404 is an end: the list's own matter.)
NO_LIST_THERE = {404, 405, 410, 301, 308}


class SessionSync:
    """Runs the steps of one sync against one warehouse, with one client per key."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self._settings = night.settings
        self._memory = night.memory
        self._outcome = night.outcome
        self._committer = night.committer
        self._doubts: list[PagingError] = []
        self._a_key_left = False

    @property
    def has_doubts(self) -> bool:
        """Whether a list could not be read to its end."""
        return bool(self._doubts)

    def raise_doubts(self) -> None:
        """Raises the PagingError of a list that could not be read to its end, once what was due is done."""
        if self._doubts:
            raise self._doubts[0]

    async def list_all(
        self, clients: Sequence[ApiClient], *, whole: bool, since: datetime | None = None
    ) -> list[KeyReading]:
        """Reads and commits each key's list: back to its target, or ``whole``; never before ``since``.

        One refused key does not stop the others. Raises KeyRefusedError when all are refused, and
        ConfigurationError when there is no list at the base URL.
        """
        self._outcome.latest_before = set_back(
            self.night.warehouse, max(self._outcome.as_of, self._outcome.started_at)
        )
        before = dict(self._memory.all_cursors())
        self._outcome.cursors_before = dict(before)
        self._outcome.cursors_after = dict(before)
        self._outcome.paging = dict(self._memory.all_paging())
        self._a_key_left = not set(before) <= {client.key_name for client in clients}
        readings: list[KeyReading] = []
        for client in clients:
            key_list = KeyList(client, self.night)
            try:
                readings.append(await key_list.read(whole=whole, since=since))
            except PagingError as error:
                self._doubt(client, error)
                readings.append(key_list.reading)
            except KeyRefusedError as error:
                if len(clients) == 1:
                    raise
                self._outcome.key_problems.append(KeyProblem(client.key_name, str(error)))
            except ApiAnswerError as error:
                if error.status in NO_LIST_THERE:
                    raise ConfigurationError(str(error)) from None
                raise
        if not readings:
            raise KeyRefusedError("; ".join(problem.message for problem in self._outcome.key_problems))
        if len(readings) == len(clients) and not self._a_key_left:
            await self._unlisted(readings).require_known()
        if len(readings) == len(clients) and all(reading.is_complete for reading in readings):
            self._committer.rejections.heal_nameless()
        return readings

    def _doubt(self, client: ApiClient, error: PagingError) -> None:
        """What is due is asked for all the same; the run ends with this error then."""
        log.warning(
            "the list could not be read to its end; details that are due are asked for, then the run fails",
            extra={"key": client.key_name, "why": str(error)},
        )
        self._doubts.append(error)

    async def mark_vanished(self, readings: Sequence[KeyReading], clients: Sequence[ApiClient]) -> None:
        """Marks sessions that no complete list shows, seen missing twice, as deleted.

        Nothing is marked unless every key's list was read to its end: the rest may be where we did not look.
        """
        is_whole = len(readings) >= len(clients) and all(reading.is_complete for reading in readings)
        if self._doubts or not is_whole:
            log.warning(
                "no session was marked deleted: a list could not be read to its end; reconcile again later"
            )
            return
        await self._unlisted(readings).mark_deleted()

    def _unlisted(self, readings: Sequence[KeyReading]) -> Unlisted:
        return Unlisted(self.night, readings, self._doubt, a_key_left=self._a_key_left)

    def plan(self, readings: Sequence[KeyReading], bounds: Bounds = NO_BOUNDS) -> DetailPlan:
        """The details that are due now, from what the warehouse holds, of sessions within the bounds."""
        ladder = tuple(timedelta(days=days) for days in sorted(self._settings.survey_ladder_days))
        policy = Policy(
            ladder,
            timedelta(days=self._settings.persona_check_days),
            timedelta(days=self._settings.recheck_days),
        )
        rejections = self._committer.rejections.open()
        set_aside = [rejection.session_id for rejection in rejections if rejection.session_id is not None]
        situation = Situation(
            backlog=self._memory.backlog(bounds),
            relisted=[
                session for session in self._memory.deleted_states() if is_listed(session.id, readings)
            ],
            rejections=rejections,
            personas=self._memory.personas_in_use(),
            waiting=self._memory.in_backlog(set_aside, bounds),
            # Last: it is read while the plan is made.
            looked_at=self._memory.looked_at(ladder[-1] if ladder else timedelta()),
        )
        return plan_details(situation, policy, self._outcome.as_of, bounds)

    async def fetch(self, plan: DetailPlan, readings: Sequence[KeyReading], *, until: float = inf) -> None:
        """Asks for the planned details in windows, each committed on its own, latest end of a session first.

        After ``until`` (of ``time.monotonic``) none is asked for any more: the rest stays due. Raises what
        cut a window short, once what it had brought is committed.
        """
        calls = self.calls(readings, until)
        named = [planned for planned in plan.named if calls.can_ask(planned.scope)]
        backlog = sum(part.sessions for part in plan.backlog if calls.can_ask(part.scope))
        askable = len(named) + backlog
        self._outcome.details_left = len(plan) - askable
        rest = self._memory.backlog_details(plan.bounds) if backlog else iter(())
        backlogged = (planned for planned in rest if calls.can_ask(planned.scope))
        # Most surveys come soon after the interview, and those are acted on: where time is short they count.
        queue = merge(sorted(named, key=_latest_end_first), backlogged, key=_latest_end_first)
        try:
            await self._fetch_windows(calls, queue, askable)
        finally:
            self._committer.finish_details()

    def calls(self, readings: Sequence[KeyReading], until: float = inf) -> DetailCalls:
        """Detail calls of the keys whose lists were read; none is begun after ``until``."""
        return DetailCalls(
            self.night,
            readings,
            every_key_reads=not self._outcome.key_problems,
            a_key_left=self._a_key_left,
            until=until,
        )

    def is_only_key(self, readings: Sequence[KeyReading]) -> bool:
        """Whether all that is held is of one key, which reads tonight."""
        return len(readings) == 1 and not self._outcome.key_problems and not self._a_key_left

    async def _fetch_windows(self, calls: DetailCalls, queue: Iterator[PlannedDetail], askable: int) -> None:
        window = list(islice(queue, self._settings.window_details))
        done = 0
        # However it ends: those of a key that is refused meanwhile come from the queue no more.
        self._outcome.details_left += askable
        while window and not calls.is_late():
            details = await calls.fetch(window, already_done=done, of=askable)
            asked = len(window) - len(details.unasked)
            broken = sum(rejection.payload is not None for rejection in details.rejected)
            stop_flood(self._settings, broken, asked, "session details")
            news = self._committer.commit_details(details)
            unasked = {planned.session_id for planned in details.unasked}
            self._outcome.detail_results.count(
                [planned for planned in window if planned.session_id not in unasked], news
            )
            self._outcome.details_kept += len(details.rows.ids) + len(details.gone)
            if details.ended_by is not None:
                # Calls under way, and those that failed because the API is down, stay due.
                self._outcome.details_left -= details.answered
                raise details.ended_by
            self._outcome.details_left -= asked
            done += asked
            window = details.unasked + list(islice(queue, asked))
        self._outcome.is_out_of_time = bool(window)


def _latest_end_first(planned: PlannedDetail) -> float:
    """Sorts what has no end of its own first: personas, and what was set aside, are few."""
    return -inf if planned.ended_at is None else -planned.ended_at.timestamp()
