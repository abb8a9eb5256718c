"""Ids and integers as a dialect writes them: uuids in capitals, 600 as 600.0."""

from __future__ import annotations

from typing import Any

from zenhire_sync.simulator.behaviour import Behaviour
from zenhire_sync.simulator.snapshot import to_json
from zenhire_sync.simulator.timeline import JsonRow

_IDS = ("id", "client_id", "persona_id", "project_id")
_INTEGERS = ("duration_sec", "credit_charged", "rating")


def respelled(behaviour: Behaviour, row: JsonRow, json_text: str) -> tuple[JsonRow, str]:
    """A list row or detail and its JSON text in this dialect's spelling."""
    if behaviour.id_case == "lower" and behaviour.integers == "plain":
        return row, json_text
    spelled = _object(behaviour, row)
    return spelled, to_json(spelled)


def _object(behaviour: Behaviour, row: JsonRow) -> JsonRow:
    spelled = dict(row)
    for name in _IDS:
        if behaviour.id_case == "upper" and isinstance(spelled.get(name), str):
            spelled[name] = spelled[name].upper()
    for name in _INTEGERS:
        if behaviour.integers == "with_point" and isinstance(spelled.get(name), int):
            spelled[name] = float(spelled[name])
    for name in ("persona", "feedback"):
        value: Any = spelled.get(name)
        if isinstance(value, dict):
            spelled[name] = _object(behaviour, value)
    return spelled
