{{ rows_of(['credit_usage_daily', 'credit_usage_monthly', 'credit_usage_by_tag', 'credit_reconciliation', 'credit_balance', 'focus_cost_and_usage'], 'false') }}
