"""Commits one window: reads what is known, asks ``rows/changes.py`` what differs, loads it.

The order is the whole trick: children first, their sessions last. Each raw table commits on its own, and a
process may die between two of them. A session's row is written only after everything that belongs to it, so
whatever its row claims (that it is here, when its detail was checked) is true; what lacks a row is fetched
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from zenhire_schemas.session import Persona
from zenhire_sync.plan.personas import Looks, PersonaMemory, PersonaTables, follow_personas
from zenhire_sync.rows.changes import (
    Changes,
    Rules,
    Stamp,
    deletions,
    detailed_changes,
    listed_changes,
)
from zenhire_sync.rows.contract import DETAIL_ENDPOINT, LIST_ENDPOINT
from zenhire_sync.rows.differences import differing_fields
from zenhire_sync.rows.privacy import Privacy, private_persona
from zenhire_sync.stopping import held
from zenhire_sync.sync.additions import Additions
from zenhire_sync.sync.detail_results import DetailNews
from zenhire_sync.sync.details import Details
from zenhire_sync.sync.list_reader import Window
from zenhire_sync.sync.open_rejections import OpenRejections
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.warehouse.erasures import erased_rows, read_erasures
from zenhire_sync.warehouse.held_sessions import held_sessions
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.questions import Memory


class Committer:
    """Writes windows of one run and counts what they changed.

    Who was erased and what is open of the rows set aside is read once and kept up to date here: the lock says
    that nobody else writes. ``trusting``: fingerprints say what is there, since no run died on the way.
    """

    def __init__(
        self,
        warehouse: Loader,
        memory: Memory,
        outcome: SyncOutcome,
        privacy: Privacy,
        additions: Additions,
        *,
        trusting: bool,
    ) -> None:
        self._warehouse = warehouse
        self._memory = memory
        self._outcome = outcome
        self._rules = Rules(read_erasures(warehouse), privacy)
        self._additions = additions
        self._trusting = trusting
        self._looks = Looks()
        self.rejections = OpenRejections(warehouse, memory, outcome)

    @held()
    def commit_window(self, window: Window, *, are_new: bool = False) -> None:
        """Listed sessions with their tags and metadata, and list rows that were set aside.

        ``are_new`` says that nobody has shown them yet: they are committed with others, by ``finish_list`` at
        the latest.
        """
        rows = window.take_tables()
        if rows is not None:
            stamp = self._stamp(is_detail=False)
            if are_new:
                changes = listed_changes(rows, None, self._rules, stamp)
                self._remember_erased(changes)
                self._additions.add(changes)
            else:
                # What was shown before may be among them.
                self.finish_list()
                known = self._memory.known(window.ids, trusting=self._trusting)
                changes = listed_changes(rows, known, self._rules, stamp)
                # Not to be kept while the changes are written.
                del rows
                self._load_changes(changes)
            self.rejections.heal(window.ids, LIST_ENDPOINT)
        self.rejections.add(window.rejected, self._rules)

    @held()
    def finish_list(self) -> None:
        """Commits new sessions that wait for others."""
        self._additions.load()

    @held()
    def commit_details(self, details: Details) -> DetailNews:
        """Sessions with persona and survey as their details showed them; gone sessions; rejections.

        Returns what of that was not known.
        """
        return self._commit_details(details, trusting=self._trusting)

    @held()
    def commit_audit(self, details: Details) -> tuple[DetailNews, dict[str, frozenset[str]]]:
        """The same of a sample, and by session id the fields in which it was other than it was held.

        Rows are looked at, not their fingerprints: what was changed behind them is to be seen and mended.
        """
        ids = [*details.rows.ids, *details.gone]
        before = held_sessions(self._warehouse, ids)
        news = self._commit_details(details, trusting=False)
        return news, differing_fields(before, held_sessions(self._warehouse, ids))

    def _commit_details(self, details: Details, *, trusting: bool) -> DetailNews:
        news = DetailNews()
        rows, ids = details.rows.tables(), details.rows.ids
        if rows is not None:
            known = self._memory.known(ids, trusting=trusting)
            known = replace(known, with_survey=self._memory.with_feedback(ids))
            surveys = details.rows.surveys
            changes = detailed_changes(rows, surveys, known, self._rules, self._stamp(is_detail=True))
            del rows
            personas, new_personas = self._follow(details.rows.personas)
            changes.children |= {"personas": personas.personas, "persona_versions": personas.versions}
            self._load_changes(changes)
            news = DetailNews(
                changes.with_survey, changes.with_negative_survey, changes.changed, new_personas
            )
        self.mark_deleted(details.gone, checked=True)
        self.rejections.heal([*ids, *details.gone], DETAIL_ENDPOINT, LIST_ENDPOINT)
        self.rejections.add(details.rejected, self._rules)
        return replace(news, changed=news.changed.union(details.gone))

    @held()
    def mark_deleted(self, ids: Sequence[str], *, checked: bool) -> None:
        """Sessions found deleted; ``checked`` when a detail call said so."""
        if ids:
            rows = deletions(self._memory.known_sessions(ids), self._stamp(is_detail=checked))
            self._outcome.deleted += rows.num_rows
            self._load({"sessions": rows})

    def finish_details(self) -> None:
        """Personas that are back at an old content, once no answer of the run showed the known one."""
        shown = self._looks.without_the_known()
        if shown:
            memory = self._persona_memory(shown)
            now, run_id = self._outcome.stamped_at, self._outcome.run_id
            personas = follow_personas(memory, shown, now, run_id, is_all=True)
            self._load({"personas": personas.personas, "persona_versions": personas.versions})

    def _follow(self, personas: Sequence[Persona]) -> tuple[PersonaTables, frozenset[str]]:
        """What is to be written of the personas, and which of them have a content that is new."""
        shown = [private_persona(self._rules.privacy, persona) for persona in personas]
        memory = self._persona_memory(shown)
        self._looks.note(memory, shown)
        tables = follow_personas(memory, shown, self._outcome.stamped_at, self._outcome.run_id)
        begun = tables.versions.select(["persona_id", "valid_from"]).to_pylist()
        known = {name: version.valid_from for name, version in memory.latest.items()}
        new = {row["persona_id"] for row in begun if known.get(row["persona_id"]) != row["valid_from"]}
        return tables, frozenset(new)

    def _persona_memory(self, shown: Sequence[Persona]) -> PersonaMemory:
        memory = self._memory.personas()
        changed = memory.changed(shown)
        return memory.with_contents(self._memory.persona_contents(changed)) if changed else memory

    def _remember_erased(self, changes: Changes) -> None:
        """A session that is newly known by its reference: from now on by its id too."""
        erasures = self._rules.erasures
        newly = changes.erased - erasures.session_ids
        if newly:
            self._load({"erased_sessions": erased_rows(newly, self._outcome.stamped_at)})
            erasures = replace(erasures, session_ids=erasures.session_ids | newly)
            self._rules = replace(self._rules, erasures=erasures)

    def _load_changes(self, changes: Changes) -> None:
        self._remember_erased(changes)
        children, sessions = changes.take_tables()
        # A new session may well have a persona that is known.
        self._load(children, are_new=changes.are_new and "personas" not in children)
        self._load(sessions, are_new=changes.are_new)
        self._outcome.count(changes.counts)

    def _load(self, tables: dict[str, pa.Table], *, are_new: bool = False) -> None:
        self._outcome.rows_by_table.update(self._warehouse.load(tables, are_new=are_new))

    def _stamp(self, *, is_detail: bool) -> Stamp:
        return Stamp(self._outcome.stamped_at, self._outcome.run_id, is_detail)
