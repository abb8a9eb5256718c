{{ rows_of(['bridge_session_tag', 'session_attributes', 'credit_usage_by_attribute', 'credit_budgets'], 'false') }}
union all
{{ rows_of(['sessions_wide', 'feedback_by_attribute'], 'true') }}
