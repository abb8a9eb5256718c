"""Accidents on purpose: which request goes wrong, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal, TypeAlias

from zenhire_sync.simulator.snapshot import to_json
from zenhire_sync.simulator.timeline import JsonRow

FaultKind: TypeAlias = Literal[
    # refusals with the vendor's envelope
    "rate_limited",
    "warming",
    "unauthorized",
    "forbidden",
    "internal_error",
    # what proxies answer: html
    "html_500",
    "html_502",
    # transport
    "reset",
    # closed in good order, without an answer
    "closed",
    "stall",
    "truncated",
    # 200, and not what it should be
    "not_json",
    "wrong_shape",
    "error_in_200",
    "words_for_rows",
    # list pages only: no rows but the usual paging; no rows and "that was all"; the rows of the
    # answer before; half of the rows; all but one, of a page that is not the last; one of them twice
    "empty_page",
    "false_end",
    "repeated_page",
    "short_page",
    "row_left_out",
    "row_twice",
]
RowKind: TypeAlias = Literal["list", "detail"]
MutateRow: TypeAlias = Callable[[JsonRow, RowKind], Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One accident: ``kind`` befalls requests whose path matches ``path``.

    ``path`` is a pattern below the base (``sessions``, ``sessions/*``, ``sessions/<id>``, ``personas``,
    ``credits``, ``health``; ``*`` also matches ``/``). Matching requests are counted from 1: it strikes
    from number ``first`` on, at every ``every``-th, ``times`` times (None: for ever), each with
    ``probability``. Several faults: the first that strikes is taken.
    """

    kind: FaultKind
    path: str = "*"
    first: int = 1
    every: int = 1
    times: int | None = 1
    probability: float = 1.0
    # of rate_limited and warming: the header's text, the envelope's retryAfterSeconds; None: left out
    retry_after_header: str | None = None
    retry_after_seconds: float | None = None


class RawJson(str):
    """JSON text that ``mutate_row`` may return instead of a row, sent as it stands."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All accidents of a server. ``mutate_row`` gets a copy of each row and returns what is sent."""

    faults: tuple[Fault, ...] = ()
    seed: int = 1
    mutate_row: MutateRow | None = None
    stall_sec: float = 60.0


NO_FAULTS = FaultPlan()


def mutate_sessions(
    changes: Mapping[str, Callable[[JsonRow], Any]], kinds: frozenset[RowKind] = frozenset({"list", "detail"})
) -> MutateRow:
    """A ``mutate_row`` that breaks only the sessions named, in the answers named."""

    def mutate(row: JsonRow, kind: RowKind) -> Any:
        change = changes.get(row["id"])
        return row if change is None or kind not in kinds else change(row)

    return mutate


class FaultInjector:
    """Counts requests against one plan. Chance depends on seed, path and attempt, not on arrival order."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._seen: Counter[int] = Counter()
        self._struck: Counter[int] = Counter()
        self._attempts: Counter[tuple[int, str]] = Counter()

    def strike(self, path: str, path_and_query: str) -> Fault | None:
        """The accident this request meets, if any."""
        chosen: Fault | None = None
        for index, fault in enumerate(self.plan.faults):
            if not fnmatchcase(path, fault.path):
                continue
            self._seen[index] += 1
            if chosen is None and self._is_due(index, fault, path_and_query):
                self._struck[index] += 1
                chosen = fault
        return chosen

    def _is_due(self, index: int, fault: Fault, path_and_query: str) -> bool:
        if fault.times is not None and self._struck[index] >= fault.times:
            return False
        after_first = self._seen[index] - fault.first
        if after_first < 0 or after_first % fault.every:
            return False
        if fault.probability >= 1:
            return True
        self._attempts[index, path_and_query] += 1
        attempt = self._attempts[index, path_and_query]
        draw = Random(f"{self.plan.seed}:{index}:{path_and_query}:{attempt}")  # noqa: S311 - repeatable
        return draw.random() < fault.probability

    def row_json(self, row: JsonRow, json_text: str, kind: RowKind) -> str:
        """A row's JSON text after ``mutate_row``."""
        if self.plan.mutate_row is None:
            return json_text
        changed = self.plan.mutate_row(deepcopy(row), kind)
        return changed if isinstance(changed, RawJson) else to_json(changed)
