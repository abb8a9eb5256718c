"""Which key asks for which session's detail, when a company has several.

A key sees its project's sessions (P). A 404 under one key is therefore no proof that a session is gone while
another key could see it: one that is refused tonight, or one that was here before and is not any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from math import inf

from zenhire_sync.errors import ContractFloodError, KeyRefusedError
from zenhire_sync.plan.detail_plan import PlannedDetail, Scope
from zenhire_sync.progress import DETAILS_READ
from zenhire_sync.sync.details import Details, Spellings, fetch_details
from zenhire_sync.sync.key_sessions import KeyReading, is_listed
from zenhire_sync.sync.list_reader import FEWEST_IN_FLOOD
from zenhire_sync.sync.night import Night
from zenhire_sync.sync.outcome import KeyProblem


class DetailCalls:
    """Detail calls of one run, shared among the keys whose lists could be read, side by side."""

    def __init__(
        self,
        night: Night,
        readings: Sequence[KeyReading],
        *,
        every_key_reads: bool,
        a_key_left: bool = False,
        until: float = inf,
    ) -> None:
        self._night = night
        self._readings = list(readings)
        self._every_key_reads = every_key_reads
        self._a_key_left = a_key_left
        self._has_capitals = night.memory.has_sent_capitals()
        self._done = 0
        self._until = until
        self._known_to_fail = night.committer.rejections.known_to_fail()

    def can_ask(self, scope: Scope | None) -> bool:
        """False for a project that may belong to a key that is refused tonight: its sessions stay due."""
        if self._every_key_reads:
            return True
        return any(scope in reading.scopes for reading in self._readings)

    def is_late(self) -> bool:
        """Whether the time for details is up."""
        return time.monotonic() >= self._until

    async def fetch(self, window: Sequence[PlannedDetail], *, already_done: int, of: int) -> Details:
        """One window of details, or as many as its time allows, or what came before it was ``ended_by`` what
        ends ``fetch_details``, except one refused key of several.
        """
        self._done = already_done
        askable = [planned for planned in window if self.can_ask(planned.scope)]
        # A key was refused since they were planned.
        self._night.outcome.details_left += len(window) - len(askable)
        spellings = Spellings(
            self._night.memory.sent_ids([planned.session_id for planned in askable]), self._has_capitals
        )
        deadline = min(time.monotonic() + 60 * self._night.settings.window_minutes, self._until)

        def count_one() -> None:
            self._done += 1
            self._night.progress.advance(DETAILS_READ, self._done, of)

        found = Details()

        async def under(reading: KeyReading, planned: Sequence[PlannedDetail]) -> None:
            details = await fetch_details(
                reading.client,
                planned,
                self._night.settings,
                count_one,
                spellings=spellings,
                deadline=deadline,
                known_to_fail=self._known_to_fail,
            )
            found.add(await self._settled(details, planned, reading, spellings))

        try:
            async with asyncio.TaskGroup() as group:
                for reading, planned in self._shares(askable):
                    group.create_task(under(reading, planned))
        except asyncio.CancelledError as error:
            # What came is committed before the run ends.
            found.ended_by = error
        # Only now is it known which keys read to the end of the window.
        scopes = {planned.session_id: planned.scope for planned in window}
        found.gone = [i for i in found.gone if self._is_proven_gone(i, scopes[i])]
        self._stop_at_contradictions(found, window)
        return found

    def _stop_at_contradictions(self, found: Details, window: Sequence[PlannedDetail]) -> None:
        """Raises ContractFloodError when many answer that they are not there, and the list shows them.

        One may be deleted between the two, and where deleted sessions stay listed they are known as such.
        """
        known = {planned.session_id for planned in window if planned.reason == "reappeared"}
        shown = [i for i in found.gone if i not in known and is_listed(i, self._readings)]
        most = max(FEWEST_IN_FLOOD, self._night.settings.max_rejected_share * found.answered)
        if len(shown) > most:
            raise ContractFloodError(
                f"{len(shown)} of {found.answered} session details answer that there is no such session, "
                "and tonight's list shows them: none of this window was committed. Run again later, or raise "
                "ZENHIRE_MAX_REJECTED_SHARE if ZenHire lists what it deleted"
            )

    async def _settled(
        self, details: Details, planned: Sequence[PlannedDetail], asked: KeyReading, spellings: Spellings
    ) -> Details:
        """What one key's calls brought, once it is known what the other keys see."""
        if isinstance(details.ended_by, KeyRefusedError) and len(self._readings) > 1:
            self._give_up(asked, details.ended_by)
            self._night.outcome.details_left += len(planned) - details.answered
            details.ended_by, details.unasked = None, []
        if details.ended_by is None:
            return await self._ask_others(details, planned, asked, spellings)
        if len(self._readings) > 1:
            # What another key may see is not gone; it stays due.
            details.gone = []
        return details

    async def _ask_others(
        self, details: Details, planned: Sequence[PlannedDetail], asked: KeyReading, spellings: Spellings
    ) -> Details:
        """Gone is only what no key sees."""
        for other in list(self._readings):
            if not details.gone or other is asked:
                continue
            unseen = set(details.gone)
            again = [plan for plan in planned if plan.session_id in unseen]
            second = await fetch_details(other.client, again, self._night.settings, spellings=spellings)
            if isinstance(second.ended_by, KeyRefusedError) and len(self._readings) > 1:
                self._give_up(other, second.ended_by)
                continue
            details.gone = []
            details.add(second)
        return details

    def _is_proven_gone(self, session_id: str, scope: Scope | None) -> bool:
        """Whether a 404 means that a session is gone, rather than that it moved to where no key looks.

        The project that the warehouse remembers proves nothing while a key is refused: sessions move. Only
        tonight's list does. Of a key that left, what another key's list shows of the project has to do.
        """
        if self._every_key_reads and not self._a_key_left:
            return True
        if is_listed(session_id, self._readings):
            return True
        return self._every_key_reads and any(scope in reading.scopes for reading in self._readings)

    def _give_up(self, reading: KeyReading, error: KeyRefusedError) -> None:
        """Goes on with the other keys."""
        if reading not in self._readings:
            # Two shares met the same refusal.
            return
        self._readings.remove(reading)
        self._every_key_reads = False
        self._night.outcome.key_problems.append(KeyProblem(reading.client.key_name, str(error)))

    def _shares(self, window: Sequence[PlannedDetail]) -> list[tuple[KeyReading, list[PlannedDetail]]]:
        """Each session under the key that saw its project; under the first key where none is known to."""
        shares: dict[int, list[PlannedDetail]] = {}
        for planned in window:
            sees = (n for n, reading in enumerate(self._readings) if planned.scope in reading.scopes)
            shares.setdefault(next(sees, 0), []).append(planned)
        return [(self._readings[n], planned) for n, planned in shares.items()]
