"""In which fields a session is other than it was held. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A session as the warehouse holds it: values by field, and whether a detail of it ever came."""

    fields: dict[str, Any]
    was_detailed: bool


def differing_fields(
    before: Mapping[str, HeldSession], after: Mapping[str, HeldSession]
) -> dict[str, frozenset[str]]:
    """By session id, the fields that its detail changed; empty where it was held as it is.

    A field that the contract does not know and only details show was not missing before the first detail.
    """
    return {session_id: _differing(held, after[session_id]) for session_id, held in before.items()}


def _differing(before: HeldSession, after: HeldSession) -> frozenset[str]:
    if before.fields["deleted_at"] != after.fields["deleted_at"]:
        return frozenset({"deleted_at"})
    names = {name for name, value in before.fields.items() if value != after.fields[name]}
    return frozenset(names if before.was_detailed else names - {"unknown_fields"})
