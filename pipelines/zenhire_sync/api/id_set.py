"""A set of ids that stays small: a list of millions is read without keeping its ids as text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

_EMPTY = 0
_FIRST_SLOTS = 1 << 12


class IdSet:
    """Ids by their 64-bit hash, 16 to 32 bytes each; as text in a ``set`` they are 150 (measured).

    Two ids of a million share a hash once in thirty million runs. One would then pass for the other, which
    costs a second look or hides one deletion until the next reading: hashes differ from run to run.
    """

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, session_id: str) -> bool:
        return self._slots[self._place(_hash(session_id))] != _EMPTY

    def add(self, ids: Iterable[str]) -> list[str]:
        """Takes the ids; returns those that were not here."""
        new = []
        for session_id in ids:
            value = _hash(session_id)
            place = self._place(value)
            if self._slots[place] == _EMPTY:
                self._slots[place] = value
                self._count += 1
                new.append(session_id)
                if 2 * self._count > len(self._slots):
                    self._grow()
        return new

    def _place(self, value: int) -> int:
        """Where the value is, or would be: from its own place on to the first that is free."""
        slots, last = self._slots, len(self._slots) - 1
        place = value & last
        while slots[place] not in (_EMPTY, value):
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("q", bytes(8 * 2 * len(old)))
        for value in old:
            if value != _EMPTY:
                self._slots[self._place(value)] = value


def _hash(session_id: str) -> int:
    return hash(session_id) or 1
