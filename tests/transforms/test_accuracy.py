"""How many sessions differ, and the bound: the very SQL of the mart, on companies whose truth is known."""

from __future__ import annotations

from math import exp, lgamma, log
from random import Random

import duckdb
import jinja2
import pytest

from zenhire_sync.bundle import bundled
from zenhire_sync.plan.audit_sample import draw

COMPANIES, NIGHTS, REQUESTS = 1_000, 28, 50


def macro(name: str, *columns: str) -> str:
    """SQL of a macro of the project, over columns."""
    source = (bundled("transforms") / "macros" / "statistics.sql").read_text("utf-8")
    names = {"as_double": lambda value: f"cast({value} as double precision)"}
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - SQL, no page
    return str(getattr(environment.from_string(source, globals=names).module, name)(*columns))


def bounds(rows: list[tuple[float, float, float]]) -> list[float]:
    """The mart's bound of weighted sums, their variances and largest weights."""
    connection = duckdb.connect()
    connection.execute("create table given (place bigint, y double, v double, w double)")
    connection.executemany(
        "insert into given values (?, ?, ?, ?)", [(place, *row) for place, row in enumerate(rows)]
    )
    found = connection.execute(
        f"select {macro('weighted_sum_bound', 'y', 'v', 'w')} from given order by place"
    ).fetchall()
    return [bound for (bound,) in found]


def chi_square_below(x: float, freedom: float) -> float:
    """Its distribution, by the series of the incomplete gamma function (Abramowitz and Stegun, 6.5.29)."""
    shape, half = freedom / 2, x / 2
    term = total = 1 / shape
    place = shape
    while term > total * 1e-16:
        place += 1
        term *= half / place
        total += term
    return total * exp(-half + shape * log(half) - lgamma(shape))


def quantile(share: float, freedom: float) -> float:
    low, high = 0.0, 50 + 4 * freedom
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if chi_square_below(middle, freedom) < share else (low, middle)
    return low


def exact_bound(y: float, v: float, w: float, share: float = 0.95) -> float:
    """Fay and Feuer's bound with the exact quantile."""
    spread = v + w * w
    return spread / (2 * (y + w)) * quantile(share, 2 * (y + w) ** 2 / spread)


def test_the_quantile_of_this_file_is_that_of_published_tables() -> None:
    # NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4, upper critical values.
    published = {2: 5.991, 3: 7.815, 4: 9.488, 10: 18.307, 30: 43.773, 100: 124.342}
    assert {freedom: round(quantile(0.95, freedom), 3) for freedom in published} == published


def test_the_bound_is_that_of_the_published_example() -> None:
    # Down syndrome in Michigan, mothers of five or more by their age (Fleiss 1981, table 14.4; Fay and Feuer
    # 1997, table II); the two-sided 95% interval ends where the vignette of the R package dsrTest has it.
    counts = (0, 8, 63, 112, 262, 295)
    births = (327, 30_666, 123_419, 149_919, 104_088, 34_392)
    everyone = (319_933, 931_318, 786_511, 488_235, 237_863, 61_313)
    weights = [all_ / sum(everyone) / n for all_, n in zip(everyone, births, strict=True)]
    y = sum(w * x for w, x in zip(weights, counts, strict=True))
    v = sum(w * w * x for w, x in zip(weights, counts, strict=True))
    two_sided = exact_bound(y, v, max(weights), 0.975)
    assert (round(y * 1e5, 5), round(two_sided * 1e5, 5)) == (75.52901, 188.30017)


@pytest.mark.parametrize("compared", [8, 60, 1_400, 100_000])
def test_nothing_found_is_the_rule_of_three(compared: int) -> None:
    [bound] = bounds([(0.0, 0.0, 1 / compared)])
    # Of n that are all alike, 1 - 0.05 ** (1 / n) is exact (Hanley and Lippman-Hand, JAMA 249, 1983).
    assert 1 - 0.05 ** (1 / compared) <= bound <= 3.0 / compared


def test_the_portable_bound_is_never_below_the_exact_one_and_hardly_above() -> None:
    draws, rows = Random(7), list[tuple[float, float, float]]()
    for _ in range(300):
        counts = [draws.choice([0, 0, 1, 2, 5, 20]) for _ in range(4)]
        weights = [draws.uniform(0.0001, 0.003) for _ in range(4)]
        pairs = list(zip(weights, counts, strict=True))
        rows.append((sum(w * x for w, x in pairs), sum(w * w * x for w, x in pairs), max(weights)))
    for row, bound in zip(rows, bounds(rows), strict=True):
        assert 1 <= bound / exact_bound(*row) <= 1.003


class SimulatedCompany:
    """Sessions in strata, some of them edited behind every cursor; a night's sample mends what it finds."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.rate = self._random.uniform(0, 0.02)
        sizes = {"recheck_window": 300, "beyond_recheck": 200, "beyond_ladder": 6_000, "never_detailed": 600}
        self.sizes = {name: int(size * self._random.uniform(0.3, 3)) for name, size in sizes.items()}
        # What is beyond the cursors is edited; some kinds of session more than others.
        chance = {name: self.rate * self._random.choice([0, 1, 1, 2]) for name in sizes}
        self.edited = {
            name: {place for place in range(1, size + 1) if self._random.random() < chance[name]}
            for name, size in self.sizes.items()
        }
        self.seed = seed

    @property
    def true_rate(self) -> float:
        """Share of the sessions that differ now."""
        return sum(map(len, self.edited.values())) / sum(self.sizes.values())

    def live(self) -> tuple[float, float, tuple[float, float, float]]:
        """The mean true rate, its estimate, and what the bound is made of, after 28 nights."""
        truth, compared, differing = 0.0, dict.fromkeys(self.sizes, 0), dict.fromkeys(self.sizes, 0)
        for night in range(NIGHTS):
            truth += self.true_rate / NIGHTS
            for name, part in draw(self.sizes, {}, REQUESTS, f"{self.seed}-{night}").items():
                found = self.edited[name].intersection(part.places)
                compared[name] += len(part.places)
                differing[name] += len(found)
                self.edited[name] -= found
        every = sum(self.sizes.values())
        weights = {name: size / every / compared[name] for name, size in self.sizes.items()}
        y = sum(weights[name] * count for name, count in differing.items())
        v = sum(weights[name] ** 2 * count for name, count in differing.items())
        return truth, y, (y, v, max(weights.values()))


def test_of_a_thousand_companies_the_bound_covers_the_truth_and_the_estimate_is_unbiased() -> None:
    lives = [SimulatedCompany(seed).live() for seed in range(COMPANIES)]
    covered = sum(
        truth <= bound for (truth, _, _), bound in zip(lives, bounds([x for _, _, x in lives]), strict=True)
    )
    print(f"covered {covered} of {COMPANIES}")  # noqa: T201 - the number that is promised
    assert covered >= 0.93 * COMPANIES
    errors = [estimate - truth for truth, estimate, _ in lives]
    mean = sum(errors) / COMPANIES
    deviation = (sum((error - mean) ** 2 for error in errors) / (COMPANIES - 1)) ** 0.5
    print(f"bias {mean:.2e}, its error {deviation / COMPANIES**0.5:.2e}")  # noqa: T201
    assert abs(mean) < 3 * deviation / COMPANIES**0.5
    untouched = [x for truth, _, x in lives if truth == 0]
    assert untouched
    assert all(y == 0 for y, _, _ in untouched)
