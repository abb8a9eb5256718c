"""Whether a warehouse is right after a run: "Correctness, stated once" of the design, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb

from tests.sync.world import expected_metadata, expected_session, expected_tags, moment
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company

LADDER = [timedelta(days=days) for days in (0, 1, 2, 3, 5, 8, 13, 21, 30)]
# what may differ on rows that no cursor and no recheck window brings back
MAY_LAG = ("role_name", "language", "project_id")


class WrongError(AssertionError):
    """What a run left wrong: ``kind`` in few words, and where."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"{kind}: {what}")
        self.kind = kind


@dataclass(frozen=True)
class Truth:
    """The company around a run: ids that could be seen at its start and its end, by the keys that worked."""

    company: Company
    now: datetime
    as_of: datetime
    throughout: frozenset[str]
    within_reach: frozenset[str]
    is_whole: bool

    def rows(self) -> list[dict[str, Any]]:
        """List rows that the run had to bring."""
        here = self.throughout & self.within_reach
        return [row for row in self.company.at(self.now).sessions() if row["id"] in here]


class Raw:
    """The raw tables as dicts, read once."""

    def __init__(self, settings: Settings) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}
        with duckdb.connect(str(settings.warehouse_path), read_only=True) as con:
            con.sql("set TimeZone = 'UTC'")
            found = con.sql(
                "select table_name from duckdb_tables() where schema_name = 'zenhire_raw'"
            ).fetchall()
            for (name,) in found:
                if not name.startswith("_dlt"):
                    table = con.table(f"warehouse.zenhire_raw.{name}")
                    self.tables[name] = table.to_arrow_table().to_pylist()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table; empty when it is not there."""
        return self.tables.get(table, [])


def judge_always(raw: Raw, truth: Truth) -> None:
    """What must hold after every run, however it ended."""
    company = truth.company
    ids = [row["id"] for row in raw.rows("sessions")]
    _none("twins", _twins(ids))
    ever = set(company.ever_visible_ids(truth.now))
    _none("sessions that never were", [i for i in ids if i not in ever])
    marked = {row["id"] for row in raw.rows("sessions") if row["deleted_at"] is not None}
    _none("a living session is marked deleted", sorted(marked & truth.throughout))
    _none("personas that never were", [r["id"] for r in raw.rows("personas") if not _is_persona(company, r)])
    _judge_versions(raw)
    for table, key in (("session_tags", "position"), ("session_metadata", "key")):
        _none(f"twins in {table}", _twins((row["session_id"], row[key]) for row in raw.rows(table)))
    _none("twins in session_feedback", _twins(row["session_id"] for row in raw.rows("session_feedback")))


def judge_good_end(raw: Raw, truth: Truth) -> None:
    """What must hold after a run that ended with 0 or 3."""
    rows = truth.rows()
    aside = {row["session_id"] for row in raw.rows("rejected_rows") if row["healed_at"] is None}
    ours = {row["id"]: row for row in raw.rows("sessions")}
    missing = [row["id"] for row in rows if row["id"] not in ours and row["id"] not in aside]
    _none(f"MISSING IN SILENCE of {len(rows)}", missing)
    compared = [row for row in rows if row["id"] in ours]
    _judge_fields(ours, compared, truth)
    _judge_children(raw, compared)
    _judge_surveys(raw, [row for row in compared if row["id"] not in aside], truth)
    _judge_states(raw, ours)
    for table in ("session_tags", "session_metadata", "session_feedback", "session_states"):
        _none(
            f"orphans in {table}", [r["session_id"] for r in raw.rows(table) if r["session_id"] not in ours]
        )


def _judge_states(raw: Raw, ours: Mapping[str, Mapping[str, Any]]) -> None:
    """The last state of every session is how it is, and none is as the one before."""
    names = ("status", "started_at", "completed_at", "credit_charged", "deleted_at")
    more = ("duration_sec", "rating", "flagged", "project_id", "persona_id")
    last: dict[str, tuple[Any, ...]] = {}
    twice = []
    for row in sorted(raw.rows("session_states"), key=lambda row: (row["session_id"], row["seen_from"])):
        state = tuple(row[name] for name in (*names, *more))
        if last.get(row["session_id"]) == state:
            twice.append(row["session_id"])
        last[row["session_id"]] = state
    _none("a state told twice", twice)
    others = [i for i, row in ours.items() if last.get(i, ())[:5] != tuple(row[name] for name in names)]
    _none("the last state is another one", others)


def judge_at_rest(raw: Raw, company: Company, now: datetime) -> None:
    """What must hold once the vendor is quiet and everything was reconciled."""
    details = {row["id"]: row for row in company.at(now).details()}
    ours = {row["id"]: row for row in raw.rows("sessions")}
    gone = {i for i, row in ours.items() if row["deleted_at"] is not None}
    _none("a deleted session is not marked", sorted(set(ours) - set(details) - gone))
    surveys = {row["session_id"]: row for row in raw.rows("session_feedback")}
    for session_id, detail in details.items():
        mine, theirs = _survey_of(surveys.get(session_id)), _survey_said(detail["feedback"])
        if mine != theirs and not _is_beyond_the_ladder(detail):
            raise WrongError("a survey differs at rest", f"{session_id}: {mine} is not {theirs}")
    charged = sum(row["credit_charged"] or 0 for row in details.values())
    ours_charged = sum(ours[i]["credit_charged"] or 0 for i in details if i in ours)
    if charged != ours_charged:
        raise WrongError("credits differ at rest", f"{ours_charged} is not {charged}")


def _is_beyond_the_ladder(detail: Mapping[str, Any]) -> bool:
    """Whether the survey came when nobody asks for it any more, as DECISIONS has it."""
    ended, survey = moment(detail["completed_at"]), detail["feedback"]
    submitted = moment(survey["submitted_at"]) if survey else None
    return ended is not None and submitted is not None and submitted > ended + LADDER[-1]


def _judge_fields(ours: Mapping[str, dict[str, Any]], rows: list[dict[str, Any]], truth: Truth) -> None:
    for row in rows:
        mine, expected = ours[row["id"]], expected_session(row, {})
        lag = () if truth.is_whole else MAY_LAG
        if row["role_name"] is None:
            # kept when the persona is deleted
            lag = (*lag, "role_name", "language")
        wrong = [name for name in expected if name not in lag and mine[name] != expected[name]]
        if wrong:
            name = wrong[0]
            raise WrongError(f"{name} differs", f"{row['id']}: {mine[name]!r} is not {expected[name]!r}")


def _judge_children(raw: Raw, rows: list[dict[str, Any]]) -> None:
    ids = {row["id"] for row in rows}
    tags = [
        (r["session_id"], r["position"], r["tag"]) for r in raw.rows("session_tags") if r["session_id"] in ids
    ]
    if sorted(tags) != sorted(tag for row in rows for tag in expected_tags(row)):
        raise WrongError("tags differ", "")
    metadata = [
        (r["session_id"], r["key"], r["value"], r["value_type"])
        for r in raw.rows("session_metadata")
        if r["session_id"] in ids
    ]
    if sorted(metadata, key=str) != sorted((m for row in rows for m in expected_metadata(row)), key=str):
        raise WrongError("metadata differ", "")


def _judge_surveys(raw: Raw, rows: list[dict[str, Any]], truth: Truth) -> None:
    """Each completed session's survey is as it was at the latest rung of the ladder, or later."""
    surveys = {row["session_id"]: row for row in raw.rows("session_feedback")}
    for row in rows:
        session = truth.company.find(row["id"])
        if row["status"] != "completed" or session is None:
            continue
        ended = moment(row["completed_at"])
        rungs = [ended + rung for rung in LADDER if ended and ended + rung <= truth.as_of]
        if not rungs or ended is None:
            continue
        looked = round(max(rungs).timestamp() * 1_000)
        allowed = [session.survey_at(looked)]
        allowed += [survey for survey in session.surveys if survey.at_ms > looked]
        mine = _survey_of(surveys.get(row["id"]))
        mine_short = None if mine is None else mine[:2]
        if mine_short not in [None if s is None else (s.rating, s.comment) for s in allowed]:
            raise WrongError("a survey is overdue", f"{row['id']}: {mine} is none of {allowed}")


