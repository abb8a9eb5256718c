"""The rolling reconcile: reads a part of each list again, so that each session is seen within so many days.

Data flow: verified_ranges -> what is due; GET /sessions from the middle -> the door of every list row;
GET /sessions/{id} for what did not come -> the door of every detail; -> verified_ranges.

A session is seen when the API's list showed it in a run, or when it was asked for because the list did not: a
row that is missing is never taken for a deletion by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from zenhire_sync.errors import ZenhireError
from zenhire_sync.plan.detail_plan import PlannedDetail, Scope
from zenhire_sync.plan.verification import MOST_PLACES, TICK, VerifiedRange, due_sessions, slices
from zenhire_sync.sync.detail_calls import DetailCalls
from zenhire_sync.sync.key_sessions import KeyReading, is_listed
from zenhire_sync.sync.night import Night
from zenhire_sync.sync.session_sync import SessionSync
from zenhire_sync.sync.slice_reader import SliceReader, way_of
from zenhire_sync.warehouse.verified_ranges import (
    ExpectedSession,
    ExpectedSessions,
    claim,
    held_scopes,
    verified_ranges,
)

log = logging.getLogger(__name__)

# Sessions that the lists did not show, asked for in one run: seconds of a key's rate.
MOST_ASKED = 100
# Where the list shows none of more than so many, it is another list.
FEWEST_OF_ANOTHER_LIST = 10


@dataclass(slots=True)
class _Stretch:
    """Creation times of which one key's list was read, and what it did not show of the sessions held."""

    key_name: str
    scopes: frozenset[Scope]
    oldest: datetime
    newest: datetime
    missing: list[ExpectedSession] = field(default_factory=list)
    is_slice: bool = False


async def verify(sync: SessionSync, readings: Sequence[KeyReading], calls: DetailCalls | None) -> int:
    """Notes what the night's own lists showed, and reads the slices that are due.

    Without ``calls`` nothing is asked for that they did not show, as if it had answered; returns how many
    that would have been. No answer of the API ends the night. Raises WarehouseError, and what stops the run
    once what had come is committed.
    """
    if not sync.night.settings.verify_days:
        return 0
    run = _Verification(sync.night, readings, calls, is_only_key=sync.is_only_key(readings))
    await run.through()
    return run.to_ask


