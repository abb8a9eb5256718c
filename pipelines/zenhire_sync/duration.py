"""A time that something may take, as a user writes it: 90m, 1h30m, 45s."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_PARTS = re.compile(r"(?:(?P<hours>\d{1,4})h)?(?:(?P<minutes>\d{1,5})m)?(?:(?P<seconds>\d{1,6})s)?")


def parse_duration(text: object) -> timedelta:
    """Hours, minutes and seconds, in that order. Raises ValueError for anything else, and for no time."""
    found = _PARTS.fullmatch(str(text).strip().lower())
    parts = {name: int(number) for name, number in found.groupdict().items() if number} if found else {}
    if not any(parts.values()):
        raise ValueError(f"a time such as 90m or 1h30m, not {str(text)[:40]!r}")
    return timedelta(**parts)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
