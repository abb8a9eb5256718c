"""Metrics of the dashboards' datasets that only one mart can say, beside those that every tool shares."""

from __future__ import annotations

from zenhire_sync.metrics import metric

EVERY_ATTRIBUTE = (
    "Each attribute tells the whole apart, so rows of one attribute add up and rows of two do not: "
    "choose one in the filter."
)

# What only these marts can say, beside the metrics that are defined in transforms/models/semantic/.
OWN_METRICS: dict[str, list[dict[str, str]]] = {
    "credit_usage_monthly": [
        {
            "metric_name": "credits_this_month",
            "verbose_name": "Credits this month",
            "expression": "sum(case when is_running_month then credits_charged end)",
            "description": "Credits charged in the month of the last sync, so far.",
            "d3format": ",d",
        },
        {
            "metric_name": "credits_expected_this_month",
            "verbose_name": "Expected by the end of the month",
            "expression": "case when count(case when is_running_month then run_rate_credits end) > 0 then "
            "sum(case when is_running_month then coalesce(run_rate_credits, credits_charged) end) end",
            "description": "What the running month will come to: credits so far, and for each day "
            "to come the mean of its weekday in the last 28 days. Null while less than two weeks are known.",
            "d3format": ",.0f",
        },
    ],
    "credit_balance": [
        {
            "metric_name": "balance_then",
            "verbose_name": "Credits left",
            "expression": "sum(credit_balance)",
            "description": "Credits left at one moment. By as_of only: two moments do not add up.",
            "d3format": ",d",
        }
    ],
    "credit_usage_by_attribute": [
        {
            "metric_name": "attribute_credits",
            "verbose_name": "Credits",
            "expression": "sum(credits_charged)",
            "description": f"Credits charged. {EVERY_ATTRIBUTE}",
            "d3format": ",.0f",
        },
        {
            "metric_name": "attribute_interviews",
            "verbose_name": "Interviews completed",
            "expression": "sum(sessions_completed)",
            "description": f"Completed interviews. {EVERY_ATTRIBUTE}",
            "d3format": ",d",
        },
    ],
    "feedback_by_attribute": [
        {
            "metric_name": "attribute_surveys",
            "verbose_name": "Surveys",
            "expression": "sum(responses)",
            "description": f"Surveys. {EVERY_ATTRIBUTE}",
            "d3format": ",d",
        },
        {
            "metric_name": "attribute_negative_rate",
            "verbose_name": metric("negative_rate").label,
            "expression": "1e0 * sum(negative_responses) / nullif(sum(responses), 0)",
            "description": f"{metric('negative_rate').description} {EVERY_ATTRIBUTE}",
            "d3format": metric("negative_rate").d3_format,
        },
    ],
    "sync_freshness": [
        {
            "metric_name": "data_age",
            "verbose_name": "Age of the data in hours",
            "expression": "max(data_age_hours)",
            "description": "Hours since the last sync whose rows are shown. Null before the first one.",
            "d3format": ",.1f",
        }
    ],
    "data_quality": [
        {
            "metric_name": "failing_rows",
            "verbose_name": "Rows failing",
            "expression": "sum(rows_failing)",
            "description": "Rows that fail a check now.",
            "d3format": ",d",
        },
        {
            "metric_name": "failing_checks",
            "verbose_name": "Checks that fail",
            "expression": "count(distinct case when rows_failing > 0 then check_name end)",
            "description": "Checks that some row fails now.",
            "d3format": ",d",
        },
    ],
    "credit_reconciliation": [
        {
            "metric_name": "charges_to_ask",
            "verbose_name": "Charges to ask about",
            "expression": "count(session_id)",
            "description": "Sessions whose charge is not what the rules say.",
            "d3format": ",d",
        }
    ],
}
