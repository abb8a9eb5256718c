"""Rules of FOCUS 1.4 as we read the specification: which rows break each, and a change that breaks it.

They are ours: the official validator knows 1.2 only. A rule names its section and says what it asks in the
specification's words; it is asked of the two datasets as a cost tool reads them: text files, times with a Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

CHARGES, PERIODS = "focus_1_4_cost_and_usage", "focus_1_4_billing_period"
_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
_NUMBER = r"^-?\d+(\.\d+)?$"


@dataclass(frozen=True, slots=True)
class Rule:
    """``broken`` is a condition that holds for the rows of the dataset that break the rule.

    ``spoil`` makes one row break it: what is set there, in SQL.
    """

    section: str
    says: str
    dataset: str
    broken: str
    spoil: str

    @property
    def name(self) -> str:
        """For pytest."""
        return f"{self.dataset}: {self.section}: {self.says}"


def _of(dataset: str, section: str, says: str, broken: str, spoil: str) -> Rule:
    return Rule(section, says, dataset, broken, spoil)


# Columns that CostAndUsage MUST include, with those of the conditions that hold here: unit pricing, list unit
# prices, usage measurement, sub accounts, resources, virtual currency, payable invoices.
MANDATORY = {
    CHARGES: (
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
        "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
        "ChargePeriodStart", "ContractedCost", "EffectiveCost", "HostProviderName", "InvoiceIssuerName",
        "ListCost", "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName",
        "ServiceProviderName", "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice",
        "InvoiceDetailId", "InvoiceId", "ListUnitPrice", "PricingCategory", "PricingCurrency",
        "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice", "ResourceId", "ResourceName", "ResourceType", "SkuId",
        "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType",
    ),
    PERIODS: (
        "BillingPeriodCreated", "BillingPeriodEnd", "BillingPeriodLastUpdated", "BillingPeriodStart",
        "BillingPeriodStatus", "InvoiceIssuerName",
    ),
}  # fmt: skip
GONE = {"ProviderName", "PublisherName"}
_NEVER_NULL = {
    CHARGES: (
        "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
        "ChargeCategory", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
        "EffectiveCost", "HostProviderName", "InvoiceIssuerName", "ListCost", "PricingCurrency",
        "PricingCurrencyEffectiveCost", "ServiceCategory", "ServiceName", "ServiceProviderName",
        "ServiceSubcategory",
    ),
    PERIODS: MANDATORY[PERIODS],
}  # fmt: skip
_TIMES = {
    CHARGES: ("BillingPeriodEnd", "BillingPeriodStart", "ChargePeriodEnd", "ChargePeriodStart"),
    PERIODS: ("BillingPeriodCreated", "BillingPeriodEnd", "BillingPeriodLastUpdated", "BillingPeriodStart"),
}
_NUMBERS = (
    "BilledCost", "ConsumedQuantity", "ContractedCost", "ContractedUnitPrice", "EffectiveCost",
    "ListCost", "ListUnitPrice", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "PricingQuantity",
)  # fmt: skip
# Of a usage charge that is no correction; of a correction they may be null.
_NEVER_NULL_OF_USAGE = (
    "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice", "PricingCategory",
    "PricingQuantity", "PricingUnit", "SkuId", "SkuPriceId",
)  # fmt: skip
_ALLOWED = {
    "ChargeCategory": "'Adjustment', 'Credit', 'Purchase', 'Tax', 'Usage'",
    "ChargeFrequency": "'One-Time', 'Recurring', 'Usage-Based'",
    "PricingCategory": "'Committed', 'Dynamic', 'Other', 'Standard'",
    "ServiceCategory": (
        "'AI and Machine Learning', 'Analytics', 'Business Applications', 'Compute', 'Databases',"
        " 'Developer Tools', 'Identity', 'Integration', 'Internet of Things', 'Management and Governance',"
        " 'Media', 'Migration', 'Mobile', 'Multicloud', 'Networking', 'Other', 'Security', 'Storage', 'Web'"
    ),
}
_CORRECTED = "ChargeClass = 'Correction'"
_CORRECTION = "CorrectionHandling, closed billing period"
_PRICES = (("ContractedCost", "ContractedUnitPrice"), ("ListCost", "ListUnitPrice"))

RULES: tuple[Rule, ...] = (
    *(
        _of(dataset, column, "MUST NOT be null", f"{column} is null", f"{column} = null")
        for dataset, columns in _NEVER_NULL.items()
        for column in columns
    ),
    *(
        _of(
            dataset, f"{column}, DateTimeFormat", "MUST be UTC in the extended ISO 8601 format, with a Z",
            f"not regexp_matches({column}, '{_TIME}')", f"{column} = replace({column}, 'Z', '+01:00')",
        )
        for dataset, columns in _TIMES.items()
        for column in columns
    ),
    *(
        _of(
            CHARGES, f"{column}, NumericFormat", "MUST be a decimal without other characters",
            f"not regexp_matches({column}, '{_NUMBER}')", f"{column} = '+' || {column}",
        )
        for column in _NUMBERS
    ),
    *(
        _of(
            CHARGES, column,
            'MUST NOT be null when ChargeCategory is "Usage" and ChargeClass is not "Correction"',
            f"{column} is null and ChargeCategory = 'Usage' and ChargeClass is null", f"{column} = null",
        )
        for column in _NEVER_NULL_OF_USAGE
    ),
    *(
        _of(
            CHARGES, column, "MUST be one of the allowed values", f"{column} not in ({values})",
            f"{column} = 'Usual'",
        )
        for column, values in _ALLOWED.items()
    ),
    *(
        _of(
            CHARGES, "PricingQuantity", f"{cost} MUST equal the product of {price} and PricingQuantity",
            f"{cost}::decimal(38, 6) <> {price}::decimal(18, 6) * PricingQuantity::decimal(18, 6)",
            f"{cost} = '0.5'",
        )
        for cost, price in _PRICES
    ),
    *(
        _of(
            CHARGES, price, "MUST be a non-negative decimal value", f"{price}::decimal(18, 6) < 0",
            f"{price} = '-' || {price}",
        )
        for _, price in _PRICES
    ),
    *(
        _of(
            CHARGES, column, "MUST be null when SubAccountId is null, and MUST NOT be null when it is not",
            f"(SubAccountId is null) <> ({column} is null)",
            f"{column} = case when {column} is null then 'x' end",
        )
        for column in ("SubAccountName", "SubAccountType")
    ),
    *(
        _of(
            CHARGES, column, "MUST be null when the charge is not associated with an invoice",
            f"BilledCost::decimal(38, 6) = 0 and {column} is not null", f"{column} = '7'",
        )
        for column in ("InvoiceId", "InvoiceDetailId")
    ),
    _of(
        CHARGES, "NullHandling", "MUST NOT contain empty strings or placeholders for absent values",
        " or ".join(f"trim({name}) in ('', 'NULL', 'None')" for name in MANDATORY[CHARGES]),
        "ResourceName = ''",
    ),
    _of(
        CHARGES, "BillingCurrency, CurrencyFormat", "MUST be a code of ISO 4217, of three capitals",
        "not regexp_matches(BillingCurrency, '^[A-Z]{3}$')", "BillingCurrency = 'Fr.'",
    ),
    _of(
        CHARGES, "ChargeFrequency", 'MUST NOT be "Usage-Based" when ChargeCategory is "Purchase"',
        "ChargeFrequency = 'Usage-Based' and ChargeCategory = 'Purchase'", "ChargeCategory = 'Purchase'",
    ),
    _of(
        CHARGES, "ChargePeriodEnd", "MUST be the exclusive end bound of the effective period of the charge",
        "ChargePeriodStart >= ChargePeriodEnd", "ChargePeriodEnd = ChargePeriodStart",
    ),
    _of(
        CHARGES, "BillingPeriodEnd", "MUST be the exclusive end bound of the billing period",
        "BillingPeriodStart >= BillingPeriodEnd", "BillingPeriodEnd = BillingPeriodStart",
    ),
    _of(
        CHARGES, "BillingPeriod, Relationships", "is joined using BillingPeriodStart and InvoiceIssuerName",
        f"not exists (select 1 from {PERIODS} as periods where (periods.BillingPeriodStart,"
        " periods.InvoiceIssuerName, periods.BillingPeriodEnd) = (charge.BillingPeriodStart,"
        " charge.InvoiceIssuerName, charge.BillingPeriodEnd))",
        "InvoiceIssuerName = 'ZenHire Inc.'",
    ),
    _of(
        CHARGES, "ChargeClass", 'MUST be "Correction" when it is not null',
        "ChargeClass is not null and ChargeClass <> 'Correction'", "ChargeClass = 'correction'",
    ),
    _of(
        CHARGES, "ChargeClass",
        "MUST be null when no closed billing period is corrected, MUST NOT be null when one is",
        "(ChargeClass is null) <> (x_UsageDate >= x_BillingMonthStartDate)",
        "ChargeClass = case when ChargeClass is null then 'Correction' end",
    ),
    _of(
        CHARGES, _CORRECTION, "BillingPeriodStart and -End MUST equal those of a subsequent billing period",
        f"{_CORRECTED} and BillingPeriodStart < ChargePeriodEnd", "BillingPeriodStart = ChargePeriodStart",
    ),
    _of(
        CHARGES, _CORRECTION, "ChargePeriodStart and -End MUST equal those in which the cost was incurred",
        f"{_CORRECTED} and x_UsageDate <> left(ChargePeriodStart, 10)",
        "ChargePeriodStart = BillingPeriodStart",
    ),
    _of(
        CHARGES, f"{_CORRECTION}, auditability",
        "MUST enable traceability from the original record to its corrections",
        f"{_CORRECTED} and x_CorrectedChargeId is null",
        "x_CorrectedChargeId = null",
    ),
    _of(
        CHARGES, "CorrectionHandling, data integrity", "MUST NOT result in double counting",
        f"x_ChargeId in (select x_ChargeId from {CHARGES} group by 1 having count(*) > 1)",
        f"x_ChargeId = (select max(other.x_ChargeId) from {CHARGES} as other"
        " where other.x_ChargeId <> charge.x_ChargeId)",
    ),
    _of(
        PERIODS, "BillingPeriodStatus", "MUST be one of the allowed values",
        "BillingPeriodStatus not in ('Open', 'Closed')", "BillingPeriodStatus = 'Reopened'",
    ),
    _of(
        PERIODS, "BillingPeriodLastUpdated", "MUST be greater than or equal to BillingPeriodCreated",
        "BillingPeriodLastUpdated < BillingPeriodCreated",
        "BillingPeriodLastUpdated = '1999-01-01T00:00:00Z'",
    ),
    _of(
        PERIODS, "BillingPeriodEnd", "MUST be the exclusive end bound of the billing period",
        "BillingPeriodStart >= BillingPeriodEnd", "BillingPeriodEnd = BillingPeriodStart",
    ),
    _of(
        PERIODS, "BillingPeriod", "of one issuer no two overlap, so that a charge has one",
        f"exists (select 1 from {PERIODS} as other where other.rowid <> charge.rowid"
        " and other.InvoiceIssuerName = charge.InvoiceIssuerName"
        " and other.BillingPeriodStart < charge.BillingPeriodEnd"
        " and charge.BillingPeriodStart < other.BillingPeriodEnd)",
        "BillingPeriodEnd = '2199-01-01T00:00:00Z', BillingPeriodStart = '1999-01-01T00:00:00Z'",
    ),
    _of(
        PERIODS, "CorrectionHandling, closed billing period", "corrections of now stand in an open one",
        "BillingPeriodStatus = 'Closed' and BillingPeriodStart ="
        f" (select max(BillingPeriodStart) from {CHARGES} where {_CORRECTED})",
        "BillingPeriodStatus = 'Closed'",
    ),
)  # fmt: skip


def as_text_files(marts: Path, folder: Path) -> None:
    """Both datasets as CSV, as cost tools take them: FOCUS wants UTC times with a Z."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        for name in (CHARGES, PERIODS):
            mart = connection.table(f"zenhire_marts.{name}")
            columns = ", ".join(
                f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ') as {name}" if str(kind) == "TIMESTAMP" else name
                for name, kind in zip(mart.columns, mart.types, strict=True)
            )
            mart.project(columns).write_csv(str(folder / f"{name}.csv"))


def read_text_files(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database of what is written there, every value as text."""
    connection = duckdb.connect()
    for name in (CHARGES, PERIODS):
        path = str(folder / f"{name}.csv")
        connection.execute(
            f"create table {name} as from read_csv('{path}', all_varchar=true, nullstr='',"
            " allow_quoted_nulls=false)"
        )
    return connection


def broken_rows(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    """How many rows break the rule."""
    asked = f"select count(*) from {rule.dataset} as charge where {rule.broken}"
    [(rows,)] = connection.execute(asked).fetchall()
    return int(rows)
