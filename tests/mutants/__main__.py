"""``python -m tests.mutants [AREA ...] [--ask tests] [--named TEXT]``: which defects are found, by what."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable

from tests.mutants.copied_tree import ROOT, CopiedTree
from tests.mutants.defect import AREAS, LIVED, Defect, all_defects
from tests.mutants.hunt import Found, by_lives, by_tests
from tests.mutants.results import SHARE, Asked, Results, share, table

FOLDER = ROOT / ".mutants"
_WAYS = {"tests": lambda tree, defect: by_tests(tree, defect.tests), "lives": lambda tree, _: by_lives(tree)}


def main() -> int:
    """Exit 1 when less than 95% of those asked for were found. What was asked before is not asked again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"of {', '.join(AREAS)}; all without")
    parser.add_argument(
        "--ask", choices=["tests", "lives", "nothing"], help="one alone, or neither: the table"
    )
    parser.add_argument("--named", default="", help="only those with this text in their name")
    parser.add_argument("--tree", default="tree", help="a folder of its own for each of several hunters")
    given = parser.parse_args()
    chosen = [
        defect
        for defect in all_defects()
        if defect.area in (given.areas or AREAS) and given.named in defect.name
    ]
    results = Results(FOLDER / "results.jsonl")
    ways = [given.ask] if given.ask in _WAYS else [] if given.ask else list(_WAYS)
    if ways:
        _hunt(chosen, ways, CopiedTree(FOLDER / given.tree), results)
    asked = results.read()
    sys.stdout.write(table(chosen, asked))
    found = share(chosen, asked)
    sys.stdout.write(f"\n{found:.1%} of those asked for are found\n")
    return 0 if found >= SHARE else 1


def _hunt(defects: Iterable[Defect], ways: list[str], tree: CopiedTree, results: Results) -> None:
    for defect in defects:
        for way in ways:
            before = getattr(results.read().get(defect.key, Asked()), way)
            if before is not None or (way == "lives" and defect.area not in LIVED):
                continue
            with tree.planted(defect):
                found = _WAYS[way](tree, defect)
            if found.by is not None:
                _require_sound(way, defect, tree, results)
            results.note(defect.key, way, found)
            told = found.by or "NOT FOUND"
            sys.stdout.write(f"{defect.area}: {defect.name}: {way}: {told} ({found.seconds:.0f} s)\n")
            sys.stdout.flush()


def _require_sound(way: str, defect: Defect, tree: CopiedTree, results: Results) -> None:
    """Raises RuntimeError where the same fail without any defect: they would find everything."""
    key = hashlib.sha256(" ".join(defect.tests if way == "tests" else ["lives"]).encode()).hexdigest()[:16]
    before = getattr(results.read().get(key, Asked()), way)
    found: Found = before or _WAYS[way](tree, defect)
    if before is None:
        results.note(key, way, found)
    if found.by is not None:
        raise RuntimeError(f"{found.by} fails without any defect")


if __name__ == "__main__":
    sys.exit(main())
