{{ rows_of(['dim_account', 'credit_statement', 'request_value', 'metrics', 'session_changes', 'restatements', 'credit_close'], 'false') }}
union all
{{ rows_of(['data_quality', 'data_quality_findings'], 'true') }}
