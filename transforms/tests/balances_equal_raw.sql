-- Each balance that a run was told is one row; older versions noted it with the run.
with told as (

    select run_id, count(*) as balances, sum(credit_balance) as credits
    from {{ source('zenhire_raw', 'credit_balances') }}
    group by run_id

),

noted as (

    select
        runs.run_id,
        coalesce(told.balances, 1) as balances,
        coalesce(told.credits, runs.credit_balance) as credits
    from {{ source('zenhire_raw', 'sync_runs') }} as runs
    left join told on runs.run_id = told.run_id
    where runs.outcome <> 'running' and (told.run_id is not null or runs.credit_balance is not null)

),

mart as (

    select run_id, count(*) as balances, sum(credit_balance) as credits
    from {{ ref('credit_balance') }}
    group by run_id

)

select
    noted.run_id as raw_run_id,
    mart.run_id as mart_run_id
from noted
full outer join mart on noted.run_id = mart.run_id
where
    noted.run_id is null
    or mart.run_id is null
    or noted.balances <> mart.balances
    or abs(noted.credits - mart.credits) > 0.0001 * noted.balances
