"""One load as the API sees it: the list, read to an end that is proven, then the details that are due.

Data flow: GET /sessions -> sessions, session_tags, session_metadata; GET /sessions/{id} -> session_feedback,
personas; what breaks the contract -> rejected_rows.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import pyarrow as pa

from zenhire_schemas.session import Persona
from zenhire_schemas.tables import SESSION_FEEDBACK
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api.paging import SessionList
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ContractFloodError, RejectedRowsError
from zenhire_sync.plan.cursors import read_back_to, watched_since
from zenhire_sync.progress import SILENT
from zenhire_sync.rows.columns import SessionTables, feedback_table, without
from zenhire_sync.rows.contract import Rejection
from zenhire_sync.rows.privacy import private_persona, private_rejection, private_survey, private_tables
from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.settings import Settings
from zenhire_sync.source.due import DueDetails
from zenhire_sync.source.loaded import Batch, child_rows, persona_rows, rejected_rows, session_batch
from zenhire_sync.source.remembered import Learned, Remembered
from zenhire_sync.sync.details import Details, Spellings, fetch_details, require_listed
from zenhire_sync.sync.list_reader import ListReader, Window, stop_flood
from zenhire_sync.sync.privacy_settings import privacy_of

log = logging.getLogger(__name__)

# More sessions than these cannot be an odd row here and there; and the state is to stay small.
MOST_SET_ASIDE = 200
MOST_WITNESSES = 20


class Extraction:
    """One load of the selected ``tables``. ``learned`` is whole once ``batches`` has ended."""

    def __init__(
        self, settings: Settings, key: ApiKey, remembered: Remembered, tables: Set[str], now: datetime
    ) -> None:
        self._settings = settings
        self._key = key
        self._remembered = remembered
        self._tables = tables
        self._now = now
        self._privacy = privacy_of(settings)
        self._due = DueDetails(
            settings, remembered, now, surveys=self._wants_surveys, personas="personas" in tables
        )
        self._given = IdSet()
        self._oldest: dict[str, datetime] = {}
        self._personas: dict[str, Persona] = {}
        self._rejected: dict[str, Rejection] = {}
        self.learned = Learned(now, retry=dict(remembered.retry))

    @property
    def _wants_surveys(self) -> bool:
        return "session_feedback" in self._tables

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Rows by table; no session comes twice, and its tags and metadata come with it.

        Raises PagingError when the end of the list is in doubt, ContractFloodError when so many rows break
        the contract that the API must have changed, RejectedRowsError when one does and rejected_rows is
        not selected, and KeyRefusedError, ApiUnreachableError and ApiAnswerError. Nothing is to be loaded
        then.
        """
        ledger = RequestLedger()
        async with ApiClient(self._settings, self._key, ledger) as client:
            async for batch in self._list(client):
                yield batch
            async for batch in self._details(client):
                yield batch
        log.info("the API was read", extra={"requests": dict(ledger.by_reason), "retries": ledger.retries})

    async def _list(self, client: ApiClient) -> AsyncGenerator[Batch, None]:
        known, cursors = self._remembered.known_api, self._remembered.cursors
        target = self._target()
        is_whole = target is None
        sessions = SessionList(client, self._settings, known.dialect, is_proven=is_whole)
        reader = ListReader(
            sessions,
            self._settings,
            target,
            SILENT,
            is_first=cursors is None,
            was_newest_first=known.is_newest_first,
        )
        async for window in reader.windows():
            stop_flood(self._settings, reader.rows_rejected, reader.rows_read, "list rows")
            yield self._listed(window)
        order = reader.order if sessions.is_complete else known.is_newest_first
        self.learned.known_api = replace(known, dialect=sessions.dialect, is_newest_first=order)
        self.learned.seen = reader.seen
        if sessions.is_end_assumed:
            unseen = [i for i in self._remembered.witnesses if i not in sessions.seen]
            await require_listed(client, self._settings, unseen, self._now.isoformat())
            self.learned.witnesses = sorted(self._oldest, key=self._oldest.__getitem__)

    def _target(self) -> datetime | None:
        """Creation time down to which the list is read; None: to its end.

        Not to the oldest session that may change, which only a warehouse knows, but as far as one may.
        """
        reach = self._settings.recheck_days
        if self._wants_surveys:
            reach += max(self._settings.survey_ladder_days, default=0)
        watched = watched_since(self._now, self._remembered.last_run, timedelta(days=reach))
        lag = timedelta(minutes=self._settings.cursor_lag_minutes)
        return read_back_to(self._remembered.cursors, watched, lag)

    def _listed(self, window: Window) -> Batch:
        rows = window.take_tables()
        batch: Batch = {}
        if rows is not None:
            fresh = self._given.add(window.ids)
            if not window.are_first_seen and len(fresh) < len(window.ids):
                # Seen a moment ago, when rows moved between pages. One load brings each key once: not every
                # destination chooses between two.
                rows = without(rows, set(window.ids).difference(fresh))
            self._due.take(rows.sessions)
            self._note_oldest(rows.sessions)
            batch = session_batch(private_tables(self._privacy, rows), self._now)
        return {**batch, **self._set_aside(window.rejected)}

    def _note_oldest(self, sessions: pa.Table) -> None:
        created = zip(*(sessions.column(name).to_pylist() for name in ("id", "created_at")), strict=True)
        oldest = sorted([*self._oldest.items(), *created], key=lambda session: session[1])
        self._oldest = dict(oldest[:MOST_WITNESSES])

    async def _details(self, client: ApiClient) -> AsyncGenerator[Batch, None]:
        planned = self._due.plan()
        sent = self._due.sent_ids
        queue = iter(planned)
        window = list(islice(queue, self._settings.window_details))
        while window:
            details = await fetch_details(
                client,
                window,
                self._settings,
                spellings=Spellings(sent, has_capitals=bool(sent)),
                known_to_fail=self._remembered.retry,
            )
            if details.ended_by is not None:
                raise details.ended_by
            asked = len(window) - len(details.unasked)
            broken = sum(rejection.payload is not None for rejection in details.rejected)
            stop_flood(self._settings, broken, asked, "session details")
            yield self._detailed(details)
            window = details.unasked + list(islice(queue, asked))
        self.learned.answered = self._due.answered
        self.learned.checked = self._due.personas_checked(planned)
        if self._personas:
            yield {"personas": persona_rows(list(self._personas.values()), self._now)}

    def _detailed(self, details: Details) -> Batch:
        """Surveys; personas wait for the last window; sessions only where the list did not bring them."""
        ids, rows = details.rows.ids, details.rows.tables()
        for persona in details.rows.personas:
            self._personas[persona.id] = private_persona(self._privacy, persona)
        surveys = [(i, private_survey(self._privacy, survey)) for i, survey in details.rows.surveys]
        for session_id, survey in surveys:
            if survey is not None:
                self._due.note_survey(session_id)
        feedback = feedback_table(surveys, frozenset())
        batch = {"session_feedback": child_rows(SESSION_FEEDBACK, feedback, ids, self._now)}
        if rows is not None:
            batch |= self._unlisted(rows, ids)
        for settled in (*ids, *details.gone):
            self.learned.retry.pop(settled, None)
        return {**batch, **self._set_aside(details.rejected)}

    def _unlisted(self, rows: SessionTables, ids: Sequence[str]) -> Batch:
        listed = {session_id for session_id in ids if session_id in self._given}
        if len(listed) == len(ids):
            return {}
        return session_batch(private_tables(self._privacy, without(rows, listed)), self._now)

    def _set_aside(self, rejections: Sequence[Rejection]) -> Batch:
        """Rows that broke the contract, each once; their sessions are asked for again by the next load."""
        new = {r.rejected_id: r for r in rejections if r.rejected_id not in self._rejected}
        if not new:
            return {}
        if "rejected_rows" not in self._tables:
            reason = kind_of(next(iter(new.values())).reason)
            raise RejectedRowsError(
                f"{len(new)} rows break the API's contract or could not be fetched (first: {reason!r}), and "
                "the resource rejected_rows, which keeps them, is not selected: select it too"
            )
        self._rejected |= new
        for rejection in new.values():
            if rejection.session_id is not None:
                self.learned.retry.setdefault(rejection.session_id, self._now)
        if len(self.learned.retry) > MOST_SET_ASIDE:
            raise ContractFloodError(
                f"{len(self.learned.retry)} sessions break the API's contract or could not be fetched; see "
                "what the API answers with `zenhire-sync check`, or use `zenhire-sync sync`, which keeps more"
            )
        log.warning("rows set aside in rejected_rows", extra={"rows": len(new)})
        return {"rejected_rows": rejected_rows(self._private(new), self._now)}

    def _private(self, rejections: dict[str, Rejection]) -> dict[str, Rejection]:
        """The same as they may be kept; their ids are those of what came."""
        return {key: private_rejection(self._privacy, rejection) for key, rejection in rejections.items()}
