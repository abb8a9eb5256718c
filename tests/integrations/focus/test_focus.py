"""The credits as finance's cost tool reads them, checked by the FinOps foundation's own validator.

How the validator is run: validate.py.
"""

from __future__ import annotations

import re
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.integrations.environments import environment
from tests.transforms.warehouse import Company, completed, tags

VALIDATE = Path(__file__).parent / "validate.py"
APPLICABLE = (
    "NEGOTIATED_PRICING_SUPPORTED,PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED,PUBLIC_PRICE_LIST_SUPPORTED,"
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED,SUB_ACCOUNT_SUPPORTED,TAGGING_SUPPORTED,UNIT_PRICING_SUPPORTED,"
    "USAGE_MEASUREMENT_SUPPORTED,VIRTUAL_CURRENCY_SUPPORTED"
)
CANNOT_HOLD = {
    # one of two branches of a rule that passes as a whole: usage is on no invoice, so InvoiceId is null
    "InvoiceId-C-005-C",
    # the validator asks for a national currency's code; FOCUS 1.2 allows a virtual currency's name here
    "PricingCurrency-C-003-M",
    "PricingCurrency-C-000-C",
}
HARD_TAG = 'so "called" \\ tag'


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Company:
    price = {"credit_price": Decimal("0.125"), "credit_currency": "CHF"}
    company = Company(tmp_path_factory.mktemp("priced"), price)
    company.build(
        {
            "sessions": [
                completed("s1", "2026-03-01 10:00", 600, project_id="project-1"),
                completed("s2", "2026-03-01 11:00", 600, project_id="project-1"),
                completed("s3", "2026-03-02 10:00", 90, role_name=None),
                completed("s4", "2026-03-02 10:00", 90, status="failed", credit_charged=3),
            ],
            "session_tags": [
                row for name in ("s1", "s2") for row in tags(name, "spring", HARD_TAG, "spring")
            ],
        }
    )
    return company


def test_credits_are_priced_and_tags_are_an_object(priced: Company) -> None:
    rows = priced.rows("select * from zenhire_marts.focus_cost_and_usage order by ChargePeriodStart")
    assert [(r["PricingCurrencyEffectiveCost"], r["EffectiveCost"], r["BilledCost"]) for r in rows] == [
        (Decimal(40), Decimal(5), 0),
        (Decimal(7), Decimal("0.875"), 0),
    ]
    assert {(r["BillingCurrency"], r["PricingCurrency"]) for r in rows} == {("CHF", "Credits")}
    assert rows[0]["Tags"] == '{"spring": true, "so \\"called\\" \\\\ tag": true}'
    assert (rows[1]["Tags"], rows[1]["SubAccountId"]) == (None, None)


def test_the_official_validator_finds_nothing_but_what_cannot_hold(priced: Company, tmp_path: Path) -> None:
    export = tmp_path / "focus.csv"
    _write_csv(priced, export)
    validator = environment("focus")
    command = [
        *(
            validator / "bin" / "python",
            VALIDATE,
            "--data-file",
            export,
            "--validate-version",
            "1.2.0.1",
            "--block-download",
        ),
        *("--focus-dataset", "CostAndUsage", "--applicability-criteria", APPLICABLE),
    ]
    # it looks for its list of currencies in a path relative to the working directory
    (packages,) = validator.glob("lib/python*/site-packages")
    answer = subprocess.run(command, cwd=packages, capture_output=True, text=True, check=False)
    failed = set(re.findall(r"^\S+ (\S+): FAIL ", answer.stdout, re.MULTILINE))
    passed = re.findall(r"Pass: (\d+)", answer.stdout)
    assert passed, answer.stderr
    assert int(passed[0]) > 200
    assert failed == CANNOT_HOLD


def _write_csv(company: Company, path: Path) -> None:
    """FOCUS wants UTC times with a Z."""
    with duckdb.connect(str(company.settings.warehouse_path)) as connection:
        mart = connection.table("zenhire_marts.focus_cost_and_usage")
        columns = ", ".join(
            f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ') as {name}" if str(kind) == "TIMESTAMP" else name
            for name, kind in zip(mart.columns, mart.types, strict=True)
        )
        mart.project(columns).write_csv(str(path))
