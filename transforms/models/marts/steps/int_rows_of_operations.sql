{{ rows_of(['dim_account', 'credit_statement', 'request_value', 'metrics'], 'false') }}
union all
{{ rows_of(['data_quality', 'data_quality_findings'], 'true') }}
