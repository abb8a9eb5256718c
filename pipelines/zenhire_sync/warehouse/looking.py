"""Looking into a DuckDB file for an instant, for who needs neither dlt nor a run's memory.

Only under ``lock.look``: an open to read makes a run's next open fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from zenhire_sync.errors import WarehouseError


class InUseError(Exception):
    """Another process has the file open to write, without holding the lock of this program."""


@contextmanager
def opened(path: Path, remedy: str) -> Iterator[Any]:
    """The file, to read. Raises InUseError when somebody writes it, WarehouseError when it cannot be read."""
    config = {"threads": "1", "autoinstall_known_extensions": "false", "temp_directory": ""}
    try:
        with duckdb.connect(str(path), read_only=True, config=config) as connection:
            yield connection
    except duckdb.Error as error:
        message = str(error).partition("\n")[0].strip()
        if "Could not set lock" in message or isinstance(error, duckdb.ResourceInUseException):
            holder = re.search(r"\(PID (\d+)\)", message)
            raise InUseError(f"process {holder[1]}" if holder else "another process") from None
        raise WarehouseError(f"{path} cannot be read: {message}; {remedy}") from None
