"""An answer's body as values, so that one broken row does not cost its page. Pure."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pydantic_core

NOT_JSON = object()
# P: metadata holds at most 8 KB, so nothing in it nests deeper than 4,096 times.
_DEEPEST = 10_000
_LONGEST_NUMBER = 4_000
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(body: bytes) -> bytes:
    """U+0000 in texts becomes U+FFFD, as in a warehouse that cannot hold it: so every one holds the same."""
    return _NUL.sub(rb"\1\\ufffd", body) if b"\\u0000" in body else body


def parse(body: bytes) -> Any:
    """The values in a JSON text; NOT_JSON when it is none."""
    try:
        # Caching values too costs more than it saves: ids do not repeat.
        return pydantic_core.from_json(body, cache_strings="keys", allow_inf_nan=False)
    except ValueError:
        pass
    # The standard library lets lone surrogates pass, nests as deep as it is told to, and reads other
    # encodings. NaN and Infinity are no JSON: as texts they break no number column and no JSON of ours.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEPEST)
    try:
        return json.loads(body, parse_int=_number, parse_constant=str)
    except (ValueError, RecursionError):
        return NOT_JSON
    finally:
        sys.setrecursionlimit(limit)


def _number(digits: str) -> int | str:
    """A number, or its digits when there are more of them than Python turns into one."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits
