"""Of companies in which nothing changed, no more have a find than the q-values say."""

from __future__ import annotations

from typing import Any

import duckdb
import jinja2
import numpy as np
import pyarrow as pa
import pytest

from zenhire_sync.bundle import bundled

COMPANIES, PERSONAS = 2_000, 20
SHARES = ("hits", "answers", "hits_before", "answers_before")
# Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B
# 57 (1995) 289-300, section 3.2: the four smallest of fifteen are finds at 5%.
PUBLISHED = (
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
    0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1,
)  # fmt: skip
# answers of a persona now and before, and the share of them that is negative
NOTHING_CHANGED = {
    "many answers": ((300, 300), 0.15),
    "some answers": ((40, 40), 0.15),
    "few and rarely negative": ((25, 25), 0.03),
    "a few beside many": ((12, 100), 0.15),
    "a few beside many, rarely negative": ((12, 100), 0.02),
    "a few beside hundreds": ((15, 300), 0.02),
    "some beside a thousand": ((50, 1000), 0.05),
    "a few beside hundreds, more often negative": ((20, 500), 0.1),
}


def macros() -> Any:
    """The project's formulas, as DuckDB reads them."""
    source = (bundled("transforms") / "macros" / "statistics.sql").read_text(encoding="utf-8")
    names = {"as_double": "cast({} as double precision)".format}
    return jinja2.Environment(autoescape=False).from_string(source).make_module(names)  # noqa: S701 - SQL


def with_chances(table: str) -> str:
    """Each row's p_value and q_value, where each company is a table of its own."""
    sql = macros()
    step, q_value = sql.step_of_q_value(), sql.q_value("step")
    apart = "over (partition by company "
    return f"""
        with apart as (select *, {sql.difference_z(*SHARES)} as z from {table}),
        chances as (select *, 2 * {sql.normal_upper_tail("z")} as p_value from apart),
        steps as (select *, {step.replace("over (", apart)} as step from chances)
        select *, {q_value.replace("over (", apart)} as q_value from steps
    """


def rows(counts: list[tuple[int, int, int, int]]) -> list[dict[str, Any]]:
    """What is said of one company's personas."""
    with duckdb.connect() as connection:
        columns = dict(zip(SHARES, zip(*counts, strict=True), strict=True))
        connection.register(
            "counts", pa.table({"company": [1] * len(counts), "position": range(len(counts)), **columns})
        )
        found: list[dict[str, Any]] = (
            connection.sql(f"{with_chances('counts')} order by position").to_arrow_table().to_pylist()
        )
        return found


def test_the_finds_of_the_published_example_are_found() -> None:
    sql = macros()
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"p_value": PUBLISHED}))
        steps = f"select *, {sql.step_of_q_value()} as step from given"
        asked = f"select {sql.q_value('step')} from ({steps}) order by p_value"
        found = [float(q) for (q,) in connection.sql(asked).fetchall()]
    assert [q <= 0.05 for q in found] == [True] * 4 + [False] * 11
    assert found[:4] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625])


def test_two_shares_are_as_far_apart_as_the_table_of_four_fields_says() -> None:
    """Chi-squared with N - 1 in the place of N, and Yates' correction where less than five are expected."""
    [plain, corrected, alike] = rows([(56, 70, 48, 80), (5, 20, 4, 100), (0, 10, 0, 10)])
    a, b, c, d = 56, 14, 48, 32
    assert plain["z"] ** 2 == pytest.approx(149 * (a * d - b * c) ** 2 / (70 * 80 * 104 * 46))
    a, b, c, d = 5, 15, 4, 96
    assert corrected["z"] ** 2 == pytest.approx(119 * (abs(a * d - b * c) - 60) ** 2 / (20 * 100 * 9 * 111))
    assert (alike["z"], round(alike["p_value"], 6)) == (0, 1)


def test_too_few_answers_or_negatives_are_no_find_and_none_of_the_others_number() -> None:
    few, rare, one = rows([(9, 9, 0, 100), (2, 10, 3, 300), (30, 50, 10, 50)])
    assert (rare["p_value"], rare["q_value"]) == (None, None)
    assert (few["p_value"], few["q_value"]) == (None, None)
    assert float(one["q_value"]) == pytest.approx(one["p_value"], abs=1e-6)


@pytest.mark.parametrize("kind", NOTHING_CHANGED)
def test_companies_in_which_nothing_changed_have_a_find_as_rarely_as_it_says(kind: str) -> None:
    (now, before), share = NOTHING_CHANGED[kind]
    draw = np.random.default_rng(20261130)
    size = COMPANIES * PERSONAS
    answers, answers_before = draw.poisson(now, size), draw.poisson(before, size)
    rates = draw.beta(20 * share, 20 * (1 - share), size)
    columns = (draw.binomial(answers, rates), answers, draw.binomial(answers_before, rates), answers_before)
    table = pa.table(
        {"company": np.repeat(np.arange(COMPANIES), PERSONAS), **dict(zip(SHARES, columns, strict=True))}
    )
    with duckdb.connect() as connection:
        connection.register("simulated", table)
        [(alarmed, fooled)] = connection.sql(
            f"select count(distinct case when q_value <= 0.05 then company end),"
            f" avg(case when p_value <= 0.05 then 1.0 else 0 end) from ({with_chances('simulated')})"
        ).fetchall()
    # counts are whole numbers: a test of few answers reaches 5% only from below
    assert alarmed / COMPANIES <= 0.06
    assert fooled <= 0.06
    if kind == "many answers":
        assert alarmed / COMPANIES >= 0.04
        assert fooled >= 0.04
