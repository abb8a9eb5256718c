"""What would mean something else, or nothing, on another engine, does not stand outside engines/."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import zenhire_sync

PROGRAM = Path(zenhire_sync.__file__).parent
# The simulator asks no warehouse.
MODULES = [
    path
    for path in sorted(PROGRAM.rglob("*.py"))
    if path.relative_to(PROGRAM).parts[0] not in {"engines", "simulator"}
]
ENGINE_WORDS = re.compile(
    r"\bunnest\b|\bqualify\b|\b(anti|semi) join\b|\barg_max\b|\bmax_by\b|\bjson_|\bepoch_us\b|\bcontains\(|"
    r"\bby all\b|::|\blist\(|->>|\bas double\b(?! precision)|\bduckdb_\w+\(|\? is null",
    re.IGNORECASE,
)
IS_SQL = re.compile(r"\bselect\b.*\bfrom\b|\bupdate \w+ set\b|\bdelete from\b", re.IGNORECASE | re.DOTALL)


def _texts(path: Path) -> list[str]:
    """Every text of the module that is SQL, f-strings without what is filled in."""
    texts = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value for part in node.values if isinstance(part, ast.Constant))
            texts.append("x".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return [text for text in texts if IS_SQL.search(text)]


def test_the_texts_are_found() -> None:
    assert sum(len(_texts(path)) for path in MODULES) > 40


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PROGRAM).as_posix())
def test_no_text_leans_on_one_engine(path: Path) -> None:
    for text in _texts(path):
        assert ENGINE_WORDS.findall(text) == [], text
        # Nulls come first on one engine, last on the other; a key is never null.
        assert not re.search(r"(?<!id) desc\b(?! nulls last)", text), text
