"""Personas as details show them: the latest content, and one version per content change. Pure.

A detail shows the persona as it is when fetched (P: it can be edited after sessions ran), so times here
are when a content was first and last *seen*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    """The latest version of every persona. The versions are the memory; ``personas`` follows from them."""

    latest: Mapping[str, KnownVersion]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> PersonaMemory:
        """From rows of persona_versions with ``first_seen_at``, one per persona."""
        return cls({row["persona_id"]: _known(row) for row in rows})


@dataclass(frozen=True, slots=True)
class PersonaTables:
    """Rows for personas and persona_versions, as Arrow."""

    personas: pa.Table
    versions: pa.Table


def follow_personas(
    memory: PersonaMemory, seen: Sequence[Persona], now: datetime, run_id: str
) -> PersonaTables:
    """Rows to write after ``seen`` (in the order fetched): new versions, and versions seen once more."""
    latest = dict(memory.latest)
    touched: dict[tuple[str, int], KnownVersion] = {}
    for persona in seen:
        known = _followed(latest.get(persona.id), persona, now)
        latest[persona.id] = known
        touched[persona.id, known.version] = known
    ids = {persona_id for persona_id, _ in touched}
    return PersonaTables(
        pa.Table.from_pylist(
            [_persona_row(latest[i], now, run_id) for i in ids], schema=PERSONAS.arrow_schema()
        ),
        pa.Table.from_pylist(
            [_version_row(version, run_id) for version in touched.values()],
            schema=PERSONA_VERSIONS.arrow_schema(),
        ),
    )


def _followed(known: KnownVersion | None, persona: Persona, now: datetime) -> KnownVersion:
    content = PersonaContent(
        persona.role_name, persona.language, persona.system_prompt, persona.base_prompt_override
    )
    if known is None:
        return KnownVersion(persona.id, 1, content, now, now, now)
    if known.content == content:
        return replace(known, valid_to=max(known.valid_to, now))
    return replace(known, version=known.version + 1, content=content, valid_from=now, valid_to=now)


def _known(row: Mapping[str, Any]) -> KnownVersion:
    content = PersonaContent(
        row["role_name"], row["language"], row["system_prompt"], row["base_prompt_override"]
    )
    return KnownVersion(
        row["persona_id"], row["version"], content, row["valid_from"], row["valid_to"], row["first_seen_at"]
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
