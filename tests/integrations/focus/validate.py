"""The official FOCUS validator's command, run by the environment that is its alone.

It is written for Python 3.12, but a single line of it says so: an f-string that quotes with a backslash.
That line is written in the older way while it is read, and nothing else is changed.
"""

from importlib.machinery import SourceFileLoader
from typing import Any

_FOR_3_12 = rb"""f"'{k.replace('\"', '\"\"')}'" """.strip()
_FOR_ALL = rb"""("'" + k.replace('"', '""') + "'")"""
_compiled = SourceFileLoader.source_to_code


def _readable(self: SourceFileLoader, data: bytes, path: str, **options: Any) -> Any:
    return _compiled(self, data.replace(_FOR_3_12, _FOR_ALL), path, **options)


if __name__ == "__main__":
    SourceFileLoader.source_to_code = _readable  # type: ignore[assignment,method-assign]
    from focus_validator.main import main

    main()
