"""What is wrong in a file of the company, and where: one line that an editor can be pointed with."""

from __future__ import annotations

from pathlib import Path

from zenhire_sync.errors import ConfigurationError


def wrong(path: Path, line: int, column: str | int, problem: str) -> ConfigurationError:
    """The error to raise; ``column`` is the name of a column, or a place in the line, counted from 1."""
    return ConfigurationError(f"{path}, line {line}, column {column}: {problem}; nothing was touched")


def text_of(path: Path) -> str | None:
    """The file's text, line ends as they are; None when there is no such file.

    Raises ConfigurationError when it cannot be read, or is not UTF-8 (with or without a byte order mark).
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}); nothing was touched") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A mark of three bytes is not part of what the decoder counts.
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        line = data.count(b"\n", 0, start) + 1
        place = start - data.rfind(b"\n", 0, start)
        raise wrong(path, line, place, "this is not UTF-8; save the file as UTF-8") from None
