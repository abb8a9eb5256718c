-- Each balance that a run was told is one row.
with told as (

    select run_id, credit_balance from {{ source('zenhire_raw', 'sync_runs') }}
    where credit_balance is not null

),

mart as (

    select run_id, credit_balance from {{ ref('credit_balance') }}

)

select
    told.run_id as raw_run_id,
    mart.run_id as mart_run_id
from told
full outer join mart on told.run_id = mart.run_id
where
    told.run_id is null
    or mart.run_id is null
    or abs(told.credit_balance - mart.credit_balance) > 0.0001
