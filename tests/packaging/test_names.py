"""A name stands for one thing: no file and no class of the program is called as another one is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINES = ROOT / "pipelines" / "zenhire_sync" / "engines"


def _modules() -> list[Path]:
    found = [path for folder in ("pipelines", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(found) > 100
    return [path for path in found if path.name != "__init__.py"]


def _twice(named: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, path in named:
        places[name].append(str(path.relative_to(ROOT)))
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def _engine_of(path: Path) -> str:
    """Engines have the same file names on purpose, so that one who knows one finds their way in the next."""
    return path.relative_to(ENGINES).parts[0] if path.is_relative_to(ENGINES) else ""


def test_two_files_of_one_name_that_are_taken_for_each_other() -> None:
    engines = {_engine_of(path) for path in _modules()} - {"", "open.py"}
    for engine in engines:
        others = [path for path in _modules() if _engine_of(path) in {"", "open.py", engine}]
        assert _twice((path.name, path) for path in others) == {}


def test_a_file_named_as_the_folder_it_is_in() -> None:
    alike = {f"{path.parent.name}/{path.name}" for path in _modules() if path.stem == path.parent.name}
    assert alike == set()


def test_two_classes_of_one_name_that_are_imported_for_each_other() -> None:
    classes = (
        (node.name, path)
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert _twice(classes) == {}
