"""A strange dialect in the making: its choices so far, what is strange in them, and chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from zenhire_sync.simulator.behaviour import DEFAULT, Behaviour

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SimulatedDialect:
    """A behaviour, and what is strange about it. ``opaque``: why no client has to understand it."""

    behaviour: Behaviour
    traits: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Whether a fair client reaches all rows and is not in doubt."""
        return not self.opaque


@dataclass(slots=True)
class Draft:
    """A dialect in the making."""

    rng: Random
    behaviour: Behaviour = DEFAULT
    traits: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)

    def set(self, trait: str, **choices: Any) -> None:
        """Take a choice."""
        self.behaviour = replace(self.behaviour, **choices)
        self.traits.append(trait)

    def doubt(self, trait: str, **choices: Any) -> None:
        """Take a choice that makes the dialect opaque."""
        self.set(trait, **choices)
        self.opaque.append(trait)

    def likely(self, probability: float) -> bool:
        """Whether chance says yes."""
        return self.rng.random() < probability

    def one_of(self, choices: Sequence[_T]) -> _T:
        """Any of them."""
        return self.rng.choice(choices)
