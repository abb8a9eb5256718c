{{ rows_of(['session_changes', 'restatements', 'credit_close', 'focus_1_4_cost_and_usage', 'focus_1_4_billing_period'], 'false') }}
