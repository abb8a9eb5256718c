"""Personas as details show them: the latest content, and one version per content change. Pure.

A detail shows the persona as it is when fetched (P: it can be edited after sessions ran), so times here
are when a content was first and last *seen*.

A run is one look, and its answers may come from replicas of which some lag behind. So one run makes at most
one version of a persona: of a content that was never seen before, because lagging replicas show old ones;
else of another one only when none of the answers showed the content that is known. Once the replicas agree,
so does the latest version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from zenhire_schemas.session import Persona
from zenhire_schemas.tables import PERSONA_VERSIONS, PERSONAS


@dataclass(frozen=True, slots=True)
class PersonaContent:
    """What can change in a persona."""

    role_name: str
    language: str
    system_prompt: str | None
    base_prompt_override: str | None


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """The latest version of one persona, and when the persona was first seen."""

    persona_id: str
    version: int
    content: PersonaContent
    valid_from: datetime
    valid_to: datetime
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class PersonaMemory:
    """The latest version of every persona. The versions are the memory; ``personas`` follows from them.

    ``contents`` are all that the personas which seem to have changed are known to have had.
    """

    latest: Mapping[str, KnownVersion]
    contents: Mapping[str, frozenset[PersonaContent]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> PersonaMemory:
        """From rows of persona_versions with ``first_seen_at``, one per persona."""
        return cls({row["persona_id"]: _known(row) for row in rows})

    def changed(self, seen: Iterable[Persona]) -> list[str]:
        """Ids of personas that are known with another content than one that was seen."""
        latest = ((persona, self.latest.get(persona.id)) for persona in seen)
        return sorted({p.id for p, known in latest if known is not None and known.content != _content(p)})

    def with_contents(self, rows: Iterable[Mapping[str, Any]]) -> PersonaMemory:
        """The same, with the contents of rows of persona_versions."""
        contents: dict[str, set[PersonaContent]] = {}
        for row in rows:
            contents.setdefault(row["persona_id"], set()).add(_content_of(row))
        return replace(self, contents={name: frozenset(found) for name, found in contents.items()})


@dataclass(frozen=True, slots=True)
class PersonaTables:
    """Rows for personas and persona_versions, as Arrow."""

    personas: pa.Table
    versions: pa.Table


def follow_personas(
    memory: PersonaMemory, seen: Sequence[Persona], now: datetime, run_id: str
) -> PersonaTables:
    """Rows to write after ``seen`` (in the order fetched): a new version each, or one seen once more.

    ``now`` is not before any time of the memory. A version that began at this very time is of this run, and
    what follows takes its place.
    """
    shown: dict[str, list[PersonaContent]] = {}
    for persona in seen:
        shown.setdefault(persona.id, []).append(_content(persona))
    versions = [
        _followed(memory.latest.get(persona_id), contents, memory.contents.get(persona_id, frozenset()), now)
        or KnownVersion(persona_id, 1, contents[-1], now, now, now)
        for persona_id, contents in shown.items()
    ]
    return PersonaTables(
        pa.Table.from_pylist(
            [_persona_row(version, now, run_id) for version in versions], schema=PERSONAS.arrow_schema()
        ),
        pa.Table.from_pylist(
            [_version_row(version, run_id) for version in versions], schema=PERSONA_VERSIONS.arrow_schema()
        ),
    )


def _followed(
    known: KnownVersion | None,
    shown: Sequence[PersonaContent],
    earlier: frozenset[PersonaContent],
    now: datetime,
) -> KnownVersion | None:
    """The latest version after a look; None for a persona that was never seen."""
    if known is None:
        return None
    is_of_this_run = known.valid_from >= now
    content = _chosen(known.content, shown, earlier, is_decided=is_of_this_run)
    if content == known.content or is_of_this_run:
        return replace(known, content=content, valid_to=max(known.valid_to, now))
    return replace(known, version=known.version + 1, content=content, valid_from=now, valid_to=now)


def _chosen(
    known: PersonaContent,
    shown: Sequence[PersonaContent],
    earlier: frozenset[PersonaContent],
    *,
    is_decided: bool,
) -> PersonaContent:
    never_seen = [content for content in shown if content != known and content not in earlier]
    if never_seen:
        return never_seen[-1]
    return known if is_decided or known in shown else shown[-1]


def replayed(versions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of persona_versions of one persona in the order in which their contents were seen.

    For histories that overlap: each version says when its content was seen first and last, and one that was
    seen on both sides of another is two.
    """
    sightings = sorted(
        ((row[name], row["version"], row) for row in versions for name in ("valid_from", "valid_to")),
        key=lambda sighting: sighting[:2],
    )
    history: list[dict[str, Any]] = []
    for moment, _, row in sightings:
        if history and _content_of(history[-1]) == _content_of(row):
            history[-1]["valid_to"] = moment
        else:
            history.append({**row, "version": len(history) + 1, "valid_from": moment, "valid_to": moment})
    return history


def _content(persona: Persona) -> PersonaContent:
    return PersonaContent(
        persona.role_name, persona.language, persona.system_prompt, persona.base_prompt_override
    )


def _content_of(row: Mapping[str, Any]) -> PersonaContent:
    return PersonaContent(
        row["role_name"], row["language"], row["system_prompt"], row["base_prompt_override"]
    )


def _known(row: Mapping[str, Any]) -> KnownVersion:
    return KnownVersion(
        row["persona_id"],
        row["version"],
        _content_of(row),
        row["valid_from"],
        row["valid_to"],
        row["first_seen_at"],
    )


def _content_row(content: PersonaContent) -> dict[str, Any]:
    return {
        "role_name": content.role_name,
        "language": content.language,
        "system_prompt": content.system_prompt,
        "base_prompt_override": content.base_prompt_override,
    }


def _persona_row(known: KnownVersion, now: datetime, run_id: str) -> dict[str, Any]:
    return {
        "id": known.persona_id,
        **_content_row(known.content),
        "first_seen_at": known.first_seen_at,
        "last_seen_at": known.valid_to,
        "synced_at": now,
        "run_id": run_id,
    }


def _version_row(known: KnownVersion, run_id: str) -> dict[str, Any]:
    return {
        "persona_id": known.persona_id,
        "version": known.version,
        **_content_row(known.content),
        "valid_from": known.valid_from,
        "valid_to": known.valid_to,
        "run_id": run_id,
    }
