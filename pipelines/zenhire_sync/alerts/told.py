"""What was said of each trouble: said once, again only when it is worse, and once when it is over. Pure but
for the file that remembers it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from zenhire_schemas.names import TOLD_FILE
from zenhire_sync.errors import ZenhireError

# Events in one message; the others are news of the next ones.
MOST_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person must know. ``cause`` stays the same as long as it is the same trouble.

    ``levels`` says how bad it is, by what it is about where that is several (personas, budgets): a new one,
    or one whose level has risen, is told again. Of what ``is_event`` no end is told.
    """

    cause: str
    sentence: str
    levels: Mapping[str, int]
    is_event: bool = False

    def is_worse_than(self, before: Trouble) -> bool:
        """Whether there is something in it that was not told."""
        return any(level > before.levels.get(about, level - 1) for about, level in self.levels.items())


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What a message says: troubles that are new, or worse than when they were told, and those that ended.

    Events that are ``forgotten`` are no news.
    """

    new: tuple[Trouble, ...] = ()
    worse: tuple[Trouble, ...] = ()
    over: tuple[Trouble, ...] = ()
    forgotten: tuple[Trouble, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.worse or self.over)


Told = Mapping[str, Trouble]


def bulletin(told: Told, troubles: Iterable[Trouble]) -> Bulletin:
    """What of the troubles of now is to be said, after what was told."""
    now = {trouble.cause: trouble for trouble in troubles}
    new = [trouble for cause, trouble in now.items() if cause not in told]
    events = [trouble for trouble in new if trouble.is_event]
    ended = [trouble for cause, trouble in told.items() if cause not in now]
    known = [(trouble, told[cause]) for cause, trouble in now.items() if cause in told]
    return Bulletin(
        new=(*(trouble for trouble in new if not trouble.is_event), *events[:MOST_EVENTS]),
        worse=tuple(trouble for trouble, before in known if trouble.is_worse_than(before)),
        over=tuple(trouble for trouble in ended if not trouble.is_event),
        forgotten=tuple(trouble for trouble in ended if trouble.is_event),
    )


def after(told: Told, said: Bulletin) -> Told:
    """What is told once the news were said. A trouble that got better is not told again until it is worse
    than it ever was.
    """
    ended = {trouble.cause for trouble in (*said.over, *said.forgotten)}
    rest = {cause: trouble for cause, trouble in told.items() if cause not in ended}
    return rest | {trouble.cause: _with_levels(trouble, told) for trouble in (*said.new, *said.worse)}


def _with_levels(trouble: Trouble, told: Told) -> Trouble:
    levels = dict(told[trouble.cause].levels) if trouble.cause in told else {}
    # What a candidate wrote is not kept here, where nothing would erase it.
    sentence = "" if trouble.is_event else trouble.sentence
    return replace(
        trouble,
        sentence=sentence,
        levels=levels | {k: max(v, levels.get(k, v)) for k, v in trouble.levels.items()},
    )


def read_told(state_dir: Path) -> Told:
    """What was told so far; nothing where there is no file, or one that cannot be read: it is told again."""
    try:
        found = json.loads((state_dir / TOLD_FILE).read_text(encoding="utf-8"))
        return {cause: Trouble(**trouble) for cause, trouble in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_told(state_dir: Path, told: Told) -> None:
    """Remembers it, in one go. Raises ZenhireError when that cannot be written."""
    path = state_dir / TOLD_FILE
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    text = json.dumps({cause: asdict(trouble) for cause, trouble in told.items()}, ensure_ascii=False)
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")
        fresh.chmod(0o600)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise ZenhireError(
            f"what was told cannot be remembered ({error.strerror}: {path}): it will be told again"
        ) from None
