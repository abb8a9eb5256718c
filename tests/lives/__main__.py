"""``python -m tests.lives 1-1000 [--jobs 2] [--short]``: lives of these seeds."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.lives.lives import Ended, live_seed


def main() -> int:
    """Exit 1 when a life went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", help="such as 7 or 1-1000")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="the short lives of make test")
    parser.add_argument("--strict", action="store_true", help="a refusal of a readable dialect is wrong too")
    parser.add_argument("--stories", type=Path, help="a file for the stories of the lives that went wrong")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    started, kinds, runs, count, wrong = time.monotonic(), Counter[str](), 0, 0, 0
    for ended in _all(seeds, given.jobs, is_short=given.short):
        count, runs = count + 1, runs + ended.runs
        if ended.kind is not None:
            wrong += ended.is_loss or given.strict
            kinds[ended.kind] += 1
            sys.stdout.write(f"\nSEED {ended.seed}: {ended.kind}\n")
            text = ended.story + "\n"
            if len(seeds) == 1:
                sys.stdout.write(text)
            if given.stories:
                with given.stories.open("a") as stories:
                    stories.write(f"\nSEED {ended.seed}\n{text}")
        elif len(seeds) == 1:
            sys.stdout.write(f"{ended.story}\nlived well\n")
        minutes = (time.monotonic() - started) / 60
        sys.stdout.write(f"\r{count}/{len(seeds)} lives, {runs} runs, {wrong} wrong, {minutes:.1f} min ")
        sys.stdout.flush()
    sys.stdout.write("\n" + "".join(f"{n:5} {kind}\n" for kind, n in kinds.most_common()))
    return 1 if wrong else 0


def _all(seeds: range, jobs: int, *, is_short: bool) -> Iterator[Ended]:
    if jobs == 1 or len(seeds) == 1:
        for seed in seeds:
            yield _one(seed, is_short)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for future in [pool.submit(_one, seed, is_short) for seed in seeds]:
            yield future.result()


def _one(seed: int, is_short: bool) -> Ended:
    with tempfile.TemporaryDirectory(prefix="life-", dir=os.environ.get("TMPDIR")) as folder:
        return live_seed(seed, Path(folder), is_short=is_short)


if __name__ == "__main__":
    sys.exit(main())
