"""95% intervals as SQL for readers' tools, of the very macros that the marts' columns are made with.

Data flow: transforms/macros/statistics.sql -> functions beside the published marts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from zenhire_sync.bundle import bundled

_ONE = ("hits", "answers")
_TWO = (*_ONE, "other_hits", "other_answers")
_OF_A_SHARE = "end of the Wilson 95% interval of hits / answers; null without answers."
_OF_A_DIFFERENCE = (
    "end of Newcombe's 95% interval of hits / answers less other_hits / other_answers; null when either is"
    " without answers."
)
_FUNCTIONS = {
    "wilson_low": (_ONE, f"Lower {_OF_A_SHARE}"),
    "wilson_high": (_ONE, f"Upper {_OF_A_SHARE}"),
    "newcombe_low": (_TWO, f"Lower {_OF_A_DIFFERENCE}"),
    "newcombe_high": (_TWO, f"Upper {_OF_A_DIFFERENCE}"),
}


@dataclass(frozen=True, slots=True)
class IntervalFunction:
    """One end of an interval: its parameters, its value as a ``numeric(18, 6)`` of them, and its meaning."""

    parameters: tuple[str, ...]
    sql: str
    meaning: str


@cache
def interval_functions() -> Mapping[str, IntervalFunction]:
    """The functions by name. None needs another one, which would not be found where the file is attached."""
    import jinja2  # comes with dbt

    source = (bundled("transforms") / "macros" / "statistics.sql").read_text("utf-8")
    # SQL, no page; as_double is the one macro of these that engines spell differently.
    environment = jinja2.Environment(autoescape=False)  # noqa: S701
    macros = environment.from_string(source, globals={"as_double": _as_double}).module
    return {
        name: IntervalFunction(parameters, " ".join(getattr(macros, name)(*parameters).split()), meaning)
        for name, (parameters, meaning) in _FUNCTIONS.items()
    }


def _as_double(value: str) -> str:
    return f"cast({value} as double precision)"
