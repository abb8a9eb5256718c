"""An error that a caller learns of at night: what a public function raises itself, its docstring names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "pipelines" / "zenhire_sync"
# A caller's own mistake in the code, which no caller handles.
MISUSE = {"RuntimeError"}


def test_an_error_that_no_docstring_names() -> None:
    unnamed = {
        (str(path.relative_to(PROGRAM)), function.name, error)
        for path in PROGRAM.rglob("*.py")
        for function in _public(ast.parse(path.read_text(encoding="utf-8")))
        for error in _raised(function)
        if error not in MISUSE and error not in (ast.get_docstring(function) or "")
    }
    assert unnamed == set()


def _public(scope: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in scope.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def _raised(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Classes that the function raises by name, without functions inside it."""
    nodes: list[ast.AST] = [*function.body]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        nodes.extend(ast.iter_child_nodes(node))
        error = node.exc.func if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) else None
        name = ast.unparse(error).rpartition(".")[2] if error else ""
        if name[:1].isupper():
            yield name