def _survey_of(row: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    return None if row is None else (row["rating"], row["comment"], row["submitted_at"], row["flagged"])


def _survey_said(said: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    if said is None:
        return None
    return (said["rating"], said["comment"], moment(said["submitted_at"]), said["flagged"])


def _judge_versions(raw: Raw) -> None:
    by_persona: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(raw.rows("persona_versions"), key=lambda row: (row["persona_id"], row["version"])):
        by_persona.setdefault(row["persona_id"], []).append(row)
    for persona_id, versions in by_persona.items():
        for version in versions:
            if version["valid_from"] > version["valid_to"]:
                raise WrongError("a persona version ends before it begins", persona_id)
        for earlier, later in pairwise(versions):
            if later["valid_from"] < earlier["valid_to"]:
                raise WrongError("persona versions overlap", f"{persona_id} {earlier} {later}")


def _is_persona(company: Company, row: Mapping[str, Any]) -> bool:
    timeline = company.persona_timelines.get(row["id"])
    names = ("role_name", "language", "system_prompt", "base_prompt_override")
    said = tuple(row[name] for name in names)
    return timeline is not None and any(
        said == tuple(getattr(version, name) for name in names) for version in timeline.versions
    )


def _twins(keys: Iterable[Any]) -> list[Any]:
    seen, twins = set(), []
    for key in keys:
        if key in seen:
            twins.append(key)
        seen.add(key)
    return twins


def _none(kind: str, found: list[Any]) -> None:
    if found:
        raise WrongError(kind, f"{len(found)}: {', '.join(map(str, found[:3]))}")
