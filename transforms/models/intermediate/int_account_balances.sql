with balances as (

    select run_id, client_id, credit_balance from {{ ref('stg_credit_balances') }}

),

runs as (

    select * from {{ ref('stg_sync_runs') }}

),

-- older versions noted the one balance that they were told with the run
told as (

    select run_id, client_id, credit_balance from balances
    union all
    select runs.run_id, '' as client_id, runs.credit_balance
    from runs
    left join balances on runs.run_id = balances.run_id
    where runs.credit_balance is not null and balances.run_id is null

),

accounts as (

    select * from {{ ref('int_accounts_by_client') }}

)

select
    told.run_id,
    coalesce(accounts.account, told.client_id) as account,
    runs.as_of,
    runs.as_of_date,
    told.credit_balance
from told
inner join runs on told.run_id = runs.run_id
left join accounts on told.client_id = accounts.client_id
