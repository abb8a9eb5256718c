"""How much the tests look at: a little on each run of a developer's, all of it where a change lands.

``THOROUGH=1``, as .ci/run sets it for the slow tests, means every example of the property tests and every
death of the kill tests; else a tenth of the examples and a few deaths, others each time.
"""

from __future__ import annotations

import os
from random import Random

IS_THOROUGH = os.environ.get("THOROUGH", "") not in {"", "0"}
_FEWEST_EXAMPLES = 10


def examples(whole: int) -> int:
    """How many of a property test's examples are tried."""
    return whole if IS_THOROUGH else max(whole // 10, min(whole, _FEWEST_EXAMPLES))


def few_or_all(few: int, whole: int) -> int:
    """How often something is done that is dear and never the same twice."""
    return whole if IS_THOROUGH else few


def dice(name: str) -> Random:
    """Chance from a seed that is printed, which pytest shows of a failure; SEED=7 throws it again."""
    seed = os.environ.get("SEED") or str(Random().randrange(10**6))
    print(f"SEED={seed} throws the dice of {name} again")  # noqa: T201 - pytest shows it
    return Random(seed)
