{{ rows_of(['dim_account', 'credit_statement', 'request_value', 'metrics'], 'false') }}
union all
select * from {{ ref('int_rows_of_quality') }}
union all
select * from {{ ref('int_rows_of_restatements') }}
