"""Text for a terminal: lines are broken between words and keep their column, never in a word or a path."""

from __future__ import annotations

import os
import re
import textwrap
from contextlib import suppress
from typing import TextIO

_UNKNOWN_WIDTH = 80
# Where the text begins in "  label      text", of which most lines are.
_TEXT_COLUMN = 13
# Labels end before; what looks like one behind it is text. `check` has two of them in a line.
_LABELS = re.compile(r".{,28} {2,}(?=\S)")


def fitted(text: str, stream: TextIO) -> str:
    """The text as wide as the terminal that ``stream`` is; unchanged elsewhere, where a fact is a line."""
    if not stream.isatty():
        return text
    width = _width_of(stream)
    return "\n".join(_wrapped(line, width) for line in text.splitlines())


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    labels = _LABELS.match(line)
    # Without a gap it is a heading, or a label too long for its column.
    column = labels.end() if labels and labels.end() > 2 else _TEXT_COLUMN if line.startswith("  ") else 2
    return textwrap.fill(
        line,
        width,
        subsequent_indent=" " * min(column, width // 3),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _width_of(stream: TextIO) -> int:
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or _UNKNOWN_WIDTH
    return _UNKNOWN_WIDTH
