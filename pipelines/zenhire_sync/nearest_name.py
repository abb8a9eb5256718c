"""What somebody probably meant by a name that is not known. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# The beginning that names of ours share says nothing.
_SHORTEST = len("ZENHIRE_")


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The longer name that begins with this one, else the most similar."""
    known = sorted(names)
    begun = [longer for longer in known if len(name) > _SHORTEST and longer.startswith(name)]
    return next(iter(begun or get_close_matches(name, known, n=1, cutoff=0.75)), None)
