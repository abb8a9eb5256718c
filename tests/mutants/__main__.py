"""``python -m tests.mutants [AREA ...] [--ask tests] [--named TEXT]``: which defects are found, by what."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.mutants.copied_tree import ROOT, CopiedTree
from tests.mutants.defect import AREAS, LIVED, Defect, all_defects
from tests.mutants.hunt import Found, WarmTests, by_lives
from tests.mutants.results import SHARE, Asked, Results, share, table

FOLDER = ROOT / ".mutants"
_WAYS = ("tests", "lives")


def main() -> int:
    """Exit 1 when less than 95% of those asked for were found. What was asked before is not asked again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"of {', '.join(AREAS)}; all without")
    parser.add_argument(
        "--ask", choices=["tests", "lives", "nothing"], help="one alone, or neither: the table"
    )
    parser.add_argument("--named", default="", help="only those with this text in their name")
    parser.add_argument("--tree", default="tree", help="a folder of its own for each of several hunters")
    parser.add_argument("--again", action="store_true", help="what was not found is asked again")
    given = parser.parse_args()
    chosen = [
        defect
        for defect in all_defects()
        if defect.area in (given.areas or AREAS) and given.named in defect.name
    ]
    results = Results(FOLDER / "results.jsonl")
    if given.again:
        results.forget_lost(chosen)
    ways = [given.ask] if given.ask in _WAYS else [] if given.ask else list(_WAYS)
    if ways:
        Hunt(CopiedTree(FOLDER / given.tree), results).go(chosen, ways)
    asked = results.read()
    sys.stdout.write(table(chosen, asked))
    found = share(chosen, asked)
    sys.stdout.write(f"\n{found:.1%} of those asked for are found\n")
    return 0 if found >= SHARE else 1


class Hunt:
    """Asks of one copy of the tree."""

    def __init__(self, tree: CopiedTree, results: Results) -> None:
        self._tree = tree
        self._results = results
        self._tests = WarmTests(tree)

    def go(self, defects: Iterable[Defect], ways: Sequence[str]) -> None:
        """Asks what was not asked before, and notes and tells each answer."""
        for defect in defects:
            for way in ways:
                if self._before(defect.key, way) is not None or (way == "lives" and defect.area not in LIVED):
                    continue
                with self._tree.planted(defect):
                    found = self._find(way, defect)
                if found.by is not None:
                    self._require_sound(way, defect, found.by)
                self._results.note(defect.key, way, found)
                told = found.by or "NOT FOUND"
                sys.stdout.write(f"{defect.area}: {defect.name}: {way}: {told} ({found.seconds:.0f} s)\n")
                sys.stdout.flush()

    def _find(self, way: str, defect: Defect) -> Found:
        return self._tests.find(defect.tests) if way == "tests" else by_lives(self._tree)

    def _before(self, key: str, way: str) -> Found | None:
        before: Found | None = getattr(self._results.read().get(key, Asked()), way)
        return before

    def _require_sound(self, way: str, defect: Defect, by: str) -> None:
        """Raises RuntimeError where the same fail without any defect: they would find everything."""
        # The others passed, or were not asked any more.
        if "::" in by:
            defect = replace(defect, tests=(by,))
        what = " ".join(defect.tests) if way == "tests" else "lives"
        key = hashlib.sha256(what.encode()).hexdigest()[:16]
        found = self._before(key, way)
        if found is None:
            found = self._find(way, defect)
            if found.by is not None:
                raise RuntimeError(f"{found.by} fails without any defect")
            self._results.note(key, way, found)


if __name__ == "__main__":
    sys.exit(main())