class _Verification:
    """One run's look at what its lists show. Nothing is claimed before all of a stretch was seen."""

    def __init__(
        self,
        night: Night,
        readings: Sequence[KeyReading],
        calls: DetailCalls | None,
        *,
        is_only_key: bool,
    ) -> None:
        self._night = night
        self._readings = readings
        self._calls = calls
        self._is_only_key = is_only_key
        self._left = MOST_ASKED
        self.to_ask = 0

    async def through(self) -> None:
        """The lists of the night, then their slices."""
        read = [reading for reading in self._readings if reading.read_since is not None]
        ranges = verified_ranges(self._night.warehouse)
        scopes = {reading.client.key_name: self._scopes(reading, ranges) for reading in read}
        lately = self._shown_lately(ranges)
        await self._prove([self._own(reading, scopes[reading.client.key_name]) for reading in read])
        for reading in read:
            await self._prove(await self._slices(reading, scopes[reading.client.key_name], lately))

    def _scopes(self, reading: KeyReading, ranges: Iterable[VerifiedRange]) -> frozenset[Scope]:
        """What a key sees: of the only one everything, of several what its lists have shown by now."""
        if self._is_only_key:
            clients = {client for client, _ in reading.scopes}
            return frozenset(one for one in held_scopes(self._night.warehouse) if one[0] in clients)
        name = reading.client.key_name
        return frozenset(reading.scopes).union(one.scope for one in ranges if one.key_name == name)

    def _held(self, scopes: frozenset[Scope]) -> ExpectedSessions:
        return ExpectedSessions(self._night.warehouse, scopes)

    def _own(self, reading: KeyReading, scopes: frozenset[Scope]) -> _Stretch | None:
        """What the night's own reading showed; None where that is nothing, or another list."""
        held, since = self._held(scopes), reading.read_since
        span = None if since is None else held.span(since)
        if since is None or span is None:
            return None
        known, missing = 0, list[str]()
        for session_id in held.not_written_by(self._night.outcome.run_id, since):
            known += 1
            if not is_listed(session_id, self._readings):
                missing.append(session_id)
        if _is_another_list(len(missing), known):
            return None
        return _Stretch(reading.client.key_name, scopes, *span, held.named(missing))

    async def _slices(
        self, reading: KeyReading, scopes: frozenset[Scope], lately: Set[Scope]
    ) -> list[_Stretch | None]:
        settings, outcome, held = self._night.settings, self._night.outcome, self._held(scopes)
        living = self._held(scopes & (lately | self._shown_tonight()))
        parts = living.parts()
        due = due_sessions(parts, outcome.stamped_at, settings.verify_days)
        if not due:
            return []
        if way_of(reading, settings.filters) is None:
            self._cannot(reading)
            return []
        found, changed = list[_Stretch | None](), outcome.changed_sessions
        due_parts = slices(parts, outcome.stamped_at, max(due, reading.page_rows))
        places = 0
        while due_parts and places < MOST_PLACES:
            part, places = due_parts.pop(0), places + 1
            reader = SliceReader(self._night, reading, held, living)
            read = await reader.read(part)
            self._remember(reading, reader.before_filter)
            if way_of(reading, settings.filters) is None:
                self._cannot(reading)
                break
            if read is not None and not _is_another_list(len(read.missing), read.sessions):
                name, missing = reading.client.key_name, list(read.missing)
                found.append(_Stretch(name, scopes, read.oldest, read.newest, missing, is_slice=True))
                outcome.sessions_verified += read.sessions
            else:
                # It comes first the next night too: what lies behind it is not to wait for it.
                behind = [one for one in map(reader.behind, parts) if one is not None]
                due_parts += slices(behind, outcome.stamped_at, part.sessions)[:1]
        outcome.verified_changed += outcome.changed_sessions - changed
        return found

    def _shown_lately(self, ranges: Iterable[VerifiedRange]) -> set[Scope]:
        """Projects that a list showed not long ago. Of others nothing could be claimed, and they would be
        what was not seen for longest, every night.
        """
        settings, outcome = self._night.settings, self._night.outcome
        not_before = outcome.stamped_at - timedelta(days=2 * settings.verify_days)
        return {one.scope for one in ranges if one.verified_at >= not_before}

    def _shown_tonight(self) -> set[Scope]:
        return set[Scope]().union(*(reading.scopes for reading in self._readings))

    def _remember(self, reading: KeyReading, before_filter: str | None) -> None:
        if before_filter != reading.known.before_filter:
            reading.known = replace(reading.known, before_filter=before_filter)
            self._night.outcome.paging[reading.client.key_name] = reading.known.to_json()

    def _cannot(self, reading: KeyReading) -> None:
        self._night.outcome.keys_not_verified.append(reading.client.key_name)
        log.info(
            "the list cannot be read from its middle: old sessions are seen again by reconcile alone",
            extra={"key": reading.client.key_name},
        )

    async def _prove(self, stretches: Sequence[_Stretch | None]) -> None:
        """Asks for what did not come, and claims what was seen then."""
        found = [self._shown(stretch) for stretch in stretches if stretch is not None]
        wanted = {one.id: one for stretch in found for one in stretch.missing}
        newest_first = sorted(wanted.values(), key=lambda one: one.created_at, reverse=True)
        unanswered = await self._ask(newest_first)
        claim(
            self._night.warehouse,
            [one for stretch in found for one in self._claims(_above(stretch, unanswered))],
        )

    def _shown(self, stretch: _Stretch) -> _Stretch:
        """Without projects of which no list showed any session tonight: the key may not see them any more."""
        scopes = stretch.scopes & self._shown_tonight()
        return replace(
            stretch, scopes=scopes, missing=[one for one in stretch.missing if one.scope in scopes]
        )

    async def _ask(self, missing: Sequence[ExpectedSession]) -> set[str]:
        """Asks for as many as may be; returns those that gave no answer.

        An API that does not answer for what it does not list ends no night: what is due is asked for next.
        """
        planned = [
            PlannedDetail(one.id, "missing", one.persona_id, one.scope) for one in missing[: self._left]
        ]
        self._left -= len(planned)
        if self._calls is None:
            self.to_ask += len(planned)
            return {one.id for one in missing[len(planned) :]}
        asked = [plan for plan in planned if self._calls.can_ask(plan.scope)]
        unanswered = {one.id for one in missing}
        if not asked or self._calls.is_late():
            return unanswered
        outcome, committer = self._night.outcome, self._night.committer
        details = await self._calls.fetch(asked, already_done=0, of=len(asked))
        # What is broken is set aside, and told there.
        answered = {*details.rows.ids, *details.gone, *(one.session_id for one in details.rejected)}
        news = committer.commit_details(details)
        outcome.detail_results.count([plan for plan in asked if plan.session_id in answered], news)
        outcome.details_kept += len(details.rows.ids) + len(details.gone)
        if isinstance(details.ended_by, ZenhireError):
            log.warning(
                "sessions that the list does not show could not be asked for; the next run tries it",
                extra={"why": str(details.ended_by)},
            )
            self._left = 0
        elif details.ended_by is not None:
            raise details.ended_by
        return unanswered - answered

    def _claims(self, stretch: _Stretch | None) -> list[VerifiedRange]:
        if stretch is None:
            return []
        outcome = self._night.outcome
        return [
            VerifiedRange(
                scope,
                stretch.oldest,
                stretch.newest,
                outcome.stamped_at,
                outcome.run_id,
                stretch.key_name,
                stretch.is_slice,
            )
            for scope in stretch.scopes
        ]


def _above(stretch: _Stretch, unanswered: Set[str]) -> _Stretch | None:
    """The part that is newer than the newest session that was neither shown nor answered for."""
    last = max((one.created_at for one in stretch.missing if one.id in unanswered), default=None)
    if last is None:
        return stretch
    return replace(stretch, oldest=last + TICK) if last < stretch.newest else None


def _is_another_list(missing: int, known: int) -> bool:
    """Whether a list shows none of the sessions that it should: the key is another one's, or it is broken."""
    return missing > FEWEST_OF_ANOTHER_LIST and missing == known
