"""What credits cost, where a price is set: read from the published costs, which are what finance queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zenhire_sync.report.published import Published

_COSTS = ("EffectiveCost", "BillingCurrency", "PricingQuantity", "x_UsageDate")
# FOCUS: the code for "no currency", which stands there while no price is set.
_NO_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True)
class Money:
    """The price of one credit, and what the credits of each day cost in the same currency."""

    currency: str
    price: float
    cost_by_day: dict[date, float]

    def cost(self, first: date, last: date) -> float:
        """What the credits of these days cost, both days included."""
        return sum(cost for day, cost in self.cost_by_day.items() if first <= day <= last)

    def worth(self, credit: float | None) -> float | None:
        """What so many credits cost at the price of one; nothing for null."""
        return None if credit is None else credit * self.price

    def shown(self, amount: float | None) -> str:
        """An amount with its currency; nothing for null."""
        return "" if amount is None else f"{amount:,.2f} {self.currency}"

    def price_sentence(self) -> str:
        """What the amounts are made of."""
        return f"Money is credits at {self.price:.6f}".rstrip("0").rstrip(".") + f" {self.currency} each."


def money_of(published: Published) -> Money | None:
    """The costs in the published file; nothing when no price was set, or nothing was charged yet."""
    if not published.has("focus_cost_and_usage", *_COSTS):
        return None
    rows = published.rows(
        """
        select
            cast("x_UsageDate" as date) as usage_date,
            "BillingCurrency" as currency,
            cast(sum("EffectiveCost") as double precision) as cost,
            cast(sum("PricingQuantity") as double precision) as credits
        from zenhire_marts.focus_cost_and_usage
        where "BillingCurrency" <> ? and "x_UsageDate" is not null
        group by "x_UsageDate", "BillingCurrency"
        order by "x_UsageDate" desc nulls last
        """,
        _NO_CURRENCY,
    )
    credit = sum(row["credits"] or 0 for row in rows)
    if not credit:
        return None
    costs = {row["usage_date"]: row["cost"] for row in rows}
    return Money(rows[0]["currency"], sum(costs.values()) / credit, costs)
