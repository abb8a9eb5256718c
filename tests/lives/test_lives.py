"""Twenty-five short lives: whatever the dialect and the accidents, no row is lost in silence.

``make lives SEEDS=1-1000`` lives through longer ones; ``make lives SEEDS=7`` tells the story of one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lives.lives import live_seed

LIVES, QUICK_LIVES = 25, 5


@pytest.mark.parametrize(
    "seed",
    [
        *range(1, QUICK_LIVES + 1),
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK_LIVES + 1, LIVES + 1)),
    ],
)
def test_a_short_life_loses_nothing_in_silence(seed: int, tmp_path: Path) -> None:
    ended = live_seed(seed, tmp_path, is_short=True)
    assert not ended.is_loss, f"python -m tests.lives {seed} --short\n{ended.story}"
