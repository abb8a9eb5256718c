"""Runs pytest in forks of one interpreter that has imported what the code stands on, and none of the code.

``python -m tests.mutants.warm`` reads a line of JSON each, [output file, *arguments of pytest], and answers
with the pid of the fork and, at its end, its exit code.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from collections.abc import Sequence

import pytest

# Half of a short test's time.
_LIBRARIES = ("dlt", "dlt.destinations", "duckdb", "aiohttp", "msgspec", "pyarrow.parquet", "pydantic")


def _test(output: str, arguments: Sequence[str]) -> None:
    """Becomes pytest, in a session of its own. Does not return."""
    code = 1
    try:
        os.setsid()
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(file, 1)
        os.dup2(file, 2)
        code = int(pytest.main(list(arguments)))
        sys.stdout.flush()
    finally:
        os._exit(code)


def main() -> None:
    """Serves orders until standard input ends."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        output, *arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _test(output, arguments)
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
