"""One life from its seed to its end, told."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from tests.lives.children import Children
from tests.lives.judge import WrongError
from tests.lives.life import conceive
from tests.lives.live import RefusedError, Story, live


@dataclass(frozen=True)
class Ended:
    """How a life ended. ``kind`` None: well; ``is_loss``: rows are wrong, not only refused."""

    seed: int
    kind: str | None
    is_loss: bool
    story: str
    runs: int


def live_seed(seed: int, folder: Path, *, is_short: bool) -> Ended:
    """Lives it through."""
    story, kind, is_loss = Story(), None, False
    life = conceive(seed, is_short=is_short)
    try:
        with Children.of_this_process() as children:
            live(life, folder, children, story)
    except WrongError as wrong:
        kind, is_loss = wrong.kind, not isinstance(wrong, RefusedError)
        story.tell(f"  !! {wrong}")
    except Exception as error:
        kind, is_loss = f"DEFECT {type(error).__name__}", True
        story.tell(f"  !! {''.join(traceback.format_exception(error)[-3:])}")
    return Ended(seed, kind, is_loss, "\n".join(story.lines), story.runs)
