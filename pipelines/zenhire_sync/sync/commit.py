"""Commits one window. The order is the whole trick: children first, their sessions last.

Each raw table commits on its own, and a process may die between two of them. A session's row is written
only after everything that belongs to it, so whatever its row claims (that it is here, when its detail was
checked) is true; what lacks a row is fetched again.

This is also the door that an erased person does not come through again, whatever the API sends, and where
a company's choice of what to keep of people and prompts is applied: nothing is written before.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from zenhire_schemas.session import Feedback, Persona
from zenhire_schemas.tables import REJECTED_ROWS, SESSIONS
from zenhire_sync.plan.detail_plan import OpenRejection
from zenhire_sync.plan.personas import Looks, PersonaMemory, follow_personas
from zenhire_sync.rows.columns import SessionTables, feedback_table
from zenhire_sync.rows.contract import DETAIL_ENDPOINT, LIST_ENDPOINT, Rejection
from zenhire_sync.rows.detail_rows import DetailRows
from zenhire_sync.rows.erased import without_comments, without_payload, without_person
from zenhire_sync.rows.merge import Changes, Stamp, merge_sessions, stamp_new
from zenhire_sync.rows.privacy import (
    Privacy,
    private_persona,
    private_rejection,
    private_survey,
    private_tables,
)
from zenhire_sync.stopping import held
from zenhire_sync.sync.additions import Additions
from zenhire_sync.sync.details import Details
from zenhire_sync.sync.list_reader import Window
from zenhire_sync.sync.outcome import TICK, SyncOutcome
from zenhire_sync.warehouse.erasures import erased_rows, read_erasures
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.questions import Memory


class Committer:
    """Writes windows of one run and counts what they changed."""

    def __init__(
        self,
        warehouse: Loader,
        memory: Memory,
        outcome: SyncOutcome,
        privacy: Privacy,
        additions: Additions,
    ) -> None:
        self._warehouse = warehouse
        self._memory = memory
        self._outcome = outcome
        self._privacy = privacy
        self._additions = additions
        self._looks = Looks()

    @held()
    def commit_window(self, window: Window, *, are_new: bool = False) -> None:
        """Listed sessions with their tags and metadata, and list rows that were set aside.

        ``are_new`` says that nobody has shown them yet: they are committed with others, by ``finish_list`` at
        the latest.
        """
        rows = window.take_tables()
        if rows is not None:
            rows = private_tables(self._privacy, without_person(rows, self._erased_in(rows)))
            if are_new:
                self._additions.add(stamp_new(rows, self._stamp(is_detail=False)))
            else:
                # What was shown before may be among them.
                self.finish_list()
                changes = merge_sessions(rows, self._memory.known(window.ids), self._stamp(is_detail=False))
                # Not to be kept while the changes are written.
                del rows
                self._load_sessions(changes, {})
            self._heal(window.ids, LIST_ENDPOINT)
        self._set_aside(window.rejected)

    @held()
    def finish_list(self) -> None:
        """Commits new sessions that wait for others."""
        self._additions.load()

    @held()
    def commit_details(self, details: Details) -> None:
        """Sessions with persona and survey as their details showed them; gone sessions; rejections."""
        rows, ids = details.rows.tables(), details.rows.ids
        if rows is not None:
            erased = self._erased_in(rows)
            rows = private_tables(self._privacy, without_person(rows, erased))
            changes = merge_sessions(rows, self._memory.known(ids), self._stamp(is_detail=True))
            del rows
            self._load_sessions(changes, self._children_of(details.rows, erased))
            self._heal(ids, DETAIL_ENDPOINT)
            self._heal(ids, LIST_ENDPOINT)
        self.mark_deleted(details.gone, checked=True)
        self._heal(details.gone, DETAIL_ENDPOINT)
        self._heal(details.gone, LIST_ENDPOINT)
        self._set_aside(details.rejected)

    @held()
    def mark_deleted(self, ids: Sequence[str], *, checked: bool) -> None:
        """Sessions found deleted; ``checked`` when a detail call said so. Their rows and credits stay."""
        rows = self._memory.known_sessions(ids).to_pylist() if ids else []
        now = self._outcome.stamped_at
        for row in rows:
            if checked:
                row["detail_checked_at"] = now
            looked_at = row["detail_checked_at"]
            # Not looked at when it was found missing: only then will being listed again prove that it lives.
            not_before = now if checked or looked_at is None else max(now, looked_at + TICK)
            row["deleted_at"] = row["deleted_at"] or not_before
            row["synced_at"], row["run_id"] = now, self._outcome.run_id
        self._load({"sessions": pa.Table.from_pylist(rows, schema=SESSIONS.arrow_schema())})
        self._outcome.deleted += len(rows)

    def _erased_in(self, tables: SessionTables) -> frozenset[str]:
        """Those of the sessions whose person was erased; one newly known by its reference is remembered."""
        erasures = read_erasures(self._warehouse)
        erased = erasures.among(tables.sessions)
        self._load({"erased_sessions": erased_rows(erased - erasures.session_ids, self._outcome.stamped_at)})
        return erased

    def _children_of(self, rows: DetailRows, erased: frozenset[str]) -> dict[str, pa.Table]:
        surveys = [(session_id, private_survey(self._privacy, survey)) for session_id, survey in rows.surveys]
        with_survey = self._memory.with_feedback(rows.ids)
        self._count_surveys(surveys, with_survey)
        shown = [private_persona(self._privacy, persona) for persona in rows.personas]
        memory = self._persona_memory(shown)
        self._looks.note(memory, shown)
        personas = follow_personas(memory, shown, self._outcome.stamped_at, self._outcome.run_id)
        return {
            "session_feedback": without_comments(feedback_table(surveys, with_survey), erased),
            "personas": personas.personas,
            "persona_versions": personas.versions,
        }

    def finish_details(self) -> None:
        """Personas that are back at an old content, once no answer of the run showed the known one."""
        shown = self._looks.without_the_known()
        if shown:
            personas = follow_personas(
                self._persona_memory(shown),
                shown,
                self._outcome.stamped_at,
                self._outcome.run_id,
                is_all=True,
            )
            self._load({"personas": personas.personas, "persona_versions": personas.versions})

    def _persona_memory(self, shown: Sequence[Persona]) -> PersonaMemory:
        memory = self._memory.personas()
        changed = memory.changed(shown)
        return memory.with_contents(self._memory.persona_contents(changed)) if changed else memory

    def _count_surveys(
        self, surveys: Sequence[tuple[str, Feedback | None]], with_survey: frozenset[str]
    ) -> None:
        new = [survey for session_id, survey in surveys if survey and session_id not in with_survey]
        self._outcome.surveys_found += len(new)
        self._outcome.negative_surveys_found += sum(survey.flagged for survey in new)

    def _load_sessions(self, changes: Changes, children: dict[str, pa.Table]) -> None:
        tables = changes.take_tables()
        listed = {"session_tags": tables.tags, "session_metadata": tables.metadata}
        sessions = {"sessions": tables.sessions}
        # A new session may well have a persona that is known.
        are_new = changes.are_new and not children
        children |= listed
        del tables, listed
        self._load(children, are_new=are_new)
        self._load(sessions, are_new=changes.are_new)
        self._outcome.new_sessions += changes.new
        self._outcome.changed_sessions += changes.repaired

    def _set_aside(self, rejected: Sequence[Rejection]) -> None:
        distinct = {rejection.rejected_id: rejection for rejection in rejected}
        if not distinct:
            return
        first_seen = {r.rejected_id: r.first_seen_at for r in self._memory.open_rejections()}
        erasures = read_erasures(self._warehouse)
        now = self._outcome.stamped_at
        rows = [
            {
                # Before the payload goes: without a session id it is what the id is made from.
                "rejected_id": key,
                "first_seen_at": first_seen.get(key, now),
                "seen_at": now,
                "healed_at": None,
                "run_id": self._outcome.run_id,
                **_what(
                    without_payload(rejection)
                    if erasures.concern(rejection)
                    else private_rejection(self._privacy, rejection)
                ),
            }
            for key, rejection in distinct.items()
        ]
        self._load({"rejected_rows": pa.Table.from_pylist(rows, schema=REJECTED_ROWS.arrow_schema())})
        self._outcome.rejected += len(rows)

    def _heal(self, ids: Sequence[str], endpoint: str) -> None:
        healthy = set(ids)
        healed = [
            r for r in self._memory.open_rejections() if r.endpoint == endpoint and r.session_id in healthy
        ]
        if healed:
            self._mark_healed(healed)
            self._outcome.healed += len(healed)

    def _mark_healed(self, healed: Sequence[OpenRejection]) -> None:
        self._warehouse.execute(
            "update rejected_rows set healed_at = ? where rejected_id = any(?)",
            self._outcome.stamped_at,
            [rejection.rejected_id for rejection in healed],
        )

    def _load(self, tables: dict[str, pa.Table], *, are_new: bool = False) -> None:
        self._outcome.rows_by_table.update(self._warehouse.load(tables, are_new=are_new))

    def _stamp(self, *, is_detail: bool) -> Stamp:
        return Stamp(self._outcome.stamped_at, self._outcome.run_id, is_detail)


def _what(rejection: Rejection) -> dict[str, str | None]:
    return {
        "endpoint": rejection.endpoint,
        "session_id": rejection.session_id,
        "reason": rejection.reason,
        "payload": rejection.payload,
        "request_id": rejection.request_id,
    }
