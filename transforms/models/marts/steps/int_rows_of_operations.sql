{{ rows_of(['dim_account', 'credit_statement', 'request_value', 'metrics', 'session_changes', 'restatements', 'credit_close'], 'false') }}
union all
select * from {{ ref('int_rows_of_quality') }}
