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


class Looks:
    """What the windows of one run saw of personas, to be judged when the last of them has come."""

    def __init__(self) -> None:
        self._as_known: set[str] = set()
        self._otherwise: list[Persona] = []

    def note(self, memory: PersonaMemory, seen: Iterable[Persona]) -> None:
        """Takes what a window saw, before it is followed."""
        for persona in seen:
            known = memory.latest.get(persona.id)
            if known is None or known.content == _content(persona):
                self._as_known.add(persona.id)
            else:
                self._otherwise.append(persona)

    def without_the_known(self) -> list[Persona]:
        """Contents of personas of which no answer of the run showed the content that is known."""
        return [persona for persona in self._otherwise if persona.id not in self._as_known]


def follow_personas(
    memory: PersonaMemory, seen: Sequence[Persona], now: datetime, run_id: str, *, is_all: bool = False
) -> PersonaTables:
    """Rows to write after ``seen`` (in the order fetched): a new version each, or one seen once more.

    Unless that ``is_all`` of the run, an old content that is back is left for later: the known one may still
    come. ``now`` is not before any time of the memory. A version that began at this very time is of this
    run, and what follows takes its place.
    """
    shown: dict[str, list[PersonaContent]] = {}
    for persona in seen:
        shown.setdefault(persona.id, []).append(_content(persona))
    followed = (
        _followed(memory, persona_id, contents, now, is_all=is_all) for persona_id, contents in shown.items()
    )
    versions = [version for version in followed if version is not None]
    return PersonaTables(
        pa.Table.from_pylist(
            [_persona_row(version, now, run_id) for version in versions], schema=PERSONAS.arrow_schema()
        ),
        pa.Table.from_pylist(
            [_version_row(version, run_id) for version in versions], schema=PERSONA_VERSIONS.arrow_schema()
        ),
    )


def _followed(
    memory: PersonaMemory, persona_id: str, shown: Sequence[PersonaContent], now: datetime, *, is_all: bool
) -> KnownVersion | None:
    """The latest version after a look; None when there is nothing to write yet."""
    known = memory.latest.get(persona_id)
    if known is None:
        return KnownVersion(persona_id, 1, shown[-1], now, now, now)
    earlier = memory.contents.get(persona_id, frozenset())
    never_seen = [content for content in shown if content != known.content and content not in earlier]
    is_of_this_run = known.valid_from >= now
    if never_seen and not is_all:
        content = never_seen[-1]
    elif known.content in shown:
        content = known.content
    elif is_all and not is_of_this_run:
        content = shown[-1]
    else:
        return None
    if content == known.content or is_of_this_run:
        return replace(known, content=content, valid_to=max(known.valid_to, now))
    return replace(known, version=known.version + 1, content=content, valid_from=now, valid_to=now)


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
