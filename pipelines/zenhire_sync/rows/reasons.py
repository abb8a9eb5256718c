"""Why rows were set aside, as kinds that can be counted and shown to anybody. Pure."""

from __future__ import annotations

import re

_LONGEST = 120
# Each call that failed names its session and request; the kind of failure is what can be counted.
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_REQUEST_ID = re.compile(r" ?\(requestId [^)]*\)")
# Keys of the metadata are the company's own words.
_METADATA_KEY = re.compile(r"\b(metadata)\..*?(?=:)", re.DOTALL)


def kind_of(reason: str) -> str:
    """A reason without ids and without words that are the company's own."""
    kind = _REQUEST_ID.sub("", _ID.sub("{id}", _METADATA_KEY.sub(r"\1", reason)))
    return kind if len(kind) <= _LONGEST else kind[: _LONGEST - 3] + "..."
