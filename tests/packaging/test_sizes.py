"""Nobody notices what grows a line at a time: files and functions keep to the sizes of our style."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE, LONGEST_FUNCTION = 300, 45


def test_a_file_that_grew_too_long_to_be_read_in_one_sitting() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines for path in _sources() if (lines := _lines(path)) > LONGEST_FILE
    }
    assert too_long == {}


def test_a_function_that_grew_too_long_for_one_screen() -> None:
    too_long = [
        (str(path.relative_to(ROOT)), function.name, lines)
        for path in _sources()
        for function in _functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert too_long == []


def _sources() -> list[Path]:
    found = [path for folder in ("pipelines", "schemas") for path in (ROOT / folder).rglob("*.py")]
    assert len(found) > 100
    return found


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
